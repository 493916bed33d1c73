import * as path from 'node:path';
import { noRepository } from './core/errors.ts';
import type { FileView } from './core/file-view.ts';
import { asRepoPath, type RepoPath } from './core/ids.ts';
import type { OpContext } from './core/op-context.ts';
import { toAbsolute, toRepoPath } from './core/paths.ts';
import { type Config, loadConfig } from './files/config.ts';
import { IgnoreFiles } from './files/ignore.ts';
import { commitFiles } from './git/commit-files.ts';
import type { Git } from './git/git.ts';
import { openGit } from './git/git-cli.ts';
import { noGitAt } from './git/no-git.ts';
import { workspaceFiles } from './git/workspace-files.ts';
import { loadIndex } from './graph/load-index.ts';
import type { RepoIndex } from './graph/repo-index.ts';
import { HashState } from './hash/state.ts';
import { type Durability, durabilityOf } from './platform/flush.ts';
import { IoPool } from './platform/io-pool.ts';
import { DVC_DIR, findRoot, realPath } from './repo-root.ts';

export interface OpenOptions {
  /** False in a workspace the user has not trusted: Git is not run and nothing is written. */
  readonly trusted?: boolean;
  /** Wait for the repository lock as long as it takes. */
  readonly waitForLock?: boolean;
  /** Seconds to wait for the repository lock; DVC's 3 unless told. */
  readonly lockTimeout?: number;
  readonly durability?: Durability;
}

/** An open repository: where it is, how it is configured, and what its files say now. Holds no verbs. */
export class Repo implements AsyncDisposable {
  /** Absolute, links resolved. */
  readonly root: string;
  readonly dvcDir: string;
  /** `.dvc/tmp`: locks, and everything that may be deleted while nothing runs. */
  readonly tmpDir: string;
  /** What Lode adds: hints, journals, quarantine. */
  readonly privateDir: string;
  readonly trusted: boolean;
  readonly options: OpenOptions;
  readonly git: Git;
  readonly workspace: FileView;
  readonly pool: IoPool;
  readonly durability: Durability;
  readonly state: HashState;
  #config: Config;
  #ignore: IgnoreFiles;
  #index: Promise<RepoIndex> | undefined;
  readonly #ctx: OpContext;

  private constructor(root: string, ctx: OpContext, options: OpenOptions) {
    this.root = root;
    this.dvcDir = path.join(root, DVC_DIR);
    this.tmpDir = path.join(this.dvcDir, 'tmp');
    this.privateDir = path.join(this.tmpDir, 'lode');
    this.options = options;
    this.trusted = options.trusted ?? true;
    this.#ctx = ctx;
    this.#config = loadConfig(root);
    this.workspace = workspaceFiles(root);
    this.#ignore = new IgnoreFiles(this.workspace);
    this.git = (!this.trusted || this.#config.core.noScm ? undefined : openGit(root, ctx.signal)) ?? noGitAt(root);
    this.pool = new IoPool();
    this.durability = durabilityOf(options.durability);
    this.state = HashState.open(this.privateDir, ctx, { readOnly: !this.trusted });
  }

  /** The root of the repository around `start`, or undefined. */
  static find(start: string): string | undefined {
    return findRoot(start);
  }

  /** @throws `no-repository`, `config` */
  static async open(start: string, ctx: OpContext, options: OpenOptions = {}): Promise<Repo> {
    const root = findRoot(start);
    if (root === undefined) throw noRepository();
    return new Repo(root, { ...ctx, cwd: realPath(ctx.cwd) }, options);
  }

  get config(): Config {
    return this.#config;
  }

  get gitRoot(): string | undefined {
    return this.git.present ? this.git.root : undefined;
  }

  /** `.dvcignore` rules of the workspace. */
  get ignore(): IgnoreFiles {
    return this.#ignore;
  }

  /** Every stage of the workspace; read once until {@link invalidate}. @throws What is wrong with a stage file. */
  index(): Promise<RepoIndex> {
    this.#index ??= this.#load();
    this.#index.catch(() => {
      this.#index = undefined; // The user may repair the file; the caller gets the error.
    });
    return this.#index;
  }

  /** Every stage of a commit. @throws `unknown-revision`, and what is wrong with a stage file of it. */
  async indexAt(rev: string): Promise<RepoIndex> {
    const view = await commitFiles(this.git, rev, this.#folderInGit());
    return loadIndex({ root: this.root, view, ignore: new IgnoreFiles(view), style: this.#style() }, this.#ctx);
  }

  /** Forgets what was read of stage files, ignore files and configuration. */
  invalidate(): void {
    this.#index = undefined;
    this.#ignore = new IgnoreFiles(this.workspace);
    this.#config = loadConfig(this.root);
  }

  absolute(repoPath: RepoPath): string {
    return toAbsolute(this.root, repoPath);
  }

  /** Where a path the user gave lies, links in its parents resolved; undefined outside the repository. */
  locate(given: string, cwd: string): RepoPath | undefined {
    const absolute = path.resolve(realPath(cwd), given);
    return (
      toRepoPath(this.root, absolute) ??
      toRepoPath(this.root, path.join(realPath(path.dirname(absolute)), path.basename(absolute)))
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.git.close();
    await this.pool[Symbol.asyncDispose]();
  }

  async #load(): Promise<RepoIndex> {
    const candidates = this.git.present ? await this.git.filesNamed(this.root, ['*.dvc', 'dvc.yaml']) : undefined;
    return loadIndex(
      {
        root: this.root,
        view: this.workspace,
        ignore: this.#ignore,
        style: this.#style(),
        ...(candidates ? { candidates: candidates.map(asRepoPath) } : {}),
      },
      this.#ctx,
    );
  }

  /** The repository's root, seen from the top of the Git work tree. */
  #folderInGit(): RepoPath {
    return toRepoPath(realPath(this.git.root), this.root) ?? asRepoPath('');
  }

  #style() {
    const bool = this.#config.get('parsing', 'bool');
    const list = this.#config.get('parsing', 'list');
    return {
      ...(bool === 'boolean_optional' || bool === 'store_true' ? { bool } : {}),
      ...(list === 'append' || list === 'nargs' ? { list } : {}),
    } as const;
  }
}
