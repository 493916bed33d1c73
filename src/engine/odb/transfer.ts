import { DvcError, errnoOf, fromErrno, objectCorrupt, objectMissing } from '../core/errors.ts';
import { asOid, isDirOid, type Oid } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import type { Tree } from '../hash/tree.ts';
import { digestHex } from '../platform/digest.ts';
import { ioFailureError } from '../platform/io-failure.ts';
import type { OnProgress } from '../platform/io-jobs.ts';
import { mapLimit } from '../platform/map-limit.ts';
import { OidSet } from '../platform/oid-set.ts';
import { LocalOdb } from './local-odb.ts';
import type { Odb } from './odb.ts';
import { RemoteOdb } from './remote-odb.ts';

/** What is to be there afterwards: a file's object, or a directory's with all or some of its files. */
export interface TransferRoot {
  readonly oid: Oid;
  /** For a directory: the files wanted. */
  readonly only?: (relpath: string) => boolean;
}

export interface TransferOptions {
  readonly onProgress?: OnProgress;
  /** Told how many objects will be transferred, once that is known. */
  readonly onExpect?: (objects: number) => void;
}

export interface TransferFailure {
  readonly oid: Oid;
  readonly error: DvcError;
}

export interface TransferResult {
  /** Objects, directory objects among them. */
  readonly transferred: number;
  /** Of content. */
  readonly bytes: number;
  /** Wanted objects that were there before. */
  readonly present: number;
  /** On neither side. */
  readonly missing: readonly Oid[];
  /** Not sent, as not all of their files are there. */
  readonly withheldTrees: readonly Oid[];
  readonly failed: readonly TransferFailure[];
}

/**
 * Brings objects from one database to another: files first, then the directory objects that name them. Safe to repeat.
 *
 * The presence of a directory object is not taken for the presence of its files: each one is looked for. Content is hashed on
 * the way, so no name ever gets other bytes. An object that fails is reported, and the rest goes on.
 */
export async function transferObjects(
  from: Odb,
  to: Odb,
  roots: readonly TransferRoot[],
  ctx: OpContext,
  options: TransferOptions,
): Promise<TransferResult> {
  const found = await expand(from, to, roots, ctx);
  const absent = await to.missing(found.wanted, ctx);
  options.onExpect?.(absent.size);
  const files = new OidSet();
  files.files.addAll(absent.files.toColumn());
  const sent = await send(from, to, files, ctx, options.onProgress);
  const left = new OidSet();
  for (const { oid } of sent.failed) left.add(oid);

  const trees = new OidSet();
  const withheldTrees: Oid[] = [];
  for (const [oid, tree] of found.trees) {
    if (!absent.has(oid)) continue;
    if (isComplete(tree, found, left)) trees.add(oid);
    else withheldTrees.push(oid);
  }
  const sentTrees = await send(from, to, trees, ctx, options.onProgress);
  if (to instanceof LocalOdb) await to.flush(ctx);

  const failures = [...found.failed, ...sent.failed, ...sentTrees.failed];
  return {
    transferred: sent.count + sentTrees.count,
    bytes: sent.bytes + sentTrees.bytes,
    present: found.wanted.size - absent.size,
    missing: failures.filter(isMissing).map(({ oid }) => oid),
    withheldTrees,
    failed: failures.filter((failure) => !isMissing(failure)),
  };
}

const isMissing = ({ error }: TransferFailure): boolean => error.code === 'object-missing';

interface Found {
  readonly wanted: OidSet;
  readonly trees: ReadonlyMap<Oid, Tree>;
  /** Directories of which only some files are wanted. */
  readonly partial: ReadonlySet<Oid>;
  readonly failed: readonly TransferFailure[];
}

/** Directory objects are read, from wherever they are; one that cannot be read is reported. */
async function expand(from: Odb, to: Odb, roots: readonly TransferRoot[], ctx: OpContext): Promise<Found> {
  const wanted = new OidSet();
  const trees = new Map<Oid, Tree>();
  const partial = new Set<Oid>();
  const failed = new Map<Oid, TransferFailure>();
  for (const { oid, only } of roots) {
    if (!isDirOid(oid)) {
      wanted.add(oid);
      continue;
    }
    try {
      const tree = trees.get(oid) ?? (await readTree(oid, from, to, ctx));
      trees.set(oid, tree);
      wanted.add(oid);
      if (only === undefined) wanted.files.addAll(tree.digests);
      else partial.add(oid);
      for (let i = 0; only !== undefined && i < tree.length; i++)
        if (only(tree.relpath(i))) wanted.files.add(tree.digests, i);
    } catch (error) {
      if (!DvcError.is(error) || error.code === 'cancelled') throw error;
      failed.set(oid, { oid, error });
    }
  }
  return { wanted, trees, partial, failed: [...failed.values()] };
}

async function readTree(oid: Oid, from: Odb, to: Odb, ctx: OpContext): Promise<Tree> {
  try {
    return await from.readTree(oid, ctx);
  } catch (error) {
    if (!DvcError.is(error, 'object-missing') && !DvcError.is(error, 'object-corrupt')) throw error;
    try {
      return await to.readTree(oid, ctx);
    } catch {
      throw error; // What is wrong where it should have come from says more.
    }
  }
}

/** As in DVC, a directory object goes when the files of it that were asked for are there. */
function isComplete(tree: Tree, found: Found, left: OidSet): boolean {
  for (let i = 0; left.size > 0 && i < tree.length; i++)
    if (left.files.has(tree.digests, i) && found.wanted.files.has(tree.digests, i)) return false;
  return true;
}

interface Sent {
  count: number;
  bytes: number;
  readonly failed: TransferFailure[];
}

function send(from: Odb, to: Odb, oids: OidSet, ctx: OpContext, onProgress?: OnProgress): Promise<Sent> {
  if (from instanceof LocalOdb && to instanceof LocalOdb) return copyAll(from, to, oids, ctx, onProgress);
  if (from instanceof LocalOdb && to instanceof RemoteOdb) return upload(from, to, oids, ctx, onProgress);
  if (from instanceof RemoteOdb && to instanceof LocalOdb)
    return each(oids, from.maxConcurrency, ctx, onProgress, (oid) => from.download(oid, to, ctx));
  throw new Error(`no way from ${from.url} to ${to.url}`);
}

async function copyAll(
  from: LocalOdb,
  to: LocalOdb,
  oids: OidSet,
  ctx: OpContext,
  onProgress?: OnProgress,
): Promise<Sent> {
  const sent: Sent = { count: 0, bytes: 0, failed: [] };
  for (const columns of [
    { digests: oids.files.toColumn(), suffix: '' },
    { digests: oids.trees.toColumn(), suffix: '.dir' },
  ] as const) {
    const result = await to.copyFrom(from, columns, ctx, onProgress);
    sent.count += result.done;
    sent.bytes += result.bytes;
    for (const failure of result.failures) {
      const oid = asOid(digestHex(columns.digests, failure.index) + columns.suffix);
      sent.failed.push({ oid, error: ioFailureError(failure, 'copy') });
    }
  }
  return sent;
}

/** All are hashed before the first one is sent: what is sent wrong cannot be taken back from every store. */
async function upload(
  from: LocalOdb,
  to: RemoteOdb,
  oids: OidSet,
  ctx: OpContext,
  onProgress?: OnProgress,
): Promise<Sent> {
  const { corrupt, missing, unreadable } = await from.verify(oids, ctx);
  const good = oids.without(OidSet.of([...corrupt, ...missing, ...unreadable.map(({ oid }) => oid)]));
  const sent = await each(good, to.maxConcurrency, ctx, onProgress, (oid) => to.upload(oid, from, ctx));
  for (const oid of corrupt) sent.failed.push({ oid, error: objectCorrupt(oid, from.url) });
  for (const oid of missing) sent.failed.push({ oid, error: objectMissing(oid, from.url) });
  for (const { oid, failure } of unreadable) sent.failed.push({ oid, error: ioFailureError(failure, 'read') });
  return sent;
}

/** @param move Gives the bytes moved. */
async function each(
  oids: OidSet,
  concurrency: number,
  ctx: OpContext,
  onProgress: OnProgress | undefined,
  move: (oid: Oid) => Promise<number>,
): Promise<Sent> {
  const sent: Sent = { count: 0, bytes: 0, failed: [] };
  await mapLimit([...oids], concurrency, ctx.signal, async (oid) => {
    try {
      const bytes = await move(oid);
      sent.count++;
      sent.bytes += bytes;
      onProgress?.(1, bytes);
    } catch (error) {
      const known = errnoOf(error) === undefined || DvcError.is(error) ? error : fromErrno(error, 'transfer', oid);
      if (!DvcError.is(known) || known.code === 'cancelled') throw known;
      sent.failed.push({ oid, error: known });
    }
  });
  return sent;
}
