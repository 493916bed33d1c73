import * as os from 'node:os';
import { join } from 'node:path';
import { configError } from '../core/errors.ts';
import type { RemoteOptions } from './registry.ts';
import { readSshConfig, type SshDirectives } from './ssh-config-file.ts';

/** One machine on the way, with all that is needed to log in to it. */
export interface SshHop {
  /** As the user names it. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Private keys, in the order in which they are tried; those of ssh's own list may not be there. */
  readonly keys: readonly string[];
  /** A key that the user named: it has to work. */
  readonly keyFile: string | undefined;
  /** Only these keys are tried, also of those that the agent has. */
  readonly onlyKeys: boolean;
  /** Socket or pipe of an agent. */
  readonly agent: string | undefined;
  readonly password: string | undefined;
  readonly passphrase: string | undefined;
  /** What host keys are looked up by. */
  readonly keyName: string;
  readonly knownHosts: readonly string[];
  /** What is done with a host that nobody knows: refused, remembered, or taken as it is. */
  readonly unknownHosts: 'refuse' | 'remember' | 'accept';
  /** Names of the ssh configuration that may have other values, by conditions of `Match` which are not followed. */
  readonly undecided: readonly string[];
  /** A program whose input and output are the connection. */
  readonly proxyCommand: string | undefined;
  /** The machine that this one is reached from. */
  readonly via: SshHop | undefined;
}

export interface SshSettings {
  readonly hop: SshHop;
  /** Absolute, on the server. */
  readonly folder: string;
  /** Without a password. */
  readonly url: string;
  /** Milliseconds of silence, also while connecting. */
  readonly timeout: number;
  /** Channels over one connection, at most. */
  readonly channels: number;
  /** Kerberos was asked for, which there is none of. */
  readonly kerberos: boolean;
}

/** The machine and the person that settings are read for. */
export interface SshPlace {
  readonly home: string;
  readonly user: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Configuration files, in the order in which ssh reads them. */
  readonly configs: readonly string[];
}

export function thisPlace(env: NodeJS.ProcessEnv = process.env): SshPlace {
  const home = os.homedir();
  const machine = process.platform === 'win32' ? join(env['PROGRAMDATA'] ?? 'C:\\ProgramData', 'ssh') : '/etc/ssh';
  const configs = [join(home, '.ssh', 'config'), join(machine, 'ssh_config')];
  return { home, user: nameOfUser(env), env, platform: process.platform, configs };
}

function nameOfUser(env: NodeJS.ProcessEnv): string {
  try {
    return os.userInfo().username;
  } catch {
    return env['USER'] ?? env['USERNAME'] ?? '';
  }
}

const DEFAULT_TIMEOUT = 30;
const DEFAULT_CHANNELS = 8;
/** sshd's own limit, unless its administrator changed it. */
const MAX_CHANNELS = 10;
const MAX_JUMPS = 8;
const DEFAULT_KEYS = ['id_rsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk', 'id_dsa'];

/**
 * What DVC's options, the URL and the user's ssh configuration say together: an option wins over the URL, and the URL over the configuration.
 *
 * @throws `config` for a URL without a host, and for jump hosts that lead in a circle.
 */
export function readSshSettings(url: string, options: RemoteOptions, place: SshPlace): SshSettings {
  const parts = /^\w+:\/\/(?:([^@/:]*)(?::([^@/]*))?@)?(\[[^\]]*\]|[^:/]*)(?::(\d+))?(\/.*)?$/.exec(url);
  const [, user, password, host = '', port, folder = ''] = parts ?? [];
  if (host === '')
    throw configError(`'${url}' is no address of a folder on an SSH server.`, {
      hint: 'It has the form ssh://user@host:port/absolute/path.',
    });
  refuseShellWords(host, [options['user'], textOf(user)]);
  const given: Given = {
    user: options['user'] ?? textOf(user),
    port: numberOf(options['port']) ?? numberOf(port),
    password: options['password'] ?? textOf(password),
    passphrase: options['passphrase'],
    keyFile: options['keyfile'],
    agent: isOn(options['allow_agent'], true),
  };
  const hop = makeHop(host.replace(/^\[|\]$/g, ''), given, place, 0);
  const channels = numberOf(options['max_sessions']) ?? DEFAULT_CHANNELS;
  return {
    hop,
    folder: folder.replace(/\/+$/, ''),
    url: `ssh://${user ? `${user}@` : ''}${host}${port ? `:${port}` : ''}${folder}`,
    timeout: (numberOf(options['timeout']) ?? DEFAULT_TIMEOUT) * 1000,
    channels: Math.max(1, Math.min(channels, MAX_CHANNELS)),
    kerberos: isOn(options['gss_auth'], false),
  };
}

/** Names that come with a repository must do no harm in the commands of the user's own configuration: ssh refuses the same ones. */
function refuseShellWords(host: string, users: readonly (string | undefined)[]): void {
  const isBad = (name: string): boolean => /^-|[\s'"`$\\;&<>|(){}]|\p{Cc}/u.test(name);
  if (isBad(host))
    throw configError(`'${host}' is no name of an SSH server.`, { hint: 'Correct the URL of the remote.' });
  const user = users.find((name) => name !== undefined && /^-|['"`;&<>|(){}]|\\$|\p{Cc}/u.test(name));
  if (user !== undefined)
    throw configError(`'${user}' is no name of a user on an SSH server.`, { hint: 'Correct `user` of the remote.' });
}

interface Given {
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  readonly password?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly agent: boolean;
}

function makeHop(name: string, given: Given, place: SshPlace, depth: number): SshHop {
  if (depth > MAX_JUMPS) throw configError(`the jump hosts of '${name}' in the ssh configuration lead in a circle.`);
  const { directives: config, undecided } = readSshConfig(place.configs, join(place.home, '.ssh'), name, given.user);
  const first = (directive: string): string | undefined => config.get(directive)?.[0];
  const user = given.user ?? first('user') ?? place.user;
  const host = (first('hostname') ?? name).replaceAll('%h', name).replaceAll('%%', '%');
  const port = given.port ?? numberOf(first('port')) ?? 22;
  const expand = expander(place, { name, host, port, user });
  const keyFile = given.keyFile === undefined ? undefined : expand(given.keyFile);
  const listed = config.get('identityfile')?.filter((file) => file !== 'none');
  const keys = listed?.map(expand) ?? DEFAULT_KEYS.map((key) => join(place.home, '.ssh', key));
  const command = config.get('proxycommand')?.join(' ');
  const jump = command === undefined || command === 'none' ? config.get('proxyjump')?.join(',') : undefined;
  return {
    name,
    host,
    port,
    user,
    keys,
    keyFile,
    onlyKeys: isOn(first('identitiesonly'), false),
    agent: given.agent ? agentOf(config, expand, place) : undefined,
    password: given.password,
    passphrase: given.passphrase,
    keyName: (first('hostkeyalias') ?? host).toLowerCase(),
    knownHosts: [
      ...filesOf(config, 'userknownhostsfile', place),
      ...filesOf(config, 'globalknownhostsfile', place),
    ].map(expand),
    unknownHosts: stricter(
      unknownHosts(first('stricthostkeychecking')),
      undecided.has('stricthostkeychecking') ? unknownHosts(undecided.get('stricthostkeychecking')?.[0]) : 'accept',
    ),
    undecided: [...undecided.keys()].filter((directive) => FOLLOWED.has(directive)),
    proxyCommand: command === undefined || command === 'none' ? undefined : expand(command),
    via: jump === undefined ? undefined : jumpHost(jump, given, place, depth + 1),
  };
}

/** `a,b` is b, reached from a. */
function jumpHost(jump: string, { agent, passphrase }: Given, place: SshPlace, depth: number): SshHop | undefined {
  if (jump === 'none') return undefined;
  let via: SshHop | undefined;
  for (const written of jump.split(',')) {
    const [, user, host = '', port] =
      /^(?:ssh:\/\/)?(?:([^@]*)@)?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(written.trim()) ?? [];
    const hop = makeHop(
      host.replace(/^\[|\]$/g, ''),
      { user: textOf(user), port: numberOf(port), agent, passphrase },
      place,
      depth,
    );
    via = via === undefined ? hop : { ...hop, via };
  }
  return via;
}

function agentOf(config: SshDirectives, expand: (text: string) => string, place: SshPlace): string | undefined {
  const named = config.get('identityagent')?.[0];
  if (named === 'none') return undefined;
  if (named !== undefined && named !== 'SSH_AUTH_SOCK')
    return named.startsWith('$') ? place.env[named.replace(/[${}]/g, '')] : expand(named);
  return place.env['SSH_AUTH_SOCK'] || (place.platform === 'win32' ? '\\\\.\\pipe\\openssh-ssh-agent' : undefined);
}

function filesOf(config: SshDirectives, directive: string, place: SshPlace): string[] {
  const written = config.get(directive)?.flatMap((value) => value.split(/\s+/));
  if (written?.length) return written.filter((file) => file !== 'none');
  if (directive === 'userknownhostsfile')
    return ['known_hosts', 'known_hosts2'].map((file) => join(place.home, '.ssh', file));
  return place.platform === 'win32' ? [] : ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];
}

/** What may be either way is done the safer way. */
const stricter = (...ways: readonly SshHop['unknownHosts'][]): SshHop['unknownHosts'] =>
  (['refuse', 'remember'] as const).find((way) => ways.includes(way)) ?? 'accept';

/** What decides where a connection goes, and as whom. */
const FOLLOWED: ReadonlySet<string> = new Set(
  'hostname port user identityfile identitiesonly identityagent proxyjump proxycommand userknownhostsfile globalknownhostsfile hostkeyalias stricthostkeychecking'.split(
    ' ',
  ),
);

function unknownHosts(strict: string | undefined): SshHop['unknownHosts'] {
  if (strict === 'accept-new') return 'remember';
  return strict === 'no' || strict === 'off' ? 'accept' : 'refuse';
}

/** Replaces `~`, `${NAME}` and ssh's `%` marks. */
function expander(
  { home, user: self, env }: SshPlace,
  hop: { name: string; host: string; port: number; user: string },
): (text: string) => string {
  const marks: Readonly<Record<string, string>> = {
    '%': '%',
    d: home,
    h: hop.host,
    n: hop.name,
    p: String(hop.port),
    r: hop.user,
    u: self,
    i: String(os.userInfo().uid),
    k: hop.host,
    l: os.hostname(),
    L: os.hostname().replace(/\..*/s, ''),
  };
  return (text) =>
    text
      .replace(/^~(?=\/|\\|$)/, home)
      .replace(/\$\{(\w+)\}/g, (_, name: string) => env[name] ?? '')
      .replace(/%(.)/g, (mark, letter: string) => marks[letter] ?? mark);
}

const textOf = (text: string | undefined): string | undefined => (text ? decode(text) : undefined);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined;

const isOn = (text: string | undefined, otherwise: boolean): boolean =>
  text === undefined ? otherwise : /^(true|yes|1|on)$/i.test(text);
