import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, fromErrno } from '../core/errors.ts';
import type { Oid } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { Checksum } from '../platform/checksum.ts';
import { DIGEST_BYTES, newDigests, writeDigest } from '../platform/digest.ts';
import { DigestSet } from '../platform/digest-set.ts';
import { OidSet } from '../platform/oid-set.ts';
import { bytesOf, sameBytes } from '../platform/path-list.ts';
import { isSettled } from '../platform/settled.ts';
import { giveWay, runInSlices } from '../platform/slices.ts';
import { sweepOnce, tempName } from '../platform/temp-name.ts';

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
const VERSION = 2;
/**
 * Which objects an object folder holds, read folder by folder and remembered while the folders stay as they are: an
 * unchanged cache of a million objects costs 256 `stat`s.
 */
export class CacheListing {
  readonly #root: string;
  readonly #file: string | undefined;
  #fans: (Fan | undefined)[] | undefined;
  /** Directory objects whose files are all there, as long as no folder changes. */
  #whole = new DigestSet();

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
    await runInSlices(
      findMissing(wanted.files, (fan) => fans[fan]?.files, missing.files),
      ctx,
    );
    await runInSlices(
      findMissing(wanted.trees, (fan) => fans[fan]?.trees, missing.trees),
      ctx,
    );
    return missing;
  }

  /** Whether a directory object and its files were all there, and no folder has changed since. */
  async isWhole(tree: Oid, ctx: OpContext): Promise<boolean> {
    await this.#refresh(ctx);
    return this.#whole.hasHex(tree.slice(0, 32));
  }

  /** To be called when {@link missing} has just found nothing. */
  async noteWhole(tree: Oid, ctx: OpContext): Promise<void> {
    const fans = await this.#refresh(ctx);
    if (this.#whole.addHex(tree.slice(0, 32))) this.#save(fans, ctx);
  }

  async #refresh(ctx: OpContext): Promise<readonly Fan[]> {
    const before = (this.#fans ??= this.#load());
    const fans = await runInSlices(this.#readFans(before), ctx);
    this.#fans = fans;
    if (fans.every((fan, i) => fan === before[i])) return fans;
    if (!fans.every((fan, i) => sameNames(fan, before[i]))) this.#whole.clear();
    await giveWay(ctx);
    this.#save(fans, ctx);
    return fans;
  }

  #load(): (Fan | undefined)[] {
    const kept = this.#file === undefined ? undefined : readListing(this.#file);
    if (kept === undefined) return [];
    this.#whole = DigestSet.of(kept.whole);
    return kept.fans;
  }

  #save(fans: readonly Fan[], ctx: OpContext): void {
    if (this.#file === undefined) return;
    try {
      writeListing(this.#file, fans, this.#whole.toColumn());
    } catch (error) {
      ctx.log.warn(`the list of cached objects was not saved: ${String(error)}`);
    }
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

const sameNames = (a: Fan, b: Fan | undefined): boolean =>
  b !== undefined && sameBytes(a.files, b.files) && sameBytes(a.trees, b.trees);

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
function* findMissing(
  wanted: DigestSet,
  present: (fan: number) => Uint8Array | undefined,
  missing: DigestSet,
): Generator<void, void> {
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
    yield;
    const here = DigestSet.of(present(fan) ?? newDigests(0));
    for (let i = from; i < to; i++) if (!here.has(column, order[i] as number)) missing.add(column, order[i] as number);
  }
}

/**
 * ```text
 * 0 magic u32   4 version u32   8 checksum 2 x u32   then for each of 256 folders:
 * files u32   trees u32   mtime, ctime, ino, asOf f64   16 bytes a file, 16 bytes a tree
 * and to the end 16 bytes for each tree that is whole
 * ```
 */
function writeListing(file: string, fans: readonly Fan[], whole: Uint8Array): void {
  const sum = new Checksum();
  const parts: Buffer[] = [];
  for (const { files, trees, mtime, ctime, ino, asOf } of fans) {
    const head = bytesOf(new Float64Array([0, mtime, ctime, ino, asOf]));
    head.writeUInt32LE(files.length / DIGEST_BYTES, 0);
    head.writeUInt32LE(trees.length / DIGEST_BYTES, 4);
    parts.push(head, bytesOf(files), bytesOf(trees));
  }
  parts.push(bytesOf(whole));
  for (const part of parts) sum.add(part);
  const folder = dirname(file);
  const temp = `${folder}/${tempName()}`;
  fs.mkdirSync(folder, { recursive: true });
  try {
    sweepOnce(folder);
    const data = Buffer.concat([bytesOf(new Uint32Array([MAGIC, VERSION])), bytesOf(sum.words), ...parts]);
    fs.writeFileSync(temp, data, { mode: 0o600 });
    fs.renameSync(temp, file);
  } catch (error) {
    fs.rmSync(temp, { force: true });
    throw error;
  }
}

/** What was kept; undefined where it is damaged, of another version or not there: it only saves time. */
function readListing(file: string): { fans: Fan[]; whole: Uint8Array } | undefined {
  let data: Buffer;
  try {
    data = fs.readFileSync(file);
  } catch {
    return undefined;
  }
  if (data.length < 16 || data.readUInt32LE(0) !== MAGIC || data.readUInt32LE(4) !== VERSION) return undefined;
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
    if (at + 40 > data.length) return undefined;
    const head = take(40);
    const [files, trees] = [head.readUInt32LE(0), head.readUInt32LE(4)];
    if (at + (files + trees) * DIGEST_BYTES > data.length) return undefined;
    const [mtime, ctime, ino, asOf] = [8, 16, 24, 32].map((offset) => head.readDoubleLE(offset)) as [
      number,
      number,
      number,
      number,
    ];
    fans.push({ mtime, ctime, ino, asOf, files: take(files * DIGEST_BYTES), trees: take(trees * DIGEST_BYTES) });
  }
  if ((data.length - at) % DIGEST_BYTES !== 0) return undefined;
  const whole = take(data.length - at);
  return data.readUInt32LE(8) === sum.words[0] && data.readUInt32LE(12) === sum.words[1] ? { fans, whole } : undefined;
}
