import * as path from 'node:path';
import type { Repo, RepoIndex } from '../engine/index.ts';
import { BIG_TREE, type WatchPlan } from './watcher.ts';

/** What to watch so that every change `RepoModel` shows is seen: a pure function of what is tracked. */
export function watchPlan(repo: Pick<Repo, 'gitRoot'>, index: RepoIndex, root: string): WatchPlan {
  const folders = new Set([root, path.join(root, '.dvc')]);
  const trees: string[] = [];
  const bigTrees: string[] = [];
  for (const file of index.files) folders.add(path.dirname(path.join(root, file)));
  for (const { place, hash, meta } of index.tracked) {
    const at = path.join(root, place.path);
    folders.add(path.dirname(at));
    if (hash?.value.endsWith('.dir') || hash === undefined) ((meta.nfiles ?? 0) > BIG_TREE ? bigTrees : trees).push(at);
  }
  if (repo.gitRoot !== undefined) {
    const git = path.join(repo.gitRoot, '.git');
    for (const folder of [git, path.join(git, 'logs')]) folders.add(folder); // HEAD and index; a line in the log for each commit.
  }
  return { folders: [...folders], trees, bigTrees };
}
