import { isUtf8 } from 'node:buffer';
import { DvcError } from '../core/errors.ts';
import { newDigests, pickDigests } from '../platform/digest.ts';
import { bytesOf, comparePaths, grown, type PathList, PathListBuilder } from '../platform/path-list.ts';
import { SLICE_STEP } from '../platform/slices.ts';
import { refusedRelpath } from './relpath.ts';
import { Tree } from './tree.ts';

/** What a directory object may take at most. */
export const TREE_LIMITS = { bytes: 256 * 1024 * 1024, entries: 5_000_000 } as const;

const MD5 = /^[0-9a-f]{32}$/;
const [QUOTE, BACKSLASH, SLASH, DOT, COLON, OPEN_LIST, OPEN_OBJECT] = [0x22, 0x5c, 0x2f, 0x2e, 0x3a, 0x5b, 0x7b];
const WINDOWS = process.platform === 'win32';
const MAX_DEPTH = 16;
/** How every entry that DVC wrote begins; compared before the general reading is tried. */
const USUAL_START = Buffer.from('{"md5": "');
const USUAL_MIDDLE = Buffer.from('", "relpath": "');
const HEX_VALUE = new Int8Array(256).fill(-1);
for (const [value, digit] of [...'0123456789abcdef'].entries()) HEX_VALUE[digit.charCodeAt(0)] = value;

/**
 * Reads a directory object, trusting nothing in it: the first entry that is not sound refuses the whole.
 *
 * Reads any JSON of the right shape, as DVC does; other keys than `md5` and `relpath` are passed over.
 *
 * @param name What the object is called in messages: its oid.
 * @throws `invalid-tree`, naming the entry
 */
export function decodeTree(bytes: Uint8Array, name: string): Tree {
  const steps = decodeTreeSteps(bytes, name);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** {@link decodeTree} for `runInSlices`. */
export function* decodeTreeSteps(bytes: Uint8Array, name: string): Generator<void, Tree> {
  if (bytes.length > TREE_LIMITS.bytes)
    throw invalidTree(name, `it has ${bytes.length} bytes; at most ${TREE_LIMITS.bytes} are accepted`);
  if (!isUtf8(bytes)) throw invalidTree(name, 'it is not UTF-8 text');
  const reader = new TreeReader(bytes, name);
  const { paths, digests } = yield* reader.read();
  return yield* inOrder(paths, digests, name);
}

export const invalidTree = (name: string, problem: string) =>
  new DvcError('invalid-tree', `the directory object '${name}' is invalid: ${problem}.`, {
    hint: 'Fetch it again from a remote that has it, or track the directory again.',
    data: { oid: name },
  });

class TreeReader {
  readonly #bytes: Buffer;
  readonly #name: string;
  readonly #paths = new PathListBuilder();
  #digests = newDigests(64);
  #at = 0;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#name = name;
  }

  *read(): Generator<void, { paths: PathList; digests: Uint8Array }> {
    this.#expect('[');
    if (!this.#accept(']')) {
      do {
        this.#entry();
        if (this.#paths.length % SLICE_STEP === 0) yield;
      } while (this.#accept(','));
      this.#expect(']');
    }
    this.#space();
    if (this.#at < this.#bytes.length) this.#fail('there is text after its end');
    const paths = this.#paths.finish();
    return { paths, digests: this.#digests.slice(0, paths.length * 16) };
  }

  #entry(): void {
    const index = this.#paths.length;
    if (index === TREE_LIMITS.entries) this.#fail(`it has more than ${TREE_LIMITS.entries} entries`);
    if ((index + 1) * 16 > this.#digests.length) this.#digests = grown(this.#digests, this.#digests.length * 2);
    this.#space();
    if (this.#usualEntry(index)) return;
    let hasMd5 = false;
    this.#expect('{');
    if (!this.#accept('}')) {
      do {
        const key = this.#text();
        this.#expect(':');
        if (key === 'md5') {
          if (hasMd5) this.#fail(`entry ${index} has "md5" twice`);
          hasMd5 = true;
          this.#md5(index);
        } else if (key === 'relpath') {
          if (this.#paths.length > index) this.#fail(`entry ${index} has "relpath" twice`);
          this.#path();
        } else {
          this.#skip(0);
        }
      } while (this.#accept(','));
      this.#expect('}');
    }
    if (this.#paths.length === index) this.#fail(`entry ${index} has no "relpath"`);
    if (!hasMd5) this.#fail(`entry ${index} has no "md5"`);
  }

  /** Reads an entry spaced as DVC spaces it; false, with nothing consumed, for any other. */
  #usualEntry(index: number): boolean {
    const start = this.#at;
    const hex = start + USUAL_START.length;
    const path = hex + 32 + USUAL_MIDDLE.length;
    if (!this.#matches(USUAL_START, start) || !this.#matches(USUAL_MIDDLE, hex + 32)) return false;
    for (let k = 0; k < 16; k++) {
      const high = HEX_VALUE[this.#bytes[hex + 2 * k] as number] as number;
      const low = HEX_VALUE[this.#bytes[hex + 2 * k + 1] as number] as number;
      if (high < 0 || low < 0) return false;
      this.#digests[index * 16 + k] = (high << 4) | low;
    }
    this.#at = path - 1;
    this.#path();
    this.#expect('}');
    return true;
  }

  #matches(part: Buffer, at: number): boolean {
    for (let i = 0; i < part.length; i++) if (this.#bytes[at + i] !== part[i]) return false;
    return true;
  }

  #md5(index: number): void {
    const text = this.#text();
    if (!MD5.test(text)) this.#fail(`entry ${index}: "md5" is ${quoted(text)}, not 32 lower-case hex digits`);
    bytesOf(this.#digests).write(text, index * 16, 16, 'hex');
  }

  #path(): void {
    const start = this.#stringStart();
    const end = this.#plainEnd(start);
    if (end === undefined) {
      this.#at = start - 1;
      const text = this.#text();
      const problem = refusedRelpath(text);
      if (problem !== undefined) this.#fail(`the path ${quoted(text)} ${problem}`);
      this.#paths.push(text);
    } else {
      this.#paths.pushBytes(this.#bytes, start, end);
      this.#at = end + 1;
    }
  }

  /** Where a path of plain ASCII ends; undefined for one in which anything could be odd, which is decoded and judged. */
  #plainEnd(start: number): number | undefined {
    if (WINDOWS) return undefined;
    let before = SLASH;
    for (let at = start; ; at++) {
      const byte = this.#bytes[at];
      if (byte === QUOTE) return before === SLASH || at - start > 200 ? undefined : at;
      if (byte === undefined || byte < 0x20 || byte > 0x7d || byte === BACKSLASH || byte === COLON) return undefined;
      if (before === SLASH && (byte === DOT || byte === SLASH)) return undefined;
      before = byte;
    }
  }

  /** Any string, decoded. */
  #text(): string {
    const start = this.#stringStart();
    let escaped = false;
    let at = start;
    for (let byte = this.#bytes[at]; byte !== QUOTE; byte = this.#bytes[++at]) {
      if (byte === undefined || byte < 0x20) this.#fail('a string has no end');
      if (byte !== BACKSLASH) continue;
      escaped = true;
      at++;
    }
    this.#at = at + 1;
    if (!escaped) return this.#bytes.toString('utf8', start, at);
    try {
      return JSON.parse(this.#bytes.toString('utf8', start - 1, at + 1)) as string; // A JSON string is text.
    } catch {
      return this.#fail('a string has a bad escape');
    }
  }

  #stringStart(): number {
    this.#space();
    if (this.#bytes[this.#at] !== QUOTE) this.#fail(`a string was expected, ${this.#found()}`);
    return this.#at + 1;
  }

  /** Passes over a value of any kind. */
  #skip(depth: number): void {
    if (depth > MAX_DEPTH) this.#fail(`it is nested more than ${MAX_DEPTH} deep`);
    this.#space();
    const first = this.#bytes[this.#at];
    if (first === QUOTE) this.#text();
    else if (first === OPEN_LIST || first === OPEN_OBJECT) this.#skipNested(depth, first === OPEN_OBJECT);
    else this.#skipScalar();
  }

  #skipNested(depth: number, isObject: boolean): void {
    const end = isObject ? '}' : ']';
    this.#at++;
    if (this.#accept(end)) return;
    do {
      if (isObject) {
        this.#text();
        this.#expect(':');
      }
      this.#skip(depth + 1);
    } while (this.#accept(','));
    this.#expect(end);
  }

  #skipScalar(): void {
    const scalar = /^(?:-?\d{1,400}(?:\.\d{1,400})?(?:[eE][-+]?\d{1,9})?|true|false|null)/.exec(
      this.#bytes.toString('latin1', this.#at, this.#at + 1000),
    );
    if (scalar === null) this.#fail(`a value was expected, ${this.#found()}`);
    this.#at += scalar[0].length;
  }

  #space(): void {
    for (let byte = this.#bytes[this.#at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; )
      byte = this.#bytes[++this.#at];
  }

  #accept(character: string): boolean {
    this.#space();
    if (this.#bytes[this.#at] !== character.charCodeAt(0)) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#accept(character)) this.#fail(`'${character}' was expected, ${this.#found()}`);
  }

  #found(): string {
    return this.#at >= this.#bytes.length ? 'and it ends' : `at byte ${this.#at}`;
  }

  #fail(problem: string): never {
    throw invalidTree(this.#name, problem);
  }
}

/** Sorts where DVC would have, and refuses a path that occurs twice or is both a file and a folder. */
function* inOrder(paths: PathList, digests: Uint8Array, name: string): Generator<void, Tree> {
  if (!isSorted(paths)) {
    const order = Uint32Array.from({ length: paths.length }, (_, i) => i).sort((i, j) =>
      comparePaths(paths, i, paths, j),
    );
    return yield* inOrder(paths.pick(order), pickDigests(digests, order), name);
  }
  // Files whose whole path begins the current one: `a` stays open over `a!` until something that does not start with `a`.
  const open: number[] = [];
  for (let i = 1; i < paths.length; i++) {
    if (i % SLICE_STEP === 0) yield;
    const shared = sharedLength(paths, i - 1, i);
    while (open.length > 0 && lengthOf(paths, open.at(-1)!) > shared) open.pop();
    if (lengthOf(paths, i - 1) === shared) open.push(i - 1);
    for (const file of open) {
      const next = paths.startOf(i) + lengthOf(paths, file);
      if (next === paths.ends[i]) throw invalidTree(name, `the path ${quoted(paths.at(i))} occurs twice`);
      if (paths.bytes[next] === SLASH)
        throw invalidTree(name, `${quoted(paths.at(file))} is a file and also the folder of ${quoted(paths.at(i))}`);
    }
  }
  return new Tree(paths, digests);
}

function isSorted(paths: PathList): boolean {
  for (let i = 1; i < paths.length; i++) if (comparePaths(paths, i - 1, paths, i) > 0) return false;
  return true;
}

const lengthOf = (paths: PathList, index: number): number => (paths.ends[index] as number) - paths.startOf(index);

function sharedLength(paths: PathList, i: number, j: number): number {
  const [p, q] = [paths.startOf(i), paths.startOf(j)];
  const most = Math.min(lengthOf(paths, i), lengthOf(paths, j));
  let length = 0;
  while (length < most && paths.bytes[p + length] === paths.bytes[q + length]) length++;
  return length;
}

/** As it can be shown: quoted, cut, without control characters. */
const quoted = (text: string): string => JSON.stringify(text.length > 120 ? `${text.slice(0, 119)}…` : text);
