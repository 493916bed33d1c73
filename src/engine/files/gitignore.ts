import * as fs from 'node:fs';
import * as path from 'node:path';
import { errnoOf, fromErrno, nameNotIgnorable, outputTrackedByGit } from '../core/errors.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import { exists } from '../platform/exists.ts';

const GITIGNORE = '.gitignore';

/** What editing ignore files needs to know from Git. Paths are absolute. */
export interface IgnoreOracle {
  tracked(paths: readonly string[]): Promise<ReadonlySet<string>>;
  ignored(paths: readonly string[]): Promise<ReadonlySet<string>>;
}

/**
 * The line that ignores `name` beside it, and nothing else: DVC's bytes, plus what it forgets.
 *
 * A last space needs a backslash, or Git drops it.
 */
export function ignoreLine(name: string): string {
  const escaped = name.replace(/[\\[\]!*#?]/g, '\\$&');
  return `/${escaped.replace(/ $/, '\\ ')}`;
}

/** Appends the line for `name` unless it is there. Everything else keeps its bytes. */
export function withIgnored(text: string, name: string): string {
  const line = ignoreLine(name);
  if (text.split(/\r?\n/).includes(line)) return text;
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`;
}

/**
 * Drops every line for `name`, escaped or (as older versions wrote it) not.
 *
 * @returns undefined where no line is left: the file goes
 */
export function withoutIgnored(text: string, name: string): string | undefined {
  const mine = new Set([ignoreLine(name), `/${name}`]);
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const kept = lines.filter((line) => {
    const bare = line.replace(/\r?\n$/, '');
    return !mine.has(bare) && !mine.has(bare.trim());
  });
  return kept.length === 0 ? undefined : kept.join('');
}

/**
 * Keeps outputs out of Git: each gets a line in the `.gitignore` beside it.
 *
 * Edits are remembered, so that a failing command can take its own lines back with {@link undo}.
 */
export class Gitignores {
  readonly #git: IgnoreOracle | undefined;
  readonly #edits: Edit[] = [];
  readonly #touched = new Set<string>();

  /** @param git Undefined in a repository without Git, where nothing is edited. */
  constructor(git: IgnoreOracle | undefined) {
    this.#git = git;
  }

  /** Ignore files written so far, absolute: what should be staged. */
  get touched(): readonly string[] {
    return [...this.#touched].filter((file) => exists(file));
  }

  /**
   * Two questions to Git for all paths together, then at most one write per folder.
   *
   * @throws `output-tracked-by-git`, `bad-name`, before anything is written
   */
  async add(outputs: readonly IgnoredOutput[]): Promise<void> {
    this.#write(await this.check(outputs));
  }

  /**
   * As {@link add}, for outputs that a stage has yet to make: where the folder of one is not there, it and the rest wait for the run.
   *
   * @returns the ignore file that cannot be written yet
   */
  async addAhead(outputs: readonly IgnoredOutput[]): Promise<string | undefined> {
    const wanted = await this.check(outputs);
    const at = wanted.findIndex((output) => !exists(path.dirname(output)));
    this.#write(at < 0 ? wanted : wanted.slice(0, at));
    const first = at < 0 ? undefined : wanted[at];
    return first && path.join(path.dirname(first), GITIGNORE);
  }

  #write(paths: readonly string[]): void {
    for (const [folder, names] of byFolder(paths)) {
      const file = path.join(folder, GITIGNORE);
      const before = read(file);
      let after = before ?? '';
      for (const name of names) after = withIgnored(after, asBytes(name));
      this.#touched.add(file);
      if (after === before) continue;
      write(file, after);
      this.#edits.push({ file, paths: names.map((name) => path.join(folder, name)), before, after });
    }
  }

  /**
   * Refuses what {@link add} would, and writes nothing: for a command that writes pointers before it adds lines.
   *
   * @returns the paths that have no line yet
   * @throws `output-tracked-by-git`, `bad-name`
   */
  async check(outputs: readonly IgnoredOutput[]): Promise<string[]> {
    if (!this.#git) return [];
    const paths = outputs.map((output) => output.path);
    const tracked = await this.#git.tracked(paths);
    for (const output of outputs) if (tracked.has(output.path)) throw outputTrackedByGit(output.shown);
    const ignored = await this.#git.ignored(paths);
    const wanted = outputs.filter((output) => !ignored.has(output.path));
    for (const output of wanted) if (/[\r\n]/.test(path.basename(output.path))) throw nameNotIgnorable(output.shown);
    return wanted.map((output) => output.path);
  }

  /** Removes the lines of `paths` (absolute); a file left empty is deleted. */
  remove(paths: readonly string[]): void {
    if (!this.#git) return;
    for (const [folder, names] of byFolder(paths)) {
      const file = path.join(folder, GITIGNORE);
      const before = read(file);
      if (before === undefined) continue;
      let after: string | undefined = before;
      for (const name of names) after = after === undefined ? undefined : withoutIgnored(after, asBytes(name));
      if (after === undefined) fs.rmSync(file, { force: true });
      else if (after !== before) write(file, after);
      this.#touched.add(file);
    }
  }

  /** What was added so far stays, whatever happens later: its pointers are written. */
  keep(): void {
    this.#edits.length = 0;
  }

  /** Takes back every line added through this object since {@link keep}: to the byte, where nobody else edited the file. */
  undo(): void {
    for (const { file, paths, before, after } of this.#edits.splice(0).reverse()) {
      if (read(file) !== after) this.remove(paths);
      else if (before === undefined) fs.rmSync(file, { force: true });
      else write(file, before);
    }
  }
}

/** What Git answers about these paths (absolute): it is asked once about all of them, when the first answer is wanted. */
export function ignoreAnswers(git: IgnoreOracle, outs: readonly string[]): IgnoreOracle {
  const known = new Set(outs);
  let tracked: Promise<ReadonlySet<string>> | undefined;
  let ignored: Promise<ReadonlySet<string>> | undefined;
  const among = async (paths: readonly string[], set: Promise<ReadonlySet<string>>): Promise<ReadonlySet<string>> => {
    const found = await set;
    return new Set(paths.filter((one) => found.has(one)));
  };
  const isKnown = (paths: readonly string[]): boolean => paths.every((one) => known.has(one));
  return {
    tracked: (paths) => (isKnown(paths) ? among(paths, (tracked ??= git.tracked(outs))) : git.tracked(paths)),
    ignored: (paths) => (isKnown(paths) ? among(paths, (ignored ??= git.ignored(outs))) : git.ignored(paths)),
  };
}

/** `path` is absolute; `shown` is how a message names it. */
export interface IgnoredOutput {
  readonly path: string;
  readonly shown: string;
}

interface Edit {
  readonly file: string;
  /** Whose lines were added: absolute. */
  readonly paths: readonly string[];
  /** Undefined where there was no file. */
  readonly before: string | undefined;
  readonly after: string;
}

function byFolder(paths: readonly string[]): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const file of paths) {
    const names = folders.get(path.dirname(file));
    if (names) names.push(path.basename(file));
    else folders.set(path.dirname(file), [path.basename(file)]);
  }
  return folders;
}

/** One character per byte, so that lines in any encoding survive an edit. */
const asBytes = (text: string): string => Buffer.from(text).toString('latin1');
const write = (file: string, text: string): void => writeAtomic(file, Buffer.from(text, 'latin1'));

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw fromErrno(error, 'read', file);
  }
}
