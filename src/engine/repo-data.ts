import * as fs from 'node:fs';
import * as path from 'node:path';
import { asOid, isDirOid, type Oid, type RepoPath } from './core/ids.ts';
import type { OpContext } from './core/op-context.ts';
import { nameOf, parentOf, toAbsolute } from './core/paths.ts';
import type { IgnoreFiles } from './files/ignore.ts';
import type { DataItem } from './graph/data-diff.ts';
import type { Place, TrackedOutput } from './graph/output.ts';
import { type HashInfo, isContentHash, type Meta } from './hash/hash-info.ts';
import type { HashState } from './hash/state.ts';
import type { Tree } from './hash/tree.ts';
import { LocalOdb } from './odb/local-odb.ts';
import { type DataState, type ReadOptions, throwFailures, WorkspaceData } from './odb/workspace-data.ts';
import { type ContentHash, DIGEST_BYTES, newDigests, writeDigest } from './platform/digest.ts';
import type { DigestSet } from './platform/digest-set.ts';
import type { Durability } from './platform/flush.ts';
import type { OnProgress } from './platform/io-jobs.ts';
import type { IoPool } from './platform/io-pool.ts';
import type { LinkType } from './platform/links.ts';
import { OidSet } from './platform/oid-set.ts';
import { PathList } from './platform/path-list.ts';
import { giveWay } from './platform/slices.ts';

export interface RepoDataOptions {
  readonly root: string;
  readonly cacheDir: string;
  readonly privateDir: string;
  readonly linkTypes: readonly LinkType[];
  readonly shared: boolean;
  readonly durability: Durability;
  readonly readOnly: boolean;
}

/** Data of one repository: what the workspace holds, what the cache holds, and the way from one to the other. */
export class RepoData {
  readonly workspace: WorkspaceData;
  readonly #options: RepoDataOptions;
  readonly #state: HashState;
  readonly #pool: IoPool;
  readonly #caches = new Map<ContentHash, LocalOdb>();

  constructor(options: RepoDataOptions, state: HashState, pool: IoPool) {
    this.#options = options;
    this.#state = state;
    this.#pool = pool;
    this.workspace = new WorkspaceData(options.root, state, pool);
  }

  /** Objects of DVC 3 live in `files/md5`, those of DVC 2 in the cache folder itself. */
  cache(hash: ContentHash): LocalOdb {
    const known = this.#caches.get(hash);
    if (known) return known;
    const { cacheDir, privateDir, linkTypes, shared, durability, readOnly } = this.#options;
    const root = hash === 'md5' ? path.join(cacheDir, 'files', 'md5') : cacheDir;
    const odb = new LocalOdb({
      root,
      hash,
      privateDir,
      pool: this.#pool,
      durability,
      linkTypes,
      shared,
      readOnly,
    });
    this.#caches.set(hash, odb);
    return odb;
  }

  /** What lies at a place now. Outside the repository it is read without ignore rules and without remembering it. */
  async read(
    place: Place,
    hash: ContentHash,
    ignore: IgnoreFiles,
    ctx: OpContext,
    options: ReadOptions = {},
  ): Promise<DataState> {
    if (place.kind === 'repo') return this.workspace.read(place.path, hash, ignore, ctx, options);
    if (place.kind === 'url') return { kind: 'missing' };
    return this.workspace.readOutside(place.path, hash, ctx, options);
  }

  /** Makes a manifest readable; it is written where the cache may be. */
  addListing(oid: Oid, tree: Tree): void {
    const cache = this.cache('md5');
    if (cache.has(oid)) return;
    if (this.#options.readOnly) cache.knowTree(oid, tree);
    else cache.addTree(tree);
  }

  /** Reads an output and puts its bytes, and its manifest, into the cache on the way. The workspace is left as it is. */
  async store(
    target: RepoPath,
    ignore: IgnoreFiles,
    ctx: OpContext,
    options: ReadOptions = {},
    hash: ContentHash = 'md5',
    cache = this.cache(hash),
  ): Promise<DataState> {
    const state = await this.workspace.read(target, hash, ignore, ctx, { ...options, ...this.#into(cache, ctx) });
    if (state.kind === 'directory') await cache.storeTree(state.tree, ctx);
    return state;
  }

  /**
   * The hash an output is saved under: a record of DVC 2 keeps its own for as long as the data does not change.
   *
   * Like DVC, a changed folder leaves its manifest in the old place too.
   */
  async hashToSave(
    target: RepoPath,
    recorded: HashInfo | undefined,
    ignore: IgnoreFiles,
    ctx: OpContext,
  ): Promise<ContentHash> {
    if (recorded?.name !== 'md5-dos2unix') return 'md5';
    const state = await this.workspace.read(target, 'md5-dos2unix', ignore, ctx);
    if (state.kind === 'missing') return 'md5';
    if (state.oid === recorded.value) return 'md5-dos2unix';
    if (state.kind === 'directory') this.cache('md5-dos2unix').addTree(state.tree);
    return 'md5';
  }

  /** Like {@link store}, for a file or folder outside the repository. */
  async storeOutside(
    source: string,
    ctx: OpContext,
    options: ReadOptions = {},
    cache = this.cache('md5'),
  ): Promise<DataState> {
    const state = await this.workspace.readOutside(source, 'md5', ctx, { ...options, ...this.#into(cache, ctx) });
    if (state.kind === 'directory') cache.addTree(state.tree);
    return state;
  }

  #into(cache: LocalOdb, ctx: OpContext): ReadOptions {
    return {
      readFiles: (selection, _hash, at, onProgress) => cache.store(selection, at, onProgress),
      async alsoRead(digests) {
        const wanted = new OidSet();
        for (let i = 0; i < digests.length / DIGEST_BYTES; i++) if (!isBlank(digests, i)) wanted.files.add(digests, i);
        await giveWay(ctx);
        const missing: DigestSet = (await cache.missing(wanted, ctx)).files;
        return (index) => missing.has(digests, index);
      },
    };
  }

  /**
   * Puts one object at a path of the workspace.
   *
   * @throws `object-missing`, `object-corrupt`, `permission`, `no-space`, `output-in-symlink`
   */
  async placeFile(
    target: RepoPath,
    { oid, hash, exec = false, types }: { oid: Oid; hash: ContentHash; exec?: boolean; types?: readonly LinkType[] },
    ctx: OpContext,
    onProgress?: OnProgress,
  ): Promise<void> {
    const digests = newDigests(1);
    writeDigest(digests, 0, oid);
    const result = await this.cache(hash).place(
      {
        root: this.#options.root,
        folder: parentOf(target),
        paths: PathList.from([nameOf(target)]),
        digests,
        exec: Uint8Array.of(exec ? 1 : 0),
        ...(types ? { types } : {}),
      },
      ctx,
      onProgress,
    );
    throwFailures(result, 'create');
    const asOf = await this.#state.clockAfter(result.files);
    this.#state.recordFile(target, hash, result.files.statAt(0), oid, asOf);
  }

  /** Outputs as their records say; with `files`, those of folders whose manifest the cache has. */
  async recordedItems(
    outputs: readonly TrackedOutput[],
    ctx: OpContext,
    { files }: { readonly files: boolean },
  ): Promise<DataItem[]> {
    const items: DataItem[] = [];
    await giveWay(ctx);
    for (const output of outputs) {
      const { oid, hash } = contentOf(output.hash);
      const isDir = oid !== undefined && isDirOid(oid);
      const cache = this.cache(hash);
      const readable = files && isDir && cache.has(oid);
      const tree = readable ? await cache.readTree(oid, ctx) : undefined;
      items.push({ path: output.place.path, isDir, oid, hash, files: tree });
    }
    return items;
  }

  /** Outputs as the workspace has them; what is not there is left out. */
  async workspaceItems(outputs: readonly TrackedOutput[], ignore: IgnoreFiles, ctx: OpContext): Promise<DataItem[]> {
    const items: DataItem[] = [];
    for (const output of outputs) {
      const { hash } = contentOf(output.hash);
      await giveWay(ctx);
      const state = await this.workspace.read(output.place.path, hash, ignore, ctx);
      if (state.kind === 'missing') continue;
      const isDir = state.kind === 'directory';
      items.push({ path: output.place.path, isDir, oid: state.oid, hash, files: isDir ? state.tree : undefined });
    }
    return items;
  }

  /** Everything stored so far is on the device; to be awaited before a pointer names it. */
  async flush(ctx: OpContext): Promise<void> {
    for (const cache of this.#caches.values()) await cache.flush(ctx);
  }

  async close(): Promise<void> {
    this.#state.save();
    for (const cache of this.#caches.values()) await cache.close();
  }

  /** True where a file of the workspace shares its bytes with the cache: editing it would damage an object. */
  isLinkToCache(target: RepoPath): boolean {
    const stats = fs.lstatSync(toAbsolute(this.#options.root, target), { throwIfNoEntry: false });
    return stats !== undefined && (stats.isSymbolicLink() || stats.nlink > 1);
  }
}

/** The object behind a recorded hash; none for hashes of other stores. */
export function contentOf(hash: HashInfo | undefined): { readonly oid: Oid | undefined; readonly hash: ContentHash } {
  if (!hash || !isContentHash(hash.name)) return { oid: undefined, hash: 'md5' };
  return { oid: asOid(hash.value), hash: hash.name as ContentHash }; // The line above.
}

/** What a record says of data in the workspace. */
export function recordOf(
  state: Exclude<DataState, { kind: 'missing' }>,
  name: ContentHash = 'md5',
): { hash: HashInfo; meta: Meta } {
  const hash: HashInfo = { name, value: state.oid };
  return state.kind === 'directory'
    ? { hash, meta: { size: state.size, nfiles: state.tree.length } }
    : { hash, meta: { size: state.stat.size, ...(state.isExec ? { isexec: true } : {}) } };
}

const isBlank = (digests: Uint8Array, index: number): boolean => {
  for (let k = index * DIGEST_BYTES; k < (index + 1) * DIGEST_BYTES; k++) if (digests[k] !== 0) return false;
  return true;
};
