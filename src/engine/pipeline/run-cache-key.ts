import { createHash } from 'node:crypto';
import { compareCodePoints, type PyMap, pyJson } from '../core/python.ts';
import { type LockEntry, lockEntryValue } from '../files/lockfile.ts';
import { withoutKeys } from '../files/without-keys.ts';

/** Sizes may be unknown on one machine and known on another; DVC leaves them out at any depth, even inside of params. */
const NOT_COUNTED = new Set(['size', 'nfiles']);

/** The folder of a run: the sha256 of what goes in (command, dependencies, params) and of the paths that come out. */
export function runCacheKey(entry: LockEntry): string {
  const outs = entry.outs.map((out) => out.path).sort(compareCodePoints);
  return digest(new Map(lockEntryValue(entry)).set('outs', outs));
}

/** The file name of a run in its folder: the sha256 of the whole entry, what came out included. */
export const runCacheValue = (entry: LockEntry): string => digest(lockEntryValue(entry));

const digest = (value: PyMap): string =>
  createHash('sha256')
    .update(pyJson(withoutKeys(value, NOT_COUNTED), { sortKeys: true }))
    .digest('hex');
