import * as fs from 'node:fs';
import * as path from 'node:path';
import { configError, type DvcError, errnoOf, fromErrno } from '../core/errors.ts';
import { isSecretOption } from '../core/redact.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import { groupNamed, ungroupNamed } from './config-sections.ts';
import { IniError, type IniSection } from './ini.ts';
import { readIni } from './ini-interpolation.ts';
import { printIni, UnquotableError } from './ini-print.ts';

/** Where a value is written; a later level shadows an earlier one. `repo` is `.dvc/config`. */
export type ConfigLevel = 'system' | 'global' | 'repo' | 'local';
export const LEVELS: readonly ConfigLevel[] = ['system', 'global', 'repo', 'local'];
export const isRepoLevel = (level: ConfigLevel): boolean => level === 'repo' || level === 'local';

export type ConfigFiles = Readonly<Partial<Record<ConfigLevel, string>>>;
type Env = Readonly<Record<string, string | undefined>>;

/** The file of each level; without a repository only those of the machine and the user. */
export function configFiles(
  root: string | undefined,
  env: Env = process.env,
  platform: NodeJS.Platform = process.platform,
): ConfigFiles {
  const { join } = platform === 'win32' ? path.win32 : path.posix;
  const dirs = { system: systemDir(env, platform, join), global: globalDir(env, platform, join) };
  return {
    system: join(dirs.system, 'config'),
    global: join(dirs.global, 'config'),
    ...(root === undefined ? {} : { repo: join(root, '.dvc', 'config'), local: join(root, '.dvc', 'config.local') }),
  };
}

type Join = (...parts: string[]) => string;

function systemDir(env: Env, platform: NodeJS.Platform, join: Join): string {
  if (env['DVC_SYSTEM_CONFIG_DIR']) return env['DVC_SYSTEM_CONFIG_DIR'];
  if (platform === 'win32') return join(env['PROGRAMDATA'] ?? 'C:\\ProgramData', 'iterative', 'dvc');
  const first = (env['XDG_CONFIG_DIRS'] ?? '').split(':').find((dir) => path.posix.isAbsolute(dir.trim()));
  if (first !== undefined) return join(first.trim(), 'dvc');
  return platform === 'darwin' ? '/Library/Application Support/dvc' : '/etc/xdg/dvc';
}

function globalDir(env: Env, platform: NodeJS.Platform, join: Join): string {
  if (env['DVC_GLOBAL_CONFIG_DIR']) return env['DVC_GLOBAL_CONFIG_DIR'];
  if (platform === 'win32')
    return join(env['LOCALAPPDATA'] ?? join(homeOf(env, platform), 'AppData', 'Local'), 'iterative', 'dvc');
  const xdg = (env['XDG_CONFIG_HOME'] ?? '').trim();
  if (path.posix.isAbsolute(xdg)) return join(xdg, 'dvc');
  const home = homeOf(env, platform);
  return platform === 'darwin' ? join(home, 'Library/Application Support/dvc') : join(home, '.config', 'dvc');
}

const homeOf = (env: Env, platform: NodeJS.Platform): string =>
  (platform === 'win32' ? env['USERPROFILE'] : env['HOME']) ?? '';

/** No configuration written by hand comes near; a larger file is something else. */
const MAX_BYTES = 4 << 20;

/**
 * One level's sections, grouped: `remote` maps names to options. Names of sections and options are lower-case. Missing and empty files are empty.
 *
 * @throws `config` with file and line, for text that is not a configuration.
 */
export function readLevel(file: string): IniSection {
  const text = readText(file);
  try {
    return groupNamed(readIni(text));
  } catch (error) {
    if (!(error instanceof IniError)) throw error;
    throw brokenConfig(file, error.message, error.line);
  }
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    const stat = fs.statSync(file);
    if (!stat.isFile()) throw brokenConfig(file, 'it is not a regular file', 0);
    if (stat.size > MAX_BYTES) throw brokenConfig(file, `its ${stat.size} bytes are no configuration`, 0);
    bytes = fs.readFileSync(file);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return '';
    throw fromErrno(error, 'read', file);
  }
  const bad = firstBinaryLine(bytes);
  if (bad !== undefined) throw brokenConfig(file, bad.problem, bad.line);
  return bytes.toString('utf8').replaceAll('\r\n', '\n').replaceAll('\r', '\n');
}

function firstBinaryLine(bytes: Buffer): { problem: string; line: number } | undefined {
  const lineOf = (end: number): number => bytes.subarray(0, end).toString('latin1').split('\n').length;
  const zero = bytes.indexOf(0);
  if (zero >= 0) return { problem: 'Expected text, but found a zero byte', line: lineOf(zero) };
  if (bytes.length >= 3 && bytes.readUIntBE(0, 3) === 0xefbbbf)
    return { problem: 'Expected text, but found a byte order mark (save the file as UTF-8 without it)', line: 1 };
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline + 1;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return { problem: 'Expected text, but found bytes that are not UTF-8', line };
    }
    start = end;
  }
  return undefined;
}

const brokenConfig = (file: string, problem: string, line: number): DvcError =>
  configError(line > 0 ? `${problem} at line ${line} of '${file}'.` : `${problem} ('${file}').`, {
    hint: `Correct '${file}' in an editor, or restore it with \`git checkout\`.`,
    data: { path: file, line },
  });

/**
 * Writes one level as DVC does: the whole file, without comments. A file with a secret in it is readable by its owner only.
 *
 * @throws `config` where a value cannot be written down; `permission` for a symbolic link.
 */
export function writeLevel(file: string, level: IniSection): void {
  const packed = ungroupNamed(level);
  let text: string;
  try {
    text = printIni(packed);
  } catch (error) {
    if (!(error instanceof UnquotableError)) throw error;
    throw configError(`${error.message}.`, { data: { path: file } });
  }
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
  } catch (error) {
    throw fromErrno(error, 'create', path.dirname(file));
  }
  writeAtomic(file, text, holdsSecret(packed) ? 0o600 : undefined);
}

const holdsSecret = (section: IniSection): boolean =>
  [...section].some(([key, value]) =>
    value instanceof Map ? holdsSecret(value) : isSecretOption(key) || hasUserInfo(value),
  );

const hasUserInfo = (value: string | readonly string[]): boolean =>
  typeof value === 'string' && /^[a-z][a-z0-9+.-]*:\/\/[^/?#@]*:[^/?#]*@/i.test(value);
