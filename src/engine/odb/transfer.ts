import * as os from 'node:os';
import { DvcError, errnoOf, fromErrno } from '../core/errors.ts';
import { isDirOid, type Oid, type RepoPath } from '../core/ids.ts';
import { type Counter, createOpContext, type OpContext, startProgress } from '../core/op-context.ts';
import { below, isWithin } from '../core/paths.ts';
import type { Tree } from '../hash/tree.ts';
import { sameDigest } from '../platform/digest.ts';
import { mapLimit } from '../platform/map-limit.ts';
import { OidSet } from '../platform/oid-set.ts';
import { isUnreached } from '../remote/retry.ts';
import { ConcurrencyLimit } from './concurrency.ts';
import { copyInTurns, copyObjects } from './copy-objects.ts';
import { type Downloaded, type DownloadOptions, download } from './download.ts';
import { EarlyArrivals } from './early-arrivals.ts';
import { LocalOdb } from './local-odb.ts';
import type { Odb } from './odb.ts';
import { RemoteOdb } from './remote-odb.ts';
import { noneSent, type Sent, type TransferFailure } from './sent.ts';
import type { TransferControl } from './transfer-control.ts';
import { type Lane, Lanes } from './transfer-lanes.ts';
import { upload } from './upload.ts';

/** What is to be there afterwards: a file's object, or a directory's with all or some of its files. */
export interface TransferRoot {
  readonly oid: Oid;
  /** For a directory: the files wanted. */
  readonly only?: (relpath: string) => boolean;
  /** For a directory: the one file in it that is wanted, or the folder with what is below it. */
  readonly below?: string;
  /** Where it belongs: for progress, and for what is wanted first. */
  readonly path?: RepoPath;
  /** Bytes of all of it, where they are recorded. */
  readonly size?: number | undefined;
}

export interface TransferOptions {
  readonly progress?: Counter;
  readonly control?: TransferControl | undefined;
  /** Believe what a remote was seen to hold, after a look at a sample. */
  readonly remembered?: boolean;
}

export type { TransferFailure } from './sent.ts';

export interface TransferResult {
  /** Objects, directory objects among them. */
  readonly transferred: number;
  /** Of content. */
  readonly bytes: number;
  /** Wanted objects that were there before. */
  readonly present: number;
  /** On neither side. */
  readonly missing: readonly Oid[];
  /** Those, with where they belong. */
  readonly lacking: readonly TransferFailure[];
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
  const run = startRun(from, to, found, ctx, options);
  const { early } = run;
  const { absent, sent } = await sendFiles(run);
  const left = new OidSet();
  for (const { oid } of sent.failed) left.add(oid);

  const trees = new OidSet();
  const withheldTrees: Oid[] = [];
  for (const [oid, tree] of found.trees) {
    if (!absent.has(oid) || early.has(oid)) continue;
    if (isComplete(tree, found, left)) trees.add(oid);
    else withheldTrees.push(oid);
  }
  const sentTrees = await move(unheld(run), trees);
  if (to instanceof LocalOdb) await to.flush(ctx);

  const broken = [...found.failed, ...sent.failed, ...sentTrees.failed];
  const paths = pathsOf(found, OidSet.of(broken.map(({ oid }) => oid)));
  const failures = broken.map((failure) => ({ ...failure, path: paths.get(failure.oid) }));
  if (to instanceof RemoteOdb) remember(to, absent, failures, withheldTrees, ctx);
  if (from instanceof RemoteOdb && failures.some(isMissing)) from.forget(ctx);
  return {
    transferred: sent.count + early.sent.count + sentTrees.count,
    bytes: sent.bytes + early.sent.bytes + sentTrees.bytes,
    present: found.wanted.size - absent.size,
    missing: failures.filter(isMissing).map(({ oid }) => oid),
    lacking: failures.filter(isMissing),
    withheldTrees,
    failed: failures.filter((failure) => !isMissing(failure)),
  };
}

const QUIET: OpContext = createOpContext();

const isMissing = ({ error }: TransferFailure): boolean => error.code === 'object-missing';

/** Directory objects are small, and each is waited for. */
const TREES_AT_ONCE = 8;

interface Found {
  readonly roots: readonly TransferRoot[];
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
  const named = new Set(roots.map(({ oid }) => oid).filter(isDirOid));
  await mapLimit([...named], from instanceof RemoteOdb ? TREES_AT_ONCE : 1, ctx.signal, async (oid) => {
    try {
      trees.set(oid, await readTree(oid, from, to, ctx));
    } catch (error) {
      if (!DvcError.is(error) || error.code === 'cancelled') throw error;
      failed.set(oid, { oid, error });
    }
  });
  for (const { oid, only, below: inside } of roots) {
    const tree = trees.get(oid);
    if (failed.has(oid)) continue;
    wanted.add(oid);
    if (tree === undefined) continue;
    if (only === undefined && inside === undefined) wanted.files.addAll(tree.digests);
    else partial.add(oid);
    if (only === undefined && inside === undefined) continue;
    const { from: first, to: end } = tree.within(inside ?? '');
    for (let i = first; i < end; i++)
      if (only === undefined || only(tree.relpath(i))) wanted.files.add(tree.digests, i);
  }
  return { roots, wanted, trees, partial, failed: [...failed.values()] };
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

interface Run {
  readonly from: Odb;
  readonly to: Odb;
  readonly found: Found;
  readonly ctx: OpContext;
  readonly options: TransferOptions;
  readonly progress: Counter;
  readonly early: EarlyArrivals;
}

function startRun(from: Odb, to: Odb, found: Found, ctx: OpContext, options: TransferOptions): Run {
  const early = new EarlyArrivals({
    control: options.control,
    treesOf: (path) => (to instanceof LocalOdb ? treesOf(found, path).filter((oid) => !to.has(oid)) : []),
    send: (oids) => move(unheld(run), OidSet.of(oids)),
  });
  const progress = options.progress ?? startProgress(QUIET, 'transfer');
  const run: Run = { from, to, found, ctx, options, progress, early };
  return run;
}

/** For the few small objects that end a transfer: nothing of it is held, and the order is what it is. */
const unheld = (run: Run): Run => ({ ...run, options: { ...run.options, control: undefined } });

interface Moved {
  readonly absent: OidSet;
  readonly sent: Sent;
}

/** Everything but the directory objects. When it ends, however it does, nothing of it runs any more. */
async function sendFiles(run: Run): Promise<Moved> {
  const { from, to, early } = run;
  try {
    return to instanceof RemoteOdb && from instanceof LocalOdb ? await pushFiles(run, from, to) : await moveFiles(run);
  } finally {
    await early.finish();
  }
}

/** Everything is looked for first, where that costs no requests. */
async function moveFiles(run: Run): Promise<Moved> {
  const { to, found, ctx, progress } = run;
  const absent = await to.missing(found.wanted, ctx);
  progress.expectMore(absent.size, recordedBytes(found, absent));
  const files = new OidSet();
  files.files.addAll(absent.files.toColumn());
  return { absent, sent: await move(run, files) };
}

/** Files are sent as soon as it is known that the remote lacks them, while others are still being looked for. */
async function pushFiles(run: Run, from: LocalOdb, to: RemoteOdb): Promise<Moved> {
  const { found, ctx, options, progress } = run;
  const lanes = openLanes(run, to);
  try {
    const absent = await to.missing(found.wanted, ctx, {
      remembered: options.remembered ?? false,
      onMissing: (oid) => {
        progress.expectMore(1, from.statObject(oid)?.size ?? 0);
        if (!isDirOid(oid)) lanes.add(oid);
      },
    });
    return { absent, sent: await lanes.finish() };
  } catch (error) {
    await lanes.stop();
    throw error;
  }
}

async function move(run: Run, oids: OidSet): Promise<Sent> {
  const { from, to } = run;
  if (from instanceof LocalOdb && to instanceof LocalOdb) return copy(run, from, to, oids);
  const remote = to instanceof RemoteOdb ? to : from;
  if (!(remote instanceof RemoteOdb)) throw new Error(`no way from ${from.url} to ${to.url}`);
  const lanes = openLanes(run, remote, oids.size);
  lanes.addAll(oids);
  return lanes.finish();
}

function copy(
  { ctx, options, progress, found, early }: Run,
  from: LocalOdb,
  to: LocalOdb,
  oids: OidSet,
): Promise<Sent> {
  const { control } = options;
  if (!control) return copyObjects(from, to, oids, ctx, progress);
  const itemsAt = (path: RepoPath) => oidsAt(found, path);
  return copyInTurns(from, to, oids, ctx, { control, progress, itemsAt, onArrived: (path) => early.begin(path) });
}

/** So many at once in the beginning, as DVC has them all the time. */
const USUAL_JOBS = 4 * os.availableParallelism();

/** Objects on their way over the network. */
interface OnTheirWay {
  add(oid: Oid): void;
  /** All at once: what is wanted first already is begun first. */
  addAll(oids: Iterable<Oid>): void;
  /** No more come. @returns what became of all, when nothing is being written any more */
  finish(): Promise<Sent>;
  stop(): Promise<void>;
}

function openLanes(run: Run, remote: RemoteOdb, together = Number.POSITIVE_INFINITY): OnTheirWay {
  const { ctx, options, progress, found, to } = run;
  const queue = to instanceof LocalOdb ? to.storeQueue(together, ctx) : undefined;
  /** Arrived, and not in their places yet. */
  const late = new Set<Promise<void>>();
  let broken: { readonly error: unknown } | undefined;
  const sent = noneSent();
  const jobs = ctx.jobs ?? remote.jobs;
  const limit = new ConcurrencyLimit(jobs ?? USUAL_JOBS, jobs ?? remote.backend.traits.maxConcurrency);
  /** A store that cannot be reached any more is not tried for each of the objects that are left. */
  let unreached: DvcError | undefined;
  const work = async (oid: Oid, lane: Lane): Promise<void> => {
    if (unreached) return void sent.failed.push({ oid, error: unreached });
    const file = progress.file(
      () => pathOf(found, oid),
      run.from instanceof LocalOdb ? run.from.statObject(oid)?.size : undefined,
    );
    const succeeded = (size: number): void => {
      sent.bytes += size;
      sent.count++;
      file.end(true);
    };
    /** @throws what is no failure of one object */
    const failed = (error: unknown): void => {
      file.end(false);
      const known = errnoOf(error) === undefined || DvcError.is(error) ? error : fromErrno(error, 'transfer', oid);
      if (!DvcError.is(known) || known.code === 'cancelled') throw known;
      if (isUnreached(known)) unreached = known;
      sent.failed.push({ oid, error: known });
    };
    try {
      const { size, stored } = await moveOne(run, oid, lane, { together, queue }, (bytes) => file.moved(bytes));
      if (stored === undefined) return succeeded(size);
      const notStored = (error: unknown): void => {
        file.moved(-size);
        failed(error);
      };
      const end = stored
        .then(() => succeeded(size), notStored)
        .catch((error: unknown) => {
          broken ??= { error };
          void lanes.stop();
        });
      late.add(end);
      void end.then(() => late.delete(end));
    } catch (error) {
      if (lane.signal.aborted) {
        file.end(false);
        throw error;
      }
      failed(error);
    }
  };
  const lanes = new Lanes<Oid>({
    limit,
    ctx,
    control: options.control,
    work,
    itemsAt: (path) => oidsAt(found, path),
    onArrived: (path) => run.early.begin(path, Promise.all(late)),
    onPause: (paused) => progress.pause(paused),
  });
  const settle = async (): Promise<void> => {
    await queue?.finish();
    await Promise.all(late);
  };
  return {
    add: (oid) => lanes.add(oid),
    addAll: (oids) => lanes.addAll(oids),
    async finish() {
      try {
        await lanes.finish().finally(settle);
      } catch (error) {
        throw broken?.error ?? error;
      }
      if (broken) throw broken.error;
      return sent;
    },
    async stop() {
      await lanes.stop();
      await settle();
    },
  };
}

async function moveOne(
  { from, to, ctx }: Run,
  oid: Oid,
  lane: Lane,
  storing: Pick<DownloadOptions, 'together' | 'queue'>,
  onBytes: (bytes: number) => void,
): Promise<Downloaded> {
  const how = { signal: lane.signal, log: ctx.log, onRetry: lane.onRetry };
  if (from instanceof LocalOdb && to instanceof RemoteOdb)
    return { size: await upload(oid, from, to, ctx, { how, lane, jobs: ctx.jobs ?? to.jobs, onBytes }) };
  if (from instanceof RemoteOdb && to instanceof LocalOdb)
    return download(oid, from, to, ctx, { how, lane, ...storing, onBytes });
  throw new Error(`no way from ${from.url} to ${to.url}`);
}

/** What is on a remote now, of what was not. */
function remember(
  remote: RemoteOdb,
  absent: OidSet,
  failures: readonly TransferFailure[],
  withheld: readonly Oid[],
  ctx: OpContext,
): void {
  if (absent.size === 0) return;
  remote.remember(absent.without(OidSet.of([...failures.map(({ oid }) => oid), ...withheld])), ctx);
}

/** Bytes of what is absent, as far as the pointers say: of a directory that is there in part, a part. */
function recordedBytes({ roots, trees }: Found, absent: OidSet): number {
  let bytes = 0;
  const sizes = new Map(roots.map(({ oid, size = 0 }) => [oid, size]));
  for (const [oid, size] of sizes) {
    const tree = trees.get(oid);
    if (tree === undefined) bytes += absent.has(oid) ? size : 0;
    let lacking = 0;
    for (let i = 0; tree !== undefined && i < tree.length; i++) if (absent.files.has(tree.digests, i)) lacking++;
    if (tree !== undefined && lacking > 0) bytes += Math.round((size * lacking) / tree.length);
  }
  return bytes;
}

/** Where objects belong, all found out in one pass. */
function pathsOf({ roots, trees }: Found, oids: OidSet): Map<Oid, string> {
  const paths = new Map<Oid, string>();
  for (const { oid, path } of oids.size === 0 ? [] : roots) {
    if (path === undefined) continue;
    if (oids.has(oid) && !paths.has(oid)) paths.set(oid, path);
    const tree = trees.get(oid);
    for (let i = 0; tree !== undefined && i < tree.length; i++)
      if (oids.files.has(tree.digests, i) && !paths.has(tree.oid(i)))
        paths.set(tree.oid(i), `${path}/${tree.relpath(i)}`);
  }
  return paths;
}

/** The path an object belongs to. Looks through everything: for a few objects that take a while. */
function pathOf({ roots, trees }: Found, oid: Oid): string | undefined {
  const column = new Uint8Array(Buffer.from(oid.slice(0, 32), 'hex'));
  for (const root of roots) {
    if (root.oid === oid) return root.path;
    const tree = trees.get(root.oid);
    for (let i = 0; root.path !== undefined && tree !== undefined && i < tree.length; i++)
      if (sameDigest(tree.digests, i, column, 0)) return `${root.path}/${tree.relpath(i)}`;
  }
  return undefined;
}

/** The objects of a file, or of what is below a folder. */
function* oidsAt({ roots, trees }: Found, path: RepoPath): Generator<Oid> {
  for (const root of roots) {
    if (root.path === undefined) continue;
    const tree = trees.get(root.oid);
    if (isWithin(root.path, path)) {
      if (tree === undefined) yield root.oid;
      else for (let i = 0; i < tree.length; i++) yield tree.oid(i);
    } else if (tree !== undefined && isWithin(path, root.path)) {
      const { from, to } = tree.within(below(path, root.path));
      for (let i = from; i < to; i++) yield tree.oid(i);
    }
  }
}

/** The directory objects of the folders that a path is in, or that are below it. */
const treesOf = ({ roots, trees }: Found, path: RepoPath): Oid[] =>
  roots.flatMap(({ oid, path: place }) =>
    place !== undefined && trees.has(oid) && (isWithin(path, place) || isWithin(place, path)) ? [oid] : [],
  );
