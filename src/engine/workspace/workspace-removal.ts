import * as fs from 'node:fs';
import { fromErrno, pathReserved } from '../core/errors.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { nameOf, parentOf } from '../core/paths.ts';
import { isForbiddenOutput } from '../graph/reserved.ts';
import { FolderChain } from '../platform/folder-chain.ts';
import { runInSlices } from '../platform/slices.ts';
import type { Repo } from '../repo.ts';
import { refuseLinkedParents } from './own-copies.ts';

/**
 * Deletes a file of the workspace, or a folder with all that is in it. A link is removed, never what it leads to.
 *
 * @returns False where nothing was there.
 * @throws `output-reserved`, `output-in-symlink`, `permission`
 */
export async function removeFromWorkspace(repo: Repo, target: RepoPath, ctx: OpContext): Promise<boolean> {
  if (isForbiddenOutput(target)) throw pathReserved(target);
  refuseLinkedParents(repo, target);
  if (fs.lstatSync(repo.absolute(target), { throwIfNoEntry: false }) === undefined) return false;
  await removeOutput(repo, target, ctx);
  return true;
}

/** Deletes files of a tracked folder, and the folders below it that become empty. Never through a link. @throws `permission`, `io` */
export const removeFilesOf = (
  repo: Repo,
  folder: RepoPath,
  relpaths: readonly string[],
  ctx: OpContext,
): Promise<void> => runInSlices(removing(repo, folder, relpaths), ctx);

function* removing(repo: Repo, folder: RepoPath, relpaths: readonly string[]): Generator<void, void> {
  if (relpaths.length === 0) return;
  const emptied = new Set<string>();
  {
    using chain = new FolderChain(repo.root);
    for (const relpath of relpaths) {
      const path = asRepoPath(`${folder}/${relpath}`);
      try {
        fs.rmSync(`${chain.enter(parentOf(path))}/${nameOf(path)}`, { force: true });
      } catch (error) {
        throw fromErrno(error, 'remove', repo.absolute(path));
      }
      for (let up = parentOf(path); up.length > folder.length; up = parentOf(up)) emptied.add(up);
      yield;
    }
  }
  for (const path of [...emptied].sort((a, b) => b.length - a.length)) {
    try {
      fs.rmdirSync(repo.absolute(asRepoPath(path)));
    } catch {
      // Something is left in it: then it is not ours to remove.
    }
    yield;
  }
}

/**
 * Deletes a whole output: a file, or a folder with all that is in it. A link is removed, never what it leads to.
 *
 * A cancellation does not stop it: half an output would look like data of the user's own.
 *
 * @throws `permission`, `io`
 */
export async function removeOutput(repo: Repo, output: RepoPath, ctx: OpContext): Promise<void> {
  using chain = new FolderChain(repo.root);
  try {
    const place = `${chain.enter(parentOf(output))}/${nameOf(output)}`;
    await runInSlices(removingAll(place), { ...ctx, signal: new AbortController().signal });
  } catch (error) {
    throw fromErrno(error, 'remove', repo.absolute(output));
  }
}

function* removingAll(place: string): Generator<void, void> {
  if (fs.lstatSync(place, { throwIfNoEntry: false })?.isDirectory())
    for (const name of fs.readdirSync(place)) {
      yield* removingAll(`${place}/${name}`);
      yield;
    }
  fs.rmSync(place, { recursive: true, force: true }); // With what has come into the folder meanwhile.
}
