import type { Readable } from 'node:stream';
import { DvcError, objectCorrupt, objectMissing } from '../core/errors.ts';
import type { Oid } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import type { Tree } from '../hash/tree.ts';
import { decodeTree, invalidTree, TREE_LIMITS } from '../hash/tree-decode.ts';
import { type ContentHash, hashBytes, md5 } from '../platform/digest.ts';
import { OidSet } from '../platform/oid-set.ts';
import type { Backend } from '../remote/backend.ts';
import { isStillThere, listStart, lookFor, type ObjectStore, type OnMissing } from './existence.ts';
import { KnownObjects } from './known-objects.ts';
import { type Odb, objectKey } from './odb.ts';
import { TransferJournal } from './transfer-journal.ts';

/** Where objects lie below a remote's URL (format §8.1). */
export const objectPrefix = (hash: ContentHash): string => (hash === 'md5' ? 'files/md5/' : '');

export interface RemoteOdbOptions {
  readonly backend: Backend;
  readonly hash: ContentHash;
  /** The repository's private folder, for journals and what the remote is known to hold. */
  readonly privateDir: string;
  /** Tells this store from others: scheme, host and path, without credentials. */
  readonly store?: string;
  /** `remote.NAME.jobs`. */
  readonly jobs?: number | undefined;
}

export interface MissingOptions {
  /** Told of each as soon as it is known. */
  readonly onMissing?: OnMissing;
  /** Believe what was seen there before, after a look at a sample. */
  readonly remembered?: boolean;
}

/** Directory objects are read to know what is in them, and then stored: so many bytes of them are kept in between. */
const KEPT_BYTES = 32 << 20;

/** Objects in a store that is reached through a backend. */
export class RemoteOdb implements Odb, ObjectStore {
  readonly hash: ContentHash;
  readonly backend: Backend;
  readonly prefix: string;
  readonly jobs: number | undefined;
  readonly journal: TransferJournal;
  readonly #known: KnownObjects;
  readonly #kept = new Map<Oid, Buffer>();
  #keptBytes = 0;

  constructor({ backend, hash, privateDir, store = backend.url, jobs }: RemoteOdbOptions) {
    this.backend = backend;
    this.prefix = objectPrefix(hash);
    this.hash = hash;
    this.jobs = jobs;
    const bound = `${hash} ${store}`;
    this.journal = new TransferJournal(`${privateDir}/transfers`, bound);
    this.#known = new KnownObjects(`${privateDir}/remotes/${md5(Buffer.from(bound))}.known`, bound);
  }

  get url(): string {
    return this.backend.url;
  }

  keyOf(oid: Oid): string {
    return this.prefix + objectKey(oid);
  }

  async missing(oids: OidSet, ctx: OpContext, options: MissingOptions = {}): Promise<OidSet> {
    const missing = new OidSet();
    const onMissing = (oid: Oid): void => {
      if (missing.add(oid)) options.onMissing?.(oid);
    };
    const known = this.#known.all();
    let asked = oids;
    if (options.remembered) {
      const unknown = oids.without(known);
      const seen = oids.without(unknown);
      if (seen.size > 0 && (await isStillThere(this, seen, ctx, ctx))) asked = unknown;
      else if (seen.size > 0) this.forget(ctx);
    }
    await lookFor(this, asked, ctx, ctx, onMissing);
    if (missing.without(known).size < missing.size) this.forget(ctx);
    this.#known.add(oids.without(missing));
    this.#known.save(ctx);
    return missing;
  }

  /** These have arrived. */
  remember(oids: OidSet, ctx: OpContext): void {
    this.#known.add(oids);
    this.#known.save(ctx);
  }

  /** Something is gone, or is about to go: everything is looked for again next time. */
  forget(ctx: OpContext): void {
    ctx.log.debug(`what '${this.url}' was known to hold is forgotten`);
    this.#known.drop();
  }

  async list(ctx: OpContext): Promise<OidSet> {
    return (await listStart(this, '', ctx)).found;
  }

  async readTree(oid: Oid, ctx: OpContext): Promise<Tree> {
    const bytes = await this.readObject(oid, ctx);
    const tree = decodeTree(bytes, oid);
    if (this.#keptBytes + bytes.length <= KEPT_BYTES && !this.#kept.has(oid)) {
      this.#kept.set(oid, bytes);
      this.#keptBytes += bytes.length;
    }
    return tree;
  }

  /** Verified bytes that were read for another purpose, handed out once. */
  takeKept(oid: Oid): Buffer | undefined {
    const bytes = this.#kept.get(oid);
    this.#kept.delete(oid);
    this.#keptBytes -= bytes?.length ?? 0;
    return bytes;
  }

  async readObject(oid: Oid, ctx: OpContext): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of (await this.#open(oid, ctx)) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > TREE_LIMITS.bytes)
        throw invalidTree(oid, `it has more than the ${TREE_LIMITS.bytes} bytes that are accepted`);
    }
    const bytes = Buffer.concat(chunks, size);
    if (hashBytes(this.hash, bytes) !== oid.slice(0, 32)) throw objectCorrupt(oid, this.url);
    return bytes;
  }

  /** The bytes of an object as they come, which the caller has to check. @throws `object-missing` */
  open(oid: Oid, ctx: OpContext): Promise<Readable> {
    return this.backend.read(this.keyOf(oid), ctx);
  }

  close(): Promise<void> {
    return this.backend.close();
  }

  async #open(oid: Oid, ctx: OpContext) {
    try {
      return await this.backend.read(this.keyOf(oid), ctx);
    } catch (error) {
      throw DvcError.is(error, 'object-missing') ? objectMissing(oid, this.url) : error;
    }
  }
}
