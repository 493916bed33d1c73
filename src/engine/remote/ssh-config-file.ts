import * as fs from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import SSHConfig from 'ssh-config';

/** What the user's ssh configuration says of one host: names in lower case, each with its values. */
export type SshDirectives = ReadonlyMap<string, readonly string[]>;

/** Files may include each other; no configuration is nested deeper. */
const MAX_DEPTH = 8;

export interface SshConfigReading {
  readonly directives: SshDirectives;
  /** Names that may have other values, as conditions of `Match` say which are not followed; in lower case, with these values. */
  readonly undecided: SshDirectives;
}

/**
 * What `ssh HOST` would be told by the configuration files, the first value of each name winning.
 *
 * `Match exec` is not followed, as it runs programs, nor are conditions that are negated or about networks, tags and versions: what would be
 * other if they held is in `undecided`, so that nobody takes the one for the other unawares.
 *
 * @param files In the order in which ssh reads them; those that are not there are skipped.
 * @param folder Where relative names of included files start from: the user's `.ssh`.
 */
export function readSshConfig(files: readonly string[], folder: string, host: string, user?: string): SshConfigReading {
  const text = files.map((file) => `${withIncludes(file, folder, 0)}\nHost *\n`).join('');
  const directives = compute(text, host, user);
  const loose = text.replace(MATCH, (_, before: string, criteria: string) => `${before}${followed(criteria)}`);
  const undecided = new Map(
    [...(loose === text ? [] : compute(loose, host, user))].filter(
      ([name, values]) => String(values) !== String(directives.get(name)),
    ),
  );
  return { directives, undecided };
}

const MATCH = /^([ \t]*Match(?:[ \t]*=[ \t]*|[ \t]+))(.+)$/gim;
const FOLLOWED: ReadonlySet<string> = new Set(['all', 'final', 'host', 'originalhost', 'user', 'localuser']);
const ALONE: ReadonlySet<string> = new Set(['all', 'final', 'canonical']);

/** The conditions of a `Match` without those that are not followed. */
function followed(criteria: string): string {
  const words = [...criteria.matchAll(/"[^"]*"|[^\s=]+/g)].map(([word]) => word);
  const kept: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const name = words[at]?.toLowerCase() ?? '';
    const value = ALONE.has(name.replace(/^!/, '')) ? [] : [words[++at] ?? ''];
    if (FOLLOWED.has(name)) kept.push(name, ...value);
  }
  return kept.length > 0 ? kept.join(' ') : 'all';
}

function compute(text: string, host: string, user: string | undefined): SshDirectives {
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
