import type { RepoPath } from '../core/ids.ts';
import { isReservedName } from '../hash/relpath.ts';

/** True for the repository's root and for whatever is or lies in a tool's folder: data commands leave those alone. */
export const isReserved = (path: RepoPath): boolean => path === '' || path.split('/').some(isReservedName);

/** Files that steer Git and DVC, at any depth; and what Git may come to read one day. */
const STEERING = /^\.(git|dvcignore)/i;

/** True where an output must not be: a stage file comes from Git, and must not bring hooks, settings or attributes along. */
export const isForbiddenOutput = (path: RepoPath): boolean =>
  isReserved(path) || path.split('/').some((part) => STEERING.test(part));
