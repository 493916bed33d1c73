/** Size of the pieces in which DVC 2 looked at a file: conversion never crosses a border between two. */
export const LEGACY_CHUNK = 1 << 20;
const LOOK = 512;
const CR = 0x0d;
const LF = 0x0a;

/**
 * What DVC 2 fed to MD5 for one chunk of a file (format §2.7): text with `\r\n` as `\n`, anything else as it is.
 *
 * @param chunk At most {@link LEGACY_CHUNK} bytes, at an offset that is a multiple of it.
 */
export function dos2unixChunk(chunk: Buffer): Buffer {
  if (!looksLikeText(chunk)) return chunk;
  let at = chunk.indexOf('\r\n');
  if (at === -1) return chunk;
  const out = Buffer.allocUnsafe(chunk.length);
  let from = 0;
  let used = 0;
  for (; at !== -1; at = chunk.indexOf('\r\n', from)) {
    used += chunk.copy(out, used, from, at);
    from = at + 1;
  }
  used += chunk.copy(out, used, from);
  return out.subarray(0, used);
}

/** DVC 2's test on the first 512 bytes: no NUL, and at most 30 % outside printable ASCII and common white space. */
function looksLikeText(chunk: Buffer): boolean {
  const length = Math.min(LOOK, chunk.length);
  let odd = 0;
  for (let i = 0; i < length; i++) {
    const byte = chunk[i] as number;
    if (byte === 0) return false;
    const plain =
      (byte >= 0x20 && byte <= 0x7e) || byte === LF || byte === CR || byte === 9 || byte === 12 || byte === 8;
    if (!plain) odd++;
  }
  return length === 0 || odd / length <= 0.3;
}
