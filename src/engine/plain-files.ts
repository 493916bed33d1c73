import * as fs from 'node:fs';
import type { RepoPath } from './core/ids.ts';
import { nameOf, parentOf, toAbsolute } from './core/paths.ts';
import type { Git, GitId } from './git/git.ts';
import { isExecutable } from './platform/file-list.ts';
import { orMissing } from './platform/or-missing.ts';

/** A file or folder as the disk or a commit has it. Links are not followed: one to a folder is no folder. */
export interface PlainEntry {
  readonly name: string;
  readonly isDir: boolean;
  readonly isExec: boolean;
  /** Bytes, of a link's target where it has one; undefined where nobody asked for sizes. */
  readonly size: number | undefined;
}

/** The files of a workspace or of a commit, with their sizes. */
export interface PlainFiles {
  /** Undefined where there is nothing. */
  stat(path: RepoPath): Promise<PlainEntry | undefined>;
  /** Undefined where there is no folder. Unsorted. */
  list(folder: RepoPath): Promise<readonly PlainEntry[] | undefined>;
}

export function plainWorkspace(root: string): PlainFiles {
  const entry = (name: string, absolute: string, link: boolean): PlainEntry => {
    const stats = fs.statSync(absolute, { throwIfNoEntry: false });
    const isDir = !link && stats?.isDirectory() === true;
    return { name, isDir, isExec: stats?.isFile() === true && isExecutable(stats.mode), size: stats?.size ?? 0 };
  };
  return {
    async stat(path) {
      const absolute = toAbsolute(root, path);
      return orMissing('look at', absolute, () => {
        const stats = fs.lstatSync(absolute, { throwIfNoEntry: false });
        return stats && entry(nameOf(path), absolute, stats.isSymbolicLink());
      });
    },
    async list(folder) {
      const absolute = toAbsolute(root, folder);
      return orMissing('look at', absolute, () =>
        fs
          .readdirSync(absolute, { withFileTypes: true })
          .map((found) => entry(found.name, `${absolute}/${found.name}`, found.isSymbolicLink())),
      );
    },
  };
}

/** @param folder The listed root as seen from the top of the work tree. @throws `unknown-revision` */
export async function plainCommit(
  git: Git,
  rev: string,
  folder: RepoPath,
  options: { readonly sizes: boolean },
): Promise<PlainFiles> {
  const { tree: top } = await git.commit(rev);
  const find = async (path: string): Promise<GitId | undefined> => {
    let id: GitId = top;
    for (const part of path.split('/').filter((name) => name !== '')) {
      const entry = (await git.readTree(id)).find(({ name, kind }) => name === part && kind === 'tree');
      if (!entry) return undefined;
      id = entry.id;
    }
    return id;
  };
  const listed = async (path: RepoPath): Promise<PlainEntry[] | undefined> => {
    const id = await find(`${folder}/${path}`);
    if (id === undefined) return undefined;
    const entries: PlainEntry[] = [];
    for (const { name, id: object, kind, executable } of await git.readTree(id)) {
      const isDir = kind === 'tree' || kind === 'submodule';
      const size = !options.sizes || isDir ? undefined : (await git.readBlob(object)).length;
      entries.push({ name, isDir, isExec: executable, size });
    }
    return entries;
  };
  return {
    list: listed,
    async stat(path) {
      if (path === '') return { name: '', isDir: true, isExec: false, size: undefined };
      return (await listed(parentOf(path)))?.find(({ name }) => name === nameOf(path));
    },
  };
}
