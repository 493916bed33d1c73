import type { FileEntry, FileView } from './core/file-view.ts';
import { asRepoPath, isDirOid, type Oid, type RepoPath } from './core/ids.ts';
import type { OpContext } from './core/op-context.ts';
import { below } from './core/paths.ts';
import { IgnoreFiles } from './files/ignore.ts';
import { isTracked, type TrackedOutput } from './graph/output.ts';
import type { RepoIndex } from './graph/repo-index.ts';
import type { Revision } from './graph/revision.ts';
import type { Tree } from './hash/tree.ts';
import type { Odb } from './odb/odb.ts';
import { transferObjects } from './odb/transfer.ts';
import type { Repo } from './repo.ts';
import { contentOf } from './repo-data.ts';
import { childrenOf } from './repo-files.ts';

export interface RevisionOptions {
  /** Brings what the cache lacks from the remote, into the cache. */
  readonly fetch?: boolean;
}

/** DVC's name for the files on disk where a revision is asked for. */
export const WORKSPACE = 'workspace';

/**
 * Opens a revision for reading its metrics, params and plots.
 *
 * @param rev What Git resolves, or {@link WORKSPACE}.
 * @throws `unknown-revision`, and what is wrong with a stage file.
 */
export async function openRevision(
  repo: Repo,
  rev: string,
  ctx: OpContext,
  options: RevisionOptions = {},
): Promise<Revision> {
  if (rev === WORKSPACE) {
    const index = await repo.index();
    return { index, files: withData(repo, index, repo.workspace, repo.ignore, ctx, options) };
  }
  const view = await repo.filesAt(rev);
  const index = await repo.indexAt(rev);
  return { index, files: withData(repo, index, view, new IgnoreFiles(view), ctx, options) };
}

function withData(
  repo: Repo,
  index: RepoIndex,
  view: FileView,
  ignore: IgnoreFiles,
  ctx: OpContext,
  options: RevisionOptions,
): FileView {
  const data = new TrackedData(repo, index, ctx, options);
  return {
    rev: view.rev,
    read: async (path) => (await view.read(path)) ?? (await data.read(path)),
    async kind(path) {
      const kind = await view.kind(path);
      if (kind !== undefined && !(await ignore.ignoredBy(path, kind === 'directory'))) return kind;
      return data.kind(path);
    },
    async list(folder) {
      const [own, tracked] = [await view.list(folder), await data.list(folder)];
      const test = await ignore.testFor(folder);
      const found = new Map<string, FileEntry>();
      for (const entry of tracked) found.set(entry.name, entry);
      for (const entry of own)
        if (!test(inside(folder, entry.name), entry.kind === 'directory')?.ignored) found.set(entry.name, entry);
      return [...found.values()];
    },
  };
}

/** What the stage files of a revision say is there. */
class TrackedData {
  readonly #repo: Repo;
  readonly #index: RepoIndex;
  readonly #ctx: OpContext;
  readonly #fetch: boolean;
  readonly #trees = new Map<Oid, Promise<Tree | undefined>>();

  constructor(repo: Repo, index: RepoIndex, ctx: OpContext, { fetch = false }: RevisionOptions) {
    this.#repo = repo;
    this.#index = index;
    this.#ctx = ctx;
    this.#fetch = fetch && repo.trusted;
  }

  async read(path: RepoPath): Promise<Buffer | undefined> {
    const output = this.#index.outputs.around(path).find(isTracked);
    if (!output) return undefined;
    const { oid, hash } = contentOf(output.hash);
    if (oid === undefined) return undefined;
    const inner = below(path, output.place.path);
    const wanted = isDirOid(oid) ? (await this.#tree(output))?.get(inner) : inner === '' ? oid : undefined;
    if (wanted === undefined) return undefined;
    return this.#get(output, wanted, () => this.#repo.cache(hash).readObject(wanted, this.#ctx));
  }

  async kind(path: RepoPath): Promise<'file' | 'directory' | undefined> {
    const output = this.#index.outputs.around(path).find(isTracked);
    const { oid } = contentOf(output?.hash);
    if (output && oid !== undefined) {
      const inner = below(path, output.place.path);
      if (inner === '') return isDirOid(oid) ? 'directory' : 'file';
      const tree = await this.#tree(output);
      if (tree?.get(inner) !== undefined) return 'file';
      const range = tree?.within(inner);
      if (range && range.to > range.from) return 'directory';
    }
    return this.#index.outputs.below(path).some(isTracked) ? 'directory' : undefined;
  }

  async list(folder: RepoPath): Promise<FileEntry[]> {
    const found = new Map<string, FileEntry>();
    const output = this.#index.outputs.around(folder).find(isTracked);
    const tree = output && (await this.#tree(output));
    if (output && tree)
      for (const { name, oid } of childrenOf(tree, below(folder, output.place.path)))
        found.set(name, { name, kind: oid === undefined ? 'directory' : 'file' });
    for (const lower of this.#index.outputs.below(folder).filter(isTracked)) {
      const { oid } = contentOf(lower.hash);
      const [name = '', ...deeper] = below(lower.place.path, folder).split('/');
      if (oid === undefined) continue;
      found.set(name, { name, kind: deeper.length > 0 || isDirOid(oid) ? 'directory' : 'file' });
    }
    return [...found.values()];
  }

  #tree(output: TrackedOutput): Promise<Tree | undefined> {
    const { oid, hash } = contentOf(output.hash);
    if (oid === undefined || !isDirOid(oid)) return Promise.resolve(undefined);
    let tree = this.#trees.get(oid);
    if (!tree) {
      tree = this.#get(output, oid, () => this.#repo.cache(hash).readTree(oid, this.#ctx));
      this.#trees.set(oid, tree);
    }
    return tree;
  }

  /** From the cache, after a transfer from the remote where it is allowed; undefined where it is in neither. */
  async #get<T>(output: TrackedOutput, oid: Oid, read: () => Promise<T>): Promise<T | undefined> {
    const cache = this.#repo.cache(contentOf(output.hash).hash);
    if (!cache.has(oid) && this.#fetch && !output.imported) await this.#bring(output, oid);
    if (!cache.has(oid)) return undefined;
    return read();
  }

  async #bring(output: TrackedOutput, oid: Oid): Promise<void> {
    const { hash } = contentOf(output.hash);
    try {
      const remote: Odb = (await this.#repo.remote(output.remote, 'fetch', this.#ctx)).odb(hash);
      // Of a folder only its manifest: the files follow as they are read.
      await transferObjects(remote, this.#repo.cache(hash), [{ oid, only: () => false }], this.#ctx, {});
    } catch (error) {
      this.#ctx.signal.throwIfAborted();
      this.#ctx.log.debug(`'${output.place.path}' is not on a remote: ${String(error)}`);
    }
  }
}

const inside = (folder: RepoPath, name: string): RepoPath => asRepoPath(folder === '' ? name : `${folder}/${name}`);
