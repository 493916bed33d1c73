import * as fs from 'node:fs';
import { DvcError, errnoOf, fromErrno, ignoreFileInOutput } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { compareCodePoints } from '../core/paths.ts';
import { type FileList, FileListBuilder, fileStatOf } from './file-list.ts';
import { sortNames } from './path-list.ts';
import { runInSlices } from './slices.ts';

/** True for what a walk must not see. `folder` is relative to the walk's root: posix separators, '' for the root itself. */
export type IgnoreTest = (folder: string, name: string, isFolder: boolean) => boolean;

export interface WalkOptions {
  readonly ignore?: IgnoreTest;
  /** Names that may not occur, as they would change what the walk means: `.dvcignore` in a tracked folder. */
  readonly forbidden?: readonly string[];
  /** A folder that holds `.dvc/` is another project, which its parent leaves alone (the default). */
  readonly nestedRepos?: 'skip' | 'enter';
}

export type WalkProblemKind =
  | 'dangling-link'
  | 'link-loop'
  | 'special-file'
  | 'bad-name'
  | 'name-too-long'
  | 'unreadable'
  | 'forbidden-name';

/** One entry that cannot be tracked as it is. */
export interface WalkProblem {
  readonly kind: WalkProblemKind;
  /** Relative to the walk's root. A name that is not UTF-8 has its bad bytes replaced. */
  readonly path: string;
  /** What is wrong, as the rest of a sentence that starts with the path. */
  readonly detail: string;
  readonly cause?: unknown;
}

export interface WalkResult {
  /** Sorted by code point of the whole path, as directory objects are. Links to files carry their target's stats. */
  readonly files: FileList;
  readonly emptyFolders: readonly string[];
  /** Symbolic links to folders, which DVC does not record (format §2.3). */
  readonly skippedLinks: readonly string[];
  readonly nestedRepos: readonly string[];
  readonly problems: readonly WalkProblem[];
}

/**
 * Lists the files below a folder with one `lstat` each. Entries that vanish meanwhile are left out.
 *
 * @throws `permission`, `io` and their like if the root itself cannot be read; what is wrong deeper is in `problems`.
 */
export function walkFiles(root: string, options: WalkOptions, ctx: OpContext): Promise<WalkResult> {
  return runInSlices(new Walk(root, options).run(), ctx);
}

/** A folder being read: its names in order, and the subfolders whose turn comes later. */
interface Frame {
  readonly folder: string;
  /** The folder with a slash behind it, unless it is the root's ''. */
  readonly prefix: string;
  readonly prefixBytes: Buffer;
  readonly names: readonly string[];
  next: number;
  /** A folder `a` sorts as `a/`, so `a!` and `a.txt` come before what is in it. Sorted by that key. */
  readonly later: string[];
}

const QUIET = { throwIfNoEntry: false } as const;
const ENTRIES_PER_STEP = 128;

class Walk {
  readonly #root: string;
  readonly #options: WalkOptions;
  readonly #files = new FileListBuilder();
  readonly #emptyFolders: string[] = [];
  readonly #skippedLinks: string[] = [];
  readonly #nestedRepos: string[] = [];
  readonly #problems: WalkProblem[] = [];

  constructor(root: string, options: WalkOptions) {
    this.#root = root.endsWith('/') ? root : `${root}/`;
    this.#options = options;
  }

  *run(): Generator<void, WalkResult> {
    const stack = [this.#openRoot()];
    yield;
    let seen = 0;
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const name = frame.names[frame.next];
      const folder = frame.later[0];
      if (folder !== undefined && (name === undefined || compareCodePoints(`${folder}/`, name) < 0)) {
        frame.later.shift();
        const below = this.#openFolder(frame.prefix + folder);
        if (below !== undefined) stack.push(below);
        yield;
      } else if (name === undefined) {
        stack.pop();
      } else {
        frame.next++;
        this.#visit(frame, name);
      }
      if (++seen % ENTRIES_PER_STEP === 0) yield;
    }
    return {
      files: this.#files.finish(),
      emptyFolders: this.#emptyFolders,
      skippedLinks: this.#skippedLinks,
      nestedRepos: this.#nestedRepos,
      problems: this.#problems,
    };
  }

  #openRoot(): Frame {
    try {
      return frameOf('', this.#list(''));
    } catch (error) {
      throw fromErrno(error, 'read the folder', this.#root.slice(0, -1));
    }
  }

  #openFolder(path: string): Frame | undefined {
    let names: string[];
    try {
      names = this.#list(`${path}/`);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') this.#fail(path, error);
      return undefined;
    }
    if (this.#options.nestedRepos !== 'enter' && names.includes('.dvc') && this.#isFolder(`${path}/.dvc`)) {
      this.#nestedRepos.push(path);
      return undefined;
    }
    if (names.length === 0) this.#emptyFolders.push(path);
    return frameOf(`${path}/`, names);
  }

  /** Sorted names of a folder; those that are not UTF-8 are reported and left out. */
  #list(prefix: string): string[] {
    const folder = this.#root + prefix;
    const names = fs.readdirSync(folder);
    if (!names.some((name) => name.includes('\ufffd'))) return sortNames(names);
    const good: string[] = [];
    for (const raw of fs.readdirSync(folder, { encoding: 'buffer' })) {
      const name = raw.toString();
      if (Buffer.from(name).equals(raw)) good.push(name);
      else if (!this.#options.ignore?.(prefix.slice(0, -1), name, false))
        this.#report('bad-name', prefix + name, 'has a name that is not valid UTF-8');
    }
    return sortNames(good);
  }

  #visit(frame: Frame, name: string): void {
    const path = frame.prefix + name;
    try {
      const stats = fs.lstatSync(this.#root + path, QUIET);
      if (stats === undefined) return;
      const isFolder = stats.isDirectory();
      if (this.#options.ignore?.(frame.folder, name, isFolder)) return;
      if (this.#options.forbidden?.includes(name)) this.#report('forbidden-name', path, 'may not be here');
      else if (stats.isFile()) this.#files.push(name, frame.prefixBytes, fileStatOf(stats), false);
      else if (isFolder) insertFolder(frame.later, name);
      else if (stats.isSymbolicLink()) this.#visitLink(frame, name);
      else this.#report('special-file', path, `is a ${specialKind(stats)}, not a file`);
    } catch (error) {
      this.#fail(path, error);
    }
  }

  #visitLink(frame: Frame, name: string): void {
    const path = frame.prefix + name;
    const stats = fs.statSync(this.#root + path, QUIET);
    if (stats === undefined) this.#report('dangling-link', path, 'is a link to something that does not exist');
    else if (stats.isDirectory()) this.#skippedLinks.push(path);
    else if (stats.isFile()) this.#files.push(name, frame.prefixBytes, fileStatOf(stats), true);
    else this.#report('special-file', path, `is a link to a ${specialKind(stats)}, not to a file`);
  }

  #isFolder(path: string): boolean {
    return fs.lstatSync(this.#root + path, QUIET)?.isDirectory() ?? false;
  }

  #fail(path: string, error: unknown): void {
    const errno = errnoOf(error);
    if (errno === 'ELOOP') this.#report('link-loop', path, 'is part of a loop of links', error);
    else if (errno === 'ENAMETOOLONG') this.#report('name-too-long', path, 'has too long a name', error);
    else if (errno === undefined) throw error;
    else this.#report('unreadable', path, `cannot be read (${errno})`, error);
  }

  #report(kind: WalkProblemKind, path: string, detail: string, cause?: unknown): void {
    this.#problems.push({ kind, path, detail, ...(cause === undefined ? {} : { cause }) });
  }
}

const frameOf = (prefix: string, names: readonly string[]): Frame => ({
  folder: prefix.slice(0, -1),
  prefix,
  prefixBytes: Buffer.from(prefix),
  names,
  next: 0,
  later: [],
});

function insertFolder(later: string[], name: string): void {
  let at = later.length;
  while (at > 0 && compareCodePoints(`${later[at - 1]}/`, `${name}/`) > 0) at--;
  later.splice(at, 0, name);
}

function specialKind(stats: fs.Stats): string {
  if (stats.isFIFO()) return 'pipe';
  if (stats.isSocket()) return 'socket';
  return 'device';
}

const PROBLEM_HINTS: Readonly<Partial<Record<WalkProblemKind, string>>> = {
  'dangling-link': 'Remove the link, or name it in .dvcignore.',
  'link-loop': 'Remove the loop, or name it in .dvcignore.',
  'special-file': 'Only files can be tracked: remove it, or name it in .dvcignore.',
  'bad-name': 'Rename it: DVC records names as UTF-8.',
  'name-too-long': 'Shorten the path.',
  unreadable: 'Check the permissions of the file and its folder.',
};

/** A walk's problem as the error that stops a command. DVC's texts where it has one. */
export function walkProblemError(root: string, problem: WalkProblem): DvcError {
  const path = `${root}/${problem.path}`;
  const folder = path.slice(0, path.lastIndexOf('/'));
  const hint = PROBLEM_HINTS[problem.kind];
  const more = { data: { path }, cause: problem.cause, ...(hint === undefined ? {} : { hint }) };
  switch (problem.kind) {
    case 'forbidden-name':
      return ignoreFileInOutput(folder);
    case 'dangling-link':
      return new DvcError('dangling-link', `[Errno 2] No such file or directory: '${path}'`, more);
    case 'unreadable': {
      const known = fromErrno(problem.cause, 'read', path);
      return known instanceof DvcError ? known : new DvcError('io', `'${path}' ${problem.detail}.`, more);
    }
    case 'name-too-long':
      return new DvcError('bad-name', `'${path}' ${problem.detail}.`, more);
    default:
      return new DvcError(problem.kind, `'${path}' ${problem.detail}.`, more);
  }
}
