import * as fs from 'node:fs';
import { cancelled, DvcError, fromErrno, objectMismatch, objectMissing } from '../core/errors.ts';
import { isDirOid, type Oid } from '../core/ids.ts';
import { checkAborted, type OpContext, warn } from '../core/op-context.ts';
import { newHasher } from '../platform/digest.ts';
import type { BackendOptions } from '../remote/backend.ts';

import type { LocalOdb } from './local-odb.ts';
import type { RemoteOdb } from './remote-odb.ts';
import type { StoreQueue } from './store-queue.ts';
import { markOf } from './transfer-journal.ts';
import type { Lane } from './transfer-lanes.ts';

/** An object up to this size is held in memory until it is whole: bytes. */
const SMALL = 256 * 1024;
/** From so many bytes on it is worth while to go on with them after a kill. */
const WORTH_KEEPING = 4 << 20;
/** Bytes that are written at once. */
const BATCH = 1 << 20;

export interface DownloadOptions {
  readonly how: BackendOptions;
  readonly lane: Lane;
  /** Objects that are being downloaded in all. */
  readonly together: number;
  /** Takes small objects, where there are many. */
  readonly queue?: StoreQueue | undefined;
  /** Told of bytes that came, and by a negative number that they were in vain. */
  readonly onBytes: (bytes: number) => void;
}

/** What has arrived, and was found to be what its name says. */
export interface Downloaded {
  /** Bytes. */
  readonly size: number;
  /** Where it is still being written: settled when it is in its place. */
  readonly stored?: Promise<void>;
}

/**
 * Brings an object into the cache, every byte hashed on the way: other content than the name says never gets there. Such content is
 * fetched once more from the start, as it may have been changed on the way.
 *
 * A large one goes on where an earlier try stopped, in this run or in another.
 *
 * @throws `object-missing`, `object-corrupt`
 */
export async function download(
  oid: Oid,
  from: RemoteOdb,
  cache: LocalOdb,
  ctx: OpContext,
  options: DownloadOptions,
): Promise<Downloaded> {
  const kept = from.takeKept(oid);
  if (kept !== undefined) {
    cache.storeVerified(oid, kept, options.together);
    options.onBytes(kept.length);
    return { size: kept.length };
  }
  try {
    return await new Download(oid, from, cache, ctx, options).run(true);
  } catch (error) {
    if (DvcError.is(error, 'object-corrupt')) warn(ctx, `${error.message} It is fetched once more.`);
    else if (!DvcError.is(error, 'remote-changed')) throw error;
  }
  return new Download(oid, from, cache, ctx, options).run(false);
}

class Download {
  readonly #oid: Oid;
  readonly #from: RemoteOdb;
  readonly #cache: LocalOdb;
  readonly #ctx: OpContext;
  readonly #options: DownloadOptions;
  readonly #key: string;
  readonly #hasher;
  /** Arrived and not written yet. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #size = 0;
  /** Bytes of an earlier try. */
  #begun = 0;
  #file: fs.promises.FileHandle | undefined;
  #path = '';
  #noting: Promise<void> | undefined;
  #noted = false;
  /** An earlier try had everything but the name. */
  #isWhole = false;
  #written = 0;
  #stored: Promise<void> | undefined;

  constructor(oid: Oid, from: RemoteOdb, cache: LocalOdb, ctx: OpContext, options: DownloadOptions) {
    this.#oid = oid;
    this.#from = from;
    this.#cache = cache;
    this.#ctx = ctx;
    this.#options = options;
    this.#key = from.keyOf(oid);
    this.#hasher = newHasher(cache.hash);
  }

  /** @param goOn With what an earlier try left. */
  async run(goOn: boolean): Promise<Downloaded> {
    const { how, together, onBytes } = this.#options;
    let outcome: 'whole' | 'wrong' | 'broken' = 'broken';
    try {
      const etag = goOn ? await this.#takeUp() : undefined;
      await this.#receive(etag);
      const found = await this.#end();
      outcome = found === this.#oid.slice(0, 32) ? 'whole' : 'wrong';
      if (outcome === 'wrong') throw objectMismatch(this.#oid, this.#from.url, found, this.#size);
      if (this.#path !== '') this.#cache.adopt(this.#oid, this.#path, together);
      return { size: this.#size, ...(this.#stored && { stored: this.#stored }) };
    } catch (error) {
      if (DvcError.is(error, 'remote-changed')) outcome = 'wrong';
      onBytes(-this.#size);
      if (how.signal.aborted) throw cancelled();
      if (DvcError.is(error, 'object-missing')) throw objectMissing(this.#oid, this.#from.url);
      throw fromErrno(error, 'write', this.#cache.pathOf(this.#oid));
    } finally {
      await this.#leave(outcome);
    }
  }

  /** The bytes that an earlier try has brought, hashed again, if the object is still the same. @returns its mark */
  async #takeUp(): Promise<string | undefined> {
    const { how } = this.#options;
    const { journal, backend } = this.#from;
    const note = journal.loadPartial(this.#key);
    if (note === undefined || !backend.traits.ranges) return undefined;
    const path = journal.partialFile(this.#key, this.#cache.otherScratch);
    const entry = await backend.stat(this.#key, how);
    const isSame = entry !== undefined && markOf(entry) === note.mark && entry.size === note.size;
    const there = fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (!isSame || there === 0 || there > entry.size) {
      journal.forgetPartial(this.#key);
      return undefined;
    }
    this.#path = path;
    this.#file = await fs.promises.open(path, 'r+');
    const buffer = Buffer.alloc(BATCH);
    while (this.#size < there) {
      const { bytesRead } = await this.#file.read(buffer, 0, Math.min(BATCH, there - this.#size), this.#size);
      if (bytesRead === 0) break;
      this.#hasher.update(buffer.subarray(0, bytesRead));
      this.#count(bytesRead);
      checkAborted(how.signal);
    }
    this.#begun = this.#written = this.#size;
    this.#noted = true;
    this.#options.lane.mayPause();
    this.#ctx.log.info(`'${this.#oid}' goes on at byte ${this.#begun} of ${entry.size}`);
    if (this.#size < entry.size) return entry.etag ?? '';
    this.#isWhole = true;
    return undefined;
  }

  async #receive(etag: string | undefined): Promise<void> {
    if (this.#isWhole) return;
    const { how } = this.#options;
    const { backend } = this.#from;
    const where = this.#begun > 0 ? { offset: this.#begun, ...(etag ? { etag } : {}) } : {};
    const asked = { ...how, ...where };
    const stream =
      this.#begun === 0 && backend.readAtOnce
        ? await backend.readAtOnce(this.#key, SMALL - 1, asked)
        : await backend.read(this.#key, asked);
    if (Buffer.isBuffer(stream)) return this.#take(stream);
    stream.on('error', () => {}); // One that nobody reads any more may fail all the same.
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        checkAborted(how.signal);
        this.#take(chunk);
        if (this.#heldBytes >= (this.#file === undefined ? SMALL : BATCH)) await this.#write();
        if (this.#size - this.#begun >= WORTH_KEEPING) this.#noting ??= this.#note();
      }
    } finally {
      stream.destroy();
    }
  }

  #take(chunk: Buffer): void {
    this.#hasher.update(chunk);
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    this.#count(chunk.length);
    this.#options.lane.moved(chunk.length);
  }

  #count(bytes: number): void {
    this.#size += bytes;
    this.#options.onBytes(bytes);
  }

  async #write(): Promise<void> {
    if (this.#file === undefined) {
      const { journal } = this.#from;
      journal.makeFolder();
      journal.forgetPartial(this.#key);
      this.#path = journal.partialFile(this.#key, this.#cache.otherScratch);
      this.#file = await fs.promises.open(this.#path, 'w+');
    }
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    const bytes = held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held);
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#written);
      at += bytesWritten;
      this.#written += bytesWritten;
    }
  }

  /** Says what is being downloaded, so that the bytes are of use after a kill. */
  async #note(): Promise<void> {
    const { journal, backend } = this.#from;
    if (this.#noted || !backend.traits.ranges) return;
    try {
      const entry = await backend.stat(this.#key, this.#options.how);
      const mark = entry && markOf(entry);
      if (mark === undefined) return;
      journal.savePartial({ key: this.#key, mark, size: entry!.size });
      this.#noted = true;
      this.#options.lane.mayPause();
    } catch (error) {
      this.#ctx.log.debug(`'${this.#oid}' is downloaded without a note: ${String(error)}`);
    }
  }

  /** @returns The hash of all bytes; a small object is stored if that is its name. */
  async #end(): Promise<string> {
    const found = this.#hasher.digest();
    if (this.#file !== undefined) {
      await this.#write();
      await this.#file.close();
      this.#file = undefined;
    } else if (found === this.#oid.slice(0, 32)) {
      const { queue, together } = this.#options;
      const bytes = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held, this.#size);
      if (queue === undefined || isDirOid(this.#oid)) this.#cache.storeVerified(this.#oid, bytes, together);
      else {
        this.#stored = queue.add(this.#oid, bytes);
        this.#stored.catch(() => {}); // Whoever began the download is told.
        await queue.room();
      }
    }
    return found;
  }

  async #leave(outcome: 'whole' | 'wrong' | 'broken'): Promise<void> {
    await this.#noting;
    if (outcome === 'broken' && this.#file !== undefined && this.#noted) await this.#write().catch(() => {});
    await this.#file?.close();
    this.#file = undefined;
    const keep = outcome === 'broken' && this.#noted;
    if (keep) return;
    this.#from.journal.forgetPartial(this.#key);
    if (this.#path !== '' && outcome !== 'whole') fs.rmSync(this.#path, { force: true });
  }
}
