import * as path from 'node:path';
import { asRepoPath, type RepoPath } from './ids.ts';

/** Empty names, `.` and `..`: what would have to be resolved. */
const UNRESOLVED = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** The part of a path below a folder where both are plain posix paths, which most are; undefined to ask Node, which takes its time. */
function plainBelow(folder: string, absolute: string): string | undefined {
  if (path.sep !== '/' || absolute[folder.length] !== '/' || !absolute.startsWith(folder)) return undefined;
  const below = absolute.slice(folder.length + 1);
  return UNRESOLVED.test(below) ? undefined : below;
}

/** `absolute` as seen from the repository root, or undefined when it lies outside. Purely lexical. */
export function toRepoPath(root: string, absolute: string): RepoPath | undefined {
  const plain = plainBelow(root, absolute);
  if (plain !== undefined) return asRepoPath(plain);
  const relative = path.relative(root, absolute);
  if (relative === '') return asRepoPath('');
  if (path.isAbsolute(relative)) return undefined;
  const posix = path.sep === '/' ? relative : relative.split(path.sep).join('/');
  return posix === '..' || posix.startsWith('../') ? undefined : asRepoPath(posix);
}

export const toAbsolute = (root: string, repoPath: RepoPath): string =>
  repoPath === '' ? root : path.join(root, repoPath);

/** How a path is printed and keyed in JSON: relative to the user's folder, posix separators. */
export function fromCwd(cwd: string, absolute: string): string {
  const plain = plainBelow(cwd, absolute);
  if (plain !== undefined) return plain;
  const relative = path.relative(cwd, absolute);
  return relative === '' ? '.' : path.sep === '/' ? relative : relative.split(path.sep).join('/');
}

/** Joins and normalises; undefined when the result climbs out of the root. */
export function joinRepoPath(folder: RepoPath, relative: string): RepoPath | undefined {
  const joined = path.posix.normalize(folder === '' ? relative : `${folder}/${relative}`).replace(/\/$/, '');
  if (joined === '.') return asRepoPath('');
  return joined === '..' || joined.startsWith('../') || joined.startsWith('/') ? undefined : asRepoPath(joined);
}

/** `.` for files in the root, as `path.posix.dirname`, but '' is the root. */
export const parentOf = (repoPath: RepoPath): RepoPath => {
  const slash = repoPath.lastIndexOf('/');
  return asRepoPath(slash < 0 ? '' : repoPath.slice(0, slash));
};

export const nameOf = (repoPath: RepoPath): string => repoPath.slice(repoPath.lastIndexOf('/') + 1);

/** True where `inner` is `outer` or lies in it. Everything lies in the root. */
export const isWithin = (inner: RepoPath, outer: RepoPath): boolean =>
  outer === '' || inner === outer || inner.startsWith(`${outer}/`);

/** The part of `inner` below `outer`; '' when they are the same. */
export const below = (inner: RepoPath, outer: RepoPath): string =>
  inner === outer ? '' : outer === '' ? inner : inner.slice(outer.length + 1);

/** Compares by Unicode code point, as Python sorts; UTF-16 order differs for characters beyond the BMP. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
  }
  return a.length - b.length;
}

/** Orders paths as lists of their parts: a folder's files come right behind it, before `folder.txt` and `folder!`. */
export function comparePathParts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    if (x === SLASH) return -1;
    if (y === SLASH) return 1;
    return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
  }
  return a.length - b.length;
}

const SLASH = 0x2f;
const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;
