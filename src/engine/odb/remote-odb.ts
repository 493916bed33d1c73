import { DvcError, objectCorrupt, objectMissing } from '../core/errors.ts';
import { isOid, type Oid } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import type { Tree } from '../hash/tree.ts';
import { decodeTree, invalidTree, TREE_LIMITS } from '../hash/tree-decode.ts';
import { type ContentHash, hashBytes } from '../platform/digest.ts';
import { mapLimit } from '../platform/map-limit.ts';
import { OidSet } from '../platform/oid-set.ts';
import type { Backend } from '../remote/backend.ts';
import { fromBuffer, fromFile, readAll } from '../remote/streams.ts';
import type { LocalOdb } from './local-odb.ts';
import { type Odb, objectKey } from './odb.ts';

/** Where objects lie below a remote's URL (format §8.1). */
export const objectPrefix = (hash: ContentHash): string => (hash === 'md5' ? 'files/md5/' : '');

/** Asking for each of so many keys costs as much as listing a remote of usual size. */
const LIST_FROM = 1000;

/** Objects in a store that is reached through a backend. */
export class RemoteOdb implements Odb {
  readonly hash: ContentHash;
  readonly #backend: Backend;
  readonly #prefix: string;

  constructor(backend: Backend, hash: ContentHash) {
    this.#backend = backend;
    this.#prefix = objectPrefix(hash);
    this.hash = hash;
  }

  get url(): string {
    return this.#backend.url;
  }

  get maxConcurrency(): number {
    return this.#backend.traits.maxConcurrency;
  }

  async missing(oids: OidSet, ctx: OpContext): Promise<OidSet> {
    const { lists, maxConcurrency } = this.#backend.traits;
    if (lists && oids.size >= LIST_FROM) return oids.without(await this.list(ctx));
    const missing = new OidSet();
    await mapLimit([...oids], maxConcurrency, ctx.signal, async (oid) => {
      if ((await this.#backend.stat(this.#keyOf(oid), ctx)) === undefined) missing.add(oid);
    });
    return missing;
  }

  async list(ctx: OpContext): Promise<OidSet> {
    const found = new OidSet();
    for await (const { key } of this.#backend.list(this.#prefix, ctx)) {
      const name = key.slice(this.#prefix.length).replace('/', '');
      if (key.charAt(this.#prefix.length + 2) === '/' && isOid(name)) found.add(name);
    }
    return found;
  }

  async readTree(oid: Oid, ctx: OpContext): Promise<Tree> {
    return decodeTree(await this.readObject(oid, ctx), oid);
  }

  async readObject(oid: Oid, ctx: OpContext): Promise<Buffer> {
    const key = this.#keyOf(oid);
    const size = (await this.#backend.stat(key, ctx))?.size;
    if (size === undefined) throw objectMissing(oid, this.url);
    if (size > TREE_LIMITS.bytes)
      throw invalidTree(oid, `it has ${size} bytes; at most ${TREE_LIMITS.bytes} are accepted`);
    const bytes = await readAll(await this.#backend.read(key, ctx), ctx.signal);
    if (hashBytes(this.hash, bytes) !== oid.slice(0, 32)) throw objectCorrupt(oid, this.url);
    return bytes;
  }

  /** Sends an object that `cache` has and has just verified. @throws `object-missing`, `transfer-failed` */
  async upload(oid: Oid, cache: LocalOdb, ctx: OpContext): Promise<number> {
    const stat = cache.statObject(oid);
    if (stat === undefined) throw objectMissing(oid, cache.url);
    const key = this.#keyOf(oid);
    await this.#backend.write(key, fromFile(cache.pathOf(oid), stat.size), ctx);
    const sent = await this.#backend.stat(key, ctx);
    if (sent?.size === stat.size) return stat.size;
    throw new DvcError('transfer-failed', `'${oid}' did not arrive whole at '${this.url}'.`, {
      hint: 'Run the command again.',
      retryable: true,
      data: { oid, expected: stat.size, found: sent?.size },
    });
  }

  /** Sends bytes whose hash the caller has checked. */
  async put(oid: Oid, bytes: Buffer, ctx: OpContext): Promise<void> {
    await this.#backend.write(this.#keyOf(oid), fromBuffer(bytes), ctx);
  }

  /** Brings an object into `cache`, hashing it on the way. @throws `object-missing`, `object-corrupt` */
  async download(oid: Oid, cache: LocalOdb, ctx: OpContext): Promise<number> {
    const stream = await this.#backend.read(this.#keyOf(oid), ctx);
    return cache.receive(oid, stream, this.url, ctx);
  }

  close(): Promise<void> {
    return this.#backend.close();
  }

  #keyOf(oid: Oid): string {
    return this.#prefix + objectKey(oid);
  }
}
