import type { RepoPath } from '../core/ids.ts';

/** Folders that belong to tools, in any spelling that a folding file system takes for the same. */
const RESERVED = /^(\.git|\.dvc|\.hg)[ .]*$|^(git|dvc)~\d+$/i;

/** True for the repository's root and for whatever is or lies in a tool's folder: data commands leave those alone. */
export const isReserved = (path: RepoPath): boolean =>
  path === '' || path.split('/').some((part) => RESERVED.test(part));
