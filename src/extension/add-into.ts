import * as path from 'node:path';
import { type FileType, l10n, Uri, window, workspace } from 'vscode';
import { confirmed, type Targets } from './ask-targets.ts';
import type { RepoCall } from './call.ts';

export interface AddInto extends Targets {
  readonly folder: Uri;
  readonly sources: readonly Uri[];
}

/** Which files go into which folder: the folder that was clicked, and files dropped on it or chosen in a dialog. */
export async function askAddInto({ uris, args }: RepoCall): Promise<AddInto | undefined> {
  const dropped = Array.isArray(args[1]) ? args[1].filter((item) => item instanceof Uri) : [];
  const [first] = args;
  const folder =
    typeof first === 'object' && first !== null && 'resourceUri' in first && first.resourceUri instanceof Uri
      ? first.resourceUri
      : uris[0];
  if (!folder) return undefined;
  const sources = dropped.length > 0 ? dropped : ((await chooseSources(folder)) ?? []);
  const outside = sources.filter((source) => path.dirname(source.fsPath) !== folder.fsPath);
  if (sources.length === 0 || !(await mayOverwrite(folder, outside))) return undefined;
  return { folder, sources: outside, targets: sources.map((source) => targetOf(folder, source).fsPath) };
}

/** Copies the files; what was there before has been asked about. */
export async function copyInto({ folder, sources }: AddInto): Promise<void> {
  for (const source of sources) await workspace.fs.copy(source, targetOf(folder, source), { overwrite: true });
}

const targetOf = (folder: Uri, source: Uri): Uri => Uri.joinPath(folder, path.basename(source.path));

const chooseSources = (defaultUri: Uri): Thenable<Uri[] | undefined> =>
  window.showOpenDialog({
    defaultUri,
    canSelectMany: true,
    openLabel: l10n.t('Add'),
    title: l10n.t('Files to Copy into {0}', path.basename(defaultUri.fsPath)),
  });

async function mayOverwrite(folder: Uri, sources: readonly Uri[]): Promise<boolean> {
  const wanted = new Set(sources.map((source) => path.basename(source.path)));
  const there = await workspace.fs.readDirectory(folder).then(
    (entries) => entries,
    (): [string, FileType][] => [],
  );
  const taken = there.flatMap(([name]) => (wanted.has(name) ? [name] : []));
  if (taken.length === 0) return true;
  const question = l10n.t(
    'Replace {0} in “{1}”?',
    taken.length === 1 ? `“${taken[0]}”` : l10n.t('{0} files', taken.length),
    path.basename(folder.fsPath),
  );
  return confirmed(question, l10n.t('What is there now and not committed is lost.'), l10n.t('Replace'));
}
