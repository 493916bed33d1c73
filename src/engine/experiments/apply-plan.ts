import * as fs from 'node:fs';
import * as path from 'node:path';
import { fromErrno } from '../core/errors.ts';
import type { GitId } from '../git/git.ts';
import type { Repo } from '../repo.ts';
import { diffTreeIds, SideIndex, type TreeChange } from './git-trees.ts';

/** What bringing a tree into the workspace means, before it happens. */
export interface ApplyPlan {
  readonly tree: GitId;
  /** Files that become others, by path from the top of the work tree. */
  readonly changes: readonly TreeChange[];
  /** Untracked files among them, which would be overwritten. */
  readonly untracked: readonly string[];
}

/** Where DVC leaves a file of its own in the commits of `exp save`. */
const STRAY = /(^|\/)\.dvc\/tmp\//;

/**
 * Compares the workspace with a tree. Files that the tree has not are taken away only where `removes` says so, as DVC keeps them while
 * there is anything that is not committed.
 */
export async function planApply(
  repo: Repo,
  tree: GitId,
  removes: 'always' | 'when-clean' = 'when-clean',
): Promise<ApplyPlan> {
  const { git } = repo;
  using side = SideIndex.of(git, repo.privateDir);
  await side.update();
  const now = await side.tree();
  const all = (await diffTreeIds(git, now, tree)).filter((one) => !STRAY.test(one.path));
  const removing = removes === 'always' || (await isClean(repo, now));
  const changes = all.filter(({ change }) => change !== 'deleted' || removing);
  const untracked = changes.filter(({ change, path: file }) => change === 'added' && lies(path.join(git.root, file)));
  return { tree, changes, untracked: untracked.map((one) => one.path) };
}

/** True where nothing is changed, staged or untracked. */
async function isClean(repo: Repo, now: GitId): Promise<boolean> {
  const head = await repo.git.commit('HEAD');
  return head.tree === now && !(await repo.git.status('normal')).dirty;
}

/** Brings the tree's files into the workspace. HEAD and the index stay as they are. */
export async function applyFiles(repo: Repo, { tree, changes }: ApplyPlan): Promise<void> {
  const { git } = repo;
  const gone = changes.filter(({ change }) => change === 'deleted').map((one) => one.path);
  const written = changes.filter(({ change }) => change !== 'deleted').map((one) => one.path);
  for (const file of gone) removeWithFolders(git.root, file);
  if (written.length === 0) return;
  using side = SideIndex.of(git, repo.privateDir);
  await side.run(['read-tree', tree]);
  await side.run(['checkout-index', '--force', '-z', '--stdin'], written.map((file) => `${file}\0`).join(''));
}

/** Removes a file, and the folders that are empty without it. */
function removeWithFolders(root: string, file: string): void {
  const absolute = path.join(root, file);
  try {
    fs.rmSync(absolute, { force: true });
    for (let folder = path.dirname(absolute); folder.length > root.length; folder = path.dirname(folder)) {
      if (fs.readdirSync(folder).length > 0) return;
      fs.rmdirSync(folder);
    }
  } catch (error) {
    throw fromErrno(error, 'remove', absolute);
  }
}

const lies = (file: string): boolean => fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
