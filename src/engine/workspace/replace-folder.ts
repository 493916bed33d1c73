import * as fs from 'node:fs';
import type { Oid, RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import type { Tree } from '../hash/tree.ts';
import type { FolderPlan } from '../odb/checkout-plan.ts';
import type { LocalOdb } from '../odb/local-odb.ts';
import type { DataState } from '../odb/workspace-data.ts';
import { pickDigests } from '../platform/digest.ts';
import { FileList } from '../platform/file-list.ts';
import type { IoFailure } from '../platform/io-batch.ts';
import type { OnProgress } from '../platform/io-jobs.ts';
import type { LinkType } from '../platform/links.ts';
import { mergePaths } from '../platform/path-list.ts';
import { giveWay } from '../platform/slices.ts';
import type { Repo } from '../repo.ts';
import { removeFilesOf, removeOutput } from './workspace-removal.ts';

/** A folder of the workspace that is to hold what a tree says. */
export interface FolderReplacement {
  readonly path: RepoPath;
  readonly tree: Tree;
  /** What is there. */
  readonly was: DataState;
  /** From `was` to `tree`. */
  readonly plan: FolderPlan;
  /** Other than the cache's own. */
  readonly types?: readonly LinkType[];
}

export interface ReplacedFolder {
  /** The entries of the tree that were written, in its order. */
  readonly indices: readonly number[];
  /** Every entry of the tree as it is now; blank where that is not known. */
  readonly files: FileList;
  /** When that was, for the state. */
  readonly asOf: number;
}

/**
 * Makes a folder hold a tree, whose objects are in `cache`. Where nothing is, it appears whole, by one rename; else file by file, each the old or
 * the new one at every instant. What is in the way goes first, what is not in the tree last.
 *
 * @param onFailed Is told of objects that could not be placed, their files being as they were; what it throws ends the work.
 */
export async function replaceFolder(
  repo: Repo,
  cache: LocalOdb,
  { path, tree, was, plan, types }: FolderReplacement,
  onFailed: (failures: readonly IoFailure[], oidOf: (failure: IoFailure) => Oid) => void,
  ctx: OpContext,
  onProgress?: OnProgress,
): Promise<ReplacedFolder> {
  if (was.kind === 'file') await removeOutput(repo, path, ctx);
  const indices = targetIndices(plan);
  const names = (which: readonly number[]): string[] =>
    was.kind === 'directory' ? which.map((i) => was.tree.relpath(i)) : [];
  const inTheWay = was.kind === 'directory' ? conflicting(was.tree, plan.remove, tree, plan.create) : [];
  await giveWay(ctx);
  await removeFilesOf(repo, path, names(inTheWay), ctx);
  const folder = repo.absolute(path);
  const isFresh = was.kind !== 'directory' && !fs.existsSync(folder) && indices.length === tree.length;
  if (tree.length === 0) fs.mkdirSync(folder, { recursive: true });
  const result = await cache.place(
    {
      root: repo.root,
      folder: path,
      paths: isFresh ? tree.paths : tree.paths.pick(indices),
      digests: isFresh ? tree.digests : pickDigests(tree.digests, indices),
      fresh: isFresh,
      ...(types ? { types } : {}),
    },
    ctx,
    onProgress,
  );
  onFailed(result.failures, ({ index }) => tree.oid(indices[index] ?? 0));
  const gone = new Set(inTheWay);
  await removeFilesOf(repo, path, names(plan.remove.filter((i) => !gone.has(i))), ctx);
  await giveWay(ctx);
  const asOf = await repo.state.clockAfter(result.files);
  await giveWay(ctx);
  return { indices, files: filesAfter(tree, was, indices, result.files), asOf };
}

/** Entries of the tree that are written, in its order. */
export const targetIndices = (plan: FolderPlan): number[] =>
  [...plan.create, ...plan.replace.map((pair) => pair.becomes), ...plan.keep.map((pair) => pair.becomes)].sort(
    (a, b) => a - b,
  );

/** Files that have to go first: they are where a folder comes to be, or in a folder where a file does. */
function conflicting(before: Tree, removed: readonly number[], tree: Tree, created: readonly number[]): number[] {
  if (removed.length === 0 || created.length === 0) return [];
  const newFiles = new Set<string>();
  const newFolders = new Set<string>();
  for (const i of created) {
    const relpath = tree.relpath(i);
    newFiles.add(relpath);
    for (let at = relpath.indexOf('/'); at !== -1; at = relpath.indexOf('/', at + 1))
      newFolders.add(relpath.slice(0, at));
  }
  return removed.filter((i) => {
    const relpath = before.relpath(i);
    if (newFolders.has(relpath)) return true;
    for (let at = relpath.indexOf('/'); at !== -1; at = relpath.indexOf('/', at + 1))
      if (newFiles.has(relpath.slice(0, at))) return true;
    return false;
  });
}

/** What is written is as it was placed, what is not as it was before. */
function filesAfter(tree: Tree, was: DataState, indices: readonly number[], placed: FileList): FileList {
  const files = FileList.blank(tree.paths);
  for (const [at, index] of indices.entries()) files.set(index, placed.statAt(at));
  if (was.kind === 'directory' && indices.length < tree.length) {
    const written = new Set(indices);
    mergePaths(was.files.paths, tree.paths, (before, now) => {
      if (before !== -1 && now !== -1 && !written.has(now)) files.set(now, was.files.statAt(before));
    });
  }
  return files;
}
