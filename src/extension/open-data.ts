import * as path from 'node:path';
import { commands, env, l10n, type MessageItem, Uri, ViewColumn, window, workspace } from 'vscode';
import type { RepoCall } from './call.ts';
import { loadEngine } from './engine.ts';
import { revUri } from './rev-files.ts';
import type { Transfer } from './transfers.ts';

/** Opens a tracked file; one that is not on disk is brought here first. */
export async function openData(call: Pick<RepoCall, 'app' | 'uris' | 'model'>, beside = false): Promise<void> {
  const [uri] = call.uris;
  if (!uri) return;
  if (!(await isOnDisk(uri)) && !(await comesFirst(call, uri))) {
    if (!(await commands.executeCommand<boolean>('lode.pull', uri))) return;
    await call.model.settled();
  }
  await commands.executeCommand('vscode.open', uri, beside ? ViewColumn.Beside : { preview: true });
}

/** Where a transfer is at work that may bring the file, it is told to bring it first. @returns Whether the file is here now. */
async function comesFirst({ app, model }: Pick<RepoCall, 'app' | 'model'>, uri: Uri): Promise<boolean> {
  const transfer = app.transfers.of(model);
  const [engine, at] = [await loadEngine(), model.pathOf(uri)];
  if (!transfer?.brings || at === undefined) return false;
  const coming = transfer.control.first(engine.asRepoPath(at));
  const name = path.basename(uri.fsPath);
  window.setStatusBarMessage(`$(sync~spin) ${l10n.t('“{0}” comes first', name)}`, coming);
  if (transfer.control.paused) void offerToGoOn(transfer, name);
  return await coming;
}

async function offerToGoOn({ control }: Transfer, name: string): Promise<void> {
  const goOn: MessageItem = { title: l10n.t('Resume') };
  const text = l10n.t('The transfer is paused; “{0}” comes first when it goes on.', name);
  if ((await window.showInformationMessage(text, goOn)) === goOn) control.resume();
}

/** Asked of the disk: the row that was clicked may be older than the last pull. */
const isOnDisk = (uri: Uri): Thenable<boolean> =>
  workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );

/** Opens what was committed last beside what is there now, in one editor. */
export async function compareWithHead({ app, uris, model }: RepoCall): Promise<void> {
  for (const uri of uris) {
    const state = model.snapshot.states.get(model.pathOf(uri) ?? '');
    const from = state?.from === undefined ? uri : Uri.file(model.absolute(state.from));
    const [before, after] = [revUri(from, 'HEAD'), uri];
    if (state?.state === 'added' || state?.state === 'stored-added')
      await commands.executeCommand('vscode.open', after);
    else if (state?.state === 'missing' || state?.state === 'lost') await openData({ app, uris: [uri], model });
    else if (state?.state === 'deleted') await commands.executeCommand('vscode.open', before);
    else
      await commands.executeCommand(
        'vscode.diff',
        before,
        after,
        l10n.t('{0} (HEAD ↔ Working Tree)', path.basename(uri.fsPath)),
      );
  }
}

/** Puts the hashes of the selection on the clipboard, a line each. */
export async function copyHash({ uris, model }: RepoCall): Promise<void> {
  const hashes = uris.flatMap((uri) => {
    const at = model.pathOf(uri);
    return model.snapshot.outputs.find(({ path: output }) => output === at)?.oid ?? [];
  });
  await env.clipboard.writeText(hashes.join('\n'));
}

export async function copyPaths({ uris, model }: RepoCall, relative: boolean): Promise<void> {
  const paths = uris.map((uri) => (relative ? (model.pathOf(uri) ?? uri.fsPath) : uri.fsPath));
  await env.clipboard.writeText(paths.join('\n'));
}

/** Opens the `.dvc` file, or the dvc.yaml, that records the selection. */
export async function openPointer({ uris, model }: RepoCall): Promise<void> {
  const [uri] = uris;
  const output = uri && model.outputAround(model.pathOf(uri) ?? '');
  if (output) await window.showTextDocument(Uri.file(model.absolute(output.pointer)));
}
