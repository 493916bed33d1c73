import * as fs from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { DvcError, errnoOf, fromErrno, noLinkType, objectCorrupt, objectMissing } from '../core/errors.ts';
import { asOid, isDirOid, type Oid } from '../core/ids.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import type { Tree } from '../hash/tree.ts';
import { decodeTreeSteps, invalidTree, TREE_LIMITS } from '../hash/tree-decode.ts';
import { encodeTree, encodeTreeSteps, treeOid } from '../hash/tree-encode.ts';
import { syncFoldersOf } from '../platform/atomic-write.ts';
import { type ContentHash, DIGEST_BYTES, digestHex, hashBytes, md5, newHasher } from '../platform/digest.ts';
import { freeBytes, requireSpace } from '../platform/disk-space.ts';
import { makeDurableFolder } from '../platform/durable-folder.ts';
import { exists } from '../platform/exists.ts';
import { type FileStat, fileStatOf } from '../platform/file-list.ts';
import { type Durability, FLUSH_TOGETHER, flushFile, flushFileSystem } from '../platform/flush.ts';
import { FolderChain } from '../platform/folder-chain.ts';
import type { IoFailure, ObjectColumns, ObjectFolder } from '../platform/io-batch.ts';
import {
  type DigestResult,
  type FileSelection,
  type IoResult,
  type OnProgress,
  type PlaceRequest,
  type PlaceResult,
  placeObjects,
  runOnObjects,
  storeFiles,
} from '../platform/io-jobs.ts';
import type { IoPool } from '../platform/io-pool.ts';
import { publish, quarantine } from '../platform/io-store.ts';
import { discard, makeFolder } from '../platform/io-thread.ts';
import { FileSink, newObject, OBJECT_MODE, writeBytes } from '../platform/io-write.ts';
import { type LinkType, usableLinkTypes } from '../platform/links.ts';
import { OidSet } from '../platform/oid-set.ts';
import type { PathList } from '../platform/path-list.ts';
import { giveWay, runInSlices } from '../platform/slices.ts';
import { TempJournal } from '../platform/temp-journal.ts';

import { asideFolder, bringIn, isEmptyFolder } from './aside.ts';
import { CacheListing } from './cache-listing.ts';
import { type Odb, objectKey } from './odb.ts';
import { StoreQueue } from './store-queue.ts';
import { Unflushed } from './unflushed.ts';
import { VerifiedObjects } from './verified.ts';

export interface LocalOdbOptions {
  /** `<cache>/files/md5`; the cache folder itself for objects of DVC 2 (format §2.7). */
  readonly root: string;
  readonly hash: ContentHash;
  /** The repository's private folder, for what is remembered, journals and quarantine. */
  readonly privateDir: string;
  readonly pool: IoPool;
  readonly durability: Durability;
  /** `cache.type`: how workspace files are made, in order of preference. */
  readonly linkTypes: readonly LinkType[];
  /** `cache.shared = group`: folders get the mode 02775. */
  readonly shared?: boolean;
  /** For views that must not write: nothing is remembered, and link types are not tried in `root`. */
  readonly readOnly?: boolean;
}

/** What {@link LocalOdb.place} puts where. */
export interface PlaceObjects {
  /** A folder that is ours, as the repository's root; below it no link is followed. */
  readonly root: string;
  /** From `root` to the folder that `paths` start from; '' for the root. Made if it is not there. */
  readonly folder: string;
  readonly paths: PathList;
  /** In the order of `paths`. */
  readonly digests: Uint8Array;
  /** 1 where the owner may execute the file. */
  readonly exec?: Uint8Array;
  /** Bytes, where known. */
  readonly sizes?: Float64Array;
  /** Other than the cache's own, as for one file that is unprotected. */
  readonly types?: readonly LinkType[];
  /** Nothing is at `folder`: it is made aside and appears whole, by one rename, or where something fails not at all. */
  readonly fresh?: boolean;
}

export interface VerifyResult {
  readonly checked: number;
  readonly corrupt: readonly Oid[];
  readonly missing: readonly Oid[];
  readonly unreadable: readonly { readonly oid: Oid; readonly failure: IoFailure }[];
}

const SHARED_FOLDER = 0o2775;

/** The cache: objects in a folder on this machine. Also a remote that is a local folder, where both ends are files. */
export class LocalOdb implements Odb {
  readonly url: string;
  readonly root: string;
  readonly hash: ContentHash;
  readonly #options: LocalOdbOptions;
  readonly #pool: IoPool;
  readonly #listing: CacheListing;
  readonly #verified: VerifiedObjects;
  readonly #journal: TempJournal;
  readonly #unflushed: Unflushed;
  readonly #trees = new Map<Oid, Tree>();
  /** One of many objects has been stored since the last flush. */
  #hasBegun = false;

  constructor(options: LocalOdbOptions) {
    const { root, hash, privateDir, pool, durability, readOnly } = options;
    const token = md5(Buffer.from(`${hash} ${root}`));
    this.#options = options;
    this.url = root;
    this.root = root;
    this.hash = hash;
    this.#pool = pool;
    this.#listing = new CacheListing(root, readOnly ? undefined : `${privateDir}/odb/${token}.list`);
    this.#verified = new VerifiedObjects(`${privateDir}/odb/${token}.verified`);
    this.#journal = new TempJournal(`${privateDir}/temps`, pool.tempPrefix);
    this.#unflushed = new Unflushed(root, durability);
  }

  pathOf(oid: Oid): string {
    return `${this.root}/${objectKey(oid)}`;
  }

  /** Whether the object is there, whatever its content. */
  has(oid: Oid): boolean {
    return this.statObject(oid) !== undefined;
  }

  statObject(oid: Oid): FileStat | undefined {
    const path = this.pathOf(oid);
    try {
      const stats = fs.statSync(path, QUIET);
      return stats?.isFile() ? fileStatOf(stats) : undefined;
    } catch (error) {
      throw fromErrno(error, 'look at', path);
    }
  }

  async missing(oids: OidSet, ctx: OpContext): Promise<OidSet> {
    if (oids.size > FEW) return this.#listing.missing(oids, ctx);
    const missing = new OidSet();
    for (const oid of oids) if (!this.has(oid)) missing.add(oid);
    return missing;
  }

  /**
   * What is not there of one object: itself, or files of a directory.
   *
   * Remembers which directories are whole until a folder of the cache changes, so that asking again reads no manifest.
   *
   * @throws `object-corrupt`, `invalid-tree` for a manifest that cannot be read
   */
  async lacking(oid: Oid, ctx: OpContext): Promise<OidSet> {
    if (!isDirOid(oid)) return this.missing(OidSet.of([oid]), ctx);
    if (await this.#listing.isWhole(oid, ctx)) return new OidSet();
    if (!this.has(oid)) return OidSet.of([oid]);
    const lacking = await this.#listing.missing((await this.readTree(oid, ctx)).oids(), ctx);
    if (lacking.size === 0) await this.#listing.noteWhole(oid, ctx);
    return lacking;
  }

  list(ctx: OpContext): Promise<OidSet> {
    return this.#listing.all(ctx);
  }

  async readTree(oid: Oid, ctx: OpContext): Promise<Tree> {
    const known = this.#trees.get(oid);
    if (known !== undefined) return known;
    const size = this.statObject(oid)?.size ?? 0;
    if (size > TREE_LIMITS.bytes)
      throw invalidTree(oid, `it has ${size} bytes; at most ${TREE_LIMITS.bytes} are accepted`);
    const tree = await runInSlices(decodeTreeSteps(this.#readVerified(oid), oid), ctx);
    if (this.#trees.size >= REMEMBERED_TREES) this.#trees.clear();
    this.#trees.set(oid, tree);
    return tree;
  }

  async readObject(oid: Oid, _ctx: OpContext): Promise<Buffer> {
    return this.#readVerified(oid);
  }

  /** A directory object that is not to be stored, but to be read. */
  knowTree(oid: Oid, tree: Tree): void {
    this.#trees.set(oid, tree);
  }

  /** Stores a directory object, its files being stored. */
  addTree(tree: Tree): Oid {
    const bytes = encodeTree(tree);
    const oid = treeOid(bytes);
    this.#addBytes(oid, bytes);
    return oid;
  }

  /** {@link addTree}, with turns for others. */
  async storeTree(tree: Tree, ctx: OpContext): Promise<Oid> {
    const bytes = await runInSlices(encodeTreeSteps(tree), ctx);
    const oid = treeOid(bytes);
    await giveWay(ctx);
    this.#addBytes(oid, bytes);
    return oid;
  }

  /** Stores a directory object from its bytes, as another object database has them. They are hashed first. @throws `object-corrupt` */
  addTreeBytes(oid: Oid, bytes: Buffer, from: string): void {
    if (`${hashBytes(this.hash, bytes)}.dir` !== oid) throw objectCorrupt(oid, from);
    this.#addBytes(oid, bytes);
  }

  /** Stores a small file's content. */
  addBytes(bytes: Buffer): Oid {
    const oid = asOid(hashBytes(this.hash, bytes));
    this.#addBytes(oid, bytes);
    return oid;
  }

  /**
   * Digests workspace files and stores their bytes in one pass; the files are left as they are. A damaged object of the same
   * name is moved to quarantine and replaced. Ends at the first file for which there is no space.
   *
   * Nothing may name the objects before {@link flush}.
   *
   * @throws `no-space` before the first byte, where the files cannot fit
   */
  async store(selection: FileSelection, ctx: OpContext, onProgress?: OnProgress): Promise<DigestResult> {
    this.#beginWriting();
    await giveWay(ctx);
    const count = selection.only?.length ?? selection.files.length;
    const bytes = selection.files.totalSize(selection.only);
    const flush = this.#unflushed.flushesEach(count);
    const empty = isEmptyFolder(this.root);
    const reflink = this.#clonesFrom(selection.root);
    if (empty && !reflink) requireSpace(this.root, bytes, 'store the data');
    const result = await this.#perhapsAside(count, bytes, this.#objects(flush, reflink), ctx, (objects) =>
      storeFiles(this.#pool, selection, { objects, empty }, ctx, onProgress),
    );
    this.#unflushed.add(result.digests, '', flush);
    this.#verified.add(result.verified);
    return result;
  }

  /** Many objects for an empty folder are made aside and moved in together. What is left of a run that failed is checked. */
  async #perhapsAside<T extends IoResult>(
    count: number,
    bytes: number,
    objects: ObjectFolder,
    ctx: OpContext,
    work: (objects: ObjectFolder) => Promise<T>,
  ): Promise<T> {
    const aside = asideFolder(this.root, this.#pool.tempName(), count, bytes);
    if (aside === undefined) return work(objects);
    this.#journal.use(dirname(this.root));
    try {
      const result = await work({ ...objects, aside });
      if (result.failures.length > 0) await this.#removeBroken(aside, ctx);
      await giveWay(ctx);
      bringIn(aside, this.root);
      return result;
    } finally {
      fs.rmSync(aside, { recursive: true, force: true });
    }
  }

  /** Where writing failed, removing what it left may have failed as well: nothing unsound may get an object's name. */
  async #removeBroken(aside: string, ctx: OpContext): Promise<void> {
    const objects: ObjectFolder = { ...this.#objects(false, false), root: aside };
    for (const columns of columnsOf(await new CacheListing(aside, undefined).all(ctx))) {
      const { failures } = await runOnObjects(this.#pool, { kind: 'verify', objects }, columns, ctx);
      for (const { path } of failures) fs.rmSync(path);
    }
  }

  /**
   * Puts objects at workspace paths, each by the first link type that works there. Every object is checked on the way: copies
   * while they are copied, others before they are linked, unless nothing happened to them since they were last checked.
   */
  async place(request: PlaceObjects, ctx: OpContext, onProgress?: OnProgress): Promise<PlaceResult> {
    const scratch = this.#scratchFor(request.root, request.folder);
    this.#journal.use(scratch);
    const wanted = request.types ?? this.#options.linkTypes;
    // Without a cache each object is reported missing. In one that is only read nothing is tried: a type that does not work from there
    // gives way to the next one, file by file.
    const source = !this.#options.readOnly && exists(this.root) ? this.root : scratch;
    this.#journal.use(source);
    const types = usableLinkTypes(wanted, source, scratch, () => this.#pool.tempName());
    if (types.length === 0) throw noLinkType([request.folder, request.paths.at(0)].filter(Boolean).join('/'), wanted);
    await giveWay(ctx);
    const trusted = types[0] === 'copy' ? undefined : this.#trustedAmong(request.digests);
    // A file that a power cut left empty would be taken for the user's own change.
    const flush = this.#unflushed.flushesEach(request.paths.length);
    const place = (where: Pick<PlaceRequest, 'root' | 'folder' | 'unseen'>): Promise<PlaceResult> =>
      placeObjects(
        this.#pool,
        {
          ...request,
          ...where,
          types,
          scratch,
          objects: this.#objects(flush, false),
          ...(trusted === undefined ? {} : { trusted }),
        },
        ctx,
        onProgress,
      );
    const result = request.fresh ? await this.#placeAside(request, scratch, flush, place) : await place(request);
    this.#verified.add(result.verified);
    return result;
  }

  /**
   * A folder of new files with their own names costs half of what files made in one scratch folder and renamed do, and some file
   * systems slow down when very many files are made in one folder.
   */
  async #placeAside(
    { root, folder, paths }: PlaceObjects,
    scratch: string,
    flushed: boolean,
    place: (where: Pick<PlaceRequest, 'root' | 'folder' | 'unseen'>) => Promise<PlaceResult>,
  ): Promise<PlaceResult> {
    const aside = `${scratch}/${this.#pool.tempName()}`;
    try {
      fs.mkdirSync(aside);
      const result = await place({ root: aside, folder: '', unseen: true });
      if (result.failures.length === 0) {
        const copies = (result.links.copy ?? 0) + (result.links.reflink ?? 0);
        const isFew = paths.length <= FLUSH_TOGETHER;
        if (this.#options.durability !== 'off' && isFew)
          syncFoldersOf(aside, paths); // Their content is flushed.
        else if (!flushed && copies > 0 && this.#options.durability !== 'off') await flushFileSystem(aside);
        using chain = new FolderChain(root);
        const slash = folder.lastIndexOf('/');
        const parent = chain.enter(folder.slice(0, Math.max(0, slash)));
        fs.renameSync(aside, `${parent}/${folder.slice(slash + 1)}`);
      }
      return result;
    } catch (error) {
      throw fromErrno(error, 'create', `${root}/${folder}`);
    } finally {
      fs.rmSync(aside, { recursive: true, force: true });
    }
  }

  /** Copies objects from another folder into this one, checking each. The callers see to it that trees come last. */
  async copyFrom(
    source: ObjectSource,
    columns: ObjectColumns,
    ctx: OpContext,
    onProgress?: OnProgress,
  ): Promise<IoResult> {
    this.#beginWriting();
    const flush = this.#unflushed.flushesEach(columns.digests.length / DIGEST_BYTES);
    const folder = this.#objects(flush, this.#clonesFrom(source.root));
    const from: ObjectFolder = { ...folder, root: source.root, hash: source.hash };
    const sizes = this.#hasPlenty(columns) ? undefined : await runInSlices(sizesIn(source.root, columns), ctx);
    const bytes = sizes === undefined ? 0 : sum(sizes);
    if (!folder.reflink) requireSpace(this.root, bytes, 'copy the data');
    const result = await this.#perhapsAside(columns.digests.length / DIGEST_BYTES, bytes, folder, ctx, (to) =>
      runOnObjects(this.#pool, { kind: 'copy', from, to }, columns, ctx, onProgress, sizes),
    );
    this.#unflushed.add(columns.digests, columns.suffix, flush);
    this.#verified.add(result.verified);
    return result;
  }

  /** Many objects are small: they are asked for their sizes only where the disk is not large beside their number. */
  #hasPlenty({ digests }: ObjectColumns): boolean {
    const count = digests.length / DIGEST_BYTES;
    return count > MANY && (freeBytes(this.root) ?? 0) / count > USUAL_SIZE;
  }

  /**
   * Writes an object that arrives as a stream, hashing it on the way. @returns its size in bytes.
   *
   * @throws `object-corrupt` if the bytes are not the object's: nothing of them stays
   */
  async receive(oid: Oid, stream: Readable, from: string, ctx: OpContext): Promise<number> {
    const { size } = await this.#receive(
      stream,
      dirname(this.pathOf(oid)),
      isDirOid(oid) ? '.dir' : '',
      ctx,
      (digest) => {
        if (digest !== oid.slice(0, 32)) throw objectCorrupt(oid, from);
      },
    );
    return size;
  }

  /** Writes a file's content that arrives as a stream, whose digest nobody knows yet. @param size Bytes that have to come. @throws `remote-changed` */
  async receiveNew(
    stream: Readable,
    expected: number | undefined,
    from: string,
    ctx: OpContext,
    onBytes?: (bytes: number) => void,
  ): Promise<{ oid: Oid; size: number }> {
    return this.#receive(
      stream,
      this.root,
      '',
      ctx,
      (_, size) => {
        if (expected !== undefined && size !== expected) throw cutShort(from, expected, size);
      },
      onBytes,
    );
  }

  async #receive(
    stream: Readable,
    scratch: string,
    suffix: '' | '.dir',
    ctx: OpContext,
    check: (digest: string, size: number) => void,
    onBytes?: (bytes: number) => void,
  ): Promise<{ oid: Oid; size: number }> {
    using _stream = disposeWith(stream);
    this.#beginWriting();
    const folderMode = this.#options.shared ? SHARED_FOLDER : undefined;
    const flush = this.#unflushed.flushesEach(1);
    const hasher = newHasher(this.hash);
    const sink = new FileSink(`${scratch}/${this.#pool.tempName()}`, newObject(folderMode, flush));
    let whole = false;
    let size = 0;
    let digest = '';
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        checkAborted(ctx.signal);
        hasher.update(chunk);
        sink.write(chunk, chunk.length);
        size += chunk.length;
        onBytes?.(chunk.length);
      }
      digest = hasher.digest();
      check(digest, size);
      whole = true;
    } catch (error) {
      throw fromErrno(error, 'write', sink.path);
    } finally {
      if (!whole) sink.abandon();
    }
    sink.close();
    const oid = asOid(digest + suffix);
    const target = this.pathOf(oid);
    try {
      makeFolder(dirname(target), folderMode);
    } catch (error) {
      discard(sink.path);
      throw fromErrno(error, 'write', target);
    }
    publish(sink.path, target);
    this.#unflushed.add(Uint8Array.from(Buffer.from(digest, 'hex')), suffix, flush);
    return { oid, size };
  }

  /** Stores an object of which the caller has hashed the bytes. @param together How many are being stored, of which this is one. */
  storeVerified(oid: Oid, bytes: Buffer, together: number): void {
    this.#addBytes(oid, bytes, together);
  }

  /**
   * For many small files' objects of which the caller has hashed the bytes. Undefined where threads would not pay, or there are none.
   *
   * @param together As in {@link storeVerified}.
   */
  storeQueue(together: number, ctx: OpContext): StoreQueue | undefined {
    if (this.#pool.threads === 0 || (together <= FLUSH_TOGETHER && !ctx.interactive)) return undefined;
    const flush = this.#unflushed.flushesEach(together);
    return new StoreQueue({
      pool: this.#pool,
      ctx,
      begin: () => {
        this.#beginWriting();
        return this.#objects(flush, false);
      },
      onWritten: (digests) => this.#unflushed.add(digests, '', flush),
    });
  }

  /** Takes over a file of ours, of which the caller has hashed the bytes, as an object. @param together As in {@link storeVerified}. */
  adopt(oid: Oid, file: string, together: number): void {
    this.#beginWriting();
    const target = this.pathOf(oid);
    const flush = this.#unflushed.flushesEach(together);
    try {
      fs.chmodSync(file, OBJECT_MODE);
      if (flush) flushFile(file);
      makeFolder(dirname(target), this.#options.shared ? SHARED_FOLDER : undefined);
      fs.renameSync(file, target);
    } catch (error) {
      throw fromErrno(error, 'write', target);
    }
    this.#unflushed.add(Uint8Array.from(Buffer.from(oid.slice(0, 32), 'hex')), isDirOid(oid) ? '.dir' : '', flush);
  }

  /** A folder on the cache's file system for files to be adopted; undefined where the private one is on it. */
  get otherScratch(): string | undefined {
    this.#beginWriting();
    const deviceOf = (path: string): number | undefined => fs.statSync(path, QUIET)?.dev;
    return deviceOf(this.root) === deviceOf(this.#options.privateDir) ? undefined : this.root;
  }

  /** Hashes objects, all of them or those given, and compares with their names. Changes nothing. */
  async verify(oids: OidSet | undefined, ctx: OpContext, onProgress?: OnProgress): Promise<VerifyResult> {
    const wanted = oids ?? (await this.list(ctx));
    const corrupt: Oid[] = [];
    const missing: Oid[] = [];
    const unreadable: { oid: Oid; failure: IoFailure }[] = [];
    let checked = 0;
    for (const columns of columnsOf(wanted)) {
      const objects = this.#objects(false, false);
      const sizes = await runInSlices(sizesIn(this.root, columns), ctx);
      const result = await runOnObjects(this.#pool, { kind: 'verify', objects }, columns, ctx, onProgress, sizes);
      checked += result.done;
      this.#verified.add(result.verified);
      for (const failure of result.failures) {
        const oid = asOid(digestHex(columns.digests, failure.index) + columns.suffix);
        if (failure.code === 'object-corrupt') corrupt.push(oid);
        else if (failure.code === 'object-missing') missing.push(oid);
        else unreadable.push({ oid, failure });
      }
    }
    return { checked, corrupt, missing, unreadable };
  }

  /** Deletes objects: trees first, so that no tree is left without its files. */
  async remove(oids: OidSet, ctx: OpContext, onProgress?: OnProgress): Promise<IoResult> {
    const total = { done: 0, bytes: 0, failures: [] as IoFailure[], verified: [], full: false };
    for (const columns of columnsOf(oids).reverse()) {
      const objects = this.#objects(false, false);
      const result = await runOnObjects(this.#pool, { kind: 'remove', objects }, columns, ctx, onProgress);
      total.done += result.done;
      total.bytes += result.bytes;
      for (const failure of result.failures) total.failures.push(failure);
    }
    this.#trees.clear();
    return total;
  }

  /** Moves a damaged object out of the way; it is kept in the repository's private folder. For commands that write. */
  quarantine(oid: Oid): void {
    const path = this.pathOf(oid);
    try {
      quarantine(this.#objects(false, false), path);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw fromErrno(error, 'move', path);
    }
    this.#trees.delete(oid);
  }

  /** Whether the object was checked and has not changed since; small ones are not remembered. */
  isVerified(oid: Oid): boolean {
    return this.#verified.has(oid, this.pathOf(oid));
  }

  /** Everything stored is on the device when this is done: to be awaited before a pointer is written. @throws `io`, `no-space` */
  async flush(ctx: OpContext): Promise<void> {
    this.#hasBegun = false;
    await this.#unflushed.flush(ctx);
    if (!this.#options.readOnly) this.#verified.save(ctx);
  }

  /** Ends the journal: call when nothing is being written any more. */
  async close(): Promise<void> {
    this.#journal.close();
  }

  #objects(flush: boolean, reflink: boolean): ObjectFolder {
    const folderMode = this.#options.shared ? SHARED_FOLDER : undefined;
    const quarantineFolder = `${this.#options.privateDir}/quarantine`;
    return { root: this.root, hash: this.hash, folderMode, flush, reflink, quarantine: quarantineFolder };
  }

  #beginWriting(): void {
    try {
      const folderMode = this.#options.shared ? SHARED_FOLDER : undefined;
      if (this.#options.durability === 'off') makeFolder(this.root, folderMode);
      else makeDurableFolder(this.root, folderMode);
      this.#journal.use(this.root);
    } catch (error) {
      throw fromErrno(error, 'write to', this.root);
    }
  }

  #clonesFrom(folder: string): boolean {
    if (!this.#options.linkTypes.includes('reflink')) return false;
    const scratch = this.#options.privateDir;
    // Tried between our own folders: the files' folder may only be read.
    if (fs.statSync(folder, QUIET)?.dev !== fs.statSync(scratch, QUIET)?.dev) return false;
    this.#journal.use(scratch);
    return usableLinkTypes(['reflink'], scratch, this.root, () => this.#pool.tempName()).length > 0;
  }

  /** A folder for unfinished files from which a rename to the target works, and which no tracked folder holds where that can be. */
  #scratchFor(root: string, folder: string): string {
    const own = `${this.#options.privateDir}/scratch`;
    fs.mkdirSync(own, { recursive: true });
    const deviceOf = (path: string): number | undefined => fs.statSync(path, QUIET)?.dev;
    let path = folder === '' ? root : `${root}/${folder}`;
    while (deviceOf(path) === undefined && path.length > root.length) path = dirname(path);
    const device = deviceOf(path);
    if (device === deviceOf(own)) return own;
    // Another file system is mounted here: at its top, which lies above whatever is tracked in it.
    while (deviceOf(dirname(path)) === device && dirname(path) !== path) path = dirname(path);
    return path;
  }

  #trustedAmong(digests: Uint8Array): Uint8Array | undefined {
    if (this.#verified.isEmpty) return undefined;
    return Uint8Array.from({ length: digests.length / DIGEST_BYTES }, (_, i) =>
      this.isVerified(asOid(digestHex(digests, i))) ? 1 : 0,
    );
  }

  #readVerified(oid: Oid): Buffer {
    const path = this.pathOf(oid);
    let bytes: Buffer;
    try {
      bytes = fs.readFileSync(path);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') throw objectMissing(oid, this.root);
      throw fromErrno(error, 'read', path);
    }
    if (hashBytes(this.hash, bytes) !== oid.slice(0, 32)) throw objectCorrupt(oid, this.root);
    return bytes;
  }

  #addBytes(oid: Oid, bytes: Buffer, together = 1): void {
    if (together === 1 || !this.#hasBegun) this.#beginWriting();
    this.#hasBegun = true;
    const target = this.pathOf(oid);
    const flush = this.#unflushed.flushesEach(together);
    try {
      if (!this.#holds(oid, bytes, flush)) {
        const temp = `${dirname(target)}/${this.#pool.tempName()}`;
        writeBytes(temp, bytes, newObject(this.#options.shared ? SHARED_FOLDER : undefined, flush));
        publish(temp, target);
      }
    } catch (error) {
      throw fromErrno(error, 'write', target);
    }
    this.#unflushed.add(Uint8Array.from(Buffer.from(oid.slice(0, 32), 'hex')), isDirOid(oid) ? '.dir' : '', flush);
  }

  #holds(oid: Oid, bytes: Buffer, flush: boolean): boolean {
    const target = this.pathOf(oid);
    const size = fs.statSync(target, QUIET)?.size;
    if (size === undefined) return false;
    if (size === bytes.length && fs.readFileSync(target).equals(bytes)) {
      if (flush) flushFile(target);
      return true;
    }
    this.quarantine(oid);
    return false;
  }
}

/** Where copies come from. */
export interface ObjectSource {
  readonly root: string;
  readonly hash: ContentHash;
}

/** Up to so many objects are looked at one by one; a listing looks at 256 folders. */
const FEW = 64;
const REMEMBERED_TREES = 8;
const QUIET = { throwIfNoEntry: false } as const;

/** Files, then trees. */
export const columnsOf = (oids: OidSet): ObjectColumns[] => [
  { digests: oids.files.toColumn(), suffix: '' },
  { digests: oids.trees.toColumn(), suffix: '.dir' },
];

/** From so many objects on, their sizes are not worth a look at each unless the disk could get full. */
const MANY = 2000;
const USUAL_SIZE = 256 * 1024;

/** Bytes of objects; 0 for one that cannot be looked at: whoever reads it will say why. */
function* sizesIn(root: string, { digests, suffix }: ObjectColumns): Generator<void, Float64Array> {
  const sizes = new Float64Array(digests.length / DIGEST_BYTES);
  for (let i = 0; i < sizes.length; i++) {
    if (i % 128 === 0) yield;
    try {
      sizes[i] = fs.statSync(`${root}/${objectKey(asOid(digestHex(digests, i) + suffix))}`, QUIET)?.size ?? 0;
    } catch {
      sizes[i] = 0;
    }
  }
  return sizes;
}

const sum = (column: Float64Array): number => column.reduce((total, size) => total + size, 0);

const cutShort = (from: string, expected: number, size: number) =>
  new DvcError('remote-changed', `'${from}' gave ${size} bytes instead of ${expected}.`, {
    hint: 'It was cut, or is being written: run the command again.',
    retryable: true,
    data: { expected, size },
  });

/** A stream that nobody has begun to read may fail all the same, which would end the process. */
function disposeWith(stream: Readable): Disposable {
  stream.on('error', () => {});
  return { [Symbol.dispose]: () => void stream.destroy() };
}
