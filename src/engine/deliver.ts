import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cancelled, DvcError, fromErrno } from './core/errors.ts';
import { checkAborted, type OpContext } from './core/op-context.ts';
import type { External } from './external.ts';
import { syncFoldersOf } from './platform/atomic-write.ts';
import { requireSpace } from './platform/disk-space.ts';
import { isFolder } from './platform/exists.ts';
import { durabilityOf, FLUSH_TOGETHER, flushFile, flushFileSystem } from './platform/flush.ts';
import { mapLimit } from './platform/map-limit.ts';
import { sweepOnce, tempName } from './platform/temp-name.ts';
import { walkFiles, walkProblemError } from './platform/walk.ts';

/** One file that is written somewhere outside of any cache. */
export interface DeliveredFile {
  /** From the target's top; '' for the one file that the target is. */
  readonly relpath: string;
  /** Bytes, where known: others are an error. */
  readonly size: number | undefined;
  /** A file of this machine, or bytes that come. */
  readonly content: { readonly path: string } | { open(): Promise<Readable> };
}

/** Files that are there to be written elsewhere. */
export interface DeliveredData {
  readonly isFolder: boolean;
  readonly files: readonly DeliveredFile[];
}

/** Bytes, as far as they are known. */
export const sizeOf = (files: readonly DeliveredFile[]): number =>
  files.reduce((sum, { size }) => sum + (size ?? 0), 0);

/** What is at a URL; undefined where nothing is. */
export async function filesOfExternal(external: External, ctx: OpContext): Promise<DeliveredData | undefined> {
  const data = await external.look(ctx);
  return (
    data && {
      isFolder: data.isFolder,
      files: data.files.map((file) => ({
        relpath: file.relpath,
        size: file.size,
        content: { open: () => external.read(file, ctx) },
      })),
    }
  );
}

/** What is at a path of this machine, absolute; undefined where nothing is. */
export async function filesOfFolder(source: string, ctx: OpContext): Promise<DeliveredData | undefined> {
  const stats = fs.statSync(source, { throwIfNoEntry: false });
  if (!stats) return undefined;
  if (!stats.isDirectory())
    return { isFolder: false, files: [{ relpath: '', size: stats.size, content: { path: source } }] };
  const walk = await walkFiles(source, { nestedRepos: 'enter' }, ctx);
  const [problem] = walk.problems;
  if (problem) throw walkProblemError(source, problem);
  const files = [...walk.files.paths].map((relpath, i): DeliveredFile => {
    return { relpath, size: walk.files.statAt(i).size, content: { path: path.join(source, relpath) } };
  });
  return { isFolder: true, files };
}

/** What is beside the target while it is being made: `fill` puts all there, and it appears at `target` when that is done. */
export async function deliver(
  target: string,
  { fill }: { fill(aside: string): Promise<void> },
  ctx: OpContext,
): Promise<void> {
  const parent = path.dirname(target);
  const aside = path.join(parent, tempName());
  try {
    fs.mkdirSync(parent, { recursive: true });
    sweepOnce(parent);
    await fill(aside);
    checkAborted(ctx.signal);
    moveOver(aside, target);
  } catch (error) {
    throw fromErrno(error, 'write', target);
  } finally {
    // Where all is cancelled, a file may still come into being while the folder goes.
    fs.rmSync(aside, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Writes files below `aside`, several at a time. Nothing is executable, as in DVC. @throws `no-space`, `remote-changed` */
export async function writeFiles(
  aside: string,
  files: readonly DeliveredFile[],
  concurrency: number,
  ctx: OpContext,
  onFile: (bytes: number, relpath: string) => void,
): Promise<void> {
  requireSpace(
    path.dirname(aside),
    files.reduce((sum, { size }) => sum + (size ?? 0), 0),
    'write the data',
  );
  let failure: unknown;
  const write = async ({ relpath, size, content }: DeliveredFile): Promise<void> => {
    const to = relpath === '' ? aside : path.join(aside, relpath);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    if ('path' in content) await fs.promises.copyFile(content.path, to, COPY);
    else await receive(await content.open(), to, ctx);
    const stats = fs.statSync(to);
    if (size !== undefined && stats.size !== size) throw cutShort(relpath || path.basename(to), size, stats.size);
    fs.chmodSync(to, 0o666 & ~process.umask());
    onFile(stats.size, relpath);
  };
  // After a failure no further one begins, and those under way are waited for: nothing is written into what is being removed.
  await mapLimit(files, concurrency, ctx.signal, async (file) => {
    if (failure !== undefined) return;
    await write(file).catch((error: unknown) => {
      failure ??= error;
    });
  });
  if (failure !== undefined) throw failure;
  await flushDelivered(aside, files);
}

/** Content, and in a folder its names, are on the disk before the target's name is: a power cut leaves nothing that only looks whole. */
export async function flushDelivered(aside: string, files: readonly Pick<DeliveredFile, 'relpath'>[]): Promise<void> {
  if (files.length === 0 || durabilityOf() === 'off') return;
  if (files.length >= FLUSH_TOGETHER && (await flushFileSystem(path.dirname(aside)))) return;
  for (const { relpath } of files) flushFile(relpath === '' ? aside : path.join(aside, relpath));
  syncFoldersOf(
    aside,
    files.map(({ relpath }) => relpath),
  );
}

const COPY = fs.constants.COPYFILE_FICLONE | fs.constants.COPYFILE_EXCL;

async function receive(stream: Readable, to: string, { signal }: OpContext): Promise<void> {
  try {
    await pipeline(stream, fs.createWriteStream(to, { flags: 'wx' }), { signal });
  } catch (error) {
    throw signal.aborted ? cancelled() : error;
  }
}

/** One rename; into a folder that is there file by file, whose other files stay. */
function moveOver(from: string, to: string): void {
  if (!isFolder(to) || fs.lstatSync(to).isSymbolicLink() || !isFolder(from)) {
    if (isFolder(to) || isFolder(from)) fs.rmSync(to, { recursive: true, force: true });
    fs.renameSync(from, to);
    return;
  }
  for (const name of fs.readdirSync(from)) moveOver(path.join(from, name), path.join(to, name));
}

const cutShort = (name: string, expected: number, size: number) =>
  new DvcError('remote-changed', `'${name}' has ${size} bytes instead of ${expected}.`, {
    hint: 'It was cut, or is being written: run the command again.',
    retryable: true,
    data: { expected, size },
  });
