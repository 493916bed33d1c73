import { asOid, type Oid } from '../core/ids.ts';
import { md5 } from '../platform/digest.ts';
import type { PathList } from '../platform/path-list.ts';
import { SLICE_STEP } from '../platform/slices.ts';
import type { Tree } from './tree.ts';

const BEFORE_MD5 = Buffer.from('{"md5": "');
const BEFORE_RELPATH = Buffer.from('", "relpath": "');
const AFTER = Buffer.from('"}');
const SEPARATOR = Buffer.from(', ');
const HEX = Buffer.from('0123456789abcdef');
const DIGEST_BYTES = 16;

/** Bytes that a byte of UTF-8 becomes in Python's JSON: an escape stands at the lead byte of its character. */
const ESCAPED_LENGTH = new Uint8Array(256).map((_, byte) => {
  if (byte === 0x22 || byte === 0x5c || (byte >= 8 && byte <= 13 && byte !== 11)) return 2;
  if (byte < 0x20 || byte === 0x7f) return 6;
  if (byte < 0x80) return 1;
  if (byte < 0xc0) return 0;
  return byte < 0xf0 ? 6 : 12; // A character beyond U+FFFF is written as two surrogates.
});

/**
 * The exact bytes of a `.dir` object: a JSON list sorted by path, as Python's `json.dumps(…, sort_keys=True)` prints it.
 *
 * The digest of these bytes names the directory, so one different byte is a different directory. Python puts a space after
 * `,` and `:` and escapes all but printable ASCII (format §2.2); DEL is escaped as well.
 */
export function encodeTree(tree: Tree): Buffer {
  const steps = encodeTreeSteps(tree);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** {@link encodeTree} for `runInSlices`. */
export function* encodeTreeSteps(tree: Tree): Generator<void, Buffer> {
  const { paths, digests } = tree;
  const frame = BEFORE_MD5.length + 2 * DIGEST_BYTES + BEFORE_RELPATH.length + AFTER.length;
  const commas = Math.max(0, paths.length - 1) * SEPARATOR.length;
  const out = Buffer.allocUnsafeSlow(2 + paths.length * frame + commas + escapedLength(paths.bytes));
  let at = out.write('[');
  for (let i = 0; i < paths.length; i++) {
    if (i % SLICE_STEP === 0) yield;
    if (i > 0) at = append(out, at, SEPARATOR);
    at = append(out, at, BEFORE_MD5);
    for (let k = i * DIGEST_BYTES; k < (i + 1) * DIGEST_BYTES; k++) {
      const byte = digests[k] as number;
      out[at++] = HEX[byte >> 4] as number;
      out[at++] = HEX[byte & 15] as number;
    }
    at = append(out, at, BEFORE_RELPATH);
    at = appendPath(out, at, paths, i);
    at = append(out, at, AFTER);
  }
  out.write(']', at);
  return out;
}

/** The name of a directory object with these bytes. */
export const treeOid = (bytes: Uint8Array): Oid => asOid(`${md5(bytes)}.dir`);

function escapedLength(bytes: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < bytes.length; i++) total += ESCAPED_LENGTH[bytes[i] as number] as number;
  return total;
}

function appendPath(out: Buffer, at: number, paths: PathList, index: number): number {
  const from = paths.startOf(index);
  const to = paths.ends[index] as number;
  let end = at;
  for (let i = from; i < to; i++) {
    const byte = paths.bytes[i] as number;
    // One odd character: the whole path takes the slow way.
    if (ESCAPED_LENGTH[byte] !== 1) return at + out.write(pythonEscape(paths.at(index)), at, 'latin1');
    out[end++] = byte;
  }
  return end;
}

const pythonEscape = (text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

function append(out: Buffer, at: number, part: Buffer): number {
  for (let i = 0; i < part.length; i++) out[at + i] = part[i] as number;
  return at + part.length;
}
