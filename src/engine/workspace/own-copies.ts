import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, fromErrno, pathReserved, pathThroughLink } from '../core/errors.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext, startProgress } from '../core/op-context.ts';
import { nameOf, parentOf } from '../core/paths.ts';
import { isReserved } from '../graph/reserved.ts';
import { syncFolder } from '../platform/atomic-write.ts';
import { requireSpace } from '../platform/disk-space.ts';
import { isExecutable } from '../platform/file-list.ts';
import { FolderChain } from '../platform/folder-chain.ts';
import { mapLimit } from '../platform/map-limit.ts';
import { scratchFolder } from '../platform/scratch.ts';
import { sweepOnce, tempName } from '../platform/temp-name.ts';
import { walkFiles, walkProblemError } from '../platform/walk.ts';
import type { Repo } from '../repo.ts';

/** A file of the workspace that shares its bytes with another name. */
interface SharedFile {
  readonly path: RepoPath;
  /** Of the entry itself, which is a link where `stats` say so. */
  readonly entry: fs.Stats;
  /** Of the content. */
  readonly stats: fs.Stats;
}

/** Enough to keep a disk busy while its answers are waited for. */
const AT_ONCE = 4;

/**
 * Makes a file, or every file of a folder, the user's own: links become copies, read-only files writable (format §9.13).
 *
 * A file is replaced by rename when its copy is whole; until then the link stays. What was executable stays so.
 *
 * @returns Paths of the files that were links; undefined where nothing is at `target`.
 * @throws `output-reserved`, `output-in-symlink`, `no-space`, `permission`, `file-changing`
 */
export async function makeOwn(repo: Repo, target: RepoPath, ctx: OpContext): Promise<RepoPath[] | undefined> {
  if (isReserved(target)) throw pathReserved(target);
  refuseLinkedParents(repo, target);
  const files = await filesAt(repo, target, ctx);
  if (files === undefined) return undefined;
  const shared: SharedFile[] = [];
  for (const [i, file] of files.entries()) {
    if (i % 1000 === 999) await new Promise<void>((resume) => setImmediate(resume));
    const found = inspect(repo, file);
    if (found) shared.push(found);
  }
  const bytes = shared.reduce((sum, { stats }) => sum + stats.size, 0);
  requireSpace(repo.root, bytes, 'copy the data');
  const progress = startProgress(ctx, 'unprotect', shared.length, bytes);
  using chain = new FolderChain(repo.root);
  const scratchOf = scratchFolders(repo);
  await mapLimit(shared, AT_ONCE, ctx.signal, async (file) => {
    await copyInPlace(repo, file, { chain, scratch: scratchOf(parentOf(file.path)) }, ctx);
    progress.advance(1, file.stats.size, file.path);
  });
  // The cache the links led to may be deleted next.
  if (repo.durability !== 'off')
    for (const folder of new Set(shared.map((file) => parentOf(file.path)))) syncFolder(repo.absolute(folder));
  progress.done();
  return shared.map((file) => file.path);
}

/** @throws `output-in-symlink` where a folder on the way is a link */
export function refuseLinkedParents(repo: Repo, target: RepoPath): void {
  for (let folder = parentOf(target); folder !== ''; folder = parentOf(folder))
    if (fs.lstatSync(repo.absolute(folder), QUIET)?.isSymbolicLink()) throw pathThroughLink(folder);
}

async function filesAt(repo: Repo, target: RepoPath, ctx: OpContext): Promise<RepoPath[] | undefined> {
  const absolute = repo.absolute(target);
  const stats = fs.statSync(absolute, QUIET);
  if (stats === undefined) return undefined;
  if (!stats.isDirectory()) return [target];
  if (fs.lstatSync(absolute).isSymbolicLink()) throw pathThroughLink(target);
  const walk = await walkFiles(absolute, {}, ctx);
  const unreadable = walk.problems.find(({ kind }) => kind === 'unreadable');
  if (unreadable) throw walkProblemError(absolute, unreadable);
  return Array.from({ length: walk.files.length }, (_, i) => asRepoPath(`${target}/${walk.files.paths.at(i)}`));
}

/** A shared file is returned; any other is made writable here. */
function inspect(repo: Repo, file: RepoPath): SharedFile | undefined {
  const absolute = repo.absolute(file);
  const entry = fs.lstatSync(absolute, QUIET);
  const stats = fs.statSync(absolute, QUIET);
  if (!entry || !stats?.isFile()) return undefined;
  if (entry.isSymbolicLink() || entry.nlink > 1) return { path: file, entry, stats };
  if ((entry.mode & 0o7777) !== ownMode(entry.mode)) {
    try {
      fs.chmodSync(absolute, ownMode(entry.mode));
    } catch (error) {
      throw fromErrno(error, 'change the mode of', absolute);
    }
  }
  return undefined;
}

const ownMode = (mode: number): number => (0o666 & ~process.umask()) | (isExecutable(mode) ? mode & 0o111 : 0);

/** Where copies are made, by the folder they are for. */
function scratchFolders(repo: Repo): (folder: RepoPath) => string {
  const known = new Map<RepoPath, string>();
  return (folder) => {
    let scratch = known.get(folder);
    if (scratch === undefined) {
      scratch = scratchFolder(path.join(repo.privateDir, 'scratch'), repo.root, repo.absolute(folder));
      sweepOnce(scratch);
      known.set(folder, scratch);
    }
    return scratch;
  };
}

async function copyInPlace(
  repo: Repo,
  { path: file, entry, stats }: SharedFile,
  { chain, scratch }: { readonly chain: FolderChain; readonly scratch: string },
  ctx: OpContext,
): Promise<void> {
  const absolute = repo.absolute(file);
  const temp = `${scratch}/${tempName()}`;
  try {
    await copyWhole(absolute, temp, stats.size, ctx);
    const [after, entryNow, copied] = [fs.statSync(absolute), fs.lstatSync(absolute), fs.statSync(temp)];
    if (!isSame(stats, after) || !isSame(entry, entryNow) || copied.size !== after.size) throw changing(absolute);
    fs.chmodSync(temp, ownMode(stats.mode));
    if (repo.durability !== 'off') await flushWhole(temp); // A power cut must not leave less than the link did.
    fs.renameSync(temp, `${chain.enter(parentOf(file))}/${nameOf(file)}`);
  } catch (error) {
    fs.rmSync(temp, { force: true });
    throw fromErrno(error, 'copy', absolute);
  }
}

async function flushWhole(file: string): Promise<void> {
  await using handle = await fs.promises.open(file, 'r+');
  await handle.sync();
}

/** Larger files are copied in pieces, so that they can be stopped. */
const ONE_CALL = 64 << 20;
const PIECE = 4 << 20;

async function copyWhole(source: string, temp: string, size: number, ctx: OpContext): Promise<void> {
  const { COPYFILE_EXCL, COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE } = fs.constants;
  if (size <= ONE_CALL) return fs.promises.copyFile(source, temp, COPYFILE_EXCL | COPYFILE_FICLONE);
  const cloned = fs.promises.copyFile(source, temp, COPYFILE_EXCL | COPYFILE_FICLONE_FORCE);
  if (
    await cloned.then(
      () => true,
      () => false,
    )
  )
    return;
  fs.rmSync(temp, { force: true });
  await using from = await fs.promises.open(source, 'r');
  await using to = await fs.promises.open(temp, 'wx');
  const buffer = Buffer.allocUnsafe(PIECE);
  for (;;) {
    checkAborted(ctx.signal);
    const { bytesRead } = await from.read(buffer, 0, PIECE);
    if (bytesRead === 0) return;
    for (let at = 0; at < bytesRead; ) at += (await to.write(buffer, at, bytesRead - at)).bytesWritten;
  }
}

/** The change time also moves when another name of the same bytes is replaced, as the one before it may just have been. */
const isSame = (a: fs.Stats, b: fs.Stats): boolean =>
  a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs && (a.ctimeMs === b.ctimeMs || a.nlink !== b.nlink);

const changing = (absolute: string) =>
  new DvcError('file-changing', `'${absolute}' changed while it was copied.`, {
    hint: 'Wait until nothing writes to it, and run the command again.',
    retryable: true,
    data: { path: absolute },
  });

const QUIET = { throwIfNoEntry: false } as const;
