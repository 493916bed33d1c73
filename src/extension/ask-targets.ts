import { l10n, type MessageItem, type QuickPickItem, QuickPickItemKind, Uri, window } from 'vscode';
import type { RepoCall } from './call.ts';
import { loadEngine } from './engine.ts';
import { formatBytes, formatFiles } from './format.ts';
import { quietContext } from './op-context.ts';
import type { RepoModel } from './repo-model.ts';
import type { OutputView } from './snapshot.ts';
import { lookOf } from './state-look.ts';

/** Absolute paths, none for the whole repository. */
export interface Targets {
  readonly targets: readonly string[];
}

/** What was selected, or the whole repository. */
export const selectedOrAll = ({ uris }: RepoCall): Targets => ({ targets: uris.map(({ fsPath }) => fsPath) });

interface TargetItem extends QuickPickItem {
  readonly target?: string;
}

/** What was selected, else what is picked from everything tracked. */
export async function selectedOrPicked(call: RepoCall, question: string): Promise<Targets | undefined> {
  if (call.uris.length > 0) return selectedOrAll(call);
  const { model } = call;
  const items = model.snapshot.outputs.map((output) => outputItem(model, output));
  if (items.length === 0) {
    void window.showInformationMessage(l10n.t('Nothing is tracked in this repository yet.'));
    return undefined;
  }
  const picked = await window.showQuickPick<TargetItem>(items, {
    canPickMany: true,
    matchOnDescription: true,
    placeHolder: question,
  });
  return targetsOf(picked);
}

function outputItem(model: RepoModel, { path, isFolder, files, size }: OutputView): TargetItem {
  const state = model.snapshot.states.get(path)?.state;
  const facts = [files === undefined ? '' : formatFiles(files), size === undefined ? '' : formatBytes(size)];
  return {
    label: `$(${isFolder ? 'folder' : 'file'}) ${path}`,
    description: [...facts, state ? lookOf(state).word : ''].filter(Boolean).join(' · '),
    target: model.absolute(path),
  };
}

/** What was selected, else what is picked from what neither Git nor DVC tracks, or from the whole disk. */
export async function selectedOrUntracked(call: RepoCall): Promise<Targets | undefined> {
  if (call.uris.length > 0) return selectedOrAll(call);
  const { model } = call;
  const elsewhere: TargetItem = { label: `$(folder-opened) ${l10n.t('Choose Files or Folders…')}`, alwaysShow: true };
  const items = [...(await untrackedItems(call)), { label: '', kind: QuickPickItemKind.Separator }, elsewhere];
  const picked = await window.showQuickPick(items, {
    canPickMany: true,
    placeHolder: l10n.t('What should be tracked?'),
    title: l10n.t('Track Data'),
  });
  if (!picked?.includes(elsewhere)) return targetsOf(picked);
  const chosen = await chooseOnDisk(Uri.file(model.root));
  return chosen && { targets: [...(targetsOf(picked)?.targets ?? []), ...chosen.map(({ fsPath }) => fsPath)] };
}

/** Rows of a list that somebody looks through. */
const MOST = 500;

async function untrackedItems({ app, model }: RepoCall): Promise<TargetItem[]> {
  const [engine, repo] = [await loadEngine(), await model.repo()];
  const ctx = quietContext(engine, app.log, model.root, new AbortController().signal);
  const { untracked } = await engine.dataStatus(repo, { untracked: true }, ctx);
  return untrackedRows(untracked)
    .slice(0, MOST)
    .map(({ path, files }) => ({
      label: `$(${files === undefined ? 'file' : 'folder'}) ${path}`,
      description: files === undefined ? '' : formatFiles(files),
      target: model.absolute(path),
    }));
}

/** Untracked files, and before them the folders that hold several: most data is tracked by the folder. */
export function untrackedRows(untracked: readonly string[]): { path: string; files?: number }[] {
  const folders = new Map<string, number>();
  const files = untracked.filter((path) => !/(^|\/)\.[^/]*$|\.dvc$/.test(path));
  for (const path of files)
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1))
      folders.set(path.slice(0, slash), (folders.get(path.slice(0, slash)) ?? 0) + 1);
  const several = [...folders].filter(([, count]) => count > 1).sort(([, a], [, b]) => b - a);
  return [...several.map(([path, count]) => ({ path, files: count })), ...files.map((path) => ({ path }))];
}

const targetsOf = (picked: readonly TargetItem[] | undefined): Targets | undefined => {
  const targets = picked?.flatMap(({ target }) => target ?? []) ?? [];
  return targets.length > 0 ? { targets } : undefined;
};

/** A dialog for files, or where dialogs cannot do both, for files or folders after a question which. */
export async function chooseOnDisk(defaultUri: Uri): Promise<Uri[] | undefined> {
  const files: QuickPickItem = { label: `$(file) ${l10n.t('Files')}` };
  const folder: QuickPickItem = { label: `$(folder) ${l10n.t('A Folder')}` };
  const kind = await window.showQuickPick([folder, files], { placeHolder: l10n.t('What should be tracked?') });
  if (!kind) return undefined;
  return window.showOpenDialog({
    defaultUri,
    canSelectFolders: kind === folder,
    canSelectFiles: kind === files,
    canSelectMany: true,
    openLabel: l10n.t('Track'),
  });
}

/** A modal question before something is lost. */
export async function confirmed(question: string, detail: string, button: string): Promise<boolean> {
  const yes: MessageItem = { title: button };
  return (await window.showWarningMessage(question, { modal: true, detail }, yes)) === yes;
}

/** `“data.csv”`, or how many there are. */
export function nameTargets({ targets }: Targets): string {
  const [first] = targets;
  if (first === undefined) return l10n.t('all data');
  return targets.length === 1
    ? l10n.t('“{0}”', first.split(/[\\/]/).at(-1) ?? first)
    : l10n.t('{0} items', targets.length);
}
