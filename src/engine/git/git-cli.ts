import * as path from 'node:path';
import { DvcError, gitFailed, unknownRevision } from '../core/errors.ts';
import { exists } from '../platform/exists.ts';
import type { Commit, Git, GitId, GitRef, GitStatus, GitTreeEntry, RevisionScope } from './git.ts';
import { findGit, type GitDirs, readHead, readRef, readRefs, usesReftable } from './git-dir.ts';
import { parseCommit, parseTree } from './git-objects.ts';
import { askGit, type GitRun, ObjectReader, runGit } from './git-process.ts';
import { PlainIgnores } from './plain-ignores.ts';
import { commitsInScope, findExperiment } from './revisions.ts';

/** The Git repository around `folder`, or undefined. Starts no process. */
export function openGit(folder: string, signal?: AbortSignal): Git | undefined {
  const dirs = findGit(folder);
  return dirs && gitCli(dirs, signal);
}

/** A folder's name as a pattern that matches only it. */
const globLiteral = (name: string): string => name.replace(/[\\*?[]/g, '\\$&');

const MOST_PATHSPECS = 500; // Beyond that the whole index is shorter than the arguments.
const REMEMBERED_TREES = 20_000;

/** Git over the git program: one long-lived process for all objects, a short one for each other question. */
export function gitCli(dirs: GitDirs, signal?: AbortSignal): Git {
  const objects = new ObjectReader(dirs);
  const commits = new Map<GitId, Promise<Commit>>();
  const trees = new Map<GitId, Promise<readonly GitTreeEntry[]>>();
  const git = (args: readonly string[], run: GitRun = {}): Promise<Buffer> =>
    runGit(dirs, args, signal ? { signal, ...run } : run);
  const lines = async (args: readonly string[]): Promise<string[]> => split((await git(args)).toString(), '\n');
  const inside = (paths: readonly string[]): Map<string, string> =>
    new Map(
      paths
        .map((file) => [file, relativeTo(dirs.root, file)] as const)
        .filter(([, below]) => below !== undefined)
        // Outside paths were dropped on the line above.
        .map(([file, below]) => [file, below as string]),
    );

  const commit = async (rev: string): Promise<Commit> => {
    const known = commits.get(rev);
    if (known) return known;
    const object = await objects.read(`${rev}^{commit}`);
    if (object) {
      const parsed = parseCommit(object.id, object.content);
      commits.set(object.id, Promise.resolve(parsed));
      return parsed;
    }
    return commit(await experimentCommit(rev));
  };

  /** A name Git does not know may be an experiment's. */
  const experimentCommit = async (name: string): Promise<GitId> => {
    const possible = name !== 'HEAD' && !name.includes('/') && mayHaveRefs(dirs, 'refs/exps');
    const found = possible ? await findExperiment(self, name) : undefined;
    if (found === undefined) throw unknownRevision(name);
    return found;
  };

  const refs = async (prefix: string): Promise<readonly GitRef[]> => {
    const known = OF_COMMITS.test(prefix) && !usesReftable(dirs) ? readRefs(dirs, prefix) : undefined;
    if (known !== undefined) return [...known].map(([name, id]) => ({ name, id }));
    const format = '%(refname)%00%(objectname)%00%(objecttype)%00%(*objectname)%00%(*objecttype)';
    const rows = (await lines(['for-each-ref', `--format=${format}`, '--', prefix])).map((line) => line.split('\0'));
    return rows.flatMap(([name = '', id = '', type, peeled = '', peeledType]) =>
      type === 'commit' ? [{ name, id }] : peeledType === 'commit' ? [{ name, id: peeled }] : [],
    );
  };

  const self: Git = {
    root: dirs.root,
    gitDir: dirs.gitDir,
    present: true,

    head() {
      if (usesReftable(dirs)) return askGit(dirs, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
      const head = readHead(dirs);
      return head === undefined ? undefined : 'id' in head ? head.id : readRef(dirs, head.ref);
    },
    branch() {
      if (usesReftable(dirs)) return askGit(dirs, ['symbolic-ref', '--quiet', '--short', 'HEAD']);
      const head = readHead(dirs);
      return head && 'ref' in head ? head.ref.replace(/^refs\/heads\//, '') : undefined;
    },
    stateFolders() {
      const head = usesReftable(dirs) ? undefined : readHead(dirs);
      const refs =
        head && 'ref' in head
          ? path.dirname(path.join(dirs.commonDir, head.ref))
          : path.join(dirs.commonDir, 'reftable');
      // The log has its line before the branch has its commit: both are worth a look.
      return [dirs.gitDir, path.join(dirs.gitDir, 'logs'), refs].filter(exists);
    },
    rebasing: () => ['rebase-merge', 'rebase-apply'].some((name) => exists(path.join(dirs.gitDir, name))),
    async hooksDir() {
      const answer = await git(['rev-parse', '--git-path', 'hooks'], { asUser: true });
      return path.resolve(dirs.root, answer.toString().replace(/\n$/, ''));
    },

    resolve: async (rev) => (await commit(rev)).id,
    commit,
    readTree(id) {
      let tree = trees.get(id);
      if (!tree) {
        tree = objects.read(id).then((object) => {
          if (object?.type !== 'tree') throw gitFailed('cat-file', `${id} is not a tree`);
          return parseTree(object.content, id.length / 2);
        });
        if (trees.size >= REMEMBERED_TREES) trees.clear();
        trees.set(id, tree);
        tree.catch(() => trees.delete(id));
      }
      return tree;
    },
    async readBlob(id) {
      const object = await objects.read(id);
      if (object?.type !== 'blob') throw gitFailed('cat-file', `${id} is not a file`);
      return object.content;
    },

    refs,
    async annotatedTags() {
      const format = '%(refname:strip=2)%00%(objecttype)%00%(*objectname)%00%(*objecttype)%00%(taggerdate:unix)';
      const rows = (await lines(['for-each-ref', `--format=${format}`, '--', 'refs/tags/'])).map((line) =>
        line.split('\0'),
      );
      return rows.flatMap(([name = '', type, commit = '', peeled, time]) =>
        type === 'tag' && peeled === 'commit' ? [{ name, commit, time: Number(time) }] : [],
      );
    },
    async reflog(ref) {
      if (!(await objects.read(`${ref}^{commit}`))) return [];
      return lines(['rev-list', '--walk-reflogs', ref, '--']);
    },
    revisions: (scope: RevisionScope) => commitsInScope(self, lines, scope),

    async tracked(paths) {
      const wanted = inside(paths);
      if (wanted.size === 0) return new Set();
      const few = wanted.size <= MOST_PATHSPECS;
      const names = [...wanted.values()].map((below) => below || '.');
      const listed = split(
        (await git(['--literal-pathspecs', 'ls-files', '-z', '--cached', ...(few ? ['--', ...names] : [])])).toString(),
        '\0',
      );
      const present = new Set<string>(listed.length > 0 ? [''] : []);
      for (const file of listed)
        for (let end = file.length; end > 0 && !present.has(file.slice(0, end)); end = file.lastIndexOf('/', end - 1))
          present.add(file.slice(0, end));
      return new Set([...wanted].filter(([, below]) => present.has(below)).map(([file]) => file));
    },
    async ignored(paths) {
      const wanted = new Map([...inside(paths)].filter(([, below]) => below !== ''));
      if (wanted.size === 0) return new Set();
      const ask = async (names: readonly string[]): Promise<string[]> => {
        const run = { input: names.map((name) => `./${name}\0`).join(''), accept: [1] }; // Else `:` would be magic.
        const answer = await git(['check-ignore', '-z', '--stdin', '--no-index'], run);
        return split(answer.toString(), '\0').map((name) => name.slice(2));
      };
      const found = new Set<string>();
      try {
        for (const name of await ask([...wanted.values()])) found.add(name);
      } catch (error) {
        refusal(error); // One path behind a link or in a submodule makes Git refuse them all.
        for (const name of wanted.values())
          for (const one of await ask([name]).catch((own: unknown) => refusal(own))) found.add(one);
      }
      return new Set([...wanted].filter(([, below]) => found.has(below)).map(([file]) => file));
    },
    plainIgnores: () => PlainIgnores.open(dirs),
    async filesNamed(folder, patterns) {
      const below = relativeTo(dirs.root, folder);
      if (below === undefined) return [];
      const prefix = below === '' ? '' : `${below}/`;
      const globs = patterns.map((pattern) => `:(top,glob)${globLiteral(prefix)}**/${pattern}`);
      const list = async (...flags: string[]): Promise<string[]> =>
        split((await git(['ls-files', '-z', ...flags, '--exclude-standard', '--', ...globs])).toString(), '\0');
      const [all, ignored] = await Promise.all([list('--cached', '--others'), list('--cached', '--ignored')]);
      const hidden = new Set(ignored);
      return [...new Set(all)].filter((file) => !hidden.has(file)).map((file) => file.slice(prefix.length));
    },
    async conflictBase(file) {
      const below = relativeTo(dirs.root, file);
      if (below === undefined) return undefined;
      const [entry] = split(
        (await git(['--literal-pathspecs', 'ls-files', '-z', '--unmerged', '--', below])).toString(),
        '\0',
      );
      const [, id = '', stage = ''] = /^\d+ ([0-9a-f]+) (\d)\t/.exec(entry ?? '') ?? [];
      return stage === '1' ? self.readBlob(id) : undefined;
    },
    async trackedFiles(folder) {
      const below = relativeTo(dirs.root, folder);
      if (below === undefined) return [];
      const listed = await git(['--literal-pathspecs', 'ls-files', '-z', '--cached', '--', below || '.']);
      return split(listed.toString(), '\0').map((file) => path.join(dirs.root, file));
    },
    async status(untracked): Promise<GitStatus> {
      const args = [
        'status',
        '--porcelain',
        '-z',
        '--no-renames',
        '--ignore-submodules=dirty',
        `--untracked-files=${untracked}`,
      ];
      const entries = split((await git(args)).toString(), '\0');
      return {
        dirty: entries.length > 0,
        untracked: entries.filter((entry) => entry.startsWith('?? ')).map((entry) => entry.slice(3)),
      };
    },
    async add(paths) {
      const own = [...inside(paths)].filter(([file]) => !inSubmodule(dirs.root, file));
      if (own.length === 0) return;
      const input = own.map(([, below]) => `${below}\0`).join('');
      await git(['update-index', '--add', '--remove', '--replace', '-z', '--stdin'], { input, asUser: true });
    },

    async config(name) {
      const answer = (await git(['config', '-z', '--get', name], { accept: [1], asUser: true })).toString();
      return answer === '' ? undefined : answer.replace(/\0$/, '');
    },
    async setConfig(name, value) {
      await git(['config', '--local', name, value], { asUser: true });
    },
    run: (args, run = {}) => git(args, run),
    close: () => objects.close(),
  };
  return self;
}

/** A path Git will not judge, as it is another repository's, is not ignored. */
function refusal(error: unknown): string[] {
  if (DvcError.is(error, 'git-failed') && /beyond a symbolic link|in submodule/.test(error.message)) return [];
  throw error;
}

const split = (text: string, separator: string): string[] => text.split(separator).filter((part) => part !== '');

/** Refs that hold nothing but commits: their files say all there is to know. */
const OF_COMMITS = /^refs\/(exps|lode)\//;

const mayHaveRefs = (dirs: GitDirs, prefix: string): boolean =>
  usesReftable(dirs) || exists(path.join(dirs.commonDir, prefix)) || exists(path.join(dirs.commonDir, 'packed-refs'));

/** Posix path below the work tree; '' for its top, undefined outside it. */
function relativeTo(root: string, file: string): string | undefined {
  const below = path.relative(root, file);
  if (below === '..' || below.startsWith(`..${path.sep}`) || path.isAbsolute(below)) return undefined;
  return path.sep === '/' ? below : below.split(path.sep).join('/');
}

function inSubmodule(root: string, file: string): boolean {
  for (let folder = path.dirname(file); folder.length > root.length; folder = path.dirname(folder))
    if (exists(path.join(folder, '.git'))) return true;
  return false;
}
