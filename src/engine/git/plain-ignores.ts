import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { RepoPath } from '../core/ids.ts';
import { parentOf } from '../core/paths.ts';
import type { GitDirs } from './git-dir.ts';

/** What rules that were read without Git say of a path; `unknown`: only Git itself can tell. */
export type PlainVerdict = 'ignored' | 'clear' | 'unknown';

interface PlainRule {
  /** Of the whole path below the rules' folder where the rule is anchored, else of the name alone. Never too strict. */
  readonly pattern: RegExp;
  /** False where `pattern` may match more than Git's does. */
  readonly exact: boolean;
  readonly anchored: boolean;
  readonly dirOnly: boolean;
  readonly negated: boolean;
}

/** Variables that move the repository or set options; those that name another file of configuration are followed. */
const ELSEWHERE = /^GIT_(CONFIG(?!_(GLOBAL|SYSTEM|NOSYSTEM)$)|DIR|WORK_TREE|INDEX)/;

interface PlainRules {
  /** Below the top of the work tree; '' for the top. */
  readonly base: string;
  readonly rules: readonly PlainRule[];
}

/**
 * Git's ignore rules as far as they can be read with certainty, so that a small work tree is walked without starting Git twice.
 * Brackets, `?`, escapes and `**` are not interpreted: where one could decide, the answer is `unknown`.
 * Source: gitignore(5).
 */
export class PlainIgnores {
  readonly #dirs: GitDirs;
  readonly #shared: readonly PlainRules[];
  readonly #folders = new Map<string, readonly PlainRules[]>();

  private constructor(dirs: GitDirs, shared: readonly PlainRules[]) {
    this.#dirs = dirs;
    this.#shared = shared;
  }

  /** Undefined where configuration names more ignore files, which Git alone resolves. */
  static open(dirs: GitDirs, env: NodeJS.ProcessEnv = process.env): PlainIgnores | undefined {
    const home = env['HOME'] ?? os.homedir();
    const xdg = env['XDG_CONFIG_HOME'] || path.join(home, '.config');
    if (Object.keys(env).some((name) => ELSEWHERE.test(name))) return undefined;
    const { GIT_CONFIG_SYSTEM: system = '/etc/gitconfig', GIT_CONFIG_GLOBAL: global } = env;
    const own = global === undefined ? [path.join(xdg, 'git/config'), path.join(home, '.gitconfig')] : [global];
    const configs = [system, ...own];
    for (const name of ['config', 'config.worktree']) configs.push(path.join(dirs.commonDir, name));
    if (dirs.gitDir !== dirs.commonDir) configs.push(path.join(dirs.gitDir, 'config.worktree'));
    // An included file may say anything; ignorecase makes rules match names that differ from them.
    if (configs.some((file) => /excludesfile|^\s*\[\s*include|ignorecase\s*=?\s*(true|$)/im.test(text(file))))
      return undefined;
    const shared = [path.join(xdg, 'git/ignore'), path.join(dirs.commonDir, 'info/exclude')];
    return new PlainIgnores(
      dirs,
      shared.map((file) => ({ base: '', rules: parseRules(text(file)) })),
    );
  }

  /**
   * About one entry of a folder that is itself not ignored.
   *
   * @param file From the top of the Git work tree
   */
  verdict(file: RepoPath, isDir: boolean): PlainVerdict {
    let found: PlainVerdict = 'clear';
    for (const { base, rules } of [...this.#shared, ...this.#rulesAround(parentOf(file))]) {
      const below = base === '' ? file : file.slice(base.length + 1);
      const name = below.slice(below.lastIndexOf('/') + 1);
      for (const rule of rules) {
        if ((rule.dirOnly && !isDir) || !rule.pattern.test(rule.anchored ? below : name)) continue;
        if (!rule.exact) return 'unknown';
        found = rule.negated ? 'clear' : 'ignored';
      }
    }
    return found;
  }

  /** Of the top first. */
  #rulesAround(folder: RepoPath): readonly PlainRules[] {
    const known = this.#folders.get(folder);
    if (known) return known;
    const own = parseRules(text(path.join(this.#dirs.root, folder, '.gitignore')));
    const above = folder === '' ? [] : this.#rulesAround(parentOf(folder));
    const all = own.length === 0 ? above : [...above, { base: folder, rules: own }];
    this.#folders.set(folder, all);
    return all;
  }
}

function text(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const parseRules = (content: string): PlainRule[] =>
  content
    .replace(/^\ufeff/, '')
    .split('\n')
    .flatMap((line) => parseRule(line.replace(/\r$/, '')));

function parseRule(line: string): PlainRule[] {
  let rule = line.replace(/ +$/, '');
  if (rule === '' || rule.startsWith('#')) return [];
  const negated = rule.startsWith('!');
  if (negated) rule = rule.slice(1);
  const dirOnly = rule.endsWith('/');
  if (dirOnly) rule = rule.slice(0, -1);
  if (/^\*\*\/[^/]+$/.test(rule)) rule = rule.slice(3); // At any depth, as a name alone.
  const anchored = rule.includes('/');
  if (rule.startsWith('/')) rule = rule.slice(1);
  if (rule === '') return [];
  const odd = rule.search(/[[\\?]|\*\*|[^\x20-\x7e]/); // `?` is one byte of a name, not one character.
  // A rule that ends in an escaped blank keeps it: with the backslash in it, it is not read here.
  const source = (odd < 0 ? rule : rule.slice(0, odd)).replace(/[.+^${}()|]/g, '\\$&').replaceAll('*', '[^/]*');
  return [{ pattern: new RegExp(`^${source}${odd < 0 ? '$' : ''}`, 's'), exact: odd < 0, anchored, dirOnly, negated }];
}
