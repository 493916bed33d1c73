import * as fs from 'node:fs';
import * as path from 'node:path';
import { noRepository } from './core/errors.ts';
import type { FileView } from './core/file-view.ts';
import { asOid, asRepoPath, type RepoPath } from './core/ids.ts';
import type { OpContext } from './core/op-context.ts';
import { toAbsolute, toRepoPath } from './core/paths.ts';
import { type Config, loadConfig } from './files/config.ts';
import { type DvcFile, dumpDvcFile } from './files/dvc-file.ts';
import { Gitignores } from './files/gitignore.ts';
import { IgnoreFiles } from './files/ignore.ts';
import type { OptionStyle } from './files/template.ts';
import { commitFiles } from './git/commit-files.ts';
import type { Git } from './git/git.ts';
import { openGit } from './git/git-cli.ts';
import { findGit } from './git/git-dir.ts';
import { noGitAt } from './git/no-git.ts';
import { workspaceFiles } from './git/workspace-files.ts';
import { type IndexInput, loadIndex } from './graph/load-index.ts';
import type { LoadOptions } from './graph/load-pipeline.ts';
import type { Place } from './graph/output.ts';
import type { RepoIndex } from './graph/repo-index.ts';
import { listedTree } from './graph/versioned.ts';
import { HashState } from './hash/state.ts';
import type { LocalOdb } from './odb/local-odb.ts';
import type { DataState } from './odb/workspace-data.ts';
import { OutputsMade } from './outputs-made.ts';
import { writeAtomic } from './platform/atomic-write.ts';
import type { ContentHash } from './platform/digest.ts';
import { exists } from './platform/exists.ts';
import { type Durability, durabilityOf } from './platform/flush.ts';
import { IoPool } from './platform/io-pool.ts';
import { type HeldLock, repoLock } from './platform/lock.ts';
import { pathLock } from './platform/rwlock.ts';
import { RepoData } from './repo-data.ts';
import { type Remote, RepoRemotes, type SecretSource } from './repo-remotes.ts';
import { DVC_DIR, findRoot, realPath } from './repo-root.ts';

export interface OpenOptions {
  /** False in a workspace the user has not trusted: Git is not run and nothing is written. */
  readonly trusted?: boolean;
  /** Wait for the repository lock as long as it takes. */
  readonly waitForLock?: boolean;
  /** Seconds to wait for the repository lock; DVC's 3 unless told. */
  readonly lockTimeout?: number;
  readonly durability?: Durability;
  /** Opens what is no repository of DVC's too, only to read: the work tree of Git, or the folder itself. */
  readonly uninitialized?: boolean;
  /** Where credentials of remotes are kept besides the configuration. */
  readonly secrets?: SecretSource;
}

function plainRoot(start: string): string {
  const folder = realPath(path.resolve(start));
  return findGit(folder)?.root ?? folder;
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
  /** Outputs that commands of this clone have put into the workspace. */
  readonly outputsMade: OutputsMade;
  #data: RepoData;
  #remotes: RepoRemotes;
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
    this.state = HashState.open(this.privateDir, ctx, { readOnly: !this.trusted || !exists(this.dvcDir) });
    this.outputsMade = new OutputsMade(this.privateDir);
    this.#data = this.#openData();
    this.#remotes = this.#openRemotes();
  }

  /** The root of the repository around `start`, or undefined. */
  static find(start: string): string | undefined {
    return findRoot(start);
  }

  /** @throws `no-repository`, `config` */
  static async open(start: string, ctx: OpContext, options: OpenOptions = {}): Promise<Repo> {
    const root = findRoot(start) ?? (options.uninitialized ? plainRoot(start) : undefined);
    if (root === undefined) throw noRepository();
    return new Repo(root, { ...ctx, cwd: realPath(ctx.cwd) }, options);
  }

  get config(): Config {
    return this.#config;
  }

  get data(): RepoData {
    return this.#data;
  }

  cache(hash: ContentHash): LocalOdb {
    return this.#data.cache(hash);
  }

  /** The named remote, or the default one. @throws `remote-not-found`, `no-remote`, `remote-unsupported` */
  remote(name: string | undefined, command: string, ctx: OpContext): Promise<Remote> {
    return this.#remotes.get(name, command, ctx);
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

  /** The files of a commit, as the workspace's are seen. @throws `unknown-revision` */
  filesAt(rev: string): Promise<FileView> {
    return commitFiles(this.git, rev, this.#folderInGit());
  }

  /** Every stage that can be read; `onError` is told of files that cannot. */
  readableIndex(onError: NonNullable<IndexInput['onError']>): Promise<RepoIndex> {
    return this.#load({ onError });
  }

  /** As {@link readableIndex}, each file read by `load`; of `files` only, where they are known. */
  indexReadBy(
    load: NonNullable<IndexInput['load']>,
    onError: NonNullable<IndexInput['onError']>,
    files?: readonly RepoPath[],
  ): Promise<RepoIndex> {
    return this.#load({ load, onError, ...(files ? { files } : {}) });
  }

  /** What a stage file needs to know of the repository to be read. */
  get loadOptions(): LoadOptions {
    return { root: this.root, style: this.optionStyle };
  }

  /**
   * Every stage of a commit.
   *
   * @param onError Told of a stage file that cannot be read, which is then left out; without it the first one throws.
   * @throws `unknown-revision`, and what is wrong with a stage file of it.
   */
  async indexAt(rev: string, onError?: (file: RepoPath, error: unknown) => void): Promise<RepoIndex> {
    const view = await this.filesAt(rev);
    const input = { root: this.root, view, ignore: new IgnoreFiles(view), style: this.optionStyle };
    return this.#withListings(await loadIndex(onError ? { ...input, onError } : input, this.#ctx));
  }

  /** Forgets what was read of stage files, ignore files and configuration. */
  invalidate(): void {
    this.#index = undefined;
    this.#ignore = new IgnoreFiles(this.workspace);
    this.#config = loadConfig(this.root);
    this.#data = this.#openData();
    this.#remotes = this.#openRemotes();
  }

  /** Forgets what was read of stage files, after one was written. */
  forgetIndex(): void {
    this.#index = undefined;
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

  /** What lies at a place now. */
  readPlace(place: Place, hash: ContentHash, ctx: OpContext): Promise<DataState> {
    return this.#data.read(place, hash, this.#ignore, ctx);
  }

  /** The lock that every command which writes holds, DVC's among them. */
  lock(ctx: OpContext): Promise<HeldLock> {
    const { waitForLock, lockTimeout } = this.options;
    const timeoutMs = waitForLock
      ? Number.POSITIVE_INFINITY
      : lockTimeout === undefined
        ? undefined
        : lockTimeout * 1000;
    return repoLock(
      this.tmpDir,
      { hardlink: this.#config.core.hardlinkLock, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
      ctx,
    );
  }

  /** Refuses to write where another process reads or writes: DVC's table of paths in use. */
  usePaths(command: string, write: readonly RepoPath[], ctx: OpContext): Promise<AsyncDisposable> {
    const use = { read: [], write: write.map((path) => this.absolute(path)) };
    return pathLock(this.tmpDir, command, use, { hardlink: this.#config.core.hardlinkLock }, ctx);
  }

  /** Writes a pointer file, keeping comments and order of what is there. */
  writePointer(file: RepoPath, pointer: DvcFile): void {
    const absolute = this.absolute(file);
    const old = exists(absolute) ? fs.readFileSync(absolute, 'utf8') : undefined;
    const text = dumpDvcFile(pointer, old);
    if (text !== old) writeAtomic(absolute, text);
    this.#index = undefined;
  }

  /** Edits of ignore files; none in a repository without Git. */
  newIgnores(): Gitignores {
    return new Gitignores(this.git.present ? this.git : undefined);
  }

  /** Stages files in Git where `core.autostage` says so. */
  async autostage(touched: readonly string[]): Promise<void> {
    if (this.#config.core.autostage && touched.length > 0) await this.git.add(touched);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#data.close();
    await this.#remotes[Symbol.asyncDispose]();
    this.git.close();
    await this.pool[Symbol.asyncDispose]();
  }

  #openRemotes(): RepoRemotes {
    return new RepoRemotes(this.#config, {
      privateDir: this.privateDir,
      pool: this.pool,
      durability: this.durability,
      readOnly: !this.trusted,
      secrets: this.options.secrets,
    });
  }

  #openData(): RepoData {
    const { cache } = this.#config;
    return new RepoData(
      {
        root: this.root,
        cacheDir: cache.dir,
        privateDir: this.privateDir,
        linkTypes: cache.types,
        shared: cache.shared,
        durability: this.durability,
        readOnly: !this.trusted,
      },
      this.state,
      this.pool,
    );
  }

  async #load(how: Pick<IndexInput, 'onError' | 'load' | 'files'> = {}): Promise<RepoIndex> {
    const index = await loadIndex(
      {
        root: this.root,
        view: this.workspace,
        ignore: this.#ignore,
        style: this.optionStyle,
        ...(this.git.present ? { git: this.#gitFiles() } : {}),
        ...how,
      },
      this.#ctx,
    );
    return this.#withListings(index);
  }

  /** Folders whose files are listed in the stage file have no manifest anywhere else: the cache gets it from there. */
  #withListings(index: RepoIndex): RepoIndex {
    for (const { files, hash } of index.allOutputs)
      if (files && hash?.name === 'md5') this.#data.addListing(asOid(hash.value), listedTree(files));
    return index;
  }

  #gitFiles(): NonNullable<IndexInput['git']> {
    const top = this.#folderInGit();
    const inGit = (path: RepoPath): RepoPath => asRepoPath(top === '' ? path : `${top}/${path}`);
    const plain = this.git.plainIgnores();
    const around = top.split('/').map((_, i, parts) => asRepoPath(parts.slice(0, i + 1).join('/')));
    const isClear = plain && (top === '' || around.every((folder) => plain.verdict(folder, true) === 'clear'));
    return {
      verdict: isClear ? (path, isDir) => plain.verdict(inGit(path), isDir) : undefined,
      candidates: async () => (await this.git.filesNamed(this.root, ['*.dvc', 'dvc.yaml'])).map(asRepoPath),
    };
  }

  /** The repository's root, seen from the top of the Git work tree. */
  #folderInGit(): RepoPath {
    return toRepoPath(realPath(this.git.root), this.root) ?? asRepoPath('');
  }

  /** How dicts become command line options here: `parsing` of the configuration. */
  get optionStyle(): Partial<OptionStyle> {
    return {
      ...(this.#config.get('parsing', 'bool') === 'boolean_optional' ? { bool: 'boolean_optional' } : {}),
      ...(this.#config.get('parsing', 'list') === 'append' ? { list: 'append' } : {}),
    };
  }
}
