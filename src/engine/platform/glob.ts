import * as fs from 'node:fs';
import * as path from 'node:path';
import { compareCodePoints } from '../core/paths.ts';

const MAGIC = /[*?[]/;

/**
 * Paths below `cwd` that match a pattern, as Python's `glob(recursive=True)`: `**` for any folders, names that start with a dot only where
 * the pattern says so. A text without wildcards is given back as it is, there or not.
 *
 * @returns Relative or absolute as the pattern is, sorted.
 */
export async function expandGlob(pattern: string, cwd: string): Promise<string[]> {
  if (!MAGIC.test(pattern)) return [pattern];
  const { default: picomatch } = await import('picomatch');
  const parts = pattern.split('/');
  const fixed = parts.findIndex((part) => MAGIC.test(part));
  const base = parts.slice(0, fixed).join('/');
  const isMatch = picomatch(parts.slice(fixed).join('/'), { dot: false, nobrace: true, noextglob: true });
  const deep = parts.slice(fixed).includes('**') ? Number.POSITIVE_INFINITY : parts.length - fixed;
  const start = path.resolve(cwd, base || (pattern.startsWith('/') ? '/' : '.'));
  const found: string[] = [];
  const visit = (folder: string, relative: string, depth: number): void => {
    for (const entry of listFolder(folder)) {
      const below = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (isMatch(below)) found.push(base === '' && !pattern.startsWith('/') ? below : `${base}/${below}`);
      if (entry.isDirectory() && depth < deep && !entry.name.startsWith('.'))
        visit(path.join(folder, entry.name), below, depth + 1);
    }
  };
  visit(start, '', 1);
  return found.sort(compareCodePoints);
}

/** Whether a path matches, for paths that need not be on the disk; undefined for a text without wildcards. */
export async function globMatcher(pattern: string): Promise<((path: string) => boolean) | undefined> {
  if (!MAGIC.test(pattern)) return undefined;
  const { default: picomatch } = await import('picomatch');
  return picomatch(pattern, { dot: false, nobrace: true, noextglob: true });
}

/** The part of a pattern before its first wildcard, down to a whole folder. */
export const fixedPart = (pattern: string): string => {
  const parts = pattern.split('/');
  return parts
    .slice(
      0,
      parts.findIndex((part) => MAGIC.test(part)),
    )
    .join('/');
};

const listFolder = (folder: string): fs.Dirent[] => {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // Unreadable and missing folders match nothing, as for a shell.
  }
};
