import { l10n, type MessageItem, window } from 'vscode';
import type { AskedSecret, SecretQuestion } from '../engine/index.ts';
import type { RemoteSecrets } from './remote-secrets.ts';

/** One question after another: a second box would take the place of the first. */
let before: Promise<unknown> = Promise.resolve();

/**
 * Asks for a password or passphrase, unseen. It is kept for as long as the window is open; in the secret storage only if the user says so
 * once it has been accepted.
 */
export function askSecret(
  secrets: RemoteSecrets,
  root: string,
  question: SecretQuestion,
): Promise<AskedSecret | undefined> {
  const answer = before.then(() => askNow(secrets, root, question));
  before = answer.catch(() => {});
  return answer;
}

async function askNow(
  secrets: RemoteSecrets,
  root: string,
  question: SecretQuestion,
): Promise<AskedSecret | undefined> {
  const { option, about, remote, again } = question;
  const prompt = option === 'password' ? l10n.t('Password for {0}', about) : l10n.t('Passphrase of the key {0}', about);
  const value = await window.showInputBox({
    title: remote ? l10n.t('Sign In to “{0}”', remote.name) : l10n.t('Sign In'),
    prompt: again ? l10n.t('That was wrong. {0}', prompt) : prompt,
    password: true,
    ignoreFocusOut: true, // A password is often fetched from another window.
  });
  if (value === undefined) return undefined;
  return { value, accepted: () => void (remote && offerToKeep(secrets, root, { ...question, remote }, value)) };
}

async function offerToKeep(
  secrets: RemoteSecrets,
  root: string,
  { option, remote }: SecretQuestion & { readonly remote: NonNullable<SecretQuestion['remote']> },
  value: string,
): Promise<void> {
  const keep: MessageItem = { title: l10n.t('Keep It') };
  const no: MessageItem = { title: l10n.t('Not Now') };
  const text =
    option === 'password'
      ? l10n.t('Keep the password of “{0}” in the secret storage of VS Code?', remote.name)
      : l10n.t('Keep the passphrase for “{0}” in the secret storage of VS Code?', remote.name);
  if ((await window.showInformationMessage(text, keep, no)) !== keep) return;
  await secrets.save(root, remote, { ...(await secrets.of(root, remote)), [option]: value });
}
