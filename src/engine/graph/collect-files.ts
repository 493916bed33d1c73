import type { FileView } from '../core/file-view.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { compareCodePoints, isWithin, nameOf, parentOf } from '../core/paths.ts';
import type { IgnoreFiles } from '../files/ignore.ts';

/** True for the names DVC reads stages from: `dvc.yaml` and `*.dvc` (a bare `.dvc` is the repository's folder). */
export const isStageFile = (name: string): boolean => name === 'dvc.yaml' || (name.endsWith('.dvc') && name !== '.dvc');

/** What Git ignores, as far as it is known without asking Git: paths from the root. */
export type GitVerdict = (path: RepoPath, isDir: boolean) => 'ignored' | 'clear' | 'unknown';

/** A walk that asks no Git came to where only Git can tell, or where asking it is cheaper. */
export class NeedsGit extends Error {}

/** Entries of folders beyond which a walk costs more than two calls of Git. */
const SMALL = 3000;

/**
 * The stage files of a tree by walking it: folders in order of name, files of a folder before its subfolders.
 *
 * `skip` is asked before a folder is entered, after the stage files beside it were yielded, so that outputs are not entered.
 *
 * @param git Makes it leave out what Git ignores @throws NeedsGit
 */
export async function* walkStageFiles(
  view: FileView,
  ignore: IgnoreFiles,
  skip: (folder: RepoPath) => boolean,
  git?: GitVerdict,
): AsyncGenerator<RepoPath> {
  const queue: RepoPath[] = [asRepoPath('')];
  let left = SMALL;
  for (let folder = queue.shift(); folder !== undefined; folder = queue.shift()) {
    if (folder !== '' && skip(folder)) continue;
    const test = await ignore.testFor(folder);
    const folders: RepoPath[] = [];
    const listed = await view.list(folder);
    left -= listed.length + 10;
    if (git && (left < 0 || (folder !== '' && listed.some(({ name }) => name === '.git')))) throw new NeedsGit();
    const entries = listed
      .filter(({ name, kind }) => kind === 'directory' || isStageFile(name)) // Few of a folder full of data.
      .sort((a, b) => compareCodePoints(a.name, b.name));
    for (const { name, kind } of entries) {
      const path = asRepoPath(folder === '' ? name : `${folder}/${name}`);
      if (git && name !== '.git' && name !== '.dvc') {
        const verdict = git(path, kind === 'directory');
        if (verdict === 'unknown') throw new NeedsGit();
        if (verdict === 'ignored') continue;
      }
      if (kind === 'directory') {
        if (!test(path, true)?.ignored) folders.push(path);
      } else if (!test(path, false)?.ignored) {
        if (kind === 'file' || (await view.kind(path)) === 'file') yield path;
      }
    }
    queue.unshift(...folders);
  }
}

/**
 * The stage files among `candidates`, a list Git has made, in the same order as {@link walkStageFiles}.
 *
 * Git leaves out ignored folders without entering them, which makes one call of it cheaper than a walk.
 */
export async function* filterStageFiles(
  candidates: readonly RepoPath[],
  ignore: IgnoreFiles,
  skip: (folder: RepoPath) => boolean,
): AsyncGenerator<RepoPath> {
  const folders = new Map<RepoPath, RepoPath[]>();
  for (const path of candidates) {
    if (!isStageFile(nameOf(path))) continue;
    const there = folders.get(parentOf(path));
    if (there) there.push(path);
    else folders.set(parentOf(path), [path]);
  }
  const ordered = [...folders.keys()].sort((a, b) =>
    compareCodePoints(a.replaceAll('/', '\0'), b.replaceAll('/', '\0')),
  );
  let skipped: RepoPath | undefined;
  for (const folder of ordered) {
    if (skipped !== undefined && isWithin(folder, skipped)) continue;
    const out = ancestors(folder).find(skip);
    if (out !== undefined) {
      skipped = out;
      continue;
    }
    const test = await ignore.testFor(folder);
    for (const path of [...folders.get(folder)!].sort(compareCodePoints)) if (!test(path, false)?.ignored) yield path;
  }
}

/** `folder` and the folders above it, the root left out; outermost first. */
function ancestors(folder: RepoPath): RepoPath[] {
  const found: RepoPath[] = [];
  for (let path = folder; path !== ''; path = parentOf(path)) found.unshift(path);
  return found;
}
