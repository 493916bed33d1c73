import type { FileEntry, FileView } from '../core/file-view.ts';
import type { RepoPath } from '../core/ids.ts';
import type { Git, GitId, GitTreeEntry } from './git.ts';

const MOST_LINKS = 40; // As the system allows in one path.

/**
 * The files of a commit, read through Git's object reader. Trees are remembered by id, so commits alike cost little.
 *
 * @param folder The DVC root as seen from the top of the work tree; where the commit lacks it, `kind('')` is undefined.
 * @throws `unknown-revision`
 */
export async function commitFiles(git: Git, rev: string, folder: RepoPath): Promise<FileView> {
  const commit = await git.commit(rev);
  const at = (path: RepoPath): string => (folder === '' ? path : path === '' ? folder : `${folder}/${path}`);
  const find = (path: RepoPath): Promise<Found | undefined> => follow(git, commit.tree, at(path));
  return {
    rev: commit.id,
    async read(path) {
      const found = await find(path);
      return found?.kind === 'blob' ? git.readBlob(found.id) : undefined;
    },
    async kind(path) {
      const found = await find(path);
      return found === undefined ? undefined : found.kind === 'blob' ? 'file' : 'directory';
    },
    async list(path) {
      const found = await find(path);
      return found?.kind === 'tree' ? (await git.readTree(found.id)).map(describe) : [];
    },
  };
}

type Found = { readonly kind: 'blob' | 'tree' | 'submodule'; readonly id: GitId };

/** Walks from the top, replacing each link by what it names; links that leave the commit lead nowhere. */
async function follow(git: Git, root: GitId, path: string): Promise<Found | undefined> {
  const ahead = path
    .split('/')
    .filter((part) => part !== '')
    .reverse();
  const trees: GitId[] = [root]; // From the top down to where we are.
  let links = 0;
  for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === '.' || part === '') continue;
    if (part === '..') {
      trees.pop();
      if (trees.length === 0) return undefined;
      continue;
    }
    const entry: GitTreeEntry | undefined = (await git.readTree(trees.at(-1)!)).find(({ name }) => name === part);
    if (entry === undefined) return undefined;
    if (entry.kind === 'symlink') {
      const target = (await git.readBlob(entry.id)).toString();
      if (target.startsWith('/') || ++links > MOST_LINKS) return undefined;
      ahead.push(...target.split('/').reverse());
    } else if (entry.kind === 'tree') trees.push(entry.id);
    else return ahead.length === 0 ? { kind: entry.kind, id: entry.id } : undefined;
  }
  return { kind: 'tree', id: trees.at(-1)! };
}

const describe = ({ name, kind }: GitTreeEntry): FileEntry => ({
  name,
  kind: kind === 'blob' ? 'file' : kind === 'symlink' ? 'symlink' : 'directory',
});
