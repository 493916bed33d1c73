import * as fs from 'node:fs';
import { type ContentHash, hashBytes, newHasher } from './digest.ts';
import { type FileStat, fileStatOf, sameFile } from './file-list.ts';
import { IoProblem } from './io-batch.ts';
import { type IoThread, openToRead, readFully, SMALL_FILE } from './io-thread.ts';

/** How often a file that changes while it is read is read again. */
const TRIES = 3;

/** Content of a file that did not change while it was read. */
export interface StableRead {
  /** Lower-case hex. */
  readonly digest: string;
  /** As it was before and after reading. */
  readonly stat: FileStat;
}

/** Where bytes go on their way to the hash. */
export interface Sink {
  write(buffer: Buffer, length: number): void;
  /** Forgets all that was written: the file changed and is read again. */
  restart(): void;
}

/**
 * Reads a file whole into the thread's buffer, if it is small; undefined, with nothing read, for a larger one.
 *
 * No byte more than the expected ones is asked for: growth shows in the stats afterwards, which must agree with those before.
 *
 * @param expected What the walk saw.
 * @throws IoProblem `file-changing`
 */
export function readSmall(
  thread: IoThread,
  path: string,
  expected: FileStat,
  hash: ContentHash,
): StableRead | undefined {
  let before = expected;
  for (let left = TRIES; left > 0; left--) {
    if (before.size > SMALL_FILE) return undefined;
    const file = openToRead(path);
    try {
      const length = readFully(file, thread.buffer, before.size);
      const after = statOpen(file, path);
      if (length === after.size && sameFile(before, after))
        return { digest: hashBytes(hash, thread.buffer.subarray(0, length)), stat: after };
      before = after;
    } finally {
      fs.closeSync(file);
    }
  }
  throw new IoProblem('file-changing', path);
}

/** As {@link readSmall}, piece by piece, for a file of any size. Yields between pieces. */
export function* readLarge(
  thread: IoThread,
  path: string,
  hash: ContentHash,
  sink?: Sink,
): Generator<number, StableRead> {
  for (let left = TRIES; left > 0; left--) {
    const file = openToRead(path);
    try {
      const hasher = newHasher(hash);
      const before = statOpen(file, path);
      let total = 0;
      for (let length: number; (length = readFully(file, thread.buffer, SMALL_FILE)) > 0; total += length) {
        hasher.update(thread.buffer.subarray(0, length));
        sink?.write(thread.buffer, length);
        yield length;
      }
      const after = statOpen(file, path);
      if (total === after.size && sameFile(before, after)) return { digest: hasher.digest(), stat: after };
      sink?.restart();
    } finally {
      fs.closeSync(file);
    }
  }
  throw new IoProblem('file-changing', path);
}

/** @throws IoProblem `special-file` where a pipe or a device took the file's place */
function statOpen(file: number, path: string): FileStat {
  const stats = fs.fstatSync(file);
  if (!stats.isFile()) throw new IoProblem('special-file', path);
  return fileStatOf(stats);
}
