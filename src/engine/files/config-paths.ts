import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { REMOTE_PATHS } from './config-schema.ts';
import { sectionAt } from './config-sections.ts';
import type { IniSection } from './ini.ts';

const URL_LIKE = /^\w+:\/\//;

/** Whether an option holds a path. `remote` is true for options of a named remote. */
export const isPathOption = (section: string, option: string): boolean =>
  section === 'remote'
    ? REMOTE_PATHS.includes(option)
    : section === 'machine'
      ? option === 'startup_script' || option === 'setup_script'
      : section === 'cache' && option === 'dir';

/** The place a written value stands for: absolute, or a URL. Relative paths start at `folder`, that of the config file. */
export function resolveConfigPath(folder: string, written: string): string {
  if (URL_LIKE.test(written) || path.isAbsolute(written)) return written;
  const expanded = expandHome(written);
  return path.isAbsolute(expanded) ? expanded : path.resolve(folder, written);
}

/**
 * How a path that was typed in `cwd` is written in a config file in `folder`: relative to the file and with `/`.
 *
 * Absolute paths, URLs and what starts with `~` stay as typed.
 */
export function writtenConfigPath(folder: string, cwd: string, typed: string): string {
  if (URL_LIKE.test(typed) || path.isAbsolute(typed)) return typed;
  if (expandHome(typed) !== typed) return toPosix(typed);
  return toPosix(path.relative(folder, path.resolve(cwd, typed)) || '.');
}

const toPosix = (text: string): string => (path.sep === '/' ? text : text.split(path.sep).join('/'));

/** `~` and `~name` at the start of a path, as Python's `expanduser`: an unknown name is left alone. */
function expandHome(text: string): string {
  const name = /^~([^/\\]*)/.exec(text)?.[1];
  if (name === undefined) return text;
  const home = name === '' ? os.homedir() : homeOfUser(name);
  return home === undefined ? text : home.replace(/\/+$/, '') + text.slice(name.length + 1) || '/';
}

function homeOfUser(name: string): string | undefined {
  try {
    const line = fs
      .readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`));
    return line?.split(':')[5];
  } catch {
    return undefined; // No such file on this platform.
  }
}

/** Applies `change` to every path-valued option of a level, in place. */
export function mapConfigPaths(level: IniSection, change: (value: string) => string): void {
  const mapIn = (kind: string, options: IniSection): void => {
    for (const [option, value] of options)
      if (typeof value === 'string' && isPathOption(kind, option)) options.set(option, change(value));
  };
  const cache = sectionAt(level, 'cache');
  if (cache) mapIn('cache', cache);
  for (const kind of ['remote', 'machine'])
    for (const options of sectionAt(level, kind)?.values() ?? []) if (options instanceof Map) mapIn(kind, options);
}
