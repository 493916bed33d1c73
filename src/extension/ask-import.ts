import { l10n, ProgressLocation, type QuickPickItem, Uri, window } from 'vscode';
import type { LsEntry } from '../engine/index.ts';
import type { Targets } from './ask-targets.ts';
import type { RepoCall } from './call.ts';
import { loadEngine } from './engine.ts';
import { formatBytes } from './format.ts';
import { quietContext } from './op-context.ts';

/** What of another repository is wanted. */
export interface WantedData {
  readonly url: string;
  readonly path: string;
  readonly rev?: string;
}

/** Data of another repository, and where it goes: absolute. */
export interface WantedCopy extends WantedData {
  readonly out: string;
}

/** Asks for a repository, a revision, what of it, and where in this repository it goes. */
export async function askImport(call: RepoCall): Promise<WantedCopy | undefined> {
  const wanted = await askSource(call);
  if (!wanted) return undefined;
  const out = await askOut(call, wanted.path.split('/').at(-1) || 'data');
  return out === undefined ? undefined : { ...wanted, out };
}

/** Asks for a repository, a revision, what of it, and a folder anywhere. */
export async function askGet(call: RepoCall): Promise<WantedCopy | undefined> {
  const wanted = await askSource(call);
  if (!wanted) return undefined;
  const [folder] =
    (await window.showOpenDialog({
      defaultUri: Uri.file(call.model.root),
      canSelectFolders: true,
      canSelectFiles: false,
      openLabel: l10n.t('Download Here'),
    })) ?? [];
  return folder && { ...wanted, out: folder.fsPath };
}

/** Asks for a URL, and where in this repository its data goes. */
export async function askImportUrl(
  call: RepoCall,
): Promise<{ readonly url: string; readonly out: string } | undefined> {
  const url = await window.showInputBox({
    title: l10n.t('Import Data from a URL'),
    prompt: l10n.t('A path, or a URL of a store'),
    placeHolder: 's3://bucket/data · https://example.com/data.csv · remote://name/path · /mnt/data',
    ignoreFocusOut: true,
    validateInput: notEmpty,
  });
  if (url === undefined) return undefined;
  const name = url
    .replace(/[?#].*$/, '')
    .replace(/[\\/]+$/, '')
    .split(/[\\/]/)
    .at(-1);
  const out = await askOut(call, name || 'data');
  return out === undefined ? undefined : { url: url.trim(), out };
}

/** The imports that were selected, else those that are picked from all there are. */
export async function askImports(call: RepoCall): Promise<Targets | undefined> {
  if (call.uris.length > 0) return { targets: call.uris.map(({ fsPath }) => fsPath) };
  const engine = await loadEngine();
  const index = await (await call.model.repo()).index();
  const items = index.stages.flatMap((stage): (QuickPickItem & { readonly target: string })[] => {
    const origin = engine.originOf(stage);
    if (!origin) return [];
    const at = origin.rev ?? origin.commit?.slice(0, 7);
    return [
      {
        label: `$(cloud-download) ${stage.file.replace(/\.dvc$/, '')}`,
        description: at === undefined ? origin.url : `${origin.url} @ ${at}`,
        target: call.model.absolute(stage.file),
      },
    ];
  });
  if (items.length === 0) {
    void window.showInformationMessage(l10n.t('Nothing in this repository was imported.'));
    return undefined;
  }
  const picked = await window.showQuickPick(items, {
    canPickMany: true,
    matchOnDescription: true,
    placeHolder: l10n.t('Which imports should be brought up to date?'),
  });
  return picked && picked.length > 0 ? { targets: picked.map(({ target }) => target) } : undefined;
}

async function askSource(call: RepoCall): Promise<WantedData | undefined> {
  const url = await window.showInputBox({
    title: l10n.t('Data of Another Repository'),
    prompt: l10n.t('The repository: a folder, or an address that Git takes'),
    placeHolder: 'https://github.com/example/data · git@example.com:team/models.git · ../other',
    ignoreFocusOut: true,
    validateInput: notEmpty,
  });
  if (url === undefined) return undefined;
  const rev = await window.showInputBox({
    title: l10n.t('Data of Another Repository'),
    prompt: l10n.t('Branch, tag or commit; leave it empty for what is there now'),
    ignoreFocusOut: true,
  });
  if (rev === undefined) return undefined;
  const from = { url: url.trim(), ...(rev.trim() === '' ? {} : { rev: rev.trim() }) };
  const path = await pickPath(call, from);
  return path === undefined ? undefined : { ...from, path };
}

interface PathItem extends QuickPickItem {
  readonly path: string;
  readonly entry?: LsEntry;
}

/** Goes from folder to folder until something is taken. */
async function pickPath(call: RepoCall, from: Omit<WantedData, 'path'>): Promise<string | undefined> {
  for (let folder = ''; ; ) {
    const entries = await list(call, from, folder);
    const picked = await window.showQuickPick(rows(folder, entries), {
      placeHolder: folder === '' ? l10n.t('Which data of {0}?', from.url) : folder,
      ignoreFocusOut: true,
    });
    if (!picked) return undefined;
    if (!picked.entry?.isDir) return picked.path;
    folder = picked.path;
  }
}

function rows(folder: string, entries: readonly LsEntry[]): PathItem[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const whole: PathItem = {
    label: `$(check) ${l10n.t('This Folder')}`,
    description: folder === '' ? l10n.t('everything') : folder,
    path: folder === '' ? '.' : folder,
    alwaysShow: true,
  };
  const found = entries
    .filter(({ path }) => !/(^|\/)(\.[^/]*|dvc\.yaml|dvc\.lock|[^/]*\.dvc)$/.test(path))
    .map((entry): PathItem => {
      const facts = [
        entry.isOut ? l10n.t('tracked data') : '',
        entry.size === undefined ? '' : formatBytes(entry.size),
      ];
      return {
        label: `$(${entry.isDir ? 'folder' : 'file'}) ${entry.path}`,
        description: facts.filter(Boolean).join(' · '),
        path: prefix + entry.path,
        entry,
      };
    });
  return [whole, ...found];
}

function list({ app, model }: RepoCall, from: Omit<WantedData, 'path'>, path: string): Thenable<readonly LsEntry[]> {
  const title = l10n.t('Looking into {0}', from.url);
  return window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    async (_, token) => {
      const abort = new AbortController();
      const link = token.onCancellationRequested(() => abort.abort());
      try {
        const engine = await loadEngine();
        return await engine.ls({ ...from, path }, quietContext(engine, app.log, model.root, abort.signal));
      } finally {
        link.dispose();
      }
    },
  );
}

async function askOut({ model }: RepoCall, name: string): Promise<string | undefined> {
  const path = await window.showInputBox({
    title: l10n.t('Import Data'),
    prompt: l10n.t('Path in this repository, from its root'),
    value: name,
    ignoreFocusOut: true,
    validateInput: (text) => {
      if (text.trim() === '' || text.startsWith('/') || text.split('/').includes('..'))
        return l10n.t('A path below the root of the repository is needed.');
      const taken = model.snapshot.outputs.some((output) => output.path === text);
      return taken ? l10n.t('“{0}” is tracked already.', text) : undefined;
    },
  });
  return path === undefined ? undefined : model.absolute(path);
}

const notEmpty = (text: string): string | undefined =>
  text.trim() === '' ? l10n.t('Something has to be there.') : undefined;
