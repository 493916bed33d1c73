import * as fs from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import { digestHex, hashBytes } from './digest.ts';
import { fileStatOf } from './file-list.ts';
import {
  type CopyBatch,
  type IoOutcome,
  IoProblem,
  type PutBatch,
  type RemoveBatch,
  type VerifyBatch,
} from './io-batch.ts';
import { readLarge } from './io-read.ts';
import { cloneAndDigest, copyAndDigest, objectPath, publish, putSmall } from './io-store.ts';
import { discard, type IoThread, makeFolder, openToRead, readFully, SMALL_FILE } from './io-thread.ts';
import { newObject, writeBytes } from './io-write.ts';
import { bytesOf } from './path-list.ts';

/** Copies one object whose bytes must be what its name says. */
export function* copyObject(
  thread: IoThread,
  batch: CopyBatch,
  index: number,
  out: IoOutcome,
): Generator<number, void> {
  const digest = digestHex(batch.digests, index);
  const source = objectPath(batch.from, digest, batch.suffix);
  const length = readObject(thread, source);
  if (length !== undefined) {
    if (hashBytes(batch.from.hash, thread.buffer.subarray(0, length)) !== digest)
      throw new IoProblem('object-corrupt', source);
    putSmall(thread, batch.to, digest, batch.suffix, length);
    out.bytes += length;
  } else {
    const root = batch.to.aside ?? batch.to.root;
    const folder = `${root}/${digest.slice(0, 2)}`;
    const temp = `${folder}/${thread.temps.next()}`;
    makeFolder(folder, batch.to.folderMode);
    const read =
      (batch.to.reflink ? yield* cloneAndDigest(thread, batch.to, source, temp) : undefined) ??
      (yield* copyAndDigest(thread, source, temp, batch.to));
    if (read.digest !== digest) {
      discard(temp);
      throw new IoProblem('object-corrupt', source);
    }
    const target = objectPath({ root }, digest, batch.suffix);
    publish(temp, target);
    out.verified.push({ name: digest + batch.suffix, stat: fileStatOf(fs.statSync(target)) });
    out.bytes += read.stat.size;
  }
  out.done++;
}

/** Makes one object of bytes that are its own. */
export function putObject(thread: IoThread, batch: PutBatch, index: number, out: IoOutcome): undefined {
  const { objects, ends } = batch;
  const digest = digestHex(batch.digests, index);
  const bytes = bytesOf(batch.bytes).subarray(index === 0 ? 0 : ends[index - 1], ends[index]);
  const temp = `${objects.root}/${digest.slice(0, 2)}/${thread.temps.next()}`;
  writeBytes(temp, bytes, newObject(objects.folderMode, objects.flush));
  publish(temp, objectPath(objects, digest, batch.suffix));
  out.done++;
  out.bytes += bytes.length;
}

/** Digests one object; what it was like is kept for a large one, which is worth remembering. */
export function* verifyObject(
  thread: IoThread,
  batch: VerifyBatch,
  index: number,
  out: IoOutcome,
): Generator<number, void> {
  const digest = digestHex(batch.digests, index);
  const path = objectPath(batch.objects, digest, batch.suffix);
  const length = readObject(thread, path);
  if (length !== undefined) {
    if (hashBytes(batch.objects.hash, thread.buffer.subarray(0, length)) !== digest)
      throw new IoProblem('object-corrupt', path);
  } else {
    const read = yield* readLarge(thread, path, batch.objects.hash);
    if (read.digest !== digest) throw new IoProblem('object-corrupt', path);
    out.verified.push({ name: digest + batch.suffix, stat: read.stat });
  }
  out.done++;
}

export function removeObject(batch: RemoveBatch, index: number, out: IoOutcome): undefined {
  const path = objectPath(batch.objects, digestHex(batch.digests, index), batch.suffix);
  const stats = fs.statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  fs.unlinkSync(path);
  out.done++;
  out.bytes += fileStatOf(stats).size;
}

/**
 * Reads a small object into the thread's buffer; undefined, with nothing kept, for a large one.
 *
 * Finding its end takes one more read, which costs less than asking for its size.
 *
 * @throws IoProblem `object-missing`
 */
export function readObject(thread: IoThread, path: string): number | undefined {
  let file: number;
  try {
    file = openToRead(path);
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? new IoProblem('object-missing', path) : error;
  }
  try {
    const length = readFully(file, thread.buffer, SMALL_FILE);
    return length === SMALL_FILE && fs.fstatSync(file).size > SMALL_FILE ? undefined : length;
  } finally {
    fs.closeSync(file);
  }
}
