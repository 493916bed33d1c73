import { compareCodePoints } from '../core/paths.ts';

/** What a `PathListBuilder` doubles from; a million short paths need about 32 MiB. */
const START_BYTES = 1 << 12;

/**
 * Many paths in one buffer: UTF-8 bytes end to end, and where each one ends. Most lists are sorted by code point.
 *
 * A million file names as JavaScript strings take a few hundred MiB; so they cost their own length and four bytes.
 */
export class PathList implements Iterable<string> {
  readonly bytes: Buffer;
  readonly ends: Uint32Array;
  /** All bytes below 128, which decode faster. */
  readonly ascii: boolean;

  constructor(bytes: Buffer, ends: Uint32Array, ascii = false) {
    this.bytes = bytes;
    this.ends = ends;
    this.ascii = ascii;
  }

  /** Keeps the given order. */
  static from(paths: Iterable<string>): PathList {
    const builder = new PathListBuilder();
    for (const path of paths) builder.push(path);
    return builder.finish();
  }

  static sorted(paths: Iterable<string>): PathList {
    return PathList.from([...paths].sort(compareCodePoints));
  }

  get length(): number {
    return this.ends.length;
  }

  /** The offset in `bytes` at which entry `index` starts. */
  startOf(index: number): number {
    return index === 0 ? 0 : (this.ends[index - 1] as number);
  }

  at(index: number): string {
    const end = this.ends[index];
    if (end === undefined) throw new RangeError(`no path ${index} in a list of ${this.length}`);
    return this.ascii
      ? this.bytes.toString('latin1', this.startOf(index), end)
      : this.bytes.toString('utf8', this.startOf(index), end);
  }

  /** Where `path` is in a sorted list, or -1. */
  indexOf(path: string): number {
    const key = Buffer.from(path);
    const index = this.lowerBound(key);
    if (index === this.length) return -1;
    return this.bytes.compare(key, 0, key.length, this.startOf(index), this.ends[index]) === 0 ? index : -1;
  }

  /** First entry of a sorted list that is not before `key`. */
  lowerBound(key: Buffer): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.bytes.compare(key, 0, key.length, this.startOf(middle), this.ends[middle]) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  equals(other: PathList): boolean {
    return this.length === other.length && sameBytes(this.ends, other.ends) && this.bytes.equals(other.bytes);
  }

  /** Copies entries `from` up to `to`, excluded. */
  slice(from: number, to: number): PathList {
    const start = this.startOf(from);
    const ends = this.ends.slice(from, to);
    for (let i = 0; i < ends.length; i++) ends[i] = (ends[i] as number) - start;
    const stop = start + (ends.at(-1) ?? 0);
    return new PathList(Buffer.from(this.bytes.subarray(start, stop)), ends, this.ascii);
  }

  /** Copies the entries at `indices`, in that order. */
  pick(indices: ArrayLike<number>): PathList {
    const ends = new Uint32Array(indices.length);
    let total = 0;
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i] as number;
      total += (this.ends[index] as number) - this.startOf(index);
      ends[i] = total;
    }
    const bytes = Buffer.allocUnsafeSlow(total);
    for (let i = 0, at = 0; i < indices.length; i++) {
      const index = indices[i] as number;
      at += this.bytes.copy(bytes, at, this.startOf(index), this.ends[index]);
    }
    return new PathList(bytes, ends, this.ascii);
  }

  *[Symbol.iterator](): Iterator<string> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }
}

/** Grows a `PathList` at its end. */
export class PathListBuilder {
  #bytes = Buffer.allocUnsafeSlow(START_BYTES);
  #used = 0;
  #ends = new Uint32Array(64);
  #count = 0;
  #ascii = true;
  /** Checked last: the files of a folder share theirs. */
  #lastPrefix: Buffer | undefined;

  get length(): number {
    return this.#count;
  }

  /** Appends `prefix` + `name`. */
  push(name: string, prefix?: Buffer): void {
    const before = prefix?.length ?? 0;
    this.#reserve(before + name.length * 3); // UTF-8 takes at most three bytes for a UTF-16 unit.
    if (prefix !== undefined) this.#bytes.set(prefix, this.#used);
    const written = this.#bytes.write(name, this.#used + before);
    if (written !== name.length) this.#ascii = false;
    if (prefix !== this.#lastPrefix) {
      this.#lastPrefix = prefix;
      if (prefix !== undefined && !isAscii(prefix)) this.#ascii = false;
    }
    this.#end(before + written);
  }

  /** Appends bytes `start` up to `end` of `source`, which are one path in UTF-8. */
  pushBytes(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    this.#bytes.set(source.subarray(start, end), this.#used);
    if (this.#ascii && !isAscii(source.subarray(start, end))) this.#ascii = false;
    this.#end(end - start);
  }

  finish(): PathList {
    // Copied to size: what is left over of a doubling would otherwise live as long as the list.
    const bytes = Buffer.allocUnsafeSlow(this.#used);
    this.#bytes.copy(bytes, 0, 0, this.#used);
    return new PathList(bytes, this.#ends.slice(0, this.#count), this.#ascii);
  }

  #end(length: number): void {
    this.#used += length;
    if (this.#count === this.#ends.length) this.#ends = grown(this.#ends, this.#count * 2);
    this.#ends[this.#count++] = this.#used;
  }

  #reserve(more: number): void {
    if (this.#used + more <= this.#bytes.length) return;
    const next = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#used + more));
    this.#bytes.copy(next, 0, 0, this.#used);
    this.#bytes = next;
  }
}

/** Negative, zero or positive as entry `i` of `a` is before, at or after entry `j` of `b`, by code point. */
export function comparePaths(a: PathList, i: number, b: PathList, j: number): number {
  const [left, right] = [a.bytes, b.bytes];
  let p = a.startOf(i);
  let q = b.startOf(j);
  const pEnd = a.ends[i] as number;
  const qEnd = b.ends[j] as number;
  for (; p < pEnd && q < qEnd; p++, q++) {
    const difference = (left[p] as number) - (right[q] as number);
    if (difference !== 0) return difference;
  }
  return pEnd - p - (qEnd - q);
}

/** What {@link mergePaths} found: an index of `-1` says that the list lacks the path. */
export type MergeVisitor = (inA: number, inB: number) => void;

/** Goes once through two sorted lists and visits each path in order. */
export function mergePaths(a: PathList, b: PathList, visit: MergeVisitor): void {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const order = comparePaths(a, i, b, j);
    if (order === 0) visit(i++, j++);
    else if (order < 0) visit(i++, -1);
    else visit(-1, j++);
  }
  while (i < a.length) visit(i++, -1);
  while (j < b.length) visit(-1, j++);
}

const SURROGATE = /[\ud800-\udfff]/;

/** Sorts in place by code point, without a comparison function where the two orders agree. */
export function sortNames(names: string[]): string[] {
  return names.some((name) => SURROGATE.test(name)) ? names.sort(compareCodePoints) : names.sort();
}

/** 0 up to `length`, excluded. */
export function everyIndex(length: number): Uint32Array {
  const indices = new Uint32Array(length);
  for (let i = 0; i < length; i++) indices[i] = i;
  return indices;
}

export const sameBytes = (a: ArrayBufferView, b: ArrayBufferView): boolean =>
  a.byteLength === b.byteLength && Buffer.compare(bytesOf(a), bytesOf(b)) === 0;

export const bytesOf = (view: ArrayBufferView): Buffer => Buffer.from(view.buffer, view.byteOffset, view.byteLength);

/** A longer copy of a typed array, zeros behind. */
export function grown<T extends Uint8Array | Uint32Array | Float64Array>(array: T, length: number): T {
  const next = new (array.constructor as new (length: number) => T)(length); // The same class, by construction.
  next.set(array);
  return next;
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) > 127) return false;
  return true;
}
