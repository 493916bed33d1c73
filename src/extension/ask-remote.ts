import { l10n, type QuickPickItem, Uri, window } from 'vscode';
import { confirmed } from './ask-targets.ts';
import type { RepoCall } from './call.ts';

export interface NewRemote {
  readonly name: string;
  readonly url: string;
  readonly asDefault: boolean;
}

export interface RemoteName {
  readonly name: string;
}

/** What DVC can write into a section name of its configuration and read back, and no more than a person wants to type. */
const REMOTE_NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u;

/** Asks where a new remote is, what it is called and whether it is the one to use. */
export async function askNewRemote({ model }: RepoCall): Promise<NewRemote | undefined> {
  const title = l10n.t('Add a Remote');
  const folder: QuickPickItem = {
    label: `$(folder) ${l10n.t('Folder')}`,
    detail: l10n.t('On this machine, an external disk or a network share'),
  };
  const address: QuickPickItem = {
    label: `$(link) ${l10n.t('Path or Address')}`,
    detail: l10n.t('Typed as it goes into .dvc/config, such as ../storage'),
  };
  const kind = await window.showQuickPick([folder, address], {
    title,
    placeHolder: l10n.t('Where is the data to be kept?'),
  });
  if (!kind) return undefined;
  const url = kind === folder ? await chooseFolder(model.root) : await askAddress(title);
  if (url === undefined) return undefined;
  const { remotes, defaultRemote } = model.snapshot;
  const taken = remotes.map((remote) => remote.name.toLowerCase());
  const name = await askName(title, taken, remotes.length === 0 ? 'storage' : '');
  if (name === undefined) return undefined;
  return { name, url, asDefault: defaultRemote === undefined || (await askDefault(title, defaultRemote)) };
}

async function chooseFolder(root: string): Promise<string | undefined> {
  const chosen = await window.showOpenDialog({
    defaultUri: Uri.joinPath(Uri.file(root), '..'),
    canSelectFolders: true,
    canSelectFiles: false,
    openLabel: l10n.t('Keep Data Here'),
  });
  return chosen?.[0]?.fsPath;
}

const askAddress = (title: string): Thenable<string | undefined> =>
  window.showInputBox({
    title,
    prompt: l10n.t('A folder: absolute, or relative to the repository'),
    placeHolder: '../storage',
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === '' ? l10n.t('A path or an address is needed.') : undefined),
  });

const askName = (title: string, taken: readonly string[], value: string): Thenable<string | undefined> =>
  window.showInputBox({
    title,
    value,
    prompt: l10n.t('A short name for the remote'),
    ignoreFocusOut: true,
    validateInput: (text) => problemOfName(text, taken),
  });

/** Why a remote cannot be called so; undefined where it can. */
export function problemOfName(text: string, taken: readonly string[]): string | undefined {
  if (text === '') return l10n.t('A name is needed.');
  if (!REMOTE_NAME.test(text)) return l10n.t('Letters, digits, dots, dashes and underscores make a name.');
  return taken.includes(text.toLowerCase()) ? l10n.t('There is a remote of this name already.') : undefined;
}

async function askDefault(title: string, now: string): Promise<boolean> {
  const keep: QuickPickItem = { label: l10n.t('Keep “{0}” as the default', now) };
  const change: QuickPickItem = { label: l10n.t('Make the new remote the default') };
  return (await window.showQuickPick([keep, change], { title })) === change;
}

/** The remote a row of the *Remotes* view stands for, else the one that is picked. */
export async function chooseRemote({ model, args }: RepoCall, question: string): Promise<RemoteName | undefined> {
  const name = remoteOf(args[0]);
  if (name !== undefined) return { name };
  const items = model.snapshot.remotes.map(({ name: label, isDefault, url }) => ({
    label,
    description: isDefault ? l10n.t('default') : '',
    detail: url,
  }));
  if (items.length === 0) {
    void window.showInformationMessage(l10n.t('This repository has no remote.'));
    return undefined;
  }
  const picked = await window.showQuickPick(items, { placeHolder: question });
  return picked && { name: picked.label };
}

/** The name of the remote a command was called on, if it was called on one. */
export const remoteOf = (item: unknown): string | undefined =>
  typeof item === 'object' && item !== null && 'remoteName' in item && typeof item.remoteName === 'string'
    ? item.remoteName
    : undefined;

export async function askRemoteToRemove(call: RepoCall): Promise<RemoteName | undefined> {
  const remote = await chooseRemote(call, l10n.t('Which remote should be removed from the configuration?'));
  if (!remote) return undefined;
  const question = l10n.t('Remove the remote “{0}” from the configuration?', remote.name);
  const sure = await confirmed(question, l10n.t('The data kept there stays where it is.'), l10n.t('Remove Remote'));
  return sure ? remote : undefined;
}
