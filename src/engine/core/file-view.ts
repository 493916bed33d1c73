import type { RepoPath } from './ids.ts';

export interface FileEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
}

/**
 * Read-only files below a repository root: the workspace and a commit look the same through it.
 *
 * A missing path is `undefined`, never an error. Metadata files only: data goes through the object database.
 */
export interface FileView {
  /** Undefined for the workspace, else the commit's full id. */
  readonly rev: string | undefined;
  read(path: RepoPath): Promise<Buffer | undefined>;
  /** Follows symbolic links. */
  kind(path: RepoPath): Promise<'file' | 'directory' | undefined>;
  /** Unsorted. Does not follow links: a link is a `symlink`. */
  list(path: RepoPath): Promise<readonly FileEntry[]>;
}
