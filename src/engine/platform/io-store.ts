import * as fs from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import { writeDigest } from './digest.ts';
import { type FileStat, fileStatOf, sameFile } from './file-list.ts';
import { flushFile } from './flush.ts';
import { type HashBatch, type IoOutcome, IoProblem, noteStat, type ObjectFolder, type StoreBatch } from './io-batch.ts';
import { readLarge, readSmall, type StableRead } from './io-read.ts';
import { discard, type IoThread, makeFolder, openToRead, readFully } from './io-thread.ts';
import { FileSink, newObject, OBJECT_MODE, writeSmall } from './io-write.ts';

/** Digests one file; a large one in steps. */
export function hashFile(thread: IoThread, batch: HashBatch, index: number, path: string, out: IoOutcome) {
  const expected = statOf(batch, index);
  const read = readSmall(thread, path, expected, batch.hash);
  if (read === undefined) return hashLarge(thread, batch, index, path, expected, out);
  writeDigest(out.digests, index, read.digest);
  noteChange(out, index, expected, read.stat);
  return undefined;
}

function* hashLarge(
  thread: IoThread,
  batch: HashBatch,
  index: number,
  path: string,
  expected: FileStat,
  out: IoOutcome,
): Generator<number, void> {
  const read = yield* readLarge(thread, path, batch.hash);
  writeDigest(out.digests, index, read.digest);
  noteChange(out, index, expected, read.stat);
}

/** Digests one file and puts its bytes into the cache; a large one in steps. */
export function storeFile(thread: IoThread, batch: StoreBatch, index: number, path: string, out: IoOutcome) {
  const expected = statOf(batch, index);
  const { objects } = batch;
  const read = readSmall(thread, path, expected, objects.hash);
  if (read === undefined) return storeLarge(thread, batch, index, path, expected, out);
  writeDigest(out.digests, index, read.digest);
  if (!thread.written.has(out.digests, index)) {
    const target = objectPath(objects, read.digest);
    const length = read.stat.size;
    const isThere = !batch.empty && holdsSameBytes(thread, objects, target, length);
    if (!isThere && putSmall(thread, objects, read.digest, '', length)) {
      out.done++;
      out.bytes += length;
    }
    thread.written.add(out.digests, index);
  }
  noteChange(out, index, expected, read.stat);
  return undefined;
}

/**
 * Makes an object of the first `length` bytes of the thread's buffer.
 *
 * @returns False if another thread has made it meanwhile.
 */
export function putSmall(
  thread: IoThread,
  objects: ObjectFolder,
  digest: string,
  suffix: '' | '.dir',
  length: number,
): boolean {
  const how = newObject(objects.folderMode, objects.flush);
  const fan = digest.slice(0, 2);
  if (objects.aside === undefined) {
    const temp = `${objects.root}/${fan}/${thread.temps.next()}`;
    writeSmall(temp, thread, length, how);
    publish(temp, objectPath(objects, digest, suffix));
    return true;
  }
  try {
    writeSmall(`${objects.aside}/${fan}/${digest.slice(2)}${suffix}`, thread, length, how);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function* storeLarge(
  thread: IoThread,
  batch: StoreBatch,
  index: number,
  path: string,
  expected: FileStat,
  out: IoOutcome,
): Generator<number, void> {
  const { objects } = batch;
  const folder = objects.aside ?? objects.root;
  const temp = `${folder}/${thread.temps.next()}`; // Its folder is not known before its last byte is.
  const read =
    (objects.reflink ? yield* cloneAndDigest(thread, objects, path, temp) : undefined) ??
    (yield* copyAndDigest(thread, path, temp, objects));
  const target = objectPath({ root: folder }, read.digest);
  try {
    if (!batch.empty && (yield* holdsObject(thread, objects, target, read.digest, read.stat.size))) {
      fs.unlinkSync(temp);
    } else {
      makeFolder(`${folder}/${read.digest.slice(0, 2)}`, objects.folderMode);
      publish(temp, target);
      out.done++;
      out.bytes += read.stat.size;
    }
  } catch (error) {
    discard(temp);
    throw error;
  }
  out.verified.push({ name: read.digest, stat: fileStatOf(fs.statSync(target)) });
  writeDigest(out.digests, index, read.digest);
  thread.written.add(out.digests, index);
  noteChange(out, index, expected, read.stat);
}

/** Hashes while copying: one pass over the file. */
export function* copyAndDigest(
  thread: IoThread,
  path: string,
  temp: string,
  objects: ObjectFolder,
): Generator<number, StableRead> {
  const sink = new FileSink(temp, newObject(objects.folderMode, objects.flush));
  let read: StableRead | undefined;
  try {
    read = yield* readLarge(thread, path, objects.hash, sink);
  } finally {
    if (read === undefined) sink.abandon(); // Also when the run is stopped between two pieces.
  }
  sink.close();
  return read;
}

/** Shares the file's blocks, then hashes the clone: its bytes cannot change any more. Undefined where cloning failed. */
export function* cloneAndDigest(
  thread: IoThread,
  objects: ObjectFolder,
  path: string,
  temp: string,
): Generator<number, StableRead | undefined> {
  let read: StableRead | undefined;
  try {
    const before = fileStatOf(fs.statSync(path));
    fs.copyFileSync(path, temp, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE_FORCE);
    if (!sameFile(before, fileStatOf(fs.statSync(path)))) throw new IoProblem('file-changing', path);
    fs.chmodSync(temp, OBJECT_MODE);
    read = { digest: (yield* readLarge(thread, temp, objects.hash)).digest, stat: before };
    return read;
  } catch {
    return undefined; // A plain copy follows, and reports what is wrong if it still is.
  } finally {
    if (read === undefined) discard(temp);
  }
}

/** Whether the cache has the very bytes that are in the thread's buffer; a damaged object is moved out of the way. */
function holdsSameBytes(thread: IoThread, objects: ObjectFolder, target: string, length: number): boolean {
  const size = fs.statSync(target, QUIET)?.size;
  if (size === undefined) return false;
  if (size === length) {
    const file = openToRead(target);
    try {
      const read = readFully(file, thread.second, length);
      if (read === length && thread.buffer.compare(thread.second, 0, length, 0, length) === 0) {
        if (objects.flush) fs.fsyncSync(file); // Whoever wrote it may not have.
        return true;
      }
    } finally {
      fs.closeSync(file);
    }
  }
  quarantine(objects, target);
  return false;
}

/** Whether the cache has the object whole; a damaged one is moved out of the way. */
export function* holdsObject(
  thread: IoThread,
  objects: ObjectFolder,
  target: string,
  digest: string,
  size: number,
): Generator<number, boolean> {
  const found = fs.statSync(target, QUIET)?.size;
  if (found === undefined) return false;
  if (found === size && (yield* readLarge(thread, target, objects.hash)).digest === digest) {
    if (objects.flush) flushFile(target);
    return true;
  }
  quarantine(objects, target);
  return false;
}

/** Moves an object whose content is not what its name says to where it can be looked at; it is never deleted. */
export function quarantine(objects: ObjectFolder, path: string): void {
  makeFolder(objects.quarantine);
  const name = path.slice(objects.root.length + 1).replaceAll('/', '');
  const target = `${objects.quarantine}/${name}.${Date.now()}`;
  try {
    fs.renameSync(path, target);
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error;
    fs.copyFileSync(path, target); // The cache is on another file system than the repository.
    fs.unlinkSync(path);
  }
}

/** Gives a finished file its name. */
export function publish(temp: string, target: string): void {
  try {
    fs.renameSync(temp, target);
  } catch (error) {
    discard(temp);
    throw error;
  }
}

export const objectPath = ({ root }: Pick<ObjectFolder, 'root'>, digest: string, suffix = ''): string =>
  `${root}/${digest.slice(0, 2)}/${digest.slice(2)}${suffix}`;

const QUIET = { throwIfNoEntry: false } as const;

function noteChange(out: IoOutcome, index: number, expected: FileStat, stat: FileStat): void {
  if (!sameFile(expected, stat)) noteStat(out.stats, index, stat);
}

const statOf = ({ stats }: HashBatch | StoreBatch, index: number): FileStat => ({
  size: stats.size[index] as number,
  mtime: stats.mtime[index] as number,
  ctime: stats.ctime[index] as number,
  ino: stats.ino[index] as number,
  mode: 0,
});
