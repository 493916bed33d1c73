import * as fs from 'node:fs';
import * as path from 'node:path';
import { fromErrno, pathReserved } from '../core/errors.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { nameOf, parentOf } from '../core/paths.ts';
import { isForbiddenOutput } from '../graph/reserved.ts';
import { FolderChain } from '../platform/folder-chain.ts';
import { scratchFolder } from '../platform/scratch.ts';
import { runInSlices } from '../platform/slices.ts';
import { sweepOnce, tempName } from '../platform/temp-name.ts';
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

/**
 * Deletes files of a tracked folder, and the folders below it that become empty. Never through a link.
 *
 * A folder that holds nothing else goes by one rename where that can be: killed in between, no empty one stays that nothing looks for.
 *
 * @throws `permission`, `io`
 */
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
    const moved = yield* removingFolders(repo, folder, relpaths, chain);
    for (const relpath of relpaths) {
      if (moved.has(relpath)) continue;
      const file = asRepoPath(`${folder}/${relpath}`);
      try {
        fs.rmSync(`${chain.enter(parentOf(file))}/${nameOf(file)}`, { force: true });
      } catch (error) {
        throw fromErrno(error, 'remove', repo.absolute(file));
      }
      for (let up = parentOf(file); up.length > folder.length; up = parentOf(up)) emptied.add(up);
      yield;
    }
  }
  for (const empty of [...emptied].sort((a, b) => b.length - a.length)) {
    try {
      fs.rmdirSync(repo.absolute(asRepoPath(empty)));
    } catch {
      // Something is left in it: then it is not ours to remove.
    }
    yield;
  }
}

/** Takes away folders of which every file is to go. @returns the files that went with them */
function* removingFolders(
  repo: Repo,
  folder: RepoPath,
  relpaths: readonly string[],
  chain: FolderChain,
): Generator<void, Set<string>> {
  const moved = new Set<string>();
  const doomed = yield* doomedFolders(repo.absolute(folder), relpaths);
  if (doomed.size === 0) return moved;
  const scratch = scratchFolder(path.join(repo.privateDir, 'scratch'), repo.root, repo.absolute(folder));
  sweepOnce(scratch);
  for (const [top, inside] of doomed) {
    const from = asRepoPath(`${folder}/${top}`);
    const place = `${chain.enter(parentOf(from))}/${nameOf(from)}`;
    const aside = path.join(scratch, tempName());
    if (!fs.lstatSync(place).isDirectory() || !renamed(place, aside)) continue;
    const folders = new Set([aside]);
    for (const relpath of inside) {
      const file = path.join(aside, relpath.slice(top.length + 1));
      fs.rmSync(file, { force: true });
      for (let up = path.dirname(file); up.length > aside.length; up = path.dirname(up)) folders.add(up);
      moved.add(relpath);
      yield;
    }
    try {
      for (const one of [...folders].sort((a, b) => b.length - a.length)) fs.rmdirSync(one);
    } catch {
      renamed(aside, place); // Something has come into it meanwhile, which is not ours to remove.
    }
  }
  return moved;
}

function renamed(from: string, to: string): boolean {
  try {
    fs.renameSync(from, to);
    return true;
  } catch {
    return false; // One file after the other, then.
  }
}

/** The topmost folders, by their paths from `root`, that hold nothing but these files, and which of them each holds. */
function* doomedFolders(root: string, relpaths: readonly string[]): Generator<void, Map<string, string[]>> {
  const files = new Set(relpaths);
  const parents = new Set<string>();
  for (const relpath of relpaths)
    for (let at = relpath.lastIndexOf('/'); at > 0; at = relpath.lastIndexOf('/', at - 1))
      parents.add(relpath.slice(0, at));
  const known = new Map<string, boolean>();
  const isDoomed = (folder: string): boolean => {
    const entries = parents.has(folder) ? entriesOf(`${root}/${folder}`) : [];
    return (
      entries.length > 0 &&
      entries.every((entry) => {
        const inner = `${folder}/${entry.name}`;
        return entry.isDirectory() ? ask(inner) : files.has(inner);
      })
    );
  };
  const ask = (folder: string): boolean => {
    let answer = known.get(folder);
    if (answer === undefined) known.set(folder, (answer = isDoomed(folder)));
    return answer;
  };
  for (const folder of [...parents].sort((a, b) => b.length - a.length)) {
    ask(folder); // The inner ones first: each is one look at one folder.
    yield;
  }
  const doomed = new Map<string, string[]>();
  for (const relpath of relpaths) {
    let top: string | undefined;
    for (
      let at = relpath.lastIndexOf('/');
      at > 0 && known.get(relpath.slice(0, at));
      at = relpath.lastIndexOf('/', at - 1)
    )
      top = relpath.slice(0, at);
    if (top === undefined) continue;
    const inside = doomed.get(top);
    if (inside) inside.push(relpath);
    else doomed.set(top, [relpath]);
  }
  return doomed;
}

function entriesOf(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // It goes file by file, and what is wrong with it is told then.
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
