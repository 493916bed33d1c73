import { l10n, type MessageItem, window, workspace } from 'vscode';
import type { LockMergeOptions, LockMergeResult } from '../../engine/index.ts';
import type { RepoCall } from '../call.ts';
import type { Work } from '../command.ts';

/** The lock files of a call; none for all with conflicts. What is open in an editor is saved first: the disk is merged. */
export async function lockFilesOf({ uris, model }: RepoCall): Promise<LockMergeOptions> {
  for (const document of workspace.textDocuments)
    if (document.isDirty && /[\\/]dvc\.lock$/.test(document.uri.fsPath) && model.pathOf(document.uri) !== undefined)
      await document.save();
  return { targets: uris.map(({ fsPath }) => fsPath) };
}

/** Merges; where both sides ran the same stages, asks whose run counts. Undefined when the user backs out. */
export async function mergeLocks(
  { engine, repo, ctx }: Work,
  options: LockMergeOptions,
): Promise<LockMergeResult | undefined> {
  try {
    return await engine.lockMerge(repo, options, ctx);
  } catch (error) {
    if (!engine.DvcError.is(error, 'merge-failed')) throw error;
    const ours: MessageItem = { title: l10n.t('Keep Ours') };
    const theirs: MessageItem = { title: l10n.t('Keep Theirs') };
    const detail = l10n.t('Stages that do not fit the result run again with the next reproduction.');
    const chosen = await window.showWarningMessage(error.message, { modal: true, detail }, ours, theirs);
    if (chosen === undefined) return undefined;
    return engine.lockMerge(repo, { ...options, prefer: chosen === ours ? 'ours' : 'theirs' }, ctx);
  }
}

/** What is said at the end. */
export const mergedText = (result: LockMergeResult | undefined): string | undefined =>
  result &&
  (result.merged.length > 0
    ? l10n.t('Merged {0}', result.merged.map(({ file }) => file).join(', '))
    : l10n.t('No dvc.lock has merge conflicts.'));
