import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { Duplex } from 'node:stream';
import {
  type AnyAuthMethod,
  type BaseAgent,
  Client,
  type ClientErrorExtensions,
  createAgent,
  type ParsedKey,
  type ServerHostKeyAlgorithm,
  type SFTPWrapper,
  utils,
} from 'ssh2';
import { DvcError, errnoOf } from '../core/errors.ts';
import {
  changedHostKey,
  connectionFailed,
  jumpFailed,
  type LoginTrail,
  lockedKey,
  loginRefused,
  noSftp,
  revokedHostKey,
  undecidedText,
  unknownHostKey,
  unreadableKey,
  unsignedHostKey,
  withUndecided,
} from './ssh-failures.ts';
import { judgeHostKey, knownKeyTypes, readKnownHosts, rememberHost } from './ssh-known-hosts.ts';
import type { SshHop, SshSettings } from './ssh-settings.ts';
import { unlockElsewhere } from './ssh-unlock.ts';

/** A channel for files, as the library has it. */
export type SftpSession = SFTPWrapper;

/** A server that we are logged in to. */
export interface SshConnection {
  openSftp(): Promise<SftpSession>;
  /** What is sent until the end of this turn goes out in one piece: each system call costs more than a small request does. */
  gather(): void;
  /** Settled with the reason when the connection is over, however it ends. */
  readonly ended: Promise<DvcError>;
  readonly isOpen: boolean;
  /** That something which ran over it has broken off. */
  broken(): DvcError;
  /** How we got in, for the user: `user 'me', the key '~/.ssh/id_ed25519'`. */
  readonly identity: string;
  close(): void;
}

/** Connects through every machine on the way. @throws the failure of the first step that did not work */
export async function connectSsh(settings: SshSettings): Promise<SshConnection> {
  return connectHop(settings, settings.hop);
}

async function connectHop(settings: SshSettings, hop: SshHop): Promise<SshConnection> {
  const { url } = settings;
  if (hop.proxyCommand !== undefined) {
    const { stream, child } = proxyStream(hop.proxyCommand);
    return login(settings, hop, stream, () => child.kill());
  }
  if (hop.via === undefined) return login(settings, hop, undefined, () => {});
  const { via } = hop;
  const jump = await connectHop(settings, via);
  const client = clients.get(jump);
  const stream = await new Promise<Duplex>((resolve, reject) => {
    client?.forwardOut('127.0.0.1', 0, hop.host, hop.port, (error, channel) =>
      error ? reject(jumpFailed(url, hop, via, error)) : resolve(channel),
    );
  }).catch((error: unknown) => {
    jump.close();
    throw error;
  });
  return login(settings, hop, stream, () => jump.close());
}

function gathering(client: Client): () => void {
  const { _sock: line } = client as { readonly _sock?: unknown }; // The library gives no other way to it.
  if (!(line instanceof Duplex)) return () => {};
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    line.cork();
    process.nextTick(() => {
      waits = false;
      line.uncork();
    });
  };
}

const clients = new WeakMap<SshConnection, Client>();

function proxyStream(command: string): { stream: Duplex; child: ChildProcess } {
  const child = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'ignore'] });
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  child.once('error', (error) => stream.destroy(error));
  return { stream, child };
}

/** @param leave Lets go of what the connection runs over. */
function login(
  settings: SshSettings,
  hop: SshHop,
  sock: Duplex | undefined,
  leave: () => void,
): Promise<SshConnection> {
  const { url, timeout, kerberos } = settings;
  const client = new Client();
  const known = readKnownHosts(hop.knownHosts);
  const types = knownKeyTypes(known, hop.keyName, hop.port).flatMap(signaturesOf);
  const trail: LoginTrail = { tried: [], skipped: [], offered: [] };
  let refusal: DvcError | undefined;
  let noPasswords = false;
  let connected = false;

  const checkHost = (key: Buffer): boolean => {
    const verdict = judgeHostKey(known, hop.keyName, hop.port, key);
    if (verdict.is === 'known') return true;
    if (verdict.is === 'revoked') refusal = revokedHostKey(url, hop, key, verdict.known);
    else if (hop.unknownHosts === 'accept') noPasswords = verdict.is === 'changed' || verdict.authority !== undefined;
    else if (verdict.is === 'changed') refusal = changedHostKey(url, hop, key, verdict.known);
    else if (verdict.authority) refusal = unsignedHostKey(url, hop, key, verdict.authority);
    else if (hop.unknownHosts === 'remember') rememberHost(hop.knownHosts[0], hop.keyName, hop.port, key);
    else refusal = unknownHostKey(url, hop, key);
    return refusal === undefined;
  };

  return new Promise((resolve, reject) => {
    let end: (reason: DvcError) => void = () => {};
    const ended = new Promise<DvcError>((settle) => {
      end = settle;
    });
    let last: (Error & ClientErrorExtensions) | undefined;
    const finish = (): void => {
      leave();
      const failure = (): DvcError => {
        if (refusal) return refusal;
        if (last?.level === 'client-authentication') return loginRefused(url, hop, trail, kerberos);
        return connectionFailed(url, hop, last ?? new Error('connection lost'), connected);
      };
      const reason = withUndecided(failure(), hop);
      end(reason);
      reject(reason);
    };
    client.on('error', (error: Error & ClientErrorExtensions) => {
      if (error.level === 'agent') trail.skipped.push(`the agent (${error.message})`);
      else last ??= error;
      // A connection that never was does not always close.
      if (!connected && error.level !== 'agent') {
        client.destroy();
        finish();
      }
    });
    client.once('close', finish);
    client.once('connect', () => client.setNoDelay(true)); // Small requests wait for nothing.
    client.once('ready', () => {
      connected = true;
      let open = true;
      void ended.then(() => {
        open = false;
      });
      const connection: SshConnection = {
        ended,
        get isOpen() {
          return open;
        },
        broken: () => connectionFailed(url, hop, new Error('the channel was closed'), true),
        identity: `user '${hop.user}', ${trail.tried.at(-1) ?? 'without credentials'}${undecidedText(hop)}`,
        openSftp: () =>
          new Promise((opened, failed) => {
            void ended.then(failed);
            client.sftp((error, sftp) => (error ? failed(noSftp(url, hop, error)) : opened(sftp)));
          }),
        gather: gathering(client),
        close: () => {
          client.end();
          client.destroy();
        },
      };
      clients.set(connection, client);
      resolve(connection);
    });
    let steps: AsyncIterator<AnyAuthMethod>;
    client.connect({
      ...(sock ? { sock } : { host: hop.host, port: hop.port }),
      username: hop.user,
      readyTimeout: timeout,
      keepaliveInterval: Math.max(200, timeout / 3),
      keepaliveCountMax: 2,
      hostVerifier: checkHost,
      // The kinds of keys that are known come first, or a server would show another one.
      ...(types.length > 0 && {
        algorithms: { serverHostKey: { remove: types, prepend: types.reverse(), append: [] } },
      }),
      authHandler: (offered: AnyAuthMethod['type'][] | null, _partial, next) => {
        if (offered?.length) trail.offered = offered;
        steps ??= logins(settings, hop, trail, () => noPasswords);
        const stop = false as unknown as AnyAuthMethod; // Ends it, says the library's description.
        steps.next().then(
          (step) => next(step.done ? stop : step.value),
          (error: unknown) => {
            refusal = error instanceof DvcError ? error : connectionFailed(url, hop, error as Error, false);
            next(stop);
          },
        );
      },
    });
  });
}

/** RSA keys sign in several ways; a server is asked for a way, not for a kind of key. */
const signaturesOf = (type: string): ServerHostKeyAlgorithm[] => {
  if (type === 'ssh-rsa') return ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'];
  return HOST_KEYS.filter((known) => known === type);
};
const HOST_KEYS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
];

/** Ways to log in, in turn: first what was named for this remote, as servers end a connection after a few tries. */
async function* logins(
  { url }: SshSettings,
  hop: SshHop,
  trail: LoginTrail,
  noPasswords: () => boolean,
): AsyncGenerator<AnyAuthMethod, void> {
  const { user: username, password } = hop;
  const takes = (method: string): boolean => trail.offered.length === 0 || trail.offered.includes(method);
  yield { type: 'none', username };
  if (hop.keyFile !== undefined) {
    const key = await readKey(hop.keyFile, hop.passphrase);
    if (key === 'locked') throw lockedKey(url, hop.keyFile, hop.passphrase !== undefined);
    if (key instanceof Error)
      throw unreadableKey(url, hop.keyFile, errnoOf(key) === 'ENOENT' ? 'it is not there' : key.message, key);
    if (takes('publickey')) {
      trail.tried.push(`the key '${hop.keyFile}'`);
      yield { type: 'publickey', username, key };
    }
  }
  if (password !== undefined && !noPasswords()) {
    if (takes('password')) {
      trail.tried.push('the password');
      yield { type: 'password', username, password };
    }
    if (takes('keyboard-interactive')) {
      if (!trail.tried.includes('the password')) trail.tried.push('the password');
      yield {
        type: 'keyboard-interactive',
        username,
        // Questions whose answer may be seen are not about the password.
        prompt: (_name, _instructions, _language, prompts, answer) =>
          answer(prompts.map(({ echo }) => (echo ? '' : password))),
      };
    }
  }
  if (!takes('publickey')) return;
  if (hop.agent !== undefined && (hop.agent.startsWith('\\\\') || fs.existsSync(hop.agent))) {
    const agent = createAgent(hop.agent);
    trail.tried.push('the keys of the agent');
    yield { type: 'agent', username, agent: hop.onlyKeys ? onlyThese(agent, hop.keys) : agent };
  }
  for (const file of hop.keys) {
    const key = await readKey(file, hop.passphrase);
    if (key === 'locked') {
      trail.skipped.push(`the key '${file}' (it has a passphrase)`);
      trail.locked ??= file;
    }
    if (key === 'locked' || key instanceof Error) continue;
    trail.tried.push(`the key '${file}'`);
    yield { type: 'publickey', username, key };
  }
}

const unlocked = new Map<string, ParsedKey>();

/** 'locked' where the passphrase is missing or wrong. */
async function readKey(file: string, passphrase: string | undefined): Promise<ParsedKey | 'locked' | Error> {
  let bytes: Buffer;
  try {
    bytes = fs.readFileSync(file);
  } catch (error) {
    return error as Error; // What Node throws.
  }
  const key = parseKey(bytes);
  if (!(key instanceof Error) || !isLocked(key)) return key;
  if (passphrase === undefined) return 'locked';
  const id = createHash('sha256').update(bytes).update(passphrase).digest('hex');
  const known = unlocked.get(id);
  if (known) return known;
  const plain = await unlockElsewhere(bytes, passphrase);
  if (plain === undefined) return 'locked';
  const open = parseKey(plain);
  if (!(open instanceof Error)) unlocked.set(id, open);
  return open;
}

const isLocked = ({ message }: Error): boolean => /encrypted|passphrase|bad decrypt|integrity/i.test(message);

/** Whether a file holds a private key with a passphrase. */
export function isLockedKey(file: string): boolean {
  try {
    const key = parseKey(fs.readFileSync(file));
    return key instanceof Error && isLocked(key);
  } catch {
    return false; // It is not there, or nobody's to read.
  }
}

function parseKey(bytes: Buffer, passphrase?: string): ParsedKey | Error {
  const parsed = utils.parseKey(bytes, passphrase);
  if (parsed instanceof Error) return parsed;
  const key = [parsed].flat()[0];
  return key?.isPrivateKey() ? key : new Error('it is no private key');
}

/** The key as PEM without its passphrase; undefined for a wrong one. Takes long. */
export function unlock(bytes: Buffer, passphrase: string): string | undefined {
  const key = parseKey(bytes, passphrase);
  return key instanceof Error ? undefined : key.getPrivatePEM();
}

/** An agent of which only the keys that belong to these files are seen. */
function onlyThese(agent: BaseAgent, files: readonly string[]): BaseAgent {
  const wanted = new Set(
    files.flatMap((file) => {
      const key = readPublicKey(`${file}.pub`) ?? readPublicKey(file);
      return key ? [key.getPublicSSH().toString('base64')] : [];
    }),
  );
  const all = agent.getIdentities.bind(agent);
  agent.getIdentities = (done) =>
    all((error, found) =>
      done(
        error,
        found?.filter(
          (key) =>
            typeof key === 'object' && 'getPublicSSH' in key && wanted.has(key.getPublicSSH().toString('base64')),
        ),
      ),
    );
  return agent;
}

function readPublicKey(file: string): ParsedKey | undefined {
  try {
    const parsed = utils.parseKey(fs.readFileSync(file));
    return parsed instanceof Error ? undefined : [parsed].flat()[0];
  } catch {
    return undefined;
  }
}
