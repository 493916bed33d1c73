import * as fs from 'node:fs';
import { fromErrno, pathReserved } from './core/errors.ts';
import type { RepoPath } from './core/ids.ts';
import { nameOf, parentOf } from './core/paths.ts';
import { isForbiddenOutput } from './graph/reserved.ts';
import { refuseLinkedParents } from './own-copies.ts';
import { FolderChain } from './platform/folder-chain.ts';
import type { Repo } from './repo.ts';

/**
 * Deletes a file of the workspace, or a folder with all that is in it. A link is removed, never what it leads to.
 *
 * @returns False where nothing was there.
 * @throws `output-reserved`, `output-in-symlink`, `permission`
 */
export async function removeFromWorkspace(repo: Repo, target: RepoPath): Promise<boolean> {
  if (isForbiddenOutput(target)) throw pathReserved(target);
  refuseLinkedParents(repo, target);
  if (fs.lstatSync(repo.absolute(target), { throwIfNoEntry: false }) === undefined) return false;
  using chain = new FolderChain(repo.root);
  try {
    await fs.promises.rm(`${chain.enter(parentOf(target))}/${nameOf(target)}`, { recursive: true, force: true });
  } catch (error) {
    throw fromErrno(error, 'remove', repo.absolute(target));
  }
  return true;
}
