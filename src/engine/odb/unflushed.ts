import type { OpContext } from '../core/op-context.ts';
import { syncFolder } from '../platform/atomic-write.ts';
import { DIGEST_BYTES, digestHex } from '../platform/digest.ts';
import { exists } from '../platform/exists.ts';
import { type Durability, FLUSH_TOGETHER, flushFile, flushFileSystem } from '../platform/flush.ts';
import { runInSlices } from '../platform/slices.ts';

/** Objects that a power cut could still take, until they are flushed before a pointer names them. */
export class Unflushed {
  readonly #root: string;
  readonly #durability: Durability;
  /** Digests with their suffix, of objects whose content is in memory only. */
  readonly #files: { readonly digests: Uint8Array; readonly suffix: string }[] = [];
  /** First bytes of names that are new, their content being flushed: numbers of fan-out folders. */
  readonly #folders = new Set<number>();

  constructor(root: string, durability: Durability) {
    this.#root = root;
    this.#durability = durability;
  }

  /** Whether a job over `count` objects flushes each as it is written. */
  flushesEach(count: number): boolean {
    return this.#durability === 'full' || (this.#durability === 'batch' && count <= FLUSH_TOGETHER);
  }

  /** @param flushed As {@link flushesEach} said. */
  add(digests: Uint8Array, suffix: string, flushed: boolean): void {
    if (this.#durability === 'off' || digests.length === 0) return;
    if (!flushed) this.#files.push({ digests, suffix });
    for (let at = 0; at < digests.length; at += DIGEST_BYTES) this.#folders.add(digests[at] as number);
  }

  /** Everything added is on the device when this is done. @throws `io`, `no-space` */
  async flush(ctx: OpContext): Promise<void> {
    if (this.#folders.size === 0) return;
    const together = this.#files.length > 0 && (await flushFileSystem(this.#root));
    if (!together) await runInSlices(this.#flushOneByOne(), ctx);
    this.#files.length = 0;
    this.#folders.clear();
  }

  *#flushOneByOne(): Generator<void, void> {
    for (const { digests, suffix } of this.#files)
      for (let i = 0; i < digests.length / DIGEST_BYTES; i++) {
        const hex = digestHex(digests, i);
        const path = `${this.#root}/${hex.slice(0, 2)}/${hex.slice(2)}${suffix}`;
        if (exists(path)) flushFile(path); // One that failed is not there, and was reported.
        yield;
      }
    for (const fan of this.#folders) {
      syncFolder(`${this.#root}/${fan.toString(16).padStart(2, '0')}`);
      yield;
    }
    syncFolder(this.#root);
  }
}
