import type { Oid } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { newDigests, writeDigest } from '../platform/digest.ts';
import type { ObjectFolder } from '../platform/io-batch.ts';
import { ioFailureError } from '../platform/io-failure.ts';
import type { IoPool } from '../platform/io-pool.ts';

/** So many objects, or bytes of them, are worth a trip to a thread. */
const BATCH = { items: 64, bytes: 1 << 20 } as const;
/** Longest time that an object waits for others: ms. */
const PATIENCE = 20;
/** Bytes in memory at once; from then on whoever brings more waits. */
const MOST_BYTES = 16 << 20;

interface Waiting {
  readonly oid: Oid;
  readonly bytes: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface StoreQueueOptions {
  readonly pool: IoPool;
  readonly ctx: OpContext;
  /** Called before the first write. */
  readonly begin: () => ObjectFolder;
  /** Told of what was written, or tried to. */
  readonly onWritten: (digests: Uint8Array) => void;
}

/**
 * Files' objects that arrive one by one, small and hashed: written many at a time by threads, which leaves the calling one to the network.
 *
 * A file takes its object's name only when it is whole, as everywhere.
 */
export class StoreQueue {
  readonly #options: StoreQueueOptions;
  #folder: ObjectFolder | undefined;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** Those that are being written, too. */
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #writing = new Set<Promise<void>>();
  #onRoom: (() => void)[] = [];

  constructor(options: StoreQueueOptions) {
    this.#options = options;
  }

  /** @returns Settled when the object is in its place, or could not get there. */
  add(oid: Oid, bytes: Buffer): Promise<void> {
    this.#waitingBytes += bytes.length;
    this.#heldBytes += bytes.length;
    const stored = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ oid, bytes, resolve, reject });
    });
    if (this.#waiting.length >= BATCH.items || this.#waitingBytes >= BATCH.bytes) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), PATIENCE);
    return stored;
  }

  /** Resolves when there is memory for one more. */
  async room(): Promise<void> {
    while (this.#heldBytes >= MOST_BYTES) await new Promise<void>((resolve) => this.#onRoom.push(resolve));
  }

  /** Nothing is being written any more when this is done. */
  async finish(): Promise<void> {
    this.#send();
    while (this.#writing.size > 0) await Promise.all(this.#writing);
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const objects = this.#waiting;
    if (objects.length === 0) return;
    const size = this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
    const work = this.#write(objects, size).finally(() => {
      this.#writing.delete(work);
      this.#heldBytes -= size;
      for (const go of this.#onRoom.splice(0)) go();
    });
    this.#writing.add(work);
  }

  async #write(objects: readonly Waiting[], size: number): Promise<void> {
    const { pool, ctx, begin, onWritten } = this.#options;
    try {
      this.#folder ??= begin();
      const [bytes, ends, digests] = [
        new Uint8Array(size),
        new Uint32Array(objects.length),
        newDigests(objects.length),
      ];
      let at = 0;
      for (const [i, object] of objects.entries()) {
        bytes.set(object.bytes, at);
        ends[i] = at += object.bytes.length;
        writeDigest(digests, i, object.oid);
      }
      onWritten(digests);
      const batch = { kind: 'put', suffix: '', objects: this.#folder, bytes, ends, digests } as const;
      const { failures } = await pool.submit(batch, ctx, [bytes.buffer]);
      for (const failure of failures) objects[failure.index]?.reject(ioFailureError(failure, 'write'));
      for (const { resolve } of objects) resolve(); // Nothing happens to those that have failed.
    } catch (error) {
      for (const { reject } of objects) reject(error as Error); // What is thrown here is one.
    }
  }
}
