import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { Checksum } from '../platform/checksum.ts';
import { newDigests } from '../platform/digest.ts';
import { FileList } from '../platform/file-list.ts';
import { bytesOf, PathList } from '../platform/path-list.ts';
import { sweepOnce, tempName } from '../platform/temp-name.ts';

/** What was known of some files at one time: their stats then, and their digests. */
export interface Shard {
  readonly files: FileList;
  /** 16 bytes a file; zeros where it is not known. */
  readonly digests: Uint8Array;
  /** The file system's time, in milliseconds, before which every digest was taken. */
  readonly asOf: number;
  /** Raw digest of the directory object that these files make; undefined where nobody asked for it. */
  readonly tree: Uint8Array | undefined;
}

/** Thrown for a shard that cannot be used; `newer` tells a later version's from a damaged one. */
export class BadShard extends Error {
  readonly newer: boolean;
  constructor(newer: boolean) {
    super(newer ? 'it was written by a newer version' : 'it is damaged');
    this.newer = newer;
  }
}

const MAGIC = 0x45444f4c; // "LODE" as it lies in the file.
const VERSION = 1;
const HEADER = 64;
const [HAS_TREE, ASCII] = [1, 2];

/**
 * Header, then columns end to end, in the machine's byte order: the file is private to it. Laid out so that reading is one
 * call and a few views, without a copy.
 *
 * ```text
 * 0 magic u32   4 version u32   8 count u32   12 flags u32   16 asOf f64   24 bytes of paths f64   32 tree 16 bytes
 * 48 checksum 2 x u32   56 unused   64 size, mtime, ctime, ino f64   ends u32   digests 16 bytes   paths
 * ```
 */
export function writeShard(path: string, shard: Shard): void {
  const { files, digests, asOf, tree } = shard;
  const columns = [files.size, files.mtime, files.ctime, files.ino, files.paths.ends, digests, files.paths.bytes];
  const header = new ArrayBuffer(HEADER);
  const words = new Uint32Array(header);
  const flags = (tree === undefined ? 0 : HAS_TREE) | (files.paths.ascii ? ASCII : 0);
  words.set([MAGIC, VERSION, files.length, flags]);
  new Float64Array(header).set([asOf, files.paths.bytes.length], 2);
  if (tree !== undefined) new Uint8Array(header).set(tree, 32);
  const sum = new Checksum();
  sum.add(new Uint8Array(header, 0, 48));
  for (const column of columns) sum.add(bytesOf(column));
  words.set(sum.words, 12);
  const folder = dirname(path);
  sweepOnce(folder);
  const temp = `${folder}/${tempName()}`;
  const file = fs.openSync(temp, 'w', 0o600);
  try {
    try {
      for (const part of [new Uint8Array(header), ...columns.map(bytesOf)])
        for (let at = 0; at < part.length; ) at += fs.writeSync(file, part, at, part.length - at);
    } finally {
      fs.closeSync(file);
    }
    fs.renameSync(temp, path); // Not flushed: a torn shard is noticed by its checksum, and costs time only.
  } catch (error) {
    fs.rmSync(temp, { force: true });
    throw error;
  }
}

/** Undefined where there is none. @throws BadShard */
export function readShard(path: string): Shard | undefined {
  const buffer = readWhole(path);
  if (buffer === undefined) return undefined;
  if (buffer.byteLength < HEADER) throw new BadShard(false);
  const words = new Uint32Array(buffer, 0, HEADER / 4);
  if (words[0] !== MAGIC) throw new BadShard(false);
  if (words[1] !== VERSION) throw new BadShard((words[1] as number) > VERSION);
  const count = words[2] as number;
  const flags = words[3] as number;
  const [asOf, pathBytes] = new Float64Array(buffer, 16, 2) as unknown as [number, number];
  if (HEADER + count * 52 + pathBytes !== buffer.byteLength) throw new BadShard(false);
  const sum = new Checksum();
  sum.add(new Uint8Array(buffer, 0, 48));
  let at = HEADER;
  const next = (bytes: number): Uint8Array => {
    const part = new Uint8Array(buffer, at, bytes);
    sum.add(part);
    at += bytes;
    return part;
  };
  const float = (): Float64Array => new Float64Array(buffer, next(count * 8).byteOffset, count);
  const [size, mtime, ctime, ino] = [float(), float(), float(), float()];
  const ends = new Uint32Array(buffer, next(count * 4).byteOffset, count);
  const digests = next(count * 16);
  const paths = new PathList(bytesOf(next(pathBytes)), ends, (flags & ASCII) !== 0);
  if (sum.words[0] !== words[12] || sum.words[1] !== words[13]) throw new BadShard(false);
  const blank = { mode: new Uint32Array(0), linked: new Uint8Array(0) }; // Change with the change time; not kept.
  const tree = (flags & HAS_TREE) === 0 ? undefined : new Uint8Array(buffer, 32, 16);
  return { files: new FileList(paths, { size, mtime, ctime, ino, ...blank }), digests, asOf, tree };
}

export const EMPTY_SHARD: Shard = { files: FileList.of([]), digests: newDigests(0), asOf: 0, tree: undefined };

function readWhole(path: string): ArrayBuffer | undefined {
  let file: number;
  try {
    file = fs.openSync(path, 'r');
  } catch {
    return undefined; // Not there, or not ours to read: either way it knows nothing.
  }
  try {
    const buffer = new ArrayBuffer(fs.fstatSync(file).size); // Its own block: columns need their alignment.
    const bytes = new Uint8Array(buffer);
    for (let at = 0, read = 1; at < bytes.length && read > 0; at += read)
      read = fs.readSync(file, bytes, at, bytes.length - at, null);
    return buffer;
  } catch {
    return undefined;
  } finally {
    fs.closeSync(file);
  }
}
