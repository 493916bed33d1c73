import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../core/errors.ts';
import { DigestSet } from './digest-set.ts';

/** Files up to this size are read in one call. */
export const SMALL_FILE = 1 << 20;

/** How often work says how far it is, in bytes. */
export const PROGRESS_STEP = 4 * 1024 * 1024;

/** What a thread keeps from file to file. */
export interface IoThread {
  /** {@link SMALL_FILE} bytes. */
  readonly buffer: Buffer;
  /** For comparing with what is in the first. */
  readonly second: Buffer;
  readonly temps: TempNames;
  /** Objects written by this run: the next file of the same content needs no look at the disk. */
  readonly written: DigestSet;
}

export const newThread = (temps: TempNames): IoThread => ({
  buffer: Buffer.allocUnsafeSlow(SMALL_FILE),
  second: Buffer.allocUnsafeSlow(SMALL_FILE),
  temps,
  written: new DigestSet(),
});

/** Names in the shape of DVC's temporary files, whose first part tells one process's from all others: see `temp-name.ts`. */
export class TempNames {
  readonly prefix: string;
  readonly #tail = Buffer.alloc(4);
  #count = 0;

  /** @param thread Below 256: no two threads of a process may share one. */
  constructor(prefix: string, thread: number) {
    this.prefix = prefix;
    this.#tail[0] = thread;
  }

  next(): string {
    this.#count = (this.#count + 1) & 0xffffff;
    this.#tail.writeUIntBE(this.#count, 1, 3);
    return `.${this.prefix}${this.#tail.toString('base64url')}.tmp`;
  }
}

/** `O_NONBLOCK` keeps an open from waiting where a pipe took the file's place; it means nothing for files. */
const READ = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0);
const CREATE = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL;

export const openToRead = (path: string): number => fs.openSync(path, READ);

/** Opens a new file, making its folder if that is what is missing. */
export function openNew(path: string, mode: number, folderMode?: number): number {
  try {
    return fs.openSync(path, CREATE, mode);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    makeFolder(dirname(path), folderMode);
    return fs.openSync(path, CREATE, mode);
  }
}

export function makeFolder(path: string, mode?: number): void {
  const first = fs.mkdirSync(path, { recursive: true });
  // The umask took bits of the mode that a shared cache needs.
  if (mode !== undefined && first !== undefined)
    for (let at = path; at.length >= first.length; at = dirname(at)) fs.chmodSync(at, mode);
}

/** Reads until `length` bytes or the end; goes on after short reads and interruptions. */
export function readFully(file: number, buffer: Buffer, length: number): number {
  let read = 0;
  while (read < length) {
    const count = again(() => fs.readSync(file, buffer, read, length - read, null));
    if (count === 0) break;
    read += count;
  }
  return read;
}

/** Writes the first `length` bytes of `buffer` at `position`; goes on after short writes and interruptions. */
export function writeFully(file: number, buffer: Buffer, length: number, position: number): void {
  let written = 0;
  while (written < length)
    written += again(() => fs.writeSync(file, buffer, written, length - written, position + written));
}

const MOST_INTERRUPTIONS = 100;

function again(call: () => number): number {
  for (let left = MOST_INTERRUPTIONS; ; left--) {
    try {
      return call();
    } catch (error) {
      if (errnoOf(error) !== 'EINTR' || left === 0) throw error;
    }
  }
}

/** Removes what a failed step left; its own failure must not hide the first one. */
export function discard(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch {
    // Swept later: the journal names it.
  }
}
