import * as crypto from 'node:crypto';
import { dos2unixChunk, LEGACY_CHUNK } from './dos2unix.ts';

/** The two hashes DVC names objects by: plain MD5, and DVC 2's over text with unified line ends. */
export type ContentHash = 'md5' | 'md5-dos2unix';

/** Bytes of one digest in a column of many. */
export const DIGEST_BYTES = 16;

let hexOf: ((bytes: Uint8Array) => string) | undefined;

/** Lower-case hex of the MD5 of `bytes`. */
export const md5 = (bytes: Uint8Array): string => {
  hexOf ??= bestMd5(); // At first use: many a verb hashes nothing.
  return hexOf(bytes);
};

function bestMd5(): (bytes: Uint8Array) => string {
  const { createHash, hash } = crypto;
  // One call without an object, where Node has it (20.12); half again as fast on small files.
  return typeof hash === 'function'
    ? (bytes) => hash('md5', bytes, 'hex')
    : (bytes) => createHash('md5').update(bytes).digest('hex');
}

/** Hash of a whole file's bytes. */
export function hashBytes(name: ContentHash, bytes: Buffer): string {
  if (name === 'md5') return md5(bytes);
  const hasher = newHasher(name);
  hasher.update(bytes);
  return hasher.digest();
}

export interface Hasher {
  /** The next bytes; the buffer may be reused after the call. */
  update(bytes: Buffer): void;
  /** Lower-case hex. Ends the hasher. */
  digest(): string;
}

/** Hashes a file piece by piece; pieces may have any length. */
export function newHasher(name: ContentHash): Hasher {
  const hash = crypto.createHash('md5');
  if (name === 'md5') return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
  let held = Buffer.alloc(0); // The begun chunk: conversion looks at whole chunks only.
  return {
    update(bytes) {
      held = Buffer.concat([held, bytes]);
      let at = 0;
      for (; held.length - at >= LEGACY_CHUNK; at += LEGACY_CHUNK)
        hash.update(dos2unixChunk(held.subarray(at, at + LEGACY_CHUNK)));
      held = held.subarray(at);
    },
    digest: () => hash.update(dos2unixChunk(held)).digest('hex'),
  };
}

const buffers = new WeakMap<ArrayBufferLike, Buffer>();

/** Hex of digest `index` of a column. */
export const digestHex = (digests: Uint8Array, index: number): string => {
  const at = digests.byteOffset + index * DIGEST_BYTES;
  return wholeBuffer(digests).toString('hex', at, at + DIGEST_BYTES);
};

/** Writes 32 hex digits as digest `index` of a column. */
export const writeDigest = (digests: Uint8Array, index: number, hex: string): void => {
  wholeBuffer(digests).write(hex, digests.byteOffset + index * DIGEST_BYTES, DIGEST_BYTES, 'hex');
};

export const newDigests = (count: number): Uint8Array => new Uint8Array(count * DIGEST_BYTES);

export const sameDigest = (a: Uint8Array, i: number, b: Uint8Array, j: number): boolean => {
  const [p, q] = [i * DIGEST_BYTES, j * DIGEST_BYTES];
  for (let k = 0; k < DIGEST_BYTES; k++) if (a[p + k] !== b[q + k]) return false;
  return true;
};

export function copyDigest(from: Uint8Array, i: number, to: Uint8Array, j: number): void {
  const [p, q] = [i * DIGEST_BYTES, j * DIGEST_BYTES];
  for (let k = 0; k < DIGEST_BYTES; k++) to[q + k] = from[p + k] as number;
}

/** All zeros: what stands for a digest that is not known. */
export function isBlankDigest(digests: Uint8Array, index: number): boolean {
  for (let k = index * DIGEST_BYTES; k < (index + 1) * DIGEST_BYTES; k++) if (digests[k] !== 0) return false;
  return true;
}

/** The digests at `indices`, in that order. */
export function pickDigests(digests: Uint8Array, indices: ArrayLike<number>): Uint8Array {
  const picked = newDigests(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const at = (indices[i] as number) * DIGEST_BYTES;
    picked.set(digests.subarray(at, at + DIGEST_BYTES), i * DIGEST_BYTES);
  }
  return picked;
}

/** One `Buffer` per memory block: making a view for each digest would cost more than the digest. */
function wholeBuffer(view: Uint8Array): Buffer {
  let buffer = buffers.get(view.buffer);
  if (buffer === undefined) buffers.set(view.buffer, (buffer = Buffer.from(view.buffer)));
  return buffer;
}
