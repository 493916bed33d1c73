import { errnoOf } from '../core/errors.ts';
import { DIGEST_BYTES, digestHex } from './digest.ts';
import { FolderChain } from './folder-chain.ts';
import { emptyOutcome, type IoBatch, type IoFailure, type IoOutcome, IoProblem, type PathColumns } from './io-batch.ts';
import { copyObject, putObject, removeObject, verifyObject } from './io-objects.ts';
import { placeObject } from './io-place.ts';
import { hashFile, objectPath, storeFile } from './io-store.ts';
import type { IoThread } from './io-thread.ts';
import { bytesOf, PathList } from './path-list.ts';

/** How often an item is tried whose calls a signal interrupted. */
const TRIES = 3;

/**
 * Works through one batch on the calling thread. An item that fails is reported and the rest goes on.
 *
 * Yields at each point where it may be stopped: after an item, and within a large one. The number is of bytes worked on
 * since the last yield.
 */
export function* runBatch(batch: IoBatch, thread: IoThread): Generator<number, IoOutcome> {
  using work = workOf(batch, thread);
  const { out } = work;
  for (let index = 0; index < work.count; index++) {
    let worked = 0;
    for (let left = TRIES; left > 0; left--) {
      try {
        const before = out.bytes;
        const large = work.run(index);
        if (large !== undefined) yield* large;
        else worked = work.size?.(index) ?? out.bytes - before;
        break;
      } catch (error) {
        if (errnoOf(error) === 'EINTR' && left > 1) continue;
        out.digests.fill(0, index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
        out.failures.push(failureOf(error, index, work.path(index)));
        break;
      }
    }
    yield worked;
  }
  return out;
}

/** One kind of batch, ready to be run item by item. */
interface Work extends Disposable {
  readonly count: number;
  readonly out: IoOutcome;
  /** Does a small item at once; gives back the steps of a large one. */
  run(index: number): Generator<number, void> | undefined;
  /** Bytes of a small item, where they are known; else what it wrote counts. */
  size?(index: number): number;
  /** What the item is called in a failure: absolute. */
  path(index: number): string;
}

function workOf(batch: IoBatch, thread: IoThread): Work {
  switch (batch.kind) {
    case 'hash':
    case 'store': {
      const paths = pathList(batch.paths);
      const out = emptyOutcome(paths.length);
      const path = (index: number): string => `${batch.root}/${paths.at(index)}`;
      const run =
        batch.kind === 'hash'
          ? (index: number) => hashFile(thread, batch, index, path(index), out)
          : (index: number) => storeFile(thread, batch, index, path(index), out);
      const size = (index: number): number => batch.stats.size[index] as number;
      return { count: paths.length, out, run, size, path, [Symbol.dispose]() {} };
    }
    case 'place': {
      const paths = pathList(batch.paths);
      const out = emptyOutcome(0);
      const folders = new FolderChain(batch.root, batch.unseen);
      const relpath = (index: number): string => (batch.folder === '' ? '' : `${batch.folder}/`) + paths.at(index);
      return {
        count: paths.length,
        out,
        run: (index) => placeObject(thread, batch, index, relpath(index), folders, out),
        path: (index) => `${batch.root}/${relpath(index)}`,
        [Symbol.dispose]: () => folders[Symbol.dispose](),
      };
    }
    default: {
      const out = emptyOutcome(0);
      const run = (index: number): Generator<number, void> | undefined => {
        if (batch.kind === 'copy') return copyObject(thread, batch, index, out);
        if (batch.kind === 'verify') return verifyObject(thread, batch, index, out);
        if (batch.kind === 'put') return putObject(thread, batch, index, out);
        return removeObject(batch, index, out);
      };
      const objects = batch.kind === 'copy' ? batch.from : batch.objects;
      const path = (index: number): string => objectPath(objects, digestHex(batch.digests, index), batch.suffix);
      return { count: batch.digests.length / DIGEST_BYTES, out, run, path, [Symbol.dispose]() {} };
    }
  }
}

const pathList = ({ bytes, ends, ascii }: PathColumns): PathList => new PathList(bytesOf(bytes), ends, ascii);

/** @throws a bug as it is: only what the system or the data did wrong is a failure of an item. */
function failureOf(error: unknown, index: number, path: string): IoFailure {
  if (error instanceof IoProblem) return { index, path: error.path, code: error.code, message: error.message };
  const code = errnoOf(error);
  if (code === undefined || !(error instanceof Error) || code.startsWith('ERR_')) throw error;
  const { syscall } = error as NodeJS.ErrnoException;
  return { index, path, code, message: error.message, ...(syscall === undefined ? {} : { syscall }) };
}
