import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { errnoOf } from '../core/errors.ts';
import { asOid, type Oid, type RepoPath } from '../core/ids.ts';
import { type OpContext, warn } from '../core/op-context.ts';
import { compareCodePoints, parentOf } from '../core/paths.ts';
import {
  type ContentHash,
  copyDigest,
  digestHex,
  isBlankDigest,
  md5,
  newDigests,
  writeDigest,
} from '../platform/digest.ts';
import { FileList, type FileStat, sameFile } from '../platform/file-list.ts';
import { everyIndex, mergePaths, type PathList, sameBytes } from '../platform/path-list.ts';
import { isSettled, SETTLING } from '../platform/settled.ts';
import { BadShard, EMPTY_SHARD, readShard, type Shard, writeShard } from './state-shard.ts';

/** What a walk's files are known to hold. */
export interface Known {
  /** 16 bytes a file, in the walk's order; not meaningful at the indices in `unknown`. May not be written to. */
  readonly digests: Uint8Array;
  /** Files that have to be read, ascending. */
  readonly unknown: Uint32Array;
}

/**
 * Remembers which content a file had when it last looked exactly as it looks now, so that unchanged data is never read again.
 *
 * Hints only: deleting or damaging it changes time, never results. One file for each tracked folder, and one for single
 * files, in a private folder; loaded when asked for, written by {@link save}. Two writers do no harm: the later one stays.
 */
export class HashState {
  readonly #folder: string;
  readonly #readOnly: boolean;
  readonly #ctx: OpContext;
  readonly #shards = new Map<string, Shard>();
  readonly #changed = new Set<string>();
  /** Single files recorded since the shard was read, by hash and path. */
  readonly #singles = new Map<string, Map<RepoPath, FileRecord>>();
  #warned = false;

  private constructor(folder: string, readOnly: boolean, ctx: OpContext) {
    this.#folder = folder;
    this.#readOnly = readOnly;
    this.#ctx = ctx;
  }

  /**
   * Reads nothing yet.
   *
   * @param folder The repository's private folder; made when first written to.
   * @param options `readOnly` for views that must not write: what they find out is forgotten.
   */
  static open(folder: string, ctx: OpContext, options: { readonly readOnly?: boolean } = {}): HashState {
    return new HashState(`${folder}/state`, options.readOnly ?? false, ctx);
  }

  /** What is known of the files of a tracked folder, by one pass over two sorted lists. */
  lookup(folder: RepoPath, hash: ContentHash, files: FileList): Known {
    const shard = this.#load(keyOf(folder, hash));
    if (shard.files.length === 0) return { digests: newDigests(files.length), unknown: everyIndex(files.length) };
    const unknown: number[] = [];
    if (looksSame(shard.files, files)) {
      for (let i = 0; i < files.length; i++) if (!isTrusted(shard, i)) unknown.push(i);
      return { digests: shard.digests, unknown: Uint32Array.from(unknown) };
    }
    const digests = newDigests(files.length);
    mergePaths(shard.files.paths, files.paths, (old, now) => {
      if (now === -1) return;
      if (old !== -1 && looksSameAt(shard.files, old, files, now) && isTrusted(shard, old))
        copyDigest(shard.digests, old, digests, now);
      else unknown.push(now);
    });
    return { digests, unknown: Uint32Array.from(unknown) };
  }

  /** The directory object that these very files make, if it was recorded: saves encoding it again. */
  knownTree(folder: RepoPath, hash: ContentHash, paths: PathList, digests: Uint8Array): Oid | undefined {
    const shard = this.#load(keyOf(folder, hash));
    if (shard.tree === undefined || !shard.files.paths.equals(paths) || !sameBytes(shard.digests, digests))
      return undefined;
    return asOid(`${digestHex(shard.tree, 0)}.dir`);
  }

  /**
   * Replaces what is known of a folder.
   *
   * @param asOf {@link clock} from before the files were read, or {@link clockAfter} they were put there.
   */
  record(
    folder: RepoPath,
    hash: ContentHash,
    files: FileList,
    digests: Uint8Array,
    { asOf, tree }: { readonly asOf: number; readonly tree?: Oid },
  ): void {
    const key = keyOf(folder, hash);
    const before = this.#shards.get(key);
    const raw = tree === undefined ? undefined : newDigests(1);
    if (raw !== undefined) writeDigest(raw, 0, tree as Oid);
    const shard: Shard = { files, digests, asOf, tree: raw };
    if (before !== undefined && saysTheSame(before, shard)) return;
    this.#shards.set(key, shard);
    this.#changed.add(key);
  }

  /** The content of one file, tracked by itself or within a tracked folder. */
  lookupFile(path: RepoPath, hash: ContentHash, stat: FileStat): Oid | undefined {
    const single = this.#singles.get(hash)?.get(path);
    if (single !== undefined)
      return isSettled(single.stat.ctime, single.asOf) && sameFile(single.stat, stat) ? single.oid : undefined;
    const own = findIn(this.#load(singlesKey(hash)), path, stat);
    if (own !== undefined) return own;
    for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) {
      const found = findIn(this.#load(keyOf(folder, hash)), path.slice(folder.length + 1), stat);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** @param asOf As for {@link record}. */
  recordFile(path: RepoPath, hash: ContentHash, stat: FileStat, oid: Oid, asOf: number): void {
    this.#setSingle(path, hash, { stat, oid, asOf });
  }

  /** Nothing is known any more of `path`, a file or a tracked folder. */
  forget(path: RepoPath): void {
    for (const hash of ['md5', 'md5-dos2unix'] as const) {
      this.#setSingle(path, hash, { stat: NO_STAT, oid: undefined, asOf: 0 });
      const key = keyOf(path, hash);
      if (this.#load(key) === EMPTY_SHARD) continue;
      this.#shards.set(key, EMPTY_SHARD);
      this.#changed.add(key);
    }
  }

  /**
   * The time by the clock that stamps files, in milliseconds.
   *
   * A digest taken within a timestamp's granularity of the file's last change is not trusted: another change may have got
   * the same timestamp.
   */
  clock(): number {
    if (this.#readOnly) return Date.now();
    try {
      const probe = `${this.#folder}/clock`;
      touch(probe);
      fs.utimesSync(probe, 0, 0); // Any change of the inode is stamped with the current time.
      return Math.min(fs.statSync(probe).ctimeMs, Date.now());
    } catch {
      return Date.now();
    }
  }

  /**
   * The time as of which files are recorded that were just put in place.
   *
   * Waits until large ones among them are settled, for some milliseconds: reading them again the next time would take longer.
   */
  async clockAfter(placed: FileList): Promise<number> {
    const now = this.clock();
    for (let i = 0; i < placed.length; i++) {
      const ctime = placed.ctime[i] as number;
      if ((placed.size[i] as number) < WORTH_WAITING || isSettled(ctime, now) || ctime % 1000 === 0) continue;
      await setTimeout(SETTLING + 5);
      return this.clock();
    }
    return now;
  }

  /** Writes what changed. A failure is logged: the next command reads more than it had to. */
  save(): void {
    if (this.#readOnly) return;
    for (const hash of this.#singles.keys()) this.#mergeSingles(hash as ContentHash);
    try {
      if (this.#changed.size > 0) fs.mkdirSync(this.#folder, { recursive: true });
      for (const key of this.#changed) {
        const shard = this.#shards.get(key) ?? EMPTY_SHARD;
        if (shard.files.length === 0) fs.rmSync(this.#path(key), { force: true });
        else writeShard(this.#path(key), shard);
      }
      this.#changed.clear();
    } catch (error) {
      this.#ctx.log.warn(`the index of file hashes was not saved: ${String(error)}`);
    }
  }

  #setSingle(path: RepoPath, hash: ContentHash, record: FileRecord): void {
    let records = this.#singles.get(hash);
    if (records === undefined) this.#singles.set(hash, (records = new Map()));
    records.set(path, record);
  }

  /** Puts what was recorded of single files into their shard, and drops what time has not settled. */
  #mergeSingles(hash: ContentHash): void {
    const key = singlesKey(hash);
    const old = this.#load(key);
    const records = this.#singles.get(hash) ?? new Map<RepoPath, FileRecord>();
    const kept = new Map<string, FileRecord>();
    for (let i = 0; i < old.files.length; i++) {
      const path = old.files.paths.at(i);
      if (isTrusted(old, i))
        kept.set(path, { stat: old.files.statAt(i), oid: asOid(digestHex(old.digests, i)), asOf: old.asOf });
    }
    let asOf = old.asOf;
    for (const [path, record] of records) {
      asOf = Math.max(asOf, record.asOf);
      if (record.oid === undefined || !isSettled(record.stat.ctime, record.asOf)) kept.delete(path);
      else kept.set(path, record);
    }
    const paths = [...kept.keys()].sort(compareCodePoints);
    const digests = newDigests(paths.length);
    for (const [i, path] of paths.entries()) writeDigest(digests, i, kept.get(path)!.oid as Oid);
    const files = FileList.of(paths.map((path) => [path, kept.get(path)!.stat]));
    this.#shards.set(key, { files, digests, asOf, tree: undefined });
    this.#changed.add(key);
    this.#singles.delete(hash);
  }

  #load(key: string): Shard {
    let shard = this.#shards.get(key);
    if (shard === undefined) this.#shards.set(key, (shard = this.#read(key)));
    return shard;
  }

  #read(key: string): Shard {
    try {
      return readShard(this.#path(key)) ?? EMPTY_SHARD;
    } catch (error) {
      if (!(error instanceof BadShard)) throw error;
      this.#setAside(key, error);
      return EMPTY_SHARD;
    }
  }

  #setAside(key: string, reason: BadShard): void {
    if (!this.#warned) warn(this.#ctx, `The index of file hashes is set aside and built again: ${reason.message}.`);
    this.#warned = true;
    if (this.#readOnly) return;
    try {
      fs.renameSync(this.#path(key), `${this.#folder}/set-aside`);
    } catch (error) {
      this.#ctx.log.warn(`the index of file hashes could not be set aside: ${String(error)}`);
    }
  }

  #path(key: string): string {
    return `${this.#folder}/${md5(Buffer.from(key))}.idx`;
  }
}

/** Bytes. */
const WORTH_WAITING = 8 * 1024 * 1024;

interface FileRecord {
  readonly stat: FileStat;
  /** Undefined for a path that was forgotten. */
  readonly oid: Oid | undefined;
  readonly asOf: number;
}

const NO_STAT: FileStat = { size: -1, mtime: 0, ctime: 0, ino: 0, mode: 0 };

function touch(file: string): void {
  try {
    fs.writeFileSync(file, '');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    fs.mkdirSync(dirname(file), { recursive: true });
    fs.writeFileSync(file, '');
  }
}

const keyOf = (folder: RepoPath, hash: ContentHash): string => `${hash} folder ${folder}`;
const singlesKey = (hash: ContentHash): string => `${hash} files`;

const isTrusted = (shard: Shard, index: number): boolean =>
  isSettled(shard.files.ctime[index] as number, shard.asOf) && !isBlankDigest(shard.digests, index);

function findIn(shard: Shard, path: string, stat: FileStat): Oid | undefined {
  const index = shard.files.length === 0 ? -1 : shard.files.paths.indexOf(path);
  if (index === -1 || !isTrusted(shard, index) || !sameFile(shard.files.statAt(index), stat)) return undefined;
  return asOid(digestHex(shard.digests, index));
}

const looksSame = (a: FileList, b: FileList): boolean =>
  a.length === b.length &&
  sameBytes(a.mtime, b.mtime) &&
  sameBytes(a.ctime, b.ctime) &&
  sameBytes(a.size, b.size) &&
  sameBytes(a.ino, b.ino) &&
  a.paths.equals(b.paths);

const looksSameAt = (a: FileList, i: number, b: FileList, j: number): boolean =>
  a.ctime[i] === b.ctime[j] && a.mtime[i] === b.mtime[j] && a.size[i] === b.size[j] && a.ino[i] === b.ino[j];

/** The same files with the same content; what was known is still as well known. */
function saysTheSame(a: Shard, b: Shard): boolean {
  if (!looksSame(a.files, b.files) || !sameBytes(a.digests, b.digests)) return false;
  if (b.tree !== undefined && (a.tree === undefined || !sameBytes(a.tree, b.tree))) return false;
  for (let i = 0; i < a.files.length; i++) if (!isTrusted(a, i)) return false;
  return true;
}
