import * as fs from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import { digestHex, hashBytes } from './digest.ts';
import { type FileStat, fileStatOf } from './file-list.ts';
import { flushFile } from './flush.ts';
import type { FolderChain } from './folder-chain.ts';
import { type IoOutcome, IoProblem, noteStat, type PlaceBatch } from './io-batch.ts';
import { readObject } from './io-objects.ts';
import { readLarge } from './io-read.ts';
import { objectPath, publish } from './io-store.ts';
import { discard, type IoThread } from './io-thread.ts';
import { FileSink, type NewFile, writeBytes } from './io-write.ts';
import type { LinkType } from './links.ts';

/** A workspace file is the user's: `0666` and the umask. For an executable one DVC adds the owner's bit (format §2.2). */
const PLAIN_MODE = 0o666;
const UMASK = process.umask();

/** Puts one object at its workspace path, by the first link type that works; a large one in steps. */
export function placeObject(
  thread: IoThread,
  batch: PlaceBatch,
  index: number,
  relpath: string,
  folders: FolderChain,
  out: IoOutcome,
): Generator<number, void> | undefined {
  const digest = digestHex(batch.digests, index);
  const source = objectPath(batch.objects, digest);
  const slash = relpath.lastIndexOf('/');
  const target = `${folders.enter(relpath.slice(0, Math.max(0, slash)))}/${relpath.slice(slash + 1)}`;
  const temp = batch.unseen ? target : `${batch.scratch}/${thread.temps.next()}`;
  const exec = batch.exec[index] === 1;
  // Under its own name from the start, a file looks from now on as it does when it is closed.
  const noteOpen = (file: number): void => note(out, index, fileStatOf(fs.fstatSync(file)), 'copy');
  if (
    batch.types[0] !== 'copy' ||
    !copySmall(thread, batch, source, temp, digest, exec, batch.unseen ? noteOpen : undefined)
  )
    return placeInSteps(thread, batch, index, { digest, source, target, temp, exec }, out);
  if (!batch.unseen) {
    putInPlace(temp, target, 'copy');
    note(out, index, fileStatOf(fs.lstatSync(target)), 'copy');
  }
  return undefined;
}

/** One object on its way: where it comes from, where it goes, and by which name it is made. */
interface Placing {
  readonly digest: string;
  readonly source: string;
  readonly target: string;
  readonly temp: string;
  readonly exec: boolean;
}

function* placeInSteps(
  thread: IoThread,
  batch: PlaceBatch,
  index: number,
  { digest, source, target, temp, exec }: Placing,
  out: IoOutcome,
): Generator<number, void> {
  const trusted = batch.trusted[index] === 1;
  for (const [i, type] of batch.types.entries()) {
    try {
      yield* PLACERS[type](thread, batch, source, temp, digest, exec, trusted);
    } catch (error) {
      if (i + 1 < batch.types.length && LINK_REFUSALS.has(errnoOf(error) ?? '')) continue;
      throw errnoOf(error) === 'ENOENT' && !fs.existsSync(source) ? new IoProblem('object-missing', source) : error;
    }
    if (!batch.unseen) putInPlace(temp, target, type);
    note(out, index, fileStatOf(type === 'symlink' ? fs.statSync(target) : fs.lstatSync(target)), type);
    return;
  }
}

function note(out: IoOutcome, index: number, stat: FileStat, type: LinkType): void {
  noteStat(out.stats, index, stat);
  out.links[type] = (out.links[type] ?? 0) + 1;
  out.done++;
  out.bytes += stat.size;
}

/** The usual case without the steps: false, with nothing done, for a large object. */
function copySmall(
  thread: IoThread,
  batch: PlaceBatch,
  source: string,
  temp: string,
  digest: string,
  exec: boolean,
  onDone?: (file: number) => void,
): boolean {
  const length = readObject(thread, source);
  if (length === undefined) return false;
  if (hashBytes(batch.objects.hash, thread.buffer.subarray(0, length)) !== digest)
    throw new IoProblem('object-corrupt', source);
  writeBytes(temp, thread.buffer, newWorkspaceFile(batch, exec), length, onDone);
  return true;
}

const newWorkspaceFile = ({ objects }: PlaceBatch, exec: boolean): NewFile => ({
  mode: PLAIN_MODE,
  exactMode: exec ? workspaceMode(true) : undefined,
  folderMode: undefined,
  flush: objects.flush,
});

/** What a file system says when it does not do a kind of link. */
const LINK_REFUSALS = new Set(['EXDEV', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM', 'EMLINK', 'EINVAL', 'ENOTTY']);

type Placer = (
  thread: IoThread,
  batch: PlaceBatch,
  source: string,
  temp: string,
  digest: string,
  exec: boolean,
  trusted: boolean,
) => Generator<number, void>;

const PLACERS: Readonly<Record<LinkType, Placer>> = {
  *copy(thread, batch, source, temp, digest, exec) {
    if (copySmall(thread, batch, source, temp, digest, exec)) return;
    const sink = new FileSink(temp, newWorkspaceFile(batch, exec));
    let whole = false;
    try {
      if ((yield* readLarge(thread, source, batch.objects.hash, sink)).digest !== digest)
        throw new IoProblem('object-corrupt', source);
      whole = true;
    } finally {
      if (!whole) sink.abandon();
    }
    sink.close();
  },

  *reflink(thread, batch, source, temp, digest, exec, trusted) {
    fs.copyFileSync(source, temp, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE_FORCE);
    let good = false;
    try {
      // The clone is what the user gets, so its bytes are the ones to check.
      if (!trusted && (yield* readLarge(thread, temp, batch.objects.hash)).digest !== digest)
        throw new IoProblem('object-corrupt', source);
      fs.chmodSync(temp, workspaceMode(exec));
      if (batch.objects.flush) flushFile(temp);
      good = true;
    } finally {
      if (!good) discard(temp);
    }
  },

  *hardlink(thread, batch, source, temp, digest, _exec, trusted) {
    yield* checkObject(thread, batch, source, digest, trusted);
    // As DVC: a file system allows only so many names for one file, and data sets have many empty ones.
    if (fs.statSync(source).size === 0) fs.closeSync(fs.openSync(temp, 'wx', PLAIN_MODE));
    else fs.linkSync(source, temp);
  },

  *symlink(thread, batch, source, temp, digest, _exec, trusted) {
    yield* checkObject(thread, batch, source, digest, trusted);
    fs.symlinkSync(source, temp);
  },
};

function* checkObject(
  thread: IoThread,
  batch: PlaceBatch,
  source: string,
  digest: string,
  trusted: boolean,
): Generator<number, void> {
  if (trusted) return;
  const read = yield* readLarge(thread, source, batch.objects.hash);
  if (read.digest !== digest) throw new IoProblem('object-corrupt', source);
}

const workspaceMode = (exec: boolean): number => (PLAIN_MODE & ~UMASK) | (exec ? 0o100 : 0);

/** Swaps the new file in: the old one is there until this one call. */
function putInPlace(temp: string, target: string, type: LinkType): void {
  publish(temp, target);
  // Two names of one file: the rename is then defined to do nothing, and leaves the temporary one.
  if (type === 'hardlink') discard(temp);
}
