import * as fs from 'node:fs';
import { type DvcError, fromErrno, outputOutside, unsavedFiles } from '../core/errors.ts';
import { asOid, asRepoPath, isDirOid, type Oid, type RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext, startProgress, warn } from '../core/op-context.ts';
import { below, compareCodePoints, fromCwd, isWithin } from '../core/paths.ts';
import { checkOverlaps } from '../graph/graph.ts';
import { isTracked, type TrackedOutput } from '../graph/output.ts';
import { selectedOutputs, selectTargets } from '../graph/targets.ts';
import { Tree } from '../hash/tree.ts';
import { type FolderPlan, planFolder } from '../odb/checkout-plan.ts';
import type { DataState } from '../odb/workspace-data.ts';
import type { ContentHash } from '../platform/digest.ts';
import { requireSpace } from '../platform/disk-space.ts';
import type { IoFailure } from '../platform/io-batch.ts';
import { ioFailureError } from '../platform/io-failure.ts';
import type { OnProgress } from '../platform/io-jobs.ts';
import { OidSet } from '../platform/oid-set.ts';
import { giveWay } from '../platform/slices.ts';
import type { Repo } from '../repo.ts';
import { contentOf } from '../repo-data.ts';
import { type ReplacedFolder, replaceFolder, targetIndices } from '../workspace/replace-folder.ts';
import { removeOutput } from '../workspace/workspace-removal.ts';

export interface CheckoutOptions {
  readonly targets?: readonly string[];
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
  /** Overwrite and delete files whose content is stored nowhere else. */
  readonly force?: boolean;
  /** Make every link anew, of the type `cache.type` asks for. */
  readonly relink?: boolean;
  /** Outputs whose objects are missing are left as they are, without failing. */
  readonly allowMissing?: boolean;
  /** Content to put at outputs in place of the recorded one, by path; null for nothing. Other outputs are left as they are. */
  readonly contents?: ReadonlyMap<RepoPath, string | null>;
}

/** An output that could not be checked out, and what the cache lacks of it. */
export interface MissingData {
  /** From the user's folder. */
  readonly path: string;
  readonly oids: readonly Oid[];
  /** Of a folder: the first few of its files that these objects are of, from the folder. */
  readonly files?: readonly { readonly path: string; readonly oid: Oid }[];
}

/** Paths from the user's folder; folders end in a slash. */
export interface CheckoutResult {
  readonly added: readonly string[];
  readonly modified: readonly string[];
  readonly deleted: readonly string[];
  /** Files, where the lists count outputs. */
  readonly stats: { readonly modified: number; readonly added: number; readonly deleted: number };
  readonly failed: readonly MissingData[];
}

/**
 * Makes the workspace what the stage files say, from the cache.
 *
 * All of it is planned before the first change: what is unsaved stops it, an output with an object missing is left as it is, and space is
 * checked. Files are replaced by rename, so each is the old or the new one at every instant; what is in the way is removed last.
 * Source: dvc-format 9.8.
 *
 * @throws `unsaved-files`, `target-not-found`, `no-space`, `permission`, `path-busy`, `lock-held`
 */
export async function checkout(repo: Repo, options: CheckoutOptions, ctx: OpContext): Promise<CheckoutResult> {
  await using _lock = await repo.lock(ctx);
  return checkoutLocked(repo, options, ctx);
}

/** {@link checkout} for a verb that holds the repository lock already. */
export async function checkoutLocked(repo: Repo, options: CheckoutOptions, ctx: OpContext): Promise<CheckoutResult> {
  const wanted = await wantedOutputs(repo, options, ctx);
  const isWhole = (options.targets ?? []).length === 0 && !options.contents;
  await using _paths = await repo.usePaths(
    'lode checkout',
    wanted.map(({ output }) => output.place.path),
    ctx,
  );
  const progress = startProgress(ctx, 'checkout');
  const jobs: Job[] = [];
  const plannedJobs: Job[] = [];
  const failed: MissingData[] = [];
  let [files, bytes] = [0, 0];
  for (const want of wanted) {
    checkAborted(ctx.signal);
    const planned = await planOutput(repo, want, options, ctx, {
      onProgress: (count, size) => progress.advance(count, size, want.path),
      onExpect: (count, size) => progress.expect((files += count), (bytes += size)),
    });
    if (!planned) continue;
    plannedJobs.push(planned);
    if (planned.lacks.length === 0) jobs.push(planned);
    else
      failed.push({
        path: fromCwd(ctx.cwd, repo.absolute(want.output.place.path)),
        oids: planned.lacks,
        ...(planned.kind === 'folder' ? { files: namesOf(planned) } : {}),
      });
  }
  const stale = isWhole ? await staleOutputs(repo, ctx) : [];
  if (!options.force) await refuseToLose(repo, plannedJobs, ctx);
  requireSpace(repo.root, bytesNeeded(repo, jobs), 'check out the data');
  progress.expect(files + jobs.reduce((sum, job) => sum + jobSize(job), 0));
  const lists = { added: [] as string[], modified: [] as string[], deleted: [] as string[] };
  const stats = { modified: 0, added: 0, deleted: 0 };
  try {
    for (const { path, isDir } of stale) {
      lists.deleted.push(shownPath(repo, path, isDir, ctx.cwd));
      stats.deleted++;
      await removeOutput(repo, path, ctx);
      repo.outputsMade.forget(path);
    }
    for (const job of jobs) {
      checkAborted(ctx.signal);
      const broken = await applyJob(repo, job, ctx, (count, size) => progress.advance(count, size, job.path));
      if (broken.length > 0) failed.push({ path: fromCwd(ctx.cwd, repo.absolute(job.path)), oids: broken });
      const isDir = job.output.hash !== undefined && isDirOid(asOid(job.output.hash.value));
      if (job.isChange)
        lists[job.isNew ? 'added' : 'modified'].push(shownPath(repo, job.output.place.path, isDir, ctx.cwd));
      countFiles(job, stats);
    }
    for (const { output } of wanted) repo.outputsMade.remember(output.place.path, output.hash?.value);
  } finally {
    repo.state.save();
    repo.outputsMade.save();
  }
  progress.done();
  const order = (list: readonly string[]) => [...new Set(list)].sort(foldersFirst);
  return { added: order(lists.added), modified: order(lists.modified), deleted: order(lists.deleted), stats, failed };
}

/** The first few files that cannot be placed, whose objects {@link FolderJob.lacks} begins with. */
function namesOf({ lacks, tree }: FolderJob): { path: string; oid: Oid }[] {
  const wanted = new Set(lacks.slice(0, 3));
  const named: { path: string; oid: Oid }[] = [];
  for (let i = 0; i < tree.length && wanted.size > 0; i++)
    if (wanted.delete(tree.oid(i))) named.push({ path: tree.relpath(i), oid: tree.oid(i) });
  return named;
}

/** An output, and the part of it that is asked for. */
interface Wanted {
  readonly output: TrackedOutput;
  /** The output's own path, or one inside it. */
  readonly path: RepoPath;
}

async function wantedOutputs(repo: Repo, options: CheckoutOptions, ctx: OpContext): Promise<Wanted[]> {
  const index = await repo.index();
  checkOverlaps(index.stages, index.outputs);
  const selections = selectTargets(index, options.targets ?? [], {
    root: repo.root,
    cwd: ctx.cwd,
    withDeps: options.withDeps ?? false,
    recursive: options.recursive ?? false,
  });
  const selected = selections.flatMap((selection) => selectedOutputs(selection));
  const outside = selected.find((output) => output.cache && output.place.kind === 'outside');
  if (outside) throw outputOutside(outside.defPath, outside.stage);
  return selections.flatMap((selection) =>
    selectedOutputs(selection)
      .filter(isTracked)
      .map((output) => {
        const { filter } = selection;
        const inside = filter !== undefined && isWithin(filter, output.place.path);
        return { output, path: inside ? filter : output.place.path };
      })
      .flatMap((wanted) => (options.contents ? (withContent(wanted, options.contents) ?? []) : [wanted])),
  );
}

function withContent({ output, path }: Wanted, contents: ReadonlyMap<RepoPath, string | null>): Wanted | undefined {
  const value = contents.get(output.place.path);
  if (value === undefined || value === null) return undefined;
  return { path, output: { ...output, hash: { name: 'md5', value }, meta: {} } };
}

interface JobBase {
  readonly output: TrackedOutput;
  readonly path: RepoPath;
  readonly hash: ContentHash;
  readonly was: DataState;
  /** Nothing was at the output's path. */
  readonly isNew: boolean;
  /** False where only links are made anew. */
  readonly isChange: boolean;
  /** Objects the cache has not got: the job is planned, as what it would overwrite counts, and not done. */
  readonly lacks: readonly Oid[];
}

/** One file, or one path in a folder. */
interface FileJob extends JobBase {
  readonly kind: 'file';
  readonly oid: Oid;
  readonly exec: boolean;
  /** The content is right already: only the execute bit is not. */
  readonly onlyMode: boolean;
}

interface FolderJob extends JobBase {
  readonly kind: 'folder';
  /** What the folder at `path` shall hold. */
  readonly tree: Tree;
  readonly plan: FolderPlan;
}

/** A path inside a tracked folder that the folder does not hold. */
interface RemoveJob extends JobBase {
  readonly kind: 'remove';
}

type Job = FileJob | FolderJob | RemoveJob;

interface Reading {
  readonly onProgress: OnProgress;
  readonly onExpect: (files: number, bytes: number) => void;
}

/** What has to be done for one output; undefined for nothing. */
async function planOutput(
  repo: Repo,
  { output, path }: Wanted,
  options: CheckoutOptions,
  ctx: OpContext,
  reading: Reading,
): Promise<Job | undefined> {
  const { oid, hash } = contentOf(output.hash);
  if (oid === undefined) return undefined;
  const cache = repo.cache(hash);
  const relink = options.relink ?? false;
  const was = await repo.data.workspace.read(path, hash, repo.ignore, ctx, reading);
  const isWhole = path === output.place.path;
  const isNew =
    was.kind === 'missing' && (isWhole || !(await repo.data.workspace.exists(output.place.path, repo.ignore)));
  const base = { output, path, hash, was, isNew, isChange: true, lacks: [] as readonly Oid[] };
  const fileJob = (wanted: Oid, exec: boolean): FileJob | undefined => {
    const same = was.kind === 'file' && was.oid === wanted;
    const wrongMode = same && isWhole && was.isExec !== exec;
    if (same && !wrongMode && !relink) return undefined;
    const onlyMode = wrongMode && !relink;
    const lacks = onlyMode || cache.has(wanted) ? [] : [wanted];
    return { ...base, kind: 'file', oid: wanted, exec, onlyMode, isChange: !same || wrongMode, lacks };
  };
  if (!isDirOid(oid)) return fileJob(oid, output.meta.isexec === true);
  if (was.kind === 'directory' && was.oid === oid && isWhole && !relink) return undefined;
  const whole = cache.has(oid) ? await readTree(repo, hash, oid, ctx) : undefined;
  if (!whole) return { ...base, kind: 'remove', lacks: [oid] };
  const relative = below(path, output.place.path);
  const { from, to } = whole.within(relative);
  if (relative !== '' && from === to) return was.kind === 'missing' ? undefined : { ...base, kind: 'remove' };
  if (relative !== '' && to === from + 1 && whole.relpath(from) === relative) return fileJob(whole.oid(from), false);
  const tree = relative === '' ? whole : subtree(whole, from, to, relative.length + 1);
  const before = was.kind === 'directory' ? was.tree : Tree.EMPTY;
  await giveWay(ctx);
  const plan = planFolder(before, tree, relink);
  const needed = new OidSet();
  for (const index of targetIndices(plan)) needed.files.add(tree.digests, index);
  await giveWay(ctx);
  const lacks = [...(await cache.missing(needed, ctx))];
  const isChange = was.kind !== 'directory' || plan.create.length + plan.replace.length + plan.remove.length > 0;
  if (!isChange && plan.keep.length === 0) return undefined;
  return { ...base, kind: 'folder', tree, plan, isChange, lacks };
}

/** Undefined where the manifest is damaged: it counts as missing then. */
async function readTree(repo: Repo, hash: ContentHash, oid: Oid, ctx: OpContext): Promise<Tree | undefined> {
  try {
    return await repo.cache(hash).readTree(oid, ctx);
  } catch (error) {
    if ((error as DvcError).code !== 'object-corrupt') throw error;
    setAside(repo, hash, oid, ctx);
    return undefined;
  }
}

/** Moves a damaged object to quarantine, so that the next fetch brings a good one. */
function setAside(repo: Repo, hash: ContentHash, oid: Oid, ctx: OpContext): void {
  try {
    repo.cache(hash).quarantine(oid);
    warn(ctx, `the object '${oid}' is damaged: it was moved from the cache to quarantine.`);
  } catch (error) {
    ctx.log.warn(`the damaged object '${oid}' stays where it is: ${String(error)}`);
  }
}

const subtree = (tree: Tree, from: number, to: number, cut: number): Tree =>
  Tree.from(
    Array.from({ length: to - from }, (_, i) => ({
      relpath: tree.relpath(from + i).slice(cut),
      md5: tree.oid(from + i),
    })),
  );

const jobSize = (job: Job): number =>
  job.kind === 'folder' ? job.plan.create.length + job.plan.replace.length + job.plan.keep.length : 1;

function countFiles(job: Job, stats: { modified: number; added: number; deleted: number }): void {
  if (!job.isChange) return;
  if (job.kind === 'folder') {
    stats.added += job.plan.create.length;
    stats.modified += job.plan.replace.length;
    stats.deleted += job.plan.remove.length;
  } else if (job.kind === 'remove') stats.deleted++;
  else if (job.was.kind === 'missing') stats.added++;
  else stats.modified++;
}

/** Only outputs that are not there at all are sure to need their size; `copy` is what may need it. */
const bytesNeeded = (repo: Repo, jobs: readonly Job[]): number =>
  repo.config.cache.types.some((type) => type === 'copy')
    ? jobs.reduce(
        (sum, job) => sum + (job.isNew && job.path === job.output.place.path ? (job.output.meta.size ?? 0) : 0),
        0,
      )
    : 0;

/**
 * Refuses to overwrite or delete what the cache does not hold, whole and sound.
 *
 * @throws `unsaved-files`
 */
async function refuseToLose(repo: Repo, jobs: readonly Job[], ctx: OpContext): Promise<void> {
  const unsaved: string[] = [];
  for (const job of jobs) {
    const endangered = endangeredFiles(job);
    if (endangered.length === 0) continue;
    await giveWay(ctx);
    const cache = repo.cache(job.hash);
    const oids = OidSet.of(endangered.map((file) => file.oid));
    await giveWay(ctx);
    const { corrupt, missing, unreadable } = await cache.verify(oids, ctx);
    const lost = new Set<string>([...corrupt, ...missing, ...unreadable.map((one) => one.oid)]);
    for (const { path, oid } of endangered) if (lost.has(oid)) unsaved.push(repo.absolute(path));
  }
  if (unsaved.length > 0) throw unsavedFiles(unsaved.sort(compareCodePoints));
}

function endangeredFiles(job: Job): { path: RepoPath; oid: Oid }[] {
  const { was, path } = job;
  if (was.kind === 'file')
    return job.kind === 'file' && (job.oid === was.oid || job.onlyMode) ? [] : [{ path, oid: was.oid }];
  if (was.kind !== 'directory') return [];
  const indices =
    job.kind === 'folder'
      ? [...job.plan.remove, ...job.plan.replace.map((pair) => pair.was)]
      : Array.from({ length: was.tree.length }, (_, i) => i);
  return indices.map((i) => ({ path: asRepoPath(`${path}/${was.tree.relpath(i)}`), oid: was.tree.oid(i) }));
}

/** Objects that turned out damaged or gone while they were placed; their files are as they were. */
async function applyJob(repo: Repo, job: Job, ctx: OpContext, onProgress: OnProgress): Promise<Oid[]> {
  switch (job.kind) {
    case 'remove':
      await removeOutput(repo, job.path, ctx);
      return [];
    case 'file':
      return applyFile(repo, job, ctx, onProgress);
    case 'folder':
      return applyFolder(repo, job, ctx, onProgress);
  }
}

async function applyFile(repo: Repo, job: FileJob, ctx: OpContext, onProgress: OnProgress): Promise<Oid[]> {
  if (job.onlyMode) {
    if (job.exec) makeExecutable(repo.absolute(job.path)); // Like DVC, never the other way: the user's bit stays.
    return [];
  }
  if (job.was.kind === 'directory') await removeOutput(repo, job.path, ctx);
  try {
    await repo.data.placeFile(job.path, { oid: job.oid, hash: job.hash, exec: job.exec }, ctx, onProgress);
    return [];
  } catch (error) {
    if (!isBadObject(error)) throw error;
    if ((error as DvcError).code === 'object-corrupt') setAside(repo, job.hash, job.oid, ctx);
    return [job.oid];
  }
}

async function applyFolder(repo: Repo, job: FolderJob, ctx: OpContext, onProgress: OnProgress): Promise<Oid[]> {
  const broken: Oid[] = [];
  const onFailed = (failures: readonly IoFailure[], oidOf: (failure: IoFailure) => Oid): void => {
    for (const failure of failures) {
      if (failure.code === 'object-corrupt') setAside(repo, job.hash, oidOf(failure), ctx);
      if (failure.code === 'object-corrupt' || failure.code === 'object-missing') broken.push(oidOf(failure));
      else throw ioFailureError(failure, 'create');
    }
  };
  const replaced = await replaceFolder(repo, repo.cache(job.hash), job, onFailed, ctx, onProgress);
  if (broken.length === 0) rememberFolder(repo, job, replaced);
  return broken;
}

/** So that the next status reads no file of it. */
function rememberFolder(repo: Repo, job: FolderJob, { files, asOf }: ReplacedFolder): void {
  const { tree, plan } = job;
  if (job.path === job.output.place.path)
    repo.state.record(job.path, job.hash, files, tree.digests, { asOf, tree: asOid(job.output.hash!.value) });
  else if (plan.keep.length === 0) repo.state.forget(job.output.place.path);
}

const isBadObject = (error: unknown): boolean =>
  ['object-corrupt', 'object-missing'].includes((error as { code?: string } | undefined)?.code ?? '');

function makeExecutable(file: string): void {
  try {
    fs.chmodSync(file, fs.statSync(file).mode | 0o100);
  } catch (error) {
    throw fromErrno(error, 'change the mode of', file);
  }
}

/** Outputs that Lode put into the workspace, that nothing tracks any more, and that hold just what the cache holds. */
async function staleOutputs(repo: Repo, ctx: OpContext): Promise<{ path: RepoPath; isDir: boolean }[]> {
  const index = await repo.index();
  const stale: { path: RepoPath; isDir: boolean }[] = [];
  for (const [path, oid] of repo.outputsMade.entries()) {
    if (index.outputs.around(path).length > 0 || index.outputs.below(path).length > 0) continue;
    const state = await repo.data.workspace.read(path, 'md5', repo.ignore, ctx);
    if (state.kind === 'missing' || state.oid !== oid) {
      repo.outputsMade.forget(path);
      continue;
    }
    const oids = OidSet.of([state.oid]);
    if (state.kind === 'directory') oids.addAll(state.tree.oids());
    const { corrupt, missing, unreadable } = await repo.cache('md5').verify(oids, ctx);
    if (corrupt.length + missing.length + unreadable.length === 0)
      stale.push({ path, isDir: state.kind === 'directory' });
  }
  return stale;
}

const shownPath = (repo: Repo, path: RepoPath, isDir: boolean, cwd: string): string =>
  `${fromCwd(cwd, repo.absolute(path))}${isDir ? '/' : ''}`;

const foldersFirst = (a: string, b: string): number =>
  Number(b.endsWith('/')) - Number(a.endsWith('/')) || compareCodePoints(a, b);
