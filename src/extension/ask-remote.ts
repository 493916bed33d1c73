import { l10n, type QuickPickItem, QuickPickItemKind, Uri, window } from 'vscode';
import { confirmed } from './ask-targets.ts';
import type { RepoCall } from './call.ts';
import { type RemoteField, type RemoteKind, remoteKinds, type SignIn } from './remote-kinds.ts';

/** What was answered about how to reach a store. */
export interface RemoteAnswers {
  /** Options for the configuration that the project shares. */
  readonly shared: Readonly<Record<string, string>>;
  /** Options for `config.local`. */
  readonly personal: Readonly<Record<string, string>>;
  /** For the secret storage, and nowhere else. */
  readonly secrets: Readonly<Record<string, string>>;
}

export interface NewRemote extends RemoteAnswers {
  readonly name: string;
  readonly url: string;
  readonly asDefault: boolean;
  /** There is a way to it that can be tried. */
  readonly canBeTested: boolean;
}

export interface RemoteName {
  readonly name: string;
}

const NO_ANSWERS: RemoteAnswers = { shared: {}, personal: {}, secrets: {} };

/** What DVC can write into a section name of its configuration and read back, and no more than a person wants to type. */
const REMOTE_NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u;

interface KindItem extends QuickPickItem {
  readonly store?: RemoteKind;
}

/** Asks where a new remote is, how to sign in there, what it is called and whether it is the one to use. */
export async function askNewRemote({ model }: RepoCall): Promise<NewRemote | undefined> {
  const title = l10n.t('Add a Remote');
  const folder: KindItem = {
    label: `$(folder) ${l10n.t('Folder')}`,
    detail: l10n.t('On this machine, an external disk or a network share'),
  };
  const address: KindItem = {
    label: `$(link) ${l10n.t('Path or Address')}`,
    detail: l10n.t('Typed as it goes into .dvc/config, such as ../storage'),
  };
  const stores = remoteKinds().map(
    (store): KindItem => ({ store, label: `$(${store.icon}) ${store.label}`, detail: store.detail }),
  );
  const separator: KindItem = { label: '', kind: QuickPickItemKind.Separator };
  const kind = await window.showQuickPick([folder, address, separator, ...stores], {
    title,
    placeHolder: l10n.t('Where is the data to be kept?'),
    matchOnDetail: true,
  });
  if (!kind) return undefined;
  const url =
    kind === folder
      ? await chooseFolder(model.root)
      : kind.store
        ? await askStoreAddress(title, kind.store)
        : await askAddress(title);
  if (url === undefined) return undefined;
  const answers = kind.store ? await askSignIn(title, kind.store) : NO_ANSWERS;
  if (!answers) return undefined;
  const { remotes, defaultRemote } = model.snapshot;
  const taken = remotes.map((remote) => remote.name.toLowerCase());
  const name = await askName(title, taken, remotes.length === 0 ? 'storage' : '');
  if (name === undefined) return undefined;
  const asDefault = defaultRemote === undefined || (await askDefault(title, defaultRemote));
  return { ...answers, name, url, asDefault, canBeTested: kind.store !== undefined };
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

async function askStoreAddress(
  title: string,
  { prompt, placeHolder, address }: RemoteKind,
): Promise<string | undefined> {
  const typed = await window.showInputBox({
    title,
    prompt,
    placeHolder,
    ignoreFocusOut: true,
    validateInput: (text) => {
      const result = address(text);
      return 'problem' in result ? result.problem : undefined;
    },
  });
  const result = typed === undefined ? undefined : address(typed);
  return result && 'url' in result ? result.url : undefined;
}

interface SignInItem extends QuickPickItem {
  readonly way: SignIn;
}

/** Asks how to sign in to a store, and what that takes; undefined when the user backs out. */
export async function askSignIn(title: string, kind: RemoteKind): Promise<RemoteAnswers | undefined> {
  const shared = await askFields(title, kind.fields);
  if (!shared) return undefined;
  const items = kind.signIns.map((way): SignInItem => ({ way, label: way.label, detail: way.detail }));
  const picked = await window.showQuickPick(items, {
    title,
    placeHolder: l10n.t('Where do the credentials come from?'),
    ignoreFocusOut: true,
  });
  if (!picked) return undefined;
  const own = await askFields(title, picked.way.fields);
  return (
    own && {
      shared: { ...shared.shared, ...own.shared },
      personal: { ...shared.personal, ...own.personal, ...picked.way.sets },
      secrets: own.secrets,
    }
  );
}

async function askFields(title: string, fields: readonly RemoteField[]): Promise<RemoteAnswers | undefined> {
  const answers = { shared: {}, personal: {}, secrets: {} } as Record<keyof RemoteAnswers, Record<string, string>>;
  for (const { option, prompt, placeHolder, isSecret, isOptional, isPersonal } of fields) {
    const answer = await window.showInputBox({
      title,
      prompt,
      password: isSecret === true,
      ignoreFocusOut: true, // A password is often fetched from another window.
      ...(placeHolder === undefined ? {} : { placeHolder }),
      validateInput: (text) => (text === '' && !isOptional ? l10n.t('Something is needed here.') : undefined),
    });
    if (answer === undefined) return undefined;
    const given = isSecret ? answer : answer.trim();
    if (given !== '') answers[isSecret ? 'secrets' : isPersonal ? 'personal' : 'shared'][option] = given;
  }
  return answers;
}

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
