import { DvcError, type RemoteCause, type RemoteStep, remoteFailed } from '../core/errors.ts';
import { fingerprint, type KnownHost, typeOf } from './ssh-known-hosts.ts';
import type { SshHop } from './ssh-settings.ts';

/** What logging in was tried with, for the message when none of it worked. */
export interface LoginTrail {
  /** In words: `the key '~/.ssh/id_rsa'`. */
  readonly tried: string[];
  /** Keys that could not be used, and why. */
  readonly skipped: string[];
  /** The first of them that wants a passphrase. */
  locked?: string;
  /** Methods that the server would take. */
  offered: readonly string[];
}

const keyscan = ({ host, port }: SshHop): string => `ssh-keyscan ${port === 22 ? '' : `-p ${port} `}${host}`;
const sshTo = ({ name, port, user }: SshHop): string => `ssh ${port === 22 ? '' : `-p ${port} `}${user}@${name}`;

export const unknownHostKey = (url: string, hop: SshHop, key: Buffer): DvcError =>
  remoteFailed('identity', 'unknown-host-key', `The SSH server '${hop.host}' is not among your known hosts.`, {
    url,
    evidence: `it showed the ${typeOf(key)} key ${fingerprint(key)}`,
    hint: `Its key is ${fingerprint(key)} (${typeOf(key)}). If that is right, connect once with \`${sshTo(hop)}\`, or run \`${keyscan(hop)} >> ${hop.knownHosts[0] ?? '~/.ssh/known_hosts'}\`.`,
  });

/** A name that is known by an authority's signature, which cannot be checked here: its own key has to be known. */
export const unsignedHostKey = (url: string, hop: SshHop, key: Buffer, { file, line }: KnownHost): DvcError =>
  remoteFailed(
    'identity',
    'unknown-host-key',
    `The SSH server '${hop.host}' is known by an authority's signature, which Lode cannot check.`,
    {
      url,
      evidence: `line ${line} of '${file}' is @cert-authority; the server showed the ${typeOf(key)} key ${fingerprint(key)}`,
      hint: `If ${fingerprint(key)} is right, make the key itself known: \`${keyscan(hop)} >> ${hop.knownHosts[0] ?? '~/.ssh/known_hosts'}\`.`,
    },
  );

/** What of the ssh configuration was not followed, as words behind others. */
export const undecidedText = ({ undecided }: SshHop): string =>
  undecided.length === 0 ? '' : `; not followed: conditions of \`Match\` that set ${undecided.join(', ')}`;

/** A failure that may come from what was not followed says so. */
export function withUndecided(error: DvcError, hop: SshHop): DvcError {
  if (hop.undecided.length === 0) return error;
  const { code, message, data, cause, retryable, exitCode } = error;
  const hint = `${error.hint ?? ''} Your ssh configuration sets ${hop.undecided.join(', ')} under a condition of \`Match\` that Lode does not follow (\`exec\` and the like): set it under \`Host ${hop.name}\` as well.`;
  return new DvcError(code, message, {
    hint: hint.trim(),
    data,
    cause,
    retryable,
    ...(exitCode === undefined ? {} : { exitCode }),
  });
}

export const changedHostKey = (url: string, hop: SshHop, key: Buffer, { file, line }: KnownHost): DvcError =>
  remoteFailed('identity', 'changed-host-key', `The SSH server '${hop.host}' shows another key than before.`, {
    url,
    evidence: `it showed the ${typeOf(key)} key ${fingerprint(key)}; line ${line} of '${file}' has another`,
    hint: `Somebody may be listening in, or the server was set up anew. If its administrator confirms ${fingerprint(key)}, run \`ssh-keygen -R ${hop.port === 22 ? hop.keyName : `'[${hop.keyName}]:${hop.port}'`} -f ${file}\` and connect once with \`${sshTo(hop)}\`.`,
  });

export const revokedHostKey = (url: string, hop: SshHop, key: Buffer, { file, line }: KnownHost): DvcError =>
  remoteFailed('identity', 'changed-host-key', `The SSH server '${hop.host}' shows a key that has been revoked.`, {
    url,
    evidence: `${typeOf(key)} key ${fingerprint(key)}, revoked by line ${line} of '${file}'`,
    hint: 'Do not connect: ask its administrator which key is right.',
  });

export const lockedKey = (url: string, file: string, wrong: boolean): DvcError =>
  remoteFailed(
    'identity',
    wrong ? 'wrong-credentials' : 'no-credentials',
    wrong ? `The passphrase of the key '${file}' is wrong.` : `The key '${file}' is protected by a passphrase.`,
    {
      url,
      lockedKey: file,
      hint: `Load it into your agent with \`ssh-add ${file}\`, or set \`passphrase\` with \`lode remote modify --local <name> passphrase <passphrase>\`.`,
    },
  );

export const unreadableKey = (url: string, file: string, problem: string, cause: unknown): DvcError =>
  remoteFailed('identity', 'no-credentials', `The key '${file}' cannot be used: ${problem}.`, {
    url,
    cause,
    hint: 'Correct `keyfile` with `lode remote modify <name> keyfile <path>`.',
  });

/** None of the ways to log in was accepted. @param kerberos Whether it was asked for. */
export function loginRefused(url: string, hop: SshHop, trail: LoginTrail, kerberos: boolean): DvcError {
  const { tried, skipped, offered, locked: lockedKey } = trail;
  const evidence = [
    `tried: ${tried.join(', ') || 'nothing'}`,
    ...(skipped.length > 0 ? [`could not try: ${skipped.join(', ')}`] : []),
    ...(offered.length > 0 ? [`the server takes: ${offered.join(', ')}`] : []),
  ].join('; ');
  const password = hop.password !== undefined;
  const hint = kerberos
    ? 'Kerberos (`gss_auth`) is not supported: use a key or a password.'
    : password
      ? 'Set the right one with `lode remote modify --local <name> password <password>`, or use a key.'
      : `Check that \`${sshTo(hop)}\` works without asking, name a key with \`lode remote modify <name> keyfile <path>\`, or set a password with \`lode remote modify --local <name> password <password>\`.`;
  if (tried.length === 0)
    return remoteFailed('identity', 'no-credentials', `There is nothing to log in to '${hop.host}' with.`, {
      url,
      lockedKey,
      evidence,
      hint,
    });
  const what =
    password && offered.some((method) => /password|keyboard/.test(method))
      ? `wrong user name or password for '${hop.user}' at '${hop.host}'.`
      : `'${hop.host}' does not let '${hop.user}' in (tried ${tried.join(', ')}).`;
  return remoteFailed('identity', 'wrong-credentials', what.charAt(0).toUpperCase() + what.slice(1), {
    url,
    lockedKey,
    evidence,
    hint,
  });
}

const NETWORK: Readonly<Record<string, readonly [RemoteStep, RemoteCause, string]>> = {
  ENOTFOUND: ['name', 'unknown-host', 'has no address: nobody knows this name'],
  EAI_AGAIN: ['name', 'unknown-host', 'has no address at the moment: the name service did not answer'],
  ECONNREFUSED: ['connect', 'unreachable', 'refused the connection'],
  EHOSTUNREACH: ['connect', 'unreachable', 'cannot be reached from here'],
  ENETUNREACH: ['connect', 'unreachable', 'cannot be reached from here'],
  ETIMEDOUT: ['connect', 'stalled', 'did not answer in time'],
  ECONNRESET: ['connect', 'cut', 'broke the connection off'],
  EPIPE: ['connect', 'cut', 'broke the connection off'],
};

interface SshError {
  readonly level?: string;
  readonly code?: string | number;
  readonly message: string;
}

/** A connection that could not be made, or ended. @param connected Whether it had been there. */
export function connectionFailed(url: string, hop: SshHop, error: SshError, connected: boolean): DvcError {
  const { level, code, message } = error;
  const more = { url, cause: error, evidence: message };
  const at = `'${hop.host}' (port ${hop.port})`;
  const known = typeof code === 'string' ? NETWORK[code] : undefined;
  if (known) {
    const [step, why, words] = known;
    const hint =
      step === 'name'
        ? "Check the host in the remote's URL and your network."
        : `Check that the server runs and that a firewall or VPN lets you through: \`${sshTo(hop)}\`.`;
    return remoteFailed(step, why, `${at} ${words}.`, { ...more, hint, retryable: code !== 'ENOTFOUND' });
  }
  if (level === 'client-timeout')
    return remoteFailed('connect', 'stalled', `${at} has stopped answering.`, {
      ...more,
      hint: 'Check your network, or give it longer with `lode remote modify <name> timeout <seconds>`.',
      retryable: true,
    });
  if (level === 'handshake' && /no matching/i.test(message))
    return remoteFailed('identity', 'unsupported', `${at} speaks no encryption that Lode can.`, {
      ...more,
      hint: 'Ask its administrator for a newer SSH server.',
    });
  if (/connection lost|closed|no response|ended|Too many authentication/i.test(message) || connected)
    return remoteFailed('connect', 'cut', `The connection to ${at} broke off.`, {
      ...more,
      hint: 'Run the command again: what has arrived is not sent twice.',
      retryable: true,
    });
  return remoteFailed('connect', 'other', `${at} could not be connected to.`, {
    ...more,
    hint: `See what \`${sshTo(hop)}\` says.`,
  });
}

export const jumpFailed = (url: string, hop: SshHop, via: SshHop, cause: Error): DvcError =>
  remoteFailed('connect', 'unreachable', `'${hop.host}' (port ${hop.port}) cannot be reached from '${via.host}'.`, {
    url,
    cause,
    evidence: cause.message,
    hint: `Check \`ProxyJump\` in your ssh configuration: \`${sshTo(hop)}\`.`,
  });

export const noSftp = (url: string, hop: SshHop, cause: Error): DvcError =>
  remoteFailed('connect', 'unsupported', `'${hop.host}' lets '${hop.user}' in, but not transfer files (SFTP).`, {
    url,
    cause,
    evidence: cause.message,
    hint: `See what \`sftp ${hop.port === 22 ? '' : `-P ${hop.port} `}${hop.user}@${hop.name}\` says; a login script that prints something is enough to break it.`,
  });

/** Numbers of the answers of an SFTP server (version 3). */
export const SFTP = { END: 1, MISSING: 2, DENIED: 3, FAILED: 4, LOST: 7, UNSUPPORTED: 8 } as const;

export const sftpCode = (error: unknown): number | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;

/** @param doing For example `write`. @param full Whether the server's disk has no room. */
export function sftpFailed(
  url: string,
  step: RemoteStep,
  doing: string,
  path: string,
  error: unknown,
  full = false,
): unknown {
  const code = sftpCode(error);
  if (code === undefined) return error;
  const more = { url, cause: error, evidence: error instanceof Error ? error.message : String(error) };
  if (full)
    return remoteFailed(step, 'full', `The server has no space left for '${path}'.`, {
      ...more,
      hint: 'Free some space there, or remove old data with `lode gc -c`; what has arrived stays.',
    });
  if (code === SFTP.DENIED)
    return remoteFailed(step, 'denied', `The server does not let you ${doing} '${path}'.`, {
      ...more,
      hint: 'Check the owner and the permissions of the folder on the server.',
    });
  return remoteFailed(step, 'other', `The server could not ${doing} '${path}'.`, {
    ...more,
    hint: 'See whether a file is where a folder should be, and whether its disk is well.',
  });
}

export const cutShort = (url: string, path: string, expected: number, found: number): DvcError =>
  remoteFailed('read', 'cut', `'${path}' ended after ${found} of ${expected} bytes.`, {
    url,
    hint: 'Run the command again.',
    retryable: true,
  });
