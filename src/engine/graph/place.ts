import * as path from 'node:path';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { toAbsolute, toRepoPath } from '../core/paths.ts';
import type { Place } from './output.ts';

/** Names and slashes with nothing to resolve: no `.` or `..`, no empty name, nothing of Windows. */
const PLAIN = /^(?!\.{0,2}(?:\/|$))[^\\:/]+(?:\/(?!\.{0,2}(?:\/|$))[^\\:/]+)*$/;
const URL_LIKE = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Where a path written in a stage file lies. Purely lexical: nothing on disk is asked. */
export function placeOf(root: string, wdir: RepoPath, written: string): Place {
  if (PLAIN.test(written)) return { kind: 'repo', path: asRepoPath(wdir === '' ? written : `${wdir}/${written}`) };
  if (URL_LIKE.test(written)) return { kind: 'url', url: written };
  const absolute = path.resolve(toAbsolute(root, wdir), written);
  const inside = toRepoPath(root, absolute);
  return inside === undefined ? { kind: 'outside', path: absolute } : { kind: 'repo', path: inside };
}

/** What a path is called in files that are written: an absolute one inside of the repository from the stage's folder, any other as it is. */
export function definedPath(root: string, wdir: RepoPath, written: string): string {
  if (!path.isAbsolute(written)) return written;
  const inside = toRepoPath(root, path.normalize(written));
  return inside === undefined || inside === '' ? written : path.posix.relative(wdir, inside) || '.';
}
