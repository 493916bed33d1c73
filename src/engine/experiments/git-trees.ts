import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { errnoOf, fromErrno } from '../core/errors.ts';
import type { Git, GitId } from '../git/git.ts';
import { livePrefix, retirePrefix, sweepOnce } from '../platform/temp-name.ts';

/**
 * An index of Git's beside the user's own, to make trees in: what is done here is seen in no `git status`.
 *
 * Disposing removes it; one that a killed process left is removed by a later command.
 */
export class SideIndex implements Disposable {
  readonly #git: Git;
  readonly #file: string;
  readonly #prefix = livePrefix();

  private constructor(git: Git, folder: string) {
    this.#git = git;
    this.#file = path.join(folder, `.${this.#prefix}${randomBytes(4).toString('base64url')}.tmp`);
  }

  /** A copy of the index as it is, in a private folder. */
  static of(git: Git, folder: string): SideIndex {
    fs.mkdirSync(folder, { recursive: true });
    sweepOnce(folder);
    const side = new SideIndex(git, folder);
    const index = path.join(git.gitDir, 'index');
    try {
      const { atime, mtimeMs } = fs.statSync(index);
      fs.copyFileSync(index, side.#file);
      // Git reads again what is as new as its index: a copy that looked newer would hide a file of the same size and second.
      fs.utimesSync(side.#file, atime, Math.floor(mtimeMs) / 1000);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw fromErrno(error, 'copy', index);
    }
    return side;
  }

  run(args: readonly string[], input?: string | Buffer): Promise<Buffer> {
    return this.#git.run(args, { env: { GIT_INDEX_FILE: this.#file }, ...(input === undefined ? {} : { input }) });
  }

  /** Takes over what has changed in tracked files: the state of `git add -u` for the whole work tree. */
  async update(): Promise<void> {
    await this.run(['add', '-u', '--', ':/']);
  }

  /** Adds files, and all files below folders, that are there and not tracked: what Git ignores only with `force`. */
  async addFiles(paths: readonly string[], { force = false } = {}): Promise<void> {
    const below = paths.map((file) => relative(this.#git.root, file)).filter((file) => file !== undefined);
    if (below.length === 0) return;
    const list = ['ls-files', '--others', '-z', ...(force ? [] : ['--exclude-standard'])];
    const found = await this.run(['--literal-pathspecs', ...list, '--', ...below]);
    if (found.length > 0) await this.run(['update-index', '--add', '-z', '--stdin'], found);
  }

  /** Puts contents of files into the index, whatever the work tree holds: by path from the top. */
  async put(files: ReadonlyMap<string, string | Buffer>): Promise<void> {
    const lines: string[] = [];
    for (const [file, content] of files) {
      const id = await hashObject(this.#git, content);
      const known = (await this.run(['ls-files', '-s', '-z', '--', `:(literal)${file}`])).toString();
      lines.push(`${/^\d+/.exec(known)?.[0] ?? '100644'} ${id}\t${file}\0`);
    }
    if (lines.length > 0) await this.run(['update-index', '--add', '-z', '--index-info'], lines.join(''));
  }

  async remove(files: readonly string[]): Promise<void> {
    if (files.length > 0)
      await this.run(['update-index', '--force-remove', '-z', '--stdin'], files.map((file) => `${file}\0`).join(''));
  }

  async tree(): Promise<GitId> {
    return (await this.run(['write-tree'])).toString().trim();
  }

  [Symbol.dispose](): void {
    retirePrefix(this.#prefix);
    for (const file of [this.#file, `${this.#file}.lock`]) fs.rmSync(file, { force: true });
  }
}

export async function hashObject(git: Git, content: string | Buffer): Promise<GitId> {
  return (await git.run(['hash-object', '-w', '--stdin'], { input: content })).toString().trim();
}

/** A commit of a tree, whose message is exactly `message`. Hooks do not run, and nothing points to it yet. */
export async function commitTree(git: Git, tree: GitId, parents: readonly GitId[], message: string): Promise<GitId> {
  const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent])];
  return (await git.run(args, { input: message })).toString().trim();
}

/** One change to a ref. Without `to` it is removed; with `from` only if that is what it is now, all zeros for none. */
export interface RefChange {
  readonly ref: string;
  readonly to?: GitId;
  readonly from?: GitId;
}

export const NO_COMMIT = '0'.repeat(40);

/** All of the changes or none. @throws `git-failed` */
export async function changeRefs(git: Git, changes: readonly RefChange[], why = 'lode'): Promise<void> {
  if (changes.length === 0) return;
  const lines = changes.map(({ ref, to, from }) => {
    const was = from === undefined ? '' : ` ${from}`;
    return to === undefined ? `delete ${ref}${was}\n` : `update ${ref} ${to}${was}\n`;
  });
  await git.run(['update-ref', '-m', why, '--stdin'], { input: `start\n${lines.join('')}prepare\ncommit\n` });
}

/** A path's way between two trees; `from` and `to` are blobs. */
export interface TreeChange {
  /** From the top of the work tree. */
  readonly path: string;
  readonly change: 'added' | 'modified' | 'deleted';
}

export async function diffTreeIds(git: Git, from: GitId, to: GitId): Promise<TreeChange[]> {
  if (from === to) return [];
  const words = (await git.run(['diff-tree', '-r', '-z', '--no-renames', '--name-status', from, to]))
    .toString()
    .split('\0')
    .filter((word) => word !== '');
  const changes: TreeChange[] = [];
  for (let i = 0; i + 1 < words.length; i += 2) {
    const change = words[i] === 'A' ? 'added' : words[i] === 'D' ? 'deleted' : 'modified';
    changes.push({ path: words[i + 1] ?? '', change });
  }
  return changes;
}

function relative(root: string, file: string): string | undefined {
  const below = path.relative(root, file);
  return below === '' || below.startsWith('..') || path.isAbsolute(below) ? undefined : below.split(path.sep).join('/');
}
