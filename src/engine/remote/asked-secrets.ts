import { cancelled, DvcError } from '../core/errors.ts';
import type { AskedSecret, OpContext, SecretQuestion } from '../core/op-context.ts';
import type { Backend } from './backend.ts';
import { openBackend, type RemoteOptions, schemeOf } from './registry.ts';
import { mayBeLocked } from './store-bundles.ts';

/** A place that is logged in to. */
export interface AskedPlace {
  /** The remote that it is, for the question. */
  readonly remote?: SecretQuestion['remote'];
  /** As in the configuration. */
  readonly url: string;
  readonly options: RemoteOptions;
}

/** As ssh has it: so many answers, and then no more. */
const TRIES = 3;

const ASKS_PASSWORD: ReadonlySet<string> = new Set(['ssh', 'sftp', 'scp', 'http', 'https', 'webdav', 'webdavs']);
const SSH: ReadonlySet<string> = new Set(['ssh', 'sftp', 'scp']);

/**
 * Opens a store; asks the user for a password where `ask_password` is set, and for the passphrase of a locked SSH key that is needed.
 * An answer is tried at once, and asked for again where it is wrong, so that nobody works with a wrong one.
 *
 * Where nobody can be asked the store is opened without: it says what is missing when it is used.
 *
 * @throws `cancelled` where the user gives no answer, and what {@link openBackend} throws.
 */
export async function openAsked(place: AskedPlace, ctx: OpContext): Promise<Backend> {
  const { url, options } = place;
  const { askSecret } = ctx;
  if (!askSecret) return openBackend(url, options);
  const answers: Partial<Record<SecretQuestion['option'], AskedSecret>> = {};
  const ask = async (option: SecretQuestion['option'], about: string): Promise<void> => {
    const question = { option, about, remote: place.remote, again: answers[option] !== undefined };
    const answer = await askSecret(question);
    if (answer === undefined) throw cancelled();
    answers[option] = answer;
  };
  if (wantsPassword(place)) await ask('password', whereOf(place));
  for (let left = TRIES; ; left--) {
    const given = Object.fromEntries(Object.entries(answers).map(([option, { value }]) => [option, value]));
    const backend = await openBackend(url, { ...options, ...given });
    if (answers.password === undefined && !mayAskPassphrase(place)) return backend;
    const failure = await loginFailure(backend, ctx);
    if (!failure) {
      for (const { accepted } of Object.values(answers)) accepted?.();
      return backend;
    }
    const locked = failure.data['lockedKey'];
    const again = failure.data['why'] === 'wrong-credentials' && answers.password !== undefined;
    if (left <= 1 || !(again || typeof locked === 'string')) return backend; // Whoever uses it meets the failure.
    await backend.close();
    if (again) await ask('password', whereOf(place));
    else await ask('passphrase', String(locked));
  }
}

/** Whether a place may need an answer of the user. */
export const mayAsk = (place: AskedPlace): boolean => wantsPassword(place) || mayAskPassphrase(place);

/** As in DVC: where it is set, and nothing is there already. */
function wantsPassword({ url, options }: AskedPlace): boolean {
  if (!/^(true|yes|1|on)$/i.test(options['ask_password'] ?? '')) return false;
  const [, scheme = '', userInfo = ''] = /^([a-z][a-z0-9+.-]*):\/\/(?:([^/?#]*)@)?/i.exec(url) ?? [];
  if (!ASKS_PASSWORD.has(scheme.toLowerCase()) || options['password'] !== undefined || userInfo.includes(':'))
    return false;
  const isSomebody = userInfo !== '' || options['user'] !== undefined || options['custom_auth_header'] !== undefined;
  return SSH.has(scheme.toLowerCase()) || isSomebody;
}

const mayAskPassphrase = ({ url, options }: AskedPlace): boolean =>
  SSH.has(schemeOf(url)) && options['passphrase'] === undefined && mayBeLocked(url, options);

/** `me@host`, as far as it is said. */
function whereOf({ url, options }: AskedPlace): string {
  const [, authority = ''] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url) ?? [];
  const at = authority.lastIndexOf('@');
  const user = options['user'] ?? authority.slice(0, Math.max(at, 0));
  return user === '' ? authority : `${user}@${authority.slice(at + 1)}`;
}

/** Why the store does not let us in; undefined where it does, and where it cannot be reached at all. */
async function loginFailure(backend: Backend, { signal }: OpContext): Promise<DvcError | undefined> {
  try {
    await backend.probe?.identity({ signal });
    return undefined;
  } catch (error) {
    if (DvcError.is(error, 'cancelled')) throw error;
    return DvcError.is(error) ? error : undefined;
  }
}
