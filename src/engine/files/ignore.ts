import { ignoreFileInOutput, invalidFile } from '../core/errors.ts';
import type { FileView } from '../core/file-view.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { nameOf, parentOf } from '../core/paths.ts';
import { BadPattern, compilePattern, type IgnorePattern, pythonStrip } from './ignore-pattern.ts';

export const IGNORE_FILE = '.dvcignore';

/** The rules of one place. Plain values, so that a worker thread can be handed them. */
export interface IgnoreRules {
  /** Folder the rules belong to. */
  readonly base: RepoPath;
  /** Path of the `.dvcignore` file from the root; '' for the built-in rules. */
  readonly file: string;
  /** All lines of the file, in order; a line's number is its index plus one. */
  readonly lines: readonly string[];
  /** What rules without a line number are called: `in sub_repo:<name>`. */
  readonly label?: string;
}

export interface IgnoreMatch {
  /** False where the rule that decides is a negation. */
  readonly ignored: boolean;
  /** `<file>:<line>:<pattern>`, as `check-ignore --details` prints it. */
  readonly rule: string;
}

/** The rule that decides about a path, or undefined where none applies. Parents are looked at first, from the top. */
export type IgnoreTest = (path: RepoPath, isDir: boolean) => IgnoreMatch | undefined;

export const BUILT_IN_RULES: IgnoreRules = {
  base: asRepoPath(''),
  file: '',
  lines: ['.hg/', '.git/', '.git', '.dvc/'],
};

/** A nested repository belongs to itself: its parent ignores it whole. The name is read as a pattern, as in DVC. */
export const nestedRepoRules = (path: RepoPath): IgnoreRules => ({
  base: parentOf(path),
  file: '',
  lines: [`/${nameOf(path)}/`],
  label: `in sub_repo:${nameOf(path)}`,
});

/** @throws `invalid-file` where the text is not UTF-8 */
export function parseIgnoreFile(file: RepoPath, content: Buffer): IgnoreRules {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw invalidFile(file, 'it is not UTF-8 text');
  }
  return { base: parentOf(file), file, lines: text.split(/\r\n|\r|\n/) };
}

interface Rule {
  readonly pattern: IgnorePattern;
  readonly name: string;
}

/**
 * One test from rules in order of precedence, lowest first.
 *
 * Consecutive rules of a kind are one group: the last group that matches decides, named after its first rule that does.
 *
 * @throws `invalid-file`, with the line, for a pattern that cannot be compiled
 */
export function compileIgnore(sources: readonly IgnoreRules[]): IgnoreTest {
  const groups: Rule[][] = [];
  for (const rule of sources.flatMap(compileRules)) {
    const group = groups[0];
    const { ignores, dirOnly } = rule.pattern;
    const first = group?.[0]?.pattern;
    if (group && first && ignores && first.ignores && first.dirOnly === dirOnly) group.push(rule);
    else groups.unshift([rule]);
  }
  const decide = (path: string, isDir: boolean): IgnoreMatch | undefined => {
    for (const group of groups) {
      const { ignores, dirOnly } = group[0]!.pattern;
      if (dirOnly && !isDir) continue;
      const rule =
        group.find(({ pattern }) => pattern.matches(path)) ??
        (isDir ? group.find(({ pattern }) => pattern.matches(`${path}/`)) : undefined);
      if (rule) return { ignored: ignores, rule: rule.name };
    }
    return undefined;
  };
  const folders = new Map<string, IgnoreMatch | undefined>([['', undefined]]);
  const ignoredFolder = (path: string): IgnoreMatch | undefined => {
    if (folders.has(path)) return folders.get(path);
    const slash = path.lastIndexOf('/');
    const above = slash < 0 ? undefined : ignoredFolder(path.slice(0, slash));
    const own = above ?? decide(path, true);
    const match = own?.ignored ? own : undefined;
    if (folders.size >= REMEMBERED_FOLDERS) folders.clear();
    folders.set(path, match);
    return match;
  };
  return (path, isDir) => {
    if (path === '') return undefined;
    const slash = path.lastIndexOf('/');
    return (slash < 0 ? undefined : ignoredFolder(path.slice(0, slash))) ?? decide(path, isDir);
  };
}

const REMEMBERED_FOLDERS = 10_000; // A walk asks for the entries of one folder together.

const isRule = (line: string): boolean => !/^(?:#|$)/.test(pythonStrip(line));

function compileRules({ base, file, lines, label }: IgnoreRules): Rule[] {
  const rules: Rule[] = [];
  for (const [i, line] of lines.entries()) {
    if (!isRule(line)) continue;
    const text = pythonStrip(line);
    try {
      // A line must be a rule where it stands before it is one from the root.
      const pattern = compilePattern(text) && compilePattern(rebase(text, base));
      if (pattern) rules.push({ pattern, name: label ?? (file === '' ? `:${text}` : `${file}:${i + 1}:${text}`) });
    } catch (error) {
      if (!(error instanceof BadPattern)) throw error;
      throw invalidFile(file === '' ? base : file, `the pattern ${error.message}`, { line: i + 1 });
    }
  }
  return rules;
}

/**
 * A nested file's rule, said from the root.
 *
 * As DVC does it: anchored rules go below the folder, others below it at any depth; one leading backslash is dropped and
 * the folder's own name is read as a pattern.
 */
function rebase(text: string, base: RepoPath): string {
  if (base === '') return text;
  const negated = text.startsWith('!');
  const rule = negated ? text.slice(1) : text;
  const anchored = rule.slice(0, -1).includes('/') && !rule.startsWith('**/');
  const bare = (anchored ? rule.replace(/^\//, '') : rule.replace(/^\*\*\//, '')).replace(/^\\/, '');
  return `${negated ? '!/' : ''}${base}${anchored ? '/' : '/**/'}${bare}`;
}

/**
 * The ignore files of a tree, read as a walk comes to them.
 *
 * A folder's rules are its parents' and its own. A `.dvcignore` that is itself ignored, or lies in an ignored folder, is not read.
 */
export class IgnoreFiles {
  readonly #view: FileView;
  readonly #nested: boolean;
  readonly #folders = new Map<RepoPath, Promise<FolderRules>>();

  /** @param options `nestedRepos: false` looks into repositories below this one as well, as `ls` does. */
  constructor(view: FileView, options: { readonly nestedRepos?: boolean } = {}) {
    this.#view = view;
    this.#nested = options.nestedRepos ?? true;
  }

  /** Decides about the entries directly in `folder`. */
  async testFor(folder: RepoPath): Promise<IgnoreTest> {
    return (await this.#load(folder)).test;
  }

  /** What {@link testFor} compiles, for a worker thread. */
  async rulesFor(folder: RepoPath): Promise<readonly IgnoreRules[]> {
    return (await this.#load(folder)).rules;
  }

  /** The rule that ignores `path`, as messages show it; undefined when it is not ignored. */
  async ignoredBy(path: RepoPath, isDir: boolean): Promise<string | undefined> {
    const match = await this.match(path, isDir);
    return match?.ignored ? match.rule : undefined;
  }

  async match(path: RepoPath, isDir: boolean): Promise<IgnoreMatch | undefined> {
    return path === '' ? undefined : (await this.testFor(parentOf(path)))(path, isDir);
  }

  #load(folder: RepoPath): Promise<FolderRules> {
    let loaded = this.#folders.get(folder);
    if (!loaded) {
      loaded = this.#read(folder);
      this.#folders.set(folder, loaded);
      loaded.catch(() => this.#folders.delete(folder)); // The user may repair the file; the caller gets the error.
    }
    return loaded;
  }

  async #read(folder: RepoPath): Promise<FolderRules> {
    const above = folder === '' ? ROOT : await this.#load(parentOf(folder));
    if (above.test(folder, true)?.ignored) return above;
    const own: IgnoreRules[] = [];
    const file = asRepoPath(folder === '' ? IGNORE_FILE : `${folder}/${IGNORE_FILE}`);
    const content = above.test(file, false)?.ignored ? undefined : await this.#view.read(file);
    if (content) {
      const rules = parseIgnoreFile(file, content);
      if (rules.lines.some(isRule)) own.push(rules); // `init` writes comments only, and most never add to them.
    }
    if (this.#nested) own.push(...(await this.#nestedRepos(folder)));
    if (own.length === 0) return above;
    const rules = [...above.rules, ...own];
    return { rules, test: compileIgnore(rules) };
  }

  async #nestedRepos(folder: RepoPath): Promise<IgnoreRules[]> {
    const entries = await this.#view.list(folder);
    const folders = entries.filter(({ name, kind }) => kind === 'directory' && name !== '.git' && name !== '.dvc');
    const paths = folders.map(({ name }) => asRepoPath(folder === '' ? name : `${folder}/${name}`));
    const marks = await Promise.all(paths.map((path) => this.#view.kind(asRepoPath(`${path}/.dvc`))));
    return paths.filter((_, i) => marks[i] !== undefined).map(nestedRepoRules);
  }
}

interface FolderRules {
  readonly rules: readonly IgnoreRules[];
  readonly test: IgnoreTest;
}

const ROOT: FolderRules = { rules: [BUILT_IN_RULES], test: compileIgnore([BUILT_IN_RULES]) };

/**
 * Refuses a `.dvcignore` below a directory that is tracked as one output: it would change what the directory's digest means.
 *
 * @param entries Names in `folder`, already without the ignored ones.
 */
export function refuseIgnoreFile(entries: Iterable<string>, folder: string): void {
  for (const name of entries) if (name === IGNORE_FILE) throw ignoreFileInOutput(folder);
}
