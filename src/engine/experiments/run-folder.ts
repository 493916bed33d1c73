import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, fromErrno } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { mergeLevels } from '../files/config.ts';
import { configFiles, readLevel, writeLevel } from '../files/config-levels.ts';
import { mapConfigPaths, resolveConfigPath } from '../files/config-paths.ts';
import type { IniSection } from '../files/ini.ts';
import type { GitId } from '../git/git.ts';
import { openGit } from '../git/git-cli.ts';
import { sweepOnce, tempName } from '../platform/temp-name.ts';
import { Repo } from '../repo.ts';

/**
 * A work tree of its own for one experiment: a real one of Git's, below `.dvc/tmp/lode`, that shares commits, refs and the cache with the
 * repository. Disposing removes it; one that a killed process left is removed by a later command.
 */
export class RunFolder implements AsyncDisposable {
  /** The experiment's repository, opened. */
  readonly repo: Repo;
  readonly #original: Repo;
  /** Top of the work tree: absolute. */
  readonly #top: string;

  private constructor(original: Repo, repo: Repo, top: string) {
    this.#original = original;
    this.repo = repo;
    this.#top = top;
  }

  /**
   * @param head What is checked out there. @param tree The files, as changes that nobody has committed.
   * @throws `git-failed`, `no-space`, `permission`
   */
  static async make(original: Repo, head: GitId, tree: GitId, ctx: OpContext): Promise<RunFolder> {
    const { git } = original;
    fs.mkdirSync(original.privateDir, { recursive: true });
    sweepOnce(original.privateDir);
    const top = path.join(original.privateDir, tempName());
    try {
      await git.run(['worktree', 'prune']);
      await git.run(['worktree', 'add', '--force', '--quiet', '--detach', '--no-checkout', top, head]);
      const own = openGit(top, ctx.signal);
      if (!own) throw new DvcError('git-failed', 'Git has made no work tree for the experiment.');
      await own.run(['read-tree', '--reset', '-u', tree]);
      own.close();
      const root = path.join(top, path.relative(git.root, original.root));
      const dvcDir = path.join(root, path.basename(original.dvcDir));
      fs.mkdirSync(path.join(dvcDir, 'tmp'), { recursive: true });
      writeLevel(path.join(dvcDir, 'config.local'), configFor(original));
      const cwd = path.join(top, path.relative(git.root, ctx.cwd));
      const repo = await Repo.open(root, { ...ctx, cwd: fs.existsSync(cwd) ? cwd : root }, original.options);
      return new RunFolder(original, repo, top);
    } catch (error) {
      await discard(original, top);
      throw error;
    }
  }

  /** The context for a verb in it: the user's folder is where it would be there. */
  context(ctx: OpContext): OpContext {
    const cwd = path.join(this.#top, path.relative(this.#original.git.root, ctx.cwd));
    return { ...ctx, cwd: fs.existsSync(cwd) ? cwd : this.repo.root };
  }

  /** Copies files and folders that Git does not have, from the user's folder. @throws `output-missing` */
  async copy(paths: readonly string[], ctx: OpContext): Promise<void> {
    for (const given of paths) {
      const from = path.resolve(ctx.cwd, given);
      const below = path.relative(this.#original.git.root, from);
      if (below.startsWith('..') || path.isAbsolute(below))
        throw new DvcError('usage', `Unable to copy '${given}': it is outside of the repository.`, { exitCode: 255 });
      if (!fs.existsSync(from))
        throw new DvcError('output-missing', `Unable to copy '${given}'. It is not a file or directory.`);
      try {
        await fs.promises.cp(from, path.join(this.#top, below), { recursive: true, force: true });
      } catch (error) {
        throw fromErrno(error, 'copy', from);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.repo[Symbol.asyncDispose]();
    await discard(this.#original, this.#top);
  }
}

/** All that the repository's own levels say, with paths that hold from anywhere, and its cache. */
function configFor(original: Repo): IniSection {
  const files = configFiles(original.root);
  const levels = (['repo', 'local'] as const).map((level) => {
    const sections = readLevel(files[level] ?? '');
    mapConfigPaths(sections, (written) => resolveConfigPath(original.dvcDir, written));
    return sections;
  });
  const config = mergeLevels(levels);
  const cache = config.get('cache');
  const own: IniSection = cache instanceof Map ? cache : new Map();
  own.set('dir', original.config.cache.dir);
  return config.set('cache', own);
}

async function discard(original: Repo, top: string): Promise<void> {
  try {
    await fs.promises.rm(top, { recursive: true, force: true, maxRetries: 3 });
    await original.git.run(['worktree', 'prune']);
  } catch (error) {
    if (DvcError.is(error, 'cancelled')) return; // The next one prunes.
    throw fromErrno(error, 'remove', top);
  }
}
