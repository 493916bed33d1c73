import { DIGEST_BYTES } from './digest.ts';

/** A set of 16-byte digests in flat memory: about 40 bytes each, where strings in a `Set` take 100 and more. */
export class DigestSet {
  #slots: Uint8Array;
  #used: Uint8Array;
  #words: Int32Array;
  #mask: number;
  #size = 0;
  readonly #hex = new Uint8Array(DIGEST_BYTES);
  readonly #hexBuffer = Buffer.from(this.#hex.buffer);

  constructor(expected = 0) {
    let capacity = 16;
    while (capacity * 0.6 < expected) capacity *= 2;
    this.#slots = new Uint8Array(capacity * DIGEST_BYTES);
    this.#words = new Int32Array(this.#slots.buffer);
    this.#used = new Uint8Array(capacity);
    this.#mask = capacity - 1;
  }

  /** All digests of a column. */
  static of(digests: Uint8Array): DigestSet {
    const set = new DigestSet(digests.length / DIGEST_BYTES);
    set.addAll(digests);
    return set;
  }

  get size(): number {
    return this.#size;
  }

  /** Puts in digest `index` of a column; false if it was there. */
  add(digests: Uint8Array, index: number): boolean {
    if ((this.#size + 1) * 5 > (this.#mask + 1) * 3) this.#grow();
    const at = index * DIGEST_BYTES;
    const slot = this.#find(digests, at);
    if (this.#used[slot] === 1) return false;
    this.#used[slot] = 1;
    for (let k = 0; k < DIGEST_BYTES; k++) this.#slots[slot * DIGEST_BYTES + k] = digests[at + k] as number;
    this.#size++;
    return true;
  }

  has(digests: Uint8Array, index: number): boolean {
    return this.#used[this.#find(digests, index * DIGEST_BYTES)] === 1;
  }

  addAll(digests: Uint8Array): void {
    for (let i = 0; i < digests.length / DIGEST_BYTES; i++) this.add(digests, i);
  }

  addHex(hex: string): boolean {
    this.#hexBuffer.write(hex, 0, DIGEST_BYTES, 'hex');
    return this.add(this.#hex, 0);
  }

  hasHex(hex: string): boolean {
    this.#hexBuffer.write(hex, 0, DIGEST_BYTES, 'hex');
    return this.has(this.#hex, 0);
  }

  clear(): void {
    if (this.#size === 0) return;
    this.#used.fill(0);
    this.#size = 0;
  }

  /** All digests as one column, in no order. */
  toColumn(): Uint8Array {
    const column = new Uint8Array(this.#size * DIGEST_BYTES);
    for (let slot = 0, at = 0; slot <= this.#mask; slot++) {
      if (this.#used[slot] === 0) continue;
      column.set(this.#slots.subarray(slot * DIGEST_BYTES, (slot + 1) * DIGEST_BYTES), at);
      at += DIGEST_BYTES;
    }
    return column;
  }

  /** The slot that holds the digest at byte `at`, or the free one where it belongs. */
  #find(digests: Uint8Array, at: number): number {
    // A digest is random already: four of its bytes are the hash.
    const start =
      (digests[at] as number) |
      ((digests[at + 1] as number) << 8) |
      ((digests[at + 2] as number) << 16) |
      ((digests[at + 3] as number) << 24);
    let slot = start & this.#mask;
    for (; this.#used[slot] === 1; slot = (slot + 1) & this.#mask) {
      if (this.#words[slot * 4] !== start && LITTLE_ENDIAN) continue;
      let k = 0;
      while (k < DIGEST_BYTES && this.#slots[slot * DIGEST_BYTES + k] === digests[at + k]) k++;
      if (k === DIGEST_BYTES) break;
    }
    return slot;
  }

  #grow(): void {
    const larger = new DigestSet(this.#size * 2 + 16);
    larger.addAll(this.toColumn());
    this.#slots = larger.#slots;
    this.#words = larger.#words;
    this.#used = larger.#used;
    this.#mask = larger.#mask;
  }
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
