import type { PlainIgnores } from './plain-ignores.ts';

/** Full hexadecimal id of a Git object: 40 digits, or 64 in a SHA-256 repository. */
export type GitId = string;

export interface Commit {
  readonly id: GitId;
  readonly tree: GitId;
  readonly parents: readonly GitId[];
  readonly authorName: string;
  readonly authorEmail: string;
  /** Seconds since 1970, of the committer. */
  readonly time: number;
  readonly message: string;
}

export interface GitTreeEntry {
  readonly name: string;
  readonly id: GitId;
  readonly kind: 'blob' | 'tree' | 'symlink' | 'submodule';
  readonly executable: boolean;
}

export interface GitRef {
  /** Full name, such as `refs/heads/main`. */
  readonly name: string;
  /** The commit it leads to; annotated tags are followed. */
  readonly id: GitId;
}

export interface GitStatus {
  /** Anything staged, changed or untracked. */
  readonly dirty: boolean;
  /** Paths from the root of the work tree; a folder ends in a slash. */
  readonly untracked: readonly string[];
}

/** Scope flags of `gc`, `metrics diff`, `push` and others. */
export interface RevisionScope {
  readonly revs?: readonly string[];
  /** Commits per entry of `revs` and per branch, first parents only; -1 for all. Default 1. */
  readonly num?: number;
  readonly allBranches?: boolean;
  readonly allTags?: boolean;
  readonly allCommits?: boolean;
  readonly allExperiments?: boolean;
  /** `YYYY-MM-DD`, local time: commits of that day and later. */
  readonly date?: string;
}

export interface GitRunOptions {
  readonly input?: string | Buffer;
  /** Exit codes besides 0 that are answers. */
  readonly accept?: readonly number[];
  /** Added to the process's variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** The repository's hooks and monitors run, as with the user's own Git. */
  readonly asUser?: boolean;
}

/**
 * What the engine needs of Git. Paths of files are absolute; names of objects are what Git resolves.
 *
 * Questions run nothing a repository's configuration names, with two exceptions said at the method.
 */
export interface Git {
  /** Top of the work tree: absolute. */
  readonly root: string;
  /** HEAD and index of this work tree: absolute; '' without Git. */
  readonly gitDir: string;
  /** False in a repository without Git: questions have empty answers, and what cannot be answered throws. */
  readonly present: boolean;

  /** The commit checked out, read from files; undefined before the first commit. */
  head(): GitId | undefined;
  /** Short name of the branch checked out; undefined when HEAD is detached. */
  branch(): string | undefined;
  /** Where a new commit, another branch and a changed index leave their traces: folders whose entries change, absolute. */
  stateFolders(): readonly string[];
  /** True between the stops of a rebase, when a hook must leave the work tree alone. */
  rebasing(): boolean;
  /** Where Git looks for hooks: absolute. Honours `core.hooksPath`. */
  hooksDir(): Promise<string>;

  /** @throws `unknown-revision` */
  resolve(rev: string): Promise<GitId>;
  /** @throws `unknown-revision` */
  commit(rev: string): Promise<Commit>;
  /** Entries of one tree object, in Git's order. */
  readTree(id: GitId): Promise<readonly GitTreeEntry[]>;
  readBlob(id: GitId): Promise<Buffer>;

  /** Refs below a prefix such as `refs/heads`, sorted by name. */
  refs(prefix: string): Promise<readonly GitRef[]>;
  /** Tags with an object of their own, and the commits that they lead to. Times are seconds since 1970. */
  annotatedTags(): Promise<readonly { readonly name: string; readonly commit: GitId; readonly time: number }[]>;
  /** Commits of a ref's reflog, newest first: the entries of a stash. */
  reflog(ref: string): Promise<readonly GitId[]>;
  /** Commits in the scope with the names they were asked by, in order of appearance. @throws `unknown-revision` */
  revisions(scope: RevisionScope): Promise<ReadonlyMap<GitId, readonly string[]>>;

  /** Those of `paths` that are in the index, or are a folder holding something that is. */
  tracked(paths: readonly string[]): Promise<ReadonlySet<string>>;
  /** Those of `paths` that Git ignores by any rule, whether or not they exist. */
  ignored(paths: readonly string[]): Promise<ReadonlySet<string>>;
  /** The rules behind {@link ignored} as far as they can be read without starting Git; undefined where they cannot. */
  plainIgnores(): PlainIgnores | undefined;
  /** All paths in the index below `folder`: absolute. */
  trackedFiles(folder: string): Promise<readonly string[]>;
  /**
   * Files below `folder` whose names match one of the patterns (`*.dvc`), tracked or not, without those Git ignores:
   * relative to `folder`, in no order. Ignored folders are not entered. A tracked file that is gone may be among them.
   */
  filesNamed(folder: string, patterns: readonly string[]): Promise<readonly string[]>;
  /** What both sides of a merge came from, of a file in conflict: absolute; undefined where Git knows none. */
  conflictBase(file: string): Promise<Buffer | undefined>;
  /** May run the repository's filters: for trusted repositories. */
  status(untracked: 'all' | 'normal' | 'no'): Promise<GitStatus>;
  /** Stages files as they are: added, changed or gone. May run filters. Files inside submodules are left out. */
  add(paths: readonly string[]): Promise<void>;

  /** All levels merged; undefined where unset. */
  config(name: string): Promise<string | undefined>;
  /** Writes the repository's own level. */
  setConfig(name: string, value: string): Promise<void>;

  /**
   * Runs git with these arguments, for what one feature alone asks: experiments make trees, commits and work trees. May run the
   * repository's filters, never its hooks.
   *
   * @throws `git-failed`, `cancelled`
   */
  run(args: readonly string[], options?: GitRunOptions): Promise<Buffer>;

  /** Ends the reader process. The object stays usable: the next question starts another. */
  close(): void;
}
