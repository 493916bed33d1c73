import * as fs from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import SSHConfig from 'ssh-config';

/** What the user's ssh configuration says of one host: names in lower case, each with its values. */
export type SshDirectives = ReadonlyMap<string, readonly string[]>;

/** Files may include each other; no configuration is nested deeper. */
const MAX_DEPTH = 8;

/**
 * What `ssh HOST` would be told by the configuration files, the first value of each name winning. `Match exec` never applies: it runs programs.
 *
 * @param files In the order in which ssh reads them; those that are not there are skipped.
 * @param folder Where relative names of included files start from: the user's `.ssh`.
 */
export function readSshConfig(files: readonly string[], folder: string, host: string, user?: string): SshDirectives {
  const text = files.map((file) => `${withIncludes(file, folder, 0)}\nHost *\n`).join('');
  const found = SSHConfig.parse(text).compute(
    { Host: host, ...(user === undefined ? {} : { User: user }) },
    { ignoreCase: true, matchExec: false },
  );
  return new Map(Object.entries(found).map(([name, value]) => [name.toLowerCase(), [value].flat()]));
}

function withIncludes(file: string, folder: string, depth: number): string {
  return readText(file).replace(/^[ \t]*Include(?:[ \t]*=[ \t]*|[ \t]+)(.+)$/gim, (_, patterns: string) =>
    depth === MAX_DEPTH
      ? ''
      : patterns
          .split(/\s+/)
          .flatMap((pattern) => filesLike(pattern.replaceAll('"', ''), folder))
          .map((included) => withIncludes(included, folder, depth + 1))
          .join('\n'),
  );
}

/** Only the last part of a pattern may have `*` and `?`. */
function filesLike(pattern: string, folder: string): string[] {
  if (pattern === '') return [];
  const path = pattern.startsWith('~/') ? join(dirname(folder), pattern.slice(2)) : pattern;
  const whole = isAbsolute(path) ? path : join(folder, path);
  if (!/[*?]/.test(whole)) return [whole];
  const name = new RegExp(`^${likeRegExp(whole.slice(dirname(whole).length + 1))}$`);
  return namesIn(dirname(whole))
    .filter((found) => name.test(found) && !found.startsWith('.'))
    .sort()
    .map((found) => join(dirname(whole), found));
}

/** The text of a regular expression for `*` and `?` of ssh's patterns. */
export const likeRegExp = (pattern: string): string =>
  pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return ''; // As ssh does.
  }
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
