import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import { pidExists, thisOwner } from './owner.ts';

/** A temporary file of another machine is left to it for this long, in milliseconds. */
const ELSEWHERE_GRACE = 24 * 3600 * 1000;
const NAME = /^\.([\w-]{22})\.tmp$/;

/**
 * The first 16 characters of temporary names in the shape of DVC's, which its listings skip: they also say whose the files are.
 *
 * 12 bytes: process id, host and boot, a random part, and a sum over these that tells our names from DVC's random ones.
 */
export function tempPrefix(): string {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(process.pid, 0);
  machine().copy(bytes, 4);
  randomBytes(2).copy(bytes, 8);
  sumOf(bytes).copy(bytes, 10);
  return bytes.toString('base64url');
}

/** A name of its own behind a {@link tempPrefix}. */
export const tempName = (): string => `.${tempPrefix()}${randomBytes(4).toString('base64url')}.tmp`;

const live = new Set<string>();
/** A prefix for many names, used as long as this process lives or until it is {@link retirePrefix retired}. */
export function livePrefix(): string {
  const prefix = tempPrefix();
  live.add(prefix);
  return prefix;
}
export const retirePrefix = (prefix: string): void => void live.delete(prefix);

/** Removes files and folders that {@link tempName} named for processes that have died since. What cannot be removed stays. */
export function sweepTemps(folder: string): void {
  for (const name of namesIn(folder)) {
    const encoded = NAME.exec(name)?.[1];
    if (encoded === undefined || !isStale(Buffer.from(encoded, 'base64url'), `${folder}/${name}`)) continue;
    try {
      fs.rmSync(`${folder}/${name}`, { recursive: true, force: true });
    } catch (error) {
      if (errnoOf(error) === undefined) throw error; // A later command tries again.
    }
  }
}

const swept = new Set<string>();
/** As {@link sweepTemps}, once in the life of this process: to be called before its first temporary file in `folder`. */
export function sweepOnce(folder: string): void {
  if (swept.has(folder)) return;
  swept.add(folder);
  sweepTemps(folder);
}

function isStale(bytes: Buffer, path: string): boolean {
  if (!sumOf(bytes).equals(bytes.subarray(10, 12))) return false;
  const [host, boot] = [bytes.subarray(4, 6), bytes.subarray(6, 8)];
  if (!host.equals(machine().subarray(0, 2))) {
    const written = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return Date.now() - written > ELSEWHERE_GRACE;
  }
  if (!boot.equals(machine().subarray(2, 4))) return true;
  const pid = bytes.readUInt32BE(0);
  // Containers give the same numbers again and again; a file of our own number is none of ours unless we know its prefix.
  return pid === process.pid ? !live.has(bytes.toString('base64url', 0, 12)) : !pidExists(pid);
}

let known: Buffer | undefined;
/** Two bytes for the host, two for this start of it. */
function machine(): Buffer {
  const digest = (text: string): Buffer => createHash('md5').update(text).digest().subarray(0, 2);
  const { host, boot } = thisOwner();
  known ??= Buffer.concat([digest(host), digest(boot ?? '')]);
  return known;
}

const sumOf = (bytes: Buffer): Buffer =>
  createHash('md5').update('lode').update(bytes.subarray(0, 10)).digest().subarray(0, 2);

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return []; // The write that follows says what is wrong with the folder.
  }
}
