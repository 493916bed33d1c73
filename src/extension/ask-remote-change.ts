import { l10n, type QuickPickItem, window } from 'vscode';
import { askSignIn, chooseRemote, problemOfName, type RemoteAnswers, type RemoteName } from './ask-remote.ts';
import type { RepoCall } from './call.ts';
import { kindOf } from './remote-kinds.ts';

export interface RemoteRename extends RemoteName {
  readonly newName: string;
}

export interface RemoteOption extends RemoteName {
  readonly option: string;
  /** Undefined: as if it had never been set. */
  readonly value: string | undefined;
}

export type NewSignIn = RemoteAnswers & RemoteName;

/** Asks again how to sign in to a remote that is there. */
export async function askSignInAgain(call: RepoCall): Promise<NewSignIn | undefined> {
  const remote = await chooseRemote(call, l10n.t('Which remote should be signed in to another way?'));
  if (!remote) return undefined;
  const config = (await call.model.repo()).config.remotes.get(remote.name.toLowerCase());
  const kind = config && kindOf(config.url, config.text('endpointurl') !== undefined);
  if (!kind) {
    void window.showInformationMessage(l10n.t('Nobody signs in to “{0}”: it is a folder.', remote.name));
    return undefined;
  }
  const known = kind.fields.filter(({ option }) => config.text(option) === undefined);
  const title = l10n.t('Sign In to “{0}”', remote.name);
  const answers = await askSignIn(title, { ...kind, fields: known.filter(({ isOptional }) => !isOptional) });
  return answers && { ...answers, ...remote };
}

/** Asks for another name of a remote. */
export async function askNewName(call: RepoCall): Promise<RemoteRename | undefined> {
  const remote = await chooseRemote(call, l10n.t('Which remote should be renamed?'));
  if (!remote) return undefined;
  const taken = call.model.snapshot.remotes.map(({ name }) => name.toLowerCase());
  const newName = await window.showInputBox({
    title: l10n.t('Rename the Remote “{0}”', remote.name),
    prompt: l10n.t('A short name for the remote'),
    value: remote.name,
    validateInput: (text) => problemOfName(text, taken),
  });
  return newName === undefined ? undefined : { ...remote, newName };
}

interface OptionItem extends QuickPickItem {
  readonly option: string;
}

/** Asks which option of a remote to change, and for its value: an empty one unsets it. */
export async function askOption(call: RepoCall): Promise<RemoteOption | undefined> {
  const remote = await chooseRemote(call, l10n.t('Which remote should be changed?'));
  if (!remote) return undefined;
  const title = l10n.t('Change the Remote “{0}”', remote.name);
  const items: OptionItem[] = [
    { option: 'url', label: l10n.t('Address'), description: 'url' },
    { option: 'jobs', label: l10n.t('Parallel Transfers'), description: 'jobs' },
    { option: 'verify', label: l10n.t('Verify What Was Fetched'), description: 'verify' },
  ];
  const picked = await window.showQuickPick(items, { title, placeHolder: l10n.t('What should be changed?') });
  if (!picked) return undefined;
  const now = call.model.snapshot.remotes.find(({ name }) => name === remote.name);
  const value = await window.showInputBox({
    title,
    prompt: l10n.t('{0}; nothing for the usual', picked.label),
    value: picked.option === 'url' ? (now?.url ?? '') : '',
    validateInput: (text) => problemOfValue(picked.option, text.trim()),
  });
  if (value === undefined) return undefined;
  return { ...remote, option: picked.option, value: value.trim() === '' ? undefined : value.trim() };
}

function problemOfValue(option: string, text: string): string | undefined {
  if (option === 'url') return text === '' ? l10n.t('A path or an address is needed.') : undefined;
  if (text === '') return undefined;
  if (option === 'jobs') return /^[1-9]\d*$/.test(text) ? undefined : l10n.t('A whole number above 0 is needed.');
  return /^(true|false)$/.test(text) ? undefined : l10n.t('It is true or false.');
}
