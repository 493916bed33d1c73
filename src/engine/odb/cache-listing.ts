import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, fromErrno } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { Checksum } from '../platform/checksum.ts';
import { DIGEST_BYTES, newDigests, writeDigest } from '../platform/digest.ts';
import { DigestSet } from '../platform/digest-set.ts';
import { OidSet } from '../platform/oid-set.ts';
import { bytesOf } from '../platform/path-list.ts';
import { isSettled } from '../platform/settled.ts';
import { runInSlices } from '../platform/slices.ts';

/** Names in one of the 256 folders, and how the folder looked when it was read. */
interface Fan {
  readonly mtime: number;
  readonly ctime: number;
  readonly ino: number;
  /** The clock's time when it was read, in milliseconds. */
  readonly asOf: number;
  readonly files: Uint8Array;
  readonly trees: Uint8Array;
}

const NAME = /^[0-9a-f]{30}(?:\.dir)?$/;
const MAGIC = 0x5453494c; // "LIST" as it lies in the file.
const VERSION = 1;
/**
 * Which objects an object folder holds, read folder by folder and remembered while the folders stay as they are: an
 * unchanged cache of a million objects costs 256 `stat`s.
 */
export class CacheListing {
  readonly #root: string;
  readonly #file: string | undefined;
  #fans: (Fan | undefined)[] | undefined;

  /** @param file Where to keep it between commands; undefined where nothing may be written. */
  constructor(root: string, file: string | undefined) {
    this.#root = root;
    this.#file = file;
  }

  /** Every object. Stray files are passed over. @throws `permission`, `io` */
  async all(ctx: OpContext): Promise<OidSet> {
    const set = new OidSet();
    for (const { files, trees } of await this.#refresh(ctx)) {
      set.files.addAll(files);
      set.trees.addAll(trees);
    }
    return set;
  }

  /** Those of `wanted` that are not there. */
  async missing(wanted: OidSet, ctx: OpContext): Promise<OidSet> {
    const fans = await this.#refresh(ctx);
    const missing = new OidSet();
    findMissing(wanted.files, (fan) => fans[fan]?.files, missing.files);
    findMissing(wanted.trees, (fan) => fans[fan]?.trees, missing.trees);
    return missing;
  }

  async #refresh(ctx: OpContext): Promise<readonly Fan[]> {
    const before = (this.#fans ??= this.#file === undefined ? [] : readListing(this.#file));
    const fans = await runInSlices(this.#readFans(before), ctx);
    const changed = fans.some((fan, i) => fan !== before[i]);
    this.#fans = fans;
    if (changed && this.#file !== undefined) {
      try {
        writeListing(this.#file, fans);
      } catch (error) {
        ctx.log.warn(`the list of cached objects was not saved: ${String(error)}`);
      }
    }
    return fans;
  }

  *#readFans(before: readonly (Fan | undefined)[]): Generator<void, Fan[]> {
    const fans: Fan[] = [];
    for (let i = 0; i < 256; i++) {
      const folder = `${this.#root}/${hexByte(i)}`;
      try {
        fans.push(readFan(folder, i, before[i]));
      } catch (error) {
        throw fromErrno(error, 'read the folder', folder);
      }
      yield;
    }
    return fans;
  }
}

const hexByte = (value: number): string => value.toString(16).padStart(2, '0');
const NOTHING: Fan = { mtime: 0, ctime: 0, ino: 0, asOf: 0, files: newDigests(0), trees: newDigests(0) };

function readFan(folder: string, index: number, before: Fan | undefined): Fan {
  const stats = fs.statSync(folder, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return before === undefined || before.ino === 0 ? (before ?? NOTHING) : NOTHING;
  const { mtimeMs: mtime, ctimeMs: ctime, ino } = stats;
  if (before?.ino === ino && before.mtime === mtime && before.ctime === ctime && isSettled(ctime, before.asOf))
    return before;
  const asOf = Date.now();
  let names: string[];
  try {
    names = fs.readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return NOTHING;
    throw error;
  }
  const good = names.filter((name) => NAME.test(name));
  const column = (kind: readonly string[]): Uint8Array => {
    const digests = newDigests(kind.length);
    for (const [i, name] of kind.entries()) writeDigest(digests, i, hexByte(index) + name.slice(0, 30));
    return digests;
  };
  const files = column(good.filter((name) => name.length === 30));
  return { mtime, ctime, ino, asOf, files, trees: column(good.filter((name) => name.length > 30)) };
}

/** Fan by fan, so that only one folder's names at a time are in a set. */
function findMissing(wanted: DigestSet, present: (fan: number) => Uint8Array | undefined, missing: DigestSet): void {
  const column = wanted.toColumn();
  const count = wanted.size;
  const starts = new Uint32Array(257);
  for (let i = 0; i < count; i++) starts[(column[i * DIGEST_BYTES] as number) + 1]!++;
  for (let fan = 0; fan < 256; fan++) starts[fan + 1]! += starts[fan] as number;
  const order = new Uint32Array(count);
  const next = starts.slice();
  for (let i = 0; i < count; i++) order[next[column[i * DIGEST_BYTES] as number]!++] = i;
  for (let fan = 0; fan < 256; fan++) {
    const [from, to] = [starts[fan] as number, starts[fan + 1] as number];
    if (from === to) continue;
    const here = DigestSet.of(present(fan) ?? newDigests(0));
    for (let i = from; i < to; i++) if (!here.has(column, order[i] as number)) missing.add(column, order[i] as number);
  }
}

/**
 * ```text
 * 0 magic u32   4 version u32   8 checksum 2 x u32   then for each of 256 folders:
 * files u32   trees u32   mtime, ctime, ino, asOf f64   16 bytes a file, 16 bytes a tree
 * ```
 */
function writeListing(file: string, fans: readonly Fan[]): void {
  const sum = new Checksum();
  const parts: Buffer[] = [];
  for (const { files, trees, mtime, ctime, ino, asOf } of fans) {
    const head = bytesOf(new Float64Array([0, mtime, ctime, ino, asOf]));
    head.writeUInt32LE(files.length / DIGEST_BYTES, 0);
    head.writeUInt32LE(trees.length / DIGEST_BYTES, 4);
    parts.push(head, bytesOf(files), bytesOf(trees));
  }
  for (const part of parts) sum.add(part);
  const temp = `${file}.${process.pid}.tmp`;
  fs.mkdirSync(dirname(file), { recursive: true });
  try {
    const data = Buffer.concat([bytesOf(new Uint32Array([MAGIC, VERSION])), bytesOf(sum.words), ...parts]);
    fs.writeFileSync(temp, data, { mode: 0o600 });
    fs.renameSync(temp, file);
  } catch (error) {
    fs.rmSync(temp, { force: true });
    throw error;
  }
}

/** What was kept, or nothing where it is damaged, of another version or not there: it only saves time. */
function readListing(file: string): (Fan | undefined)[] {
  let data: Buffer;
  try {
    data = fs.readFileSync(file);
  } catch {
    return [];
  }
  if (data.length < 16 || data.readUInt32LE(0) !== MAGIC || data.readUInt32LE(4) !== VERSION) return [];
  const sum = new Checksum();
  const fans: Fan[] = [];
  let at = 16;
  const take = (length: number): Buffer => {
    const part = data.subarray(at, at + length);
    sum.add(part);
    at += length;
    return part;
  };
  for (let i = 0; i < 256; i++) {
    if (at + 40 > data.length) return [];
    const head = take(40);
    const [files, trees] = [head.readUInt32LE(0), head.readUInt32LE(4)];
    if (at + (files + trees) * DIGEST_BYTES > data.length) return [];
    const [mtime, ctime, ino, asOf] = [8, 16, 24, 32].map((offset) => head.readDoubleLE(offset)) as [
      number,
      number,
      number,
      number,
    ];
    fans.push({ mtime, ctime, ino, asOf, files: take(files * DIGEST_BYTES), trees: take(trees * DIGEST_BYTES) });
  }
  return data.readUInt32LE(8) === sum.words[0] && data.readUInt32LE(12) === sum.words[1] && at === data.length
    ? fans
    : [];
}
