import * as fs from 'node:fs';
import * as path from 'node:path';
import { fromErrno } from '../core/errors.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext, startProgress } from '../core/op-context.ts';
import { isWithin, parentOf } from '../core/paths.ts';
import { sweepOnce, tempName } from '../platform/temp-name.ts';
import { Repo } from '../repo.ts';
import { DVC_DIR } from '../repo-root.ts';

/** The copy has a cache of its own, and Git is none of its business. */
const OWN_CONFIG = '[core]\n    no_scm = true\n    analytics = false\n[cache]\n    dir = cache\n    type = copy\n';

/**
 * A copy of a workspace in which commands can be tried: below `.dvc/tmp/lode`, with a `.dvc` of its own, so that what looks for a
 * repository from there finds the copy. Disposing removes it; one that a killed process left is removed by the next command.
 */
export class WorkspaceCopy implements AsyncDisposable {
  /** The copy, opened. */
  readonly repo: Repo;
  readonly #original: Repo;
  readonly #brought = new Map<RepoPath, Promise<void>>();

  private constructor(original: Repo, repo: Repo) {
    this.#original = original;
    this.repo = repo;
  }

  /**
   * Copies what belongs into Git, tracked or not; without Git everything. Data is left out, to be brought when it is needed.
   *
   * @throws `no-space`, `permission`, `cancelled`
   */
  static async make(original: Repo, ctx: OpContext): Promise<WorkspaceCopy> {
    sweepOnce(original.privateDir);
    const root = path.join(original.privateDir, tempName());
    try {
      fs.mkdirSync(path.join(root, DVC_DIR, 'tmp'), { recursive: true });
      await copyPath(path.join(original.dvcDir, 'config'), path.join(root, DVC_DIR, 'config'));
      fs.writeFileSync(path.join(root, DVC_DIR, 'config.local'), OWN_CONFIG);
      const files = await sourcesOf(original);
      const progress = startProgress(ctx, 'copy', files.length);
      for (const file of files) {
        checkAborted(ctx.signal);
        await copyPath(original.absolute(file), path.join(root, file));
        progress.advance(1, 0, file);
      }
      progress.done();
      return new WorkspaceCopy(original, await Repo.open(root, { ...ctx, cwd: root }, { durability: 'off' }));
    } catch (error) {
      await remove(root);
      throw error;
    }
  }

  /** Makes sure that a path is there as it is in the workspace; `anew` where a command may have changed it. */
  bring(target: RepoPath, { anew = false } = {}): Promise<void> {
    const to = this.repo.absolute(target);
    const known = anew ? undefined : this.#brought.get(target);
    if (known) return known;
    if (!anew && fs.statSync(to, { throwIfNoEntry: false })?.isFile()) return Promise.resolve();
    const coming = remove(to).then(() => copyPath(this.#original.absolute(target), to));
    this.#brought.set(target, coming);
    return coming;
  }

  /** Takes a path away, and makes the folder it lies in. */
  async clear(target: RepoPath): Promise<void> {
    await remove(this.repo.absolute(target));
    for (const one of this.#brought.keys())
      if (isWithin(one, target) || isWithin(target, one)) this.#brought.delete(one);
    fs.mkdirSync(this.repo.absolute(parentOf(target)), { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.repo[Symbol.asyncDispose]();
    await remove(this.repo.root);
  }
}

/** Files of the workspace that are no data of DVC's, from the root. */
async function sourcesOf(repo: Repo): Promise<RepoPath[]> {
  const isOurs = (file: string): boolean => file !== DVC_DIR && !file.startsWith(`${DVC_DIR}/`);
  if (!repo.git.present) {
    const data = new Set((await repo.index()).tracked.map(({ place }) => place.path));
    return filesBelow(repo, asRepoPath(''), (file) => isOurs(file) && !data.has(file));
  }
  const tracked = (await repo.git.trackedFiles(repo.root)).map((file) => path.relative(repo.root, file));
  const all = [...tracked, ...(await repo.git.filesNamed(repo.root, ['*']))];
  return [...new Set(all)].filter(isOurs).map((file) => asRepoPath(file.split(path.sep).join('/')));
}

function filesBelow(repo: Repo, folder: RepoPath, keep: (path: RepoPath) => boolean): RepoPath[] {
  return fs.readdirSync(repo.absolute(folder), { withFileTypes: true }).flatMap((entry) => {
    const at = asRepoPath(folder === '' ? entry.name : `${folder}/${entry.name}`);
    if (!keep(at) || entry.name === '.git') return [];
    return entry.isDirectory() ? filesBelow(repo, at, keep) : [at];
  });
}

/**
 * Copies a file, or a folder with all in it. Links to files are followed, as what is written to the copy must reach nothing else; links to
 * folders stay links where they lead to the copy, and are left out where they do not.
 */
async function copyPath(from: string, to: string): Promise<void> {
  try {
    const stats = fs.statSync(from, { throwIfNoEntry: false });
    if (!stats) return; // Deleted, and Git does not know yet; or a link to nowhere.
    if (!stats.isDirectory()) {
      if (!stats.isFile()) return;
      fs.mkdirSync(path.dirname(to), { recursive: true });
      await fs.promises.copyFile(from, to, fs.constants.COPYFILE_FICLONE);
      if ((stats.mode & 0o200) === 0) await fs.promises.chmod(to, stats.mode | 0o200); // Only the cache's objects are protected.
      return;
    }
    if (fs.lstatSync(from).isSymbolicLink()) {
      const link = fs.readlinkSync(from);
      fs.mkdirSync(path.dirname(to), { recursive: true });
      if (!path.isAbsolute(link)) fs.symlinkSync(link, to);
      return;
    }
    fs.mkdirSync(to, { recursive: true });
    for (const name of await fs.promises.readdir(from))
      if (name !== '.git') await copyPath(path.join(from, name), path.join(to, name));
  } catch (error) {
    throw fromErrno(error, 'copy', from);
  }
}

async function remove(absolute: string): Promise<void> {
  try {
    await fs.promises.rm(absolute, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    throw fromErrno(error, 'remove', absolute);
  }
}
