import { createHash, createHmac } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { likeRegExp } from './ssh-config-file.ts';

/** A line of a known_hosts file that holds a key. */
export interface KnownHost {
  readonly mark: '' | 'revoked' | 'cert-authority';
  readonly names: string;
  readonly type: string;
  /** As on the wire, in base64. */
  readonly key: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** What the files say of a key that a server has shown. */
export type HostKeyVerdict =
  | { readonly is: 'known' }
  /** `authority`: the line that says that this name is known by the signature of an authority. */
  | { readonly is: 'unknown'; readonly authority?: KnownHost | undefined }
  | { readonly is: 'changed'; readonly known: KnownHost }
  | { readonly is: 'revoked'; readonly known: KnownHost };

/** The lines of known_hosts files; files that are not there and lines that cannot be read count as empty, as for ssh. */
export const readKnownHosts = (files: readonly string[]): KnownHost[] =>
  files.flatMap((file) => parseKnownHosts(readText(file), file));

export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((line, index) => {
    const [, mark = '', names = '', type = '', key = ''] =
      /^\s*(?:@(revoked|cert-authority)\s+)?([^#@\s]\S*)\s+(\S+)\s+([A-Za-z0-9+/]+={0,2})/.exec(line) ?? [];
    return key === '' ? [] : [{ mark: mark as KnownHost['mark'], names, type, key, file, line: index + 1 }];
  });
}

/** @param key As the server sent it. */
export function judgeHostKey(known: readonly KnownHost[], host: string, port: number, key: Buffer): HostKeyVerdict {
  const shown = key.toString('base64');
  const names = namesOf(host, port);
  const here = known.filter((line) => names.some((name) => matches(line.names, name)));
  const revoked = here.find((line) => line.mark === 'revoked' && line.key === shown);
  if (revoked) return { is: 'revoked', known: revoked };
  const plain = here.filter((line) => line.mark === '');
  if (plain.some((line) => line.key === shown)) return { is: 'known' };
  // A key without a port speaks for that machine's usual port: another one there may well have another key.
  const changed = plain.find((line) => line.type === typeOf(key) && matches(line.names, names[0] ?? ''));
  if (changed) return { is: 'changed', known: changed };
  return { is: 'unknown', authority: here.find((line) => line.mark === 'cert-authority') };
}

/** Kinds of keys that are known for a host, so that the server is asked for one of these first. */
export function knownKeyTypes(known: readonly KnownHost[], host: string, port: number): string[] {
  const names = namesOf(host, port);
  const here = known.filter((line) => line.mark === '' && names.some((name) => matches(line.names, name)));
  return [...new Set(here.map((line) => line.type))];
}

/** `SHA256:…`, as ssh prints it. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** `ssh-ed25519` and the like: every key begins with its kind. */
export function typeOf(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0;
  return key.toString('latin1', 4, 4 + Math.min(length, 64));
}

/** How a host and its port are written: a port of its own in brackets. The first is what a new line is written for. */
function namesOf(host: string, port: number): string[] {
  return port === 22 ? [host] : [`[${host}]:${port}`, host];
}

/** Adds a line for a host seen for the first time. What cannot be written is known again next time only. */
export function rememberHost(file: string | undefined, host: string, port: number, key: Buffer): void {
  if (file === undefined) return;
  try {
    fs.mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    fs.appendFileSync(file, `${namesOf(host, port)[0]} ${typeOf(key)} ${key.toString('base64')}\n`, { mode: 0o600 });
  } catch {
    // A folder or file that is nobody's to write to, such as /dev/null in some containers.
  }
}

function matches(names: string, name: string): boolean {
  const hashed = /^\|1\|([^|]+)\|([^|]+)$/.exec(names);
  if (hashed?.[1] !== undefined)
    return createHmac('sha1', Buffer.from(hashed[1], 'base64')).update(name).digest('base64') === hashed[2];
  let found = false;
  for (const pattern of names.toLowerCase().split(',')) {
    const isLike = new RegExp(`^${likeRegExp(pattern.replace(/^!/, ''))}$`).test(name);
    if (isLike && pattern.startsWith('!')) return false;
    found ||= isLike;
  }
  return found;
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
