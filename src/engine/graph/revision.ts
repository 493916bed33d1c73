import type { FileView } from '../core/file-view.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { compareCodePoints, nameOf } from '../core/paths.ts';
import { isStageFile } from './collect-files.ts';
import type { RepoIndex } from './repo-index.ts';

/** One state of a repository to read from: a commit, or the workspace. */
export interface Revision {
  readonly index: RepoIndex;
  /**
   * Files and tracked data as one tree: what is not there as a file is read from the cache. Listings leave out what
   * `.dvcignore` names. Source: dvc-format 9.7.
   */
  readonly files: FileView;
}

/** Files in and below a folder, sorted by folder; DVC's own files are left out. */
export async function findFiles(files: FileView, folder: RepoPath): Promise<RepoPath[]> {
  const found: RepoPath[] = [];
  const walk = async (at: RepoPath, depth: number): Promise<void> => {
    const entries = [...(await files.list(at))].sort((a, b) => compareCodePoints(a.name, b.name));
    const folders: RepoPath[] = [];
    for (const { name, kind } of entries) {
      const path = inside(at, name);
      const real = kind === 'symlink' ? await files.kind(path) : kind;
      if (real === 'directory') folders.push(path);
      else if (real === 'file' && !isDvcFile(nameOf(path))) found.push(path);
    }
    if (depth < MOST_FOLDERS) for (const path of folders) await walk(path, depth + 1);
  };
  await walk(folder, 0);
  return found;
}

/** Deeper, links lead in a circle. */
const MOST_FOLDERS = 40;

const isDvcFile = (name: string): boolean => isStageFile(name) || name === 'dvc.lock' || name === '.dvcignore';

const inside = (folder: RepoPath, name: string): RepoPath => asRepoPath(folder === '' ? name : `${folder}/${name}`);
