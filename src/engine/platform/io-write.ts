import * as fs from 'node:fs';
import type { Sink } from './io-read.ts';
import { discard, type IoThread, openNew, SMALL_FILE, writeFully } from './io-thread.ts';

/** Objects are read-only; DVC trusts one only in exactly this mode (format §2.4). */
export const OBJECT_MODE = 0o444;
/** A umask that takes read rights has to be undone on each object. */
const UMASK_TAKES_READ = (process.umask() & OBJECT_MODE) !== 0;

export interface NewFile {
  /** Of the temporary file; it becomes visible under its name only by a rename. */
  readonly mode: number;
  /** Set after creation, past the umask. */
  readonly exactMode: number | undefined;
  readonly folderMode: number | undefined;
  readonly flush: boolean;
}

/**
 * An object is created with its final mode, which binds later opens only. Until the rename it has a name that nobody reads,
 * so there is no moment at which an unfinished object looks finished.
 */
export const newObject = (folderMode: number | undefined, flush: boolean): NewFile => ({
  mode: OBJECT_MODE,
  exactMode: UMASK_TAKES_READ ? OBJECT_MODE : undefined,
  folderMode,
  flush,
});

/** Writes the first `length` bytes of the thread's buffer as a new file, removed again if that fails. */
export function writeSmall(path: string, thread: IoThread, length: number, how: NewFile): void {
  writeBytes(path, thread.buffer, how, length);
}

/**
 * Writes a whole new file from memory, removed again if that fails.
 *
 * @param onDone Called with the file still open, its content complete.
 */
export function writeBytes(
  path: string,
  bytes: Buffer,
  how: NewFile,
  length = bytes.length,
  onDone?: (file: number) => void,
): void {
  const file = openNew(path, how.mode, how.folderMode);
  try {
    try {
      writeFully(file, bytes, length, 0);
      finish(file, how);
      onDone?.(file);
    } finally {
      fs.closeSync(file);
    }
  } catch (error) {
    discard(path);
    throw error;
  }
}

/** A new file that grows piece by piece; pieces of zeros are left as holes, so a sparse file stays one. */
export class FileSink implements Sink {
  readonly path: string;
  readonly #file: number;
  readonly #how: NewFile;
  #length = 0;
  #endsInHole = false;

  constructor(path: string, how: NewFile) {
    this.path = path;
    this.#how = how;
    this.#file = openNew(path, how.mode, how.folderMode);
  }

  write(buffer: Buffer, length: number): void {
    this.#endsInHole = length === ZEROS.length && buffer.compare(ZEROS, 0, length, 0, length) === 0;
    if (!this.#endsInHole) writeFully(this.#file, buffer, length, this.#length);
    this.#length += length;
  }

  restart(): void {
    fs.ftruncateSync(this.#file, 0);
    this.#length = 0;
  }

  /** Closes the whole file. */
  close(): void {
    try {
      if (this.#endsInHole) fs.ftruncateSync(this.#file, this.#length);
      finish(this.#file, this.#how);
    } catch (error) {
      this.abandon();
      throw error;
    }
    fs.closeSync(this.#file);
  }

  /** Closes and removes what is there. */
  abandon(): void {
    fs.closeSync(this.#file);
    discard(this.path);
  }
}

const ZEROS = Buffer.alloc(SMALL_FILE);

function finish(file: number, how: NewFile): void {
  if (how.exactMode !== undefined) fs.fchmodSync(file, how.exactMode);
  if (how.flush) fs.fsyncSync(file);
}
