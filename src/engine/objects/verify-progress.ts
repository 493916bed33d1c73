import * as fs from 'node:fs';
import { isOid, type Oid } from '../core/ids.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import { DIGEST_BYTES } from '../platform/digest.ts';

/** How far a verification has come. Objects are looked at in the order of their names. */
export interface Verified {
  /** The last name looked at. */
  readonly upTo: string;
  readonly count: number;
  /** Found damaged on the way; looked at again when it goes on. */
  readonly suspects: readonly Oid[];
}

/** What is older says too little of how the cache is now: ms. */
const OLDEST = 7 * 24 * 3600 * 1000;

/** Keeps in a private file how far a verification has come, so that the next one goes on where one was interrupted. */
export class VerifyProgress {
  readonly #file: string;
  readonly #key: string;

  /** @param key What is verified: progress of anything else is not taken up. */
  constructor(file: string, key: string) {
    this.#file = file;
    this.#key = key;
  }

  /** Where an interrupted verification of the same things stopped; undefined where there was none. */
  load(): Verified | undefined {
    try {
      const found = JSON.parse(fs.readFileSync(this.#file, 'utf8')) as Partial<Verified & { key: string; at: number }>;
      const { key, at, upTo, count, suspects } = found;
      if (key !== this.#key || typeof at !== 'number' || Math.abs(Date.now() - at) > OLDEST) return undefined;
      if (typeof upTo !== 'string' || !/^[0-9a-f]{32}$/.test(upTo) || typeof count !== 'number') return undefined;
      if (!Array.isArray(suspects) || !suspects.every((oid) => typeof oid === 'string' && isOid(oid))) return undefined;
      return { upTo, count, suspects };
    } catch {
      return undefined; // Not there, or damaged: everything is looked at.
    }
  }

  save(progress: Verified): void {
    writeAtomic(this.#file, JSON.stringify({ key: this.#key, at: Date.now(), ...progress }));
  }

  forget(): void {
    fs.rmSync(this.#file, { force: true });
  }
}

/** A column of digests in order. */
export function sortedDigests(digests: Uint8Array): Uint8Array {
  const bytes = Buffer.from(digests.buffer, digests.byteOffset, digests.byteLength);
  const order = Uint32Array.from({ length: digests.length / DIGEST_BYTES }, (_, i) => i * DIGEST_BYTES);
  order.sort((a, b) => bytes.compare(bytes, b, b + DIGEST_BYTES, a, a + DIGEST_BYTES));
  const sorted = new Uint8Array(digests.length);
  for (let i = 0; i < order.length; i++)
    sorted.set(digests.subarray(order[i] as number, (order[i] as number) + DIGEST_BYTES), i * DIGEST_BYTES);
  return sorted;
}
