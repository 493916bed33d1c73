import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DvcError, noGit, unknownRevision } from './core/errors.ts';
import type { FileView } from './core/file-view.ts';
import { asRepoPath, type Oid, type RepoPath } from './core/ids.ts';
import type { OpContext } from './core/op-context.ts';
import { below, toRepoPath } from './core/paths.ts';
import { isPyMap, type PyValue, pyMap, pyStr } from './core/python.ts';
import { redactUrl } from './core/redact.ts';
import { type Config, loadConfig } from './files/config.ts';
import { readLevel } from './files/config-levels.ts';
import { defined } from './files/data-entry.ts';
import type { RepoSource } from './files/dvc-file.ts';
import { IgnoreFiles } from './files/ignore.ts';
import type { IniSection, IniValue } from './files/ini.ts';
import { fetchExperiments, openClone } from './git/clones.ts';
import { commitFiles } from './git/commit-files.ts';
import type { Git, GitId } from './git/git.ts';
import { openGit } from './git/git-cli.ts';
import { workspaceFiles } from './git/workspace-files.ts';
import { loadIndex } from './graph/load-index.ts';
import type { TrackedOutput } from './graph/output.ts';
import { RepoIndex } from './graph/repo-index.ts';
import type { Tree } from './hash/tree.ts';
import { plainCommit, plainWorkspace } from './plain-files.ts';
import { agree } from './platform/consents.ts';
import { isFolder } from './platform/exists.ts';
import { IoPool } from './platform/io-pool.ts';
import { type RepoEntry, RepoFiles } from './repo-files.ts';
import { DVC_DIR, findRoot, realPath } from './repo-root.ts';
import { SourceObjects } from './source-objects.ts';

/** Another repository, as a command names it. */
export interface SourceOptions {
  /** A folder, or whatever Git takes as an address. */
  readonly url: string;
  /** Revision; a work tree as it is, or the default branch, unless told. */
  readonly rev?: string;
  /** A configuration file that goes before the repository's own. */
  readonly config?: string;
  /** The name of its remote to get data from. */
  readonly remote?: string;
  /** Options of that remote. */
  readonly remoteConfig?: Readonly<Record<string, string>>;
}

/** What a pointer file says of the repository: with a remote and options for it, a configuration of its own. */
export function sourceOf({ url, rev, config, remote, remoteConfig }: SourceOptions): RepoSource {
  const options = remoteConfig && pyMap(Object.entries(remoteConfig));
  if (remote === undefined || !options)
    return defined<RepoSource>({ url, rev, revLock: undefined, config, remote: remote ?? options });
  if (config !== undefined)
    throw new DvcError('usage', "Can't specify config path together with both remote and remote_config", {
      hint: 'Put the options of the remote into the configuration file.',
      exitCode: 1,
    });
  const merged: PyValue = pyMap([
    ['core', pyMap([['remote', remote]])],
    ['remote', pyMap([[remote, options]])],
  ]);
  return defined<RepoSource>({ url, rev, revLock: undefined, config: merged, remote: undefined });
}

/** How another repository is opened. */
export interface OpenSource {
  /** What a relative path starts from, tried in this order; absolute. */
  readonly folders: readonly string[];
  /** Where clones are kept, and what is remembered of them. The user's own unless told. */
  readonly privateDir?: string;
  /** For unfinished files, on the file system of what is made; in `privateDir` unless told. */
  readonly workDir?: string;
  readonly pool?: IoPool;
  /** How the repository is called in messages. */
  readonly shown?: string;
  /** How many repositories were gone through before this one. */
  readonly depth?: number;
  /** Whether sizes of a commit's files are wanted, which have to be read for it. */
  readonly sizes?: boolean;
  /** Manifests that are known where the data is wanted. */
  readTree?(oid: Oid, output: TrackedOutput): Promise<Tree | undefined>;
}

/** Imports of imports end somewhere; what goes on longer is a circle. */
export const SOURCES_IN_A_ROW = 10;

/** A repository inside another one, or that itself: stages, data and configuration of its own. */
export interface SubRepo {
  /** From the top. */
  readonly folder: RepoPath;
  readonly files: RepoFiles;
  readonly index: RepoIndex;
  readonly view: FileView;
  readonly objects: SourceObjects;
  /** Absolute, of a work tree on this machine. */
  readonly root: string | undefined;
  /** Where an output of it was itself imported from, opened until its repository is closed; undefined for data of its own. */
  origin(output: TrackedOutput): Promise<Origin | undefined>;
}

export interface Origin {
  readonly source: SourceRepo;
  /** From that repository's root. */
  readonly path: string;
}

/** A path of a source, in the repository that it belongs to. */
export interface Located {
  readonly sub: SubRepo;
  /** From that repository's root. */
  readonly path: RepoPath;
  readonly entry: RepoEntry;
}

/** The user's folder for what may be deleted at any time. */
function userCacheDir(): string {
  const { env, platform } = process;
  if (platform === 'win32') return path.join(env['LOCALAPPDATA'] ?? os.homedir(), 'lode', 'cache');
  if (platform === 'darwin') return path.join(os.homedir(), 'Library', 'Caches', 'lode');
  const xdg = env['XDG_CACHE_HOME'];
  return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(os.homedir(), '.cache'), 'lode');
}

/** The folder that a repository's URL names, where it is one of this machine. @param folders What a relative path may start from. */
export function localRepository(url: string, folders: readonly string[]): string | undefined {
  const written = url.startsWith('file://') ? fileURLToPath(url) : url;
  return folders.map((folder) => path.resolve(folder, written)).find(isFolder);
}

/**
 * Another repository, opened for reading: Git's files and tracked data, as it has them now or had them in a commit.
 *
 * One on this machine is read in place, as its work tree is unless a revision is asked for; any other is cloned. Nothing of it is ever run:
 * no hook, no filter, no stage.
 */
export class SourceRepo implements AsyncDisposable {
  /** As it is shown. */
  readonly url: string;
  readonly #spec: RepoSource;
  readonly #how: OpenSource;
  readonly #ctx: OpContext;
  readonly #git: Git | undefined;
  /** Of a work tree that is read in place. */
  readonly #local: string | undefined;
  /** Undefined for the work tree. */
  readonly #commit: GitId | undefined;
  readonly #privateDir: string;
  readonly #pool: IoPool;
  readonly #subs = new Map<RepoPath, Promise<SubRepo>>();
  readonly #origins = new Map<TrackedOutput, Promise<Origin | undefined>>();

  private constructor(
    spec: RepoSource,
    how: OpenSource,
    at: { readonly git: Git | undefined; readonly local: string | undefined; readonly commit: GitId | undefined },
    ctx: OpContext,
  ) {
    this.url = redactUrl(spec.url);
    this.#spec = spec;
    this.#how = how;
    this.#ctx = ctx;
    this.#git = at.git;
    this.#local = at.local;
    this.#commit = at.commit;
    this.#privateDir = how.privateDir ?? userCacheDir();
    this.#pool = how.pool ?? new IoPool();
  }

  /** @throws `git-failed` where it cannot be reached, `unknown-revision`, `usage` */
  static async open(spec: RepoSource, how: OpenSource, ctx: OpContext): Promise<SourceRepo> {
    const found = localRepository(spec.url, how.folders);
    const folder = found === undefined ? undefined : realPath(found);
    const root = folder === undefined ? undefined : (findRoot(folder) ?? openTop(folder));
    if (root !== undefined) {
      const git = openGit(root, ctx.signal);
      if (spec.rev !== undefined && !git) throw noGit();
      const commit = spec.rev === undefined ? undefined : await git?.resolve(spec.rev);
      return new SourceRepo(spec, how, { git, local: root, commit }, ctx);
    }
    if (folder !== undefined && !isBare(folder))
      return new SourceRepo(spec, how, { git: undefined, local: folder, commit: undefined }, ctx);
    if (folder === undefined && !ADDRESS.test(spec.url)) throw noRepositoryAt(spec.url);
    const clones = path.join(how.privateDir ?? userCacheDir(), 'clones');
    const url = folder ?? spec.url;
    const git = await openClone(url, clones, spec.rev, ctx);
    const commit = await resolveInClone(git, url, spec.rev, ctx);
    return new SourceRepo(spec, how, { git, local: undefined, commit }, ctx);
  }

  /** The commit that is read, or for a work tree the one it is at. @throws `git-failed` without Git */
  get commit(): GitId {
    const id = this.#commit ?? this.#git?.head();
    if (id === undefined) throw noGit();
    return id;
  }

  /** True where the files are those of a work tree, which may change. */
  get isWorkspace(): boolean {
    return this.#commit === undefined;
  }

  /** Tags that say who made them and when, with the commits that they stand on. Times are seconds since 1970. */
  async annotatedTags(): Promise<readonly { readonly name: string; readonly commit: GitId; readonly time: number }[]> {
    return this.#git ? this.#git.annotatedTags() : [];
  }

  /** What is at a path; undefined where nothing is. Paths that lead out are nowhere. */
  async find(given: string): Promise<Located | undefined> {
    const wanted = toRepoPath(TOP, path.posix.resolve(TOP, given.split(path.sep).join('/') || '.'));
    if (wanted === undefined) return undefined;
    for (const start of this.#tops()) {
      const found = await this.#findFrom(start, wanted);
      if (found) return found;
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const origin of this.#origins.values())
      await (await origin.catch(() => undefined))?.source[Symbol.asyncDispose]();
    for (const sub of this.#subs.values()) await (await sub.catch(() => undefined))?.objects[Symbol.asyncDispose]();
    this.#git?.close();
    if (this.#how.pool === undefined) await this.#pool[Symbol.asyncDispose]();
  }

  /** Where paths start: the repository's root; of a commit also the top of Git, as DVC has it there. */
  #tops(): readonly RepoPath[] {
    const inGit = this.#folderInGit();
    return this.#commit !== undefined && inGit !== ''
      ? [inGit, asRepoPath('')]
      : [this.#commit === undefined ? asRepoPath('') : inGit];
  }

  /** The root as seen from the top of Git; of a clone both are one. */
  #folderInGit(): RepoPath {
    if (this.#local === undefined || !this.#git) return asRepoPath('');
    return toRepoPath(realPath(this.#git.root), this.#local) ?? asRepoPath('');
  }

  async #findFrom(start: RepoPath, wanted: RepoPath): Promise<Located | undefined> {
    let sub = await this.#sub(start);
    const parts = wanted === '' ? [] : wanted.split('/');
    for (let i = 1; i <= parts.length; i++) {
      const folder = joined(start, parts.slice(0, i).join('/'));
      if ((await sub.view.kind(asRepoPath(`${below(folder, sub.folder)}/${DVC_DIR}`))) === 'directory')
        sub = await this.#sub(folder);
    }
    const at = asRepoPath(below(joined(start, wanted), sub.folder));
    const entry = await sub.files.entry(at);
    return entry && { sub, path: at, entry };
  }

  #sub(folder: RepoPath): Promise<SubRepo> {
    let sub = this.#subs.get(folder);
    if (!sub) this.#subs.set(folder, (sub = this.#openSub(folder)));
    return sub;
  }

  async #openSub(folder: RepoPath): Promise<SubRepo> {
    const ctx = this.#ctx;
    const atCommit = this.#git && this.#commit !== undefined ? { git: this.#git, id: this.#commit } : undefined;
    const root = atCommit ? this.#workTreeOf(folder) : path.join(this.#local!, folder);
    const view = atCommit ? await commitFiles(atCommit.git, atCommit.id, folder) : workspaceFiles(root!);
    const ignore = new IgnoreFiles(view, { nestedRepos: false });
    const hasDvc = (await view.kind(asRepoPath(DVC_DIR))) === 'directory';
    const index = hasDvc
      ? await loadIndex({ root: root ?? '/', view, ignore: new IgnoreFiles(view) }, ctx)
      : RepoIndex.empty;
    const sizes = this.#how.sizes ?? false;
    const files = atCommit ? await plainCommit(atCommit.git, atCommit.id, folder, { sizes }) : plainWorkspace(root!);
    const config = await this.#configOf(root, view, hasDvc);
    const options = { pool: this.#pool, privateDir: this.#how.workDir ?? this.#privateDir };
    const objects = new SourceObjects(config, root !== undefined && hasDvc, options, (url) =>
      this.#agreeToRemote(url, root),
    );
    const readTree = async (oid: Oid, output: TrackedOutput): Promise<Tree | undefined> =>
      (await this.#how.readTree?.(oid, output)) ?? readTreeFrom(objects, oid, output, ctx);
    const origin = (output: TrackedOutput): Promise<Origin | undefined> => {
      let opening = this.#origins.get(output);
      if (!opening) this.#origins.set(output, (opening = this.#openOrigin(index, root, output)));
      return opening;
    };
    return { folder, files: new RepoFiles({ files, index, ignore, readTree }), index, view, objects, root, origin };
  }

  async #openOrigin(index: RepoIndex, root: string | undefined, output: TrackedOutput): Promise<Origin | undefined> {
    const stage = index.stage(output.stage);
    const dep = stage?.kind === 'import' ? stage.deps[0] : undefined;
    if (!dep?.source) return undefined;
    const depth = (this.#how.depth ?? 0) + 1;
    if (depth > SOURCES_IN_A_ROW) throw tooDeep(output);
    const { revLock, ...spec } = dep.source;
    const wanted: RepoSource = revLock === undefined ? spec : { ...spec, rev: revLock };
    const folders = [...(root === undefined ? [] : [root]), ...this.#how.folders];
    return { source: await SourceRepo.open(wanted, { ...this.#how, depth, folders }, this.#ctx), path: dep.defPath };
  }

  /** What an imported repository names as its remote is asked about once, unless the user has named it, or it lies inside of it. */
  async #agreeToRemote(url: string, root: string | undefined): Promise<void> {
    const { remote, config } = this.#spec;
    if (remote !== undefined || config !== undefined || (root !== undefined && toRepoPath(root, url) !== undefined))
      return;
    await agree(this.#spec.url, { kind: 'remote', place: redactUrl(url), by: this.url }, this.#ctx);
  }

  #workTreeOf(folder: RepoPath): string | undefined {
    if (this.#local === undefined || !this.#git) return undefined;
    const root = path.join(realPath(this.#git.root), folder);
    return isFolder(path.join(root, DVC_DIR)) ? root : undefined;
  }

  /** Of a work tree its own; of a clone the commit's, which is put where configuration is read from. */
  async #configOf(root: string | undefined, view: FileView, hasDvc: boolean): Promise<Config> {
    const over = overlays(this.#spec, this.#how.folders[0] ?? process.cwd());
    if (root !== undefined || !hasDvc) return withRemoteOptions(root !== undefined && hasDvc ? root : undefined, over);
    const written = (await view.read(asRepoPath(`${DVC_DIR}/config`))) ?? Buffer.alloc(0);
    const place = path.join(this.#privateDir, 'configs', createHash('md5').update(written).digest('hex'));
    const file = path.join(place, DVC_DIR, 'config');
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    fs.writeFileSync(file, written, { mode: 0o600 });
    return withRemoteOptions(place, over);
  }
}

/** `scheme://…`, or `host:path` as ssh has it; what else a program might take for one is refused where it is used. */
const ADDRESS = /^[a-z][a-z0-9+.-]*::?|^[^/\\]+:|^-/i;

const noRepositoryAt = (url: string) =>
  new DvcError('output-missing', `the repository '${url}' does not exist`, {
    hint: 'Give the path of a repository, or an address that Git takes.',
    exitCode: 1,
    data: { url },
  });

const tooDeep = (output: TrackedOutput) =>
  new DvcError(
    'cycle',
    `'${output.place.path}' comes from a repository that has it from another one, again and again.`,
    {
      hint: 'Import it from where it was made.',
      exitCode: 1,
    },
  );

const TOP = '/';

const joined = (folder: RepoPath, inner: string): RepoPath =>
  asRepoPath(folder === '' ? inner : inner === '' ? folder : `${folder}/${inner}`);

/** The top of the work tree around a folder without DVC. */
const openTop = (folder: string): string | undefined => {
  const git = openGit(folder);
  git?.close();
  return git && realPath(git.root);
};

/** A repository without a work tree. */
export const isBare = (folder: string): boolean =>
  fs.existsSync(path.join(folder, 'HEAD')) &&
  isFolder(path.join(folder, 'objects')) &&
  isFolder(path.join(folder, 'refs'));

async function resolveInClone(git: Git, url: string, rev: string | undefined, ctx: OpContext): Promise<GitId> {
  if (rev === undefined) {
    const head = git.head();
    if (head === undefined) throw unknownRevision('HEAD');
    return head;
  }
  try {
    return await git.resolve(rev);
  } catch (error) {
    if (!DvcError.is(error, 'unknown-revision')) throw error;
    if (rev.startsWith('origin/')) return git.resolve(rev.slice('origin/'.length));
    await fetchExperiments(git, url, ctx);
    return git.resolve(rev);
  }
}

async function readTreeFrom(
  objects: SourceObjects,
  oid: Oid,
  output: TrackedOutput,
  ctx: OpContext,
): Promise<Tree | undefined> {
  try {
    const hash = output.hash?.name === 'md5-dos2unix' ? 'md5-dos2unix' : 'md5';
    return await (await objects.find(oid, hash, output.remote, ctx))?.readTree(oid, ctx);
  } catch (error) {
    ctx.signal.throwIfAborted();
    ctx.log.debug(`no manifest of '${output.place.path}': ${String(error)}`);
    return undefined;
  }
}

/** What goes before the repository's own configuration: a file, or sections as an import keeps them. */
function overlays({ config, remote }: RepoSource, cwd: string): Overlay {
  const sections: IniSection[] = [];
  if (typeof config === 'string') sections.push(readLevel(path.resolve(cwd, config)));
  else if (isPyMap(config)) sections.push(asSection(config));
  if (typeof remote === 'string') sections.push(new Map([['core', new Map([['remote', remote.toLowerCase()]])]]));
  return { sections, remote: isPyMap(remote) ? asSection(remote) : undefined };
}

interface Overlay {
  readonly sections: readonly IniSection[];
  /** Options for the default remote. */
  readonly remote: IniSection | undefined;
}

function withRemoteOptions(root: string | undefined, { sections, remote }: Overlay): Config {
  const config = loadConfig(root, process.env, sections);
  if (!remote) return config;
  const name = config.defaultRemote;
  if (name === undefined) config.remote(); // Says that there is none.
  return loadConfig(root, process.env, [...sections, new Map([['remote', new Map([[name!, remote]])]])]);
}

const asSection = (value: PyValue): IniSection =>
  new Map(
    isPyMap(value)
      ? [...value].map(([key, one]): [string, IniValue] => [
          pyStr(key).toLowerCase(),
          isPyMap(one) ? asSection(one) : Array.isArray(one) ? one.map(pyStr) : pyStr(one as PyValue),
        ])
      : [],
  );
