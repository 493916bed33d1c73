import * as fs from 'node:fs';
import { DvcError, fromErrno } from '../core/errors.ts';
import type { RepoPath } from '../core/ids.ts';
import { type OpContext, warn } from '../core/op-context.ts';
import { fromCwd } from '../core/paths.ts';
import { type FileData, type FolderData, throwFailures } from '../odb/workspace-data.ts';
import { type ContentHash, pickDigests } from '../platform/digest.ts';
import type { Repo } from '../repo.ts';

/**
 * After data was stored: the workspace's file becomes what `cache.type` asks for.
 *
 * Copies are left alone. Symbolic links the user made, and links to the cache of an earlier `cache.type`, become copies or the wanted
 * link, as in DVC: what is tracked is content.
 */
export async function relinkFile(
  repo: Repo,
  target: RepoPath,
  data: FileData,
  ctx: OpContext,
  hash: ContentHash = 'md5',
): Promise<void> {
  const wantsLink = linksWanted(repo);
  if (!wantsLink && !data.linked && !repo.data.isLinkToCache(target)) {
    usualMode(repo.absolute(target), data);
    return;
  }
  await orLeaveIt(repo, target, ctx, () =>
    repo.data.placeFile(target, { oid: data.oid, hash, exec: data.isExec }, ctx),
  );
}

/** Data that is stored is safe: where it cannot be linked the workspace keeps what it has, and the user is told, as by DVC. */
async function orLeaveIt<T>(
  repo: Repo,
  target: RepoPath,
  ctx: OpContext,
  link: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await link();
  } catch (error) {
    if (!DvcError.is(error) || error.code !== 'no-link-type') throw error;
    const shown = fromCwd(ctx.cwd, repo.absolute(target));
    warn(
      ctx,
      `'${shown}' could not be linked from cache to workspace: ${error.message}\n` +
        `It is left as it is. Change \`cache.type\`, then run \`lode checkout --relink ${shown}\`.`,
    );
    return undefined;
  }
}

/** A single file gets the mode that a checkout of it would give it, as in DVC. */
function usualMode(file: string, { stat, isExec }: FileData): void {
  const mode = (0o666 & ~process.umask()) | (isExec ? 0o100 : 0);
  if ((stat.mode & 0o7777) === mode) return;
  try {
    fs.chmodSync(file, mode);
  } catch (error) {
    throw fromErrno(error, 'change the mode of', file);
  }
}

/** @see relinkFile */
export async function relinkFolder(
  repo: Repo,
  target: RepoPath,
  data: FolderData,
  ctx: OpContext,
  hash: ContentHash = 'md5',
): Promise<void> {
  const wantsLink = linksWanted(repo);
  const indices: number[] = [];
  const folder = repo.absolute(target);
  for (let i = 0; i < data.files.length; i++) {
    const isReadOnly = ((data.files.mode[i] ?? 0) & 0o222) === 0;
    const isLink =
      data.files.linked[i] === 1 ||
      (isReadOnly && (fs.lstatSync(`${folder}/${data.tree.relpath(i)}`, { throwIfNoEntry: false })?.nlink ?? 1) > 1);
    if (wantsLink || isLink) indices.push(i);
  }
  if (indices.length === 0) return;
  const result = await orLeaveIt(repo, target, ctx, () =>
    repo.cache(hash).place(
      {
        root: repo.root,
        folder: target,
        paths: data.tree.paths.pick(indices),
        digests: pickDigests(data.tree.digests, indices),
      },
      ctx,
    ),
  );
  if (result === undefined) return;
  throwFailures(result, 'link');
  for (const [at, index] of indices.entries()) data.files.set(index, result.files.statAt(at));
  const asOf = await repo.state.clockAfter(result.files);
  repo.state.record(target, hash, data.files, data.tree.digests, { asOf, tree: data.oid });
}

/** True where the first usable type shares bytes with the cache by name. A reflink shares blocks, and the user cannot tell. */
const linksWanted = (repo: Repo): boolean => ['hardlink', 'symlink'].includes(repo.config.cache.types[0] ?? 'copy');
