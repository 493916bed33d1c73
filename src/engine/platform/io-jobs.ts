import type { OpContext } from '../core/op-context.ts';
import { type ContentHash, DIGEST_BYTES, newDigests, pickDigests } from './digest.ts';
import { blankColumns, FileList } from './file-list.ts';
import {
  type CopyBatch,
  eachStat,
  type IoBatch,
  type IoFailure,
  type IoOutcome,
  type ObjectColumns,
  type ObjectFolder,
  type PlaceBatch,
  pathColumns,
  type VerifiedObject,
} from './io-batch.ts';
import type { IoPool } from './io-pool.ts';
import type { LinkType } from './links.ts';
import { everyIndex, type PathList } from './path-list.ts';

/** Files finished and bytes worked on since the last call. */
export type OnProgress = (files: number, bytes: number) => void;

/** What a job did. Indices are those of the list it was given. */
export interface IoResult {
  /** Objects or files written or deleted. */
  readonly done: number;
  /** Bytes of content written or freed. */
  readonly bytes: number;
  readonly failures: readonly IoFailure[];
  /** Large objects that are now known to be whole. */
  readonly verified: readonly VerifiedObject[];
  /** It ended early: there is no space left, each further item would fail as well, and others share the disk. */
  readonly full: boolean;
}

export interface DigestResult extends IoResult {
  /** 16 bytes for each of the files asked for, in their order; zeros for one that failed. */
  readonly digests: Uint8Array;
}

/** Some files below a folder. */
export interface FileSelection {
  /** Absolute. */
  readonly root: string;
  /** Refreshed in place where a file was not any more as the walk had seen it. */
  readonly files: FileList;
  /** Indices, ascending; all files without it. */
  readonly only?: Uint32Array;
}

/** Digests files, each read once. A file that goes on changing fails with `file-changing`. */
export function hashFiles(
  pool: IoPool,
  { root, files, only = everyIndex(files.length) }: FileSelection,
  hash: ContentHash,
  ctx: OpContext,
  onProgress?: OnProgress,
): Promise<DigestResult> {
  const batch = (indices: Uint32Array): IoBatch => ({ kind: 'hash', root, ...columnsAt(files, indices), hash });
  return digestFiles(pool, files, only, batch, ctx, onProgress);
}

/** Digests files and puts their bytes into a cache on the way. The files themselves are not touched. */
export function storeFiles(
  pool: IoPool,
  { root, files, only = everyIndex(files.length) }: FileSelection,
  cache: { readonly objects: ObjectFolder; readonly empty: boolean },
  ctx: OpContext,
  onProgress?: OnProgress,
): Promise<DigestResult> {
  const batch = (indices: Uint32Array): IoBatch => ({ kind: 'store', root, ...columnsAt(files, indices), ...cache });
  return digestFiles(pool, files, only, batch, ctx, onProgress);
}

async function digestFiles(
  pool: IoPool,
  files: FileList,
  only: Uint32Array,
  batchOf: (indices: Uint32Array) => IoBatch,
  ctx: OpContext,
  onProgress: OnProgress | undefined,
): Promise<DigestResult> {
  const total = newTotal();
  const digests = newDigests(only.length);
  await pool.run(
    {
      items: only.length,
      bytes: files.totalSize(only),
      *batches() {
        const sizeAt = (position: number): number => files.size[only[position] as number] as number;
        for (const positions of cut(only.length, sizeAt)) {
          if (total.full) return;
          yield { batch: batchOf(positions.map((position) => only[position] as number)), indices: positions };
        }
      },
      collect({ indices }, outcome) {
        scatter(outcome.digests, indices, digests);
        eachStat(outcome.stats, (index, stat) => files.set(only[indices[index] as number] as number, stat));
        addTo(total, outcome, (index) => only[indices[index] as number] as number);
      },
      ...(onProgress === undefined ? {} : { onProgress }),
    },
    ctx,
  );
  return { ...total, digests };
}

/** Objects to be put at workspace paths. */
export interface PlaceRequest {
  /** A folder that is ours, as the repository's root; below it no link is followed. */
  readonly root: string;
  /** From `root` to the folder that `paths` start from; '' for the root. */
  readonly folder: string;
  readonly paths: PathList;
  readonly digests: Uint8Array;
  /** 1 where the owner may execute the file; none without it. */
  readonly exec?: Uint8Array;
  /** 1 where the object was verified and has not changed since; none without it. */
  readonly trusted?: Uint8Array;
  /** Bytes, where known: large files are then given to threads first. */
  readonly sizes?: Float64Array;
  readonly objects: ObjectFolder;
  readonly types: readonly LinkType[];
  /** Folder for unfinished files: on the targets' file system, outside of tracked folders. */
  readonly scratch: string;
  /** Nobody sees `root` before all is done: files get their names at once. */
  readonly unseen?: boolean;
}

export interface PlaceResult extends IoResult {
  /** The files as they are now; zeros where one failed. */
  readonly files: FileList;
  readonly links: Readonly<Partial<Record<LinkType, number>>>;
}

/** Puts objects at workspace paths, making folders as needed. What was at a path stays until the new file is whole. */
export async function placeObjects(
  pool: IoPool,
  request: PlaceRequest,
  ctx: OpContext,
  onProgress?: OnProgress,
): Promise<PlaceResult> {
  const { paths, digests, exec, trusted, sizes, objects, types, scratch, root, folder, unseen = false } = request;
  const total = newTotal();
  const links: Partial<Record<LinkType, number>> = {};
  const files = new FileList(paths, blankColumns(paths.length));
  const batchOf = (indices: Uint32Array): PlaceBatch => ({
    kind: 'place',
    root,
    folder,
    paths: pathColumns(paths.pick(indices)),
    digests: pickDigests(digests, indices),
    exec: Uint8Array.from(indices, (index) => exec?.[index] ?? 0),
    trusted: Uint8Array.from(indices, (index) => trusted?.[index] ?? 0),
    objects,
    types,
    scratch,
    unseen,
  });
  await pool.run(
    {
      items: paths.length,
      bytes: sizes === undefined ? 0 : sum(sizes),
      *batches() {
        for (const indices of cut(paths.length, (index) => sizes?.[index] ?? 0)) {
          if (total.full) return;
          yield { batch: batchOf(indices), indices };
        }
      },
      collect({ indices }, outcome) {
        eachStat(outcome.stats, (index, stat) => files.set(indices[index] as number, stat));
        for (const [type, count] of Object.entries(outcome.links) as [LinkType, number][])
          links[type] = (links[type] ?? 0) + count;
        addTo(total, outcome, (index) => indices[index] as number);
      },
      ...(onProgress === undefined ? {} : { onProgress }),
    },
    ctx,
  );
  return { ...total, files, links };
}

/** What is done to objects of one kind. */
export type ObjectWork =
  | { readonly kind: 'copy'; readonly from: ObjectFolder; readonly to: ObjectFolder }
  | { readonly kind: 'verify'; readonly objects: ObjectFolder }
  | { readonly kind: 'remove'; readonly objects: ObjectFolder };

/**
 * Copies, verifies or removes objects; `failures` are indices into `digests`.
 *
 * @param sizes In bytes, where known: threads then share the work by how much there is to read.
 */
export async function runOnObjects(
  pool: IoPool,
  work: ObjectWork,
  { digests, suffix }: ObjectColumns,
  ctx: OpContext,
  onProgress?: OnProgress,
  sizes?: Float64Array,
): Promise<IoResult> {
  const total = newTotal();
  const count = digests.length / DIGEST_BYTES;
  await pool.run(
    {
      items: count,
      bytes: sizes === undefined ? 0 : sum(sizes),
      *batches() {
        for (const indices of cut(count, (index) => sizes?.[index] ?? 0)) {
          if (total.full) return;
          const columns: ObjectColumns = { digests: pickDigests(digests, indices), suffix };
          yield { batch: { ...work, ...columns } as IoBatch as CopyBatch, indices }; // The union's members, made alike.
        }
      },
      collect({ indices }, outcome) {
        addTo(total, outcome, (index) => indices[index] as number);
      },
      ...(onProgress === undefined ? {} : { onProgress }),
    },
    ctx,
  );
  return total;
}

/** Enough that the trip to a thread does not show, and little enough that all threads end together. */
const BATCH = { items: 256, bytes: 8 * 1024 * 1024 } as const;

/** Positions 0 to `count` in batches: large files first and alone, so that no thread begins one when the others are done. */
function* cut(count: number, sizeAt: (position: number) => number): Generator<Uint32Array> {
  for (let i = 0; i < count; i++) if (sizeAt(i) >= BATCH.bytes) yield Uint32Array.of(i);
  const batch = new Uint32Array(BATCH.items);
  let [items, bytes] = [0, 0];
  for (let i = 0; i < count; i++) {
    const size = sizeAt(i);
    if (size >= BATCH.bytes) continue;
    batch[items++] = i;
    bytes += size;
    if (items < BATCH.items && bytes < BATCH.bytes) continue;
    yield batch.slice(0, items);
    [items, bytes] = [0, 0];
  }
  if (items > 0) yield batch.slice(0, items);
}

const columnsAt = (files: FileList, indices: Uint32Array) => ({
  paths: pathColumns(files.paths.pick(indices)),
  stats: {
    size: pick(files.size, indices),
    mtime: pick(files.mtime, indices),
    ctime: pick(files.ctime, indices),
    ino: pick(files.ino, indices),
  },
});

function pick(column: Float64Array, indices: Uint32Array): Float64Array {
  const picked = new Float64Array(indices.length);
  for (let i = 0; i < indices.length; i++) picked[i] = column[indices[i] as number] as number;
  return picked;
}

function scatter(from: Uint8Array, positions: Uint32Array, to: Uint8Array): void {
  for (let i = 0; i < positions.length; i++)
    to.set(from.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES), (positions[i] as number) * DIGEST_BYTES);
}

const newTotal = () => ({
  done: 0,
  bytes: 0,
  failures: [] as IoFailure[],
  verified: [] as VerifiedObject[],
  full: false,
});

function addTo(total: ReturnType<typeof newTotal>, outcome: IoOutcome, indexOf: (index: number) => number): void {
  total.done += outcome.done;
  total.bytes += outcome.bytes;
  for (const object of outcome.verified) total.verified.push(object);
  for (const failure of outcome.failures) {
    total.failures.push({ ...failure, index: indexOf(failure.index) });
    if (failure.code === 'ENOSPC' || failure.code === 'EDQUOT') total.full = true;
  }
}

const sum = (column: Float64Array): number => column.reduce((total, value) => total + value, 0);
