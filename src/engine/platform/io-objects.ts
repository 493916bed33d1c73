import * as fs from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import { digestHex, hashBytes } from './digest.ts';
import { fileStatOf } from './file-list.ts';
import { type CopyBatch, type IoOutcome, IoProblem, type RemoveBatch, type VerifyBatch } from './io-batch.ts';
import { readLarge } from './io-read.ts';
import { cloneAndDigest, copyAndDigest, objectPath, publish } from './io-store.ts';
import { discard, type IoThread, makeFolder, openToRead, readFully, SMALL_FILE } from './io-thread.ts';
import { newObject, writeSmall } from './io-write.ts';

/** Copies one object whose bytes must be what its name says. */
export function* copyObject(
  thread: IoThread,
  batch: CopyBatch,
  index: number,
  out: IoOutcome,
): Generator<number, void> {
  const digest = digestHex(batch.digests, index);
  const source = objectPath(batch.from, digest, batch.suffix);
  const folder = `${batch.to.root}/${digest.slice(0, 2)}`;
  const temp = `${folder}/${thread.temps.next()}`;
  const length = readObject(thread, source);
  if (length !== undefined) {
    if (hashBytes(batch.from.hash, thread.buffer.subarray(0, length)) !== digest)
      throw new IoProblem('object-corrupt', source);
    writeSmall(temp, thread, length, newObject(batch.to.folderMode, batch.to.flush));
    out.bytes += length;
  } else {
    makeFolder(folder, batch.to.folderMode);
    const read =
      (batch.to.reflink ? yield* cloneAndDigest(thread, batch.to, source, temp) : undefined) ??
      (yield* copyAndDigest(thread, source, temp, batch.to));
    if (read.digest !== digest) {
      discard(temp);
      throw new IoProblem('object-corrupt', source);
    }
    out.bytes += read.stat.size;
  }
  const target = objectPath(batch.to, digest, batch.suffix);
  publish(temp, target);
  if (length === undefined) out.verified.push({ name: digest + batch.suffix, stat: fileStatOf(fs.statSync(target)) });
  out.done++;
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

/** Reads a small object into the thread's buffer; undefined, with nothing read, for a large one. */
function readObject(thread: IoThread, path: string): number | undefined {
  let file: number;
  try {
    file = openToRead(path);
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? new IoProblem('object-missing', path) : error;
  }
  try {
    const size = fs.fstatSync(file).size;
    return size > SMALL_FILE ? undefined : readFully(file, thread.buffer, size);
  } finally {
    fs.closeSync(file);
  }
}
