import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, errnoOf } from '../core/errors.ts';
import type { StageAddress } from '../core/ids.ts';
import { type OpContext, say, warn } from '../core/op-context.ts';
import { fromCwd } from '../core/paths.ts';
import { Gitignores, type IgnoreOracle, ignoreAnswers } from '../files/gitignore.ts';
import type { LockEntry } from '../files/lockfile.ts';
import { isTracked, type Output, type Place } from '../graph/output.ts';
import type { RepoIndex } from '../graph/repo-index.ts';
import type { DataStage, ImportStage, PipelineStage, Stage } from '../graph/stage.ts';
import type { HashInfo } from '../hash/hash-info.ts';
import type { ChangeReason } from '../pipeline/change-reason.ts';
import { type ChangeInputs, changeReasons } from '../pipeline/changed.ts';
import { reasonsToRun, withoutMissing } from '../pipeline/missing-data.ts';
import { commandsOf } from '../pipeline/shell.ts';
import type { OutputStreams } from '../platform/process.ts';
import { type PathLockOptions, type PathUse, pathLock } from '../platform/rwlock.ts';
import type { Repo } from '../repo.ts';
import { bringImport, hasNewerSource, type ImportIgnore, isFetched, showSource } from './import-stage.ts';
import { LockWriter } from './lock-writer.ts';
import { restoreOutput } from './place-output.ts';
import { changeInputs, showAddress, showPlace } from './stage-checks.ts';
import type { StageLock } from './stage-lock.ts';
import { lackingOutputs } from './stage-outputs.ts';
import { relinkOutputs, storeOutputs, writePointerRecords } from './stage-records.ts';
import {
  findRun,
  missingOutputs,
  type Pulling,
  type RunOptions,
  recordedOuts,
  runStage,
  saveStage,
} from './stage-run.ts';

export interface ReproSettings {
  readonly dry: boolean;
  readonly interactive: boolean;
  readonly useRunCache: boolean;
  readonly commit: boolean;
  /** Data that is missing, but not known to be different, is no reason to run. */
  readonly allowMissing: boolean;
  readonly inherit: boolean | OutputStreams;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface IgnoredOutput {
  /** Absolute. */
  readonly path: string;
  readonly shown: string;
}

/** What the stages of one `repro` share. */
export interface Reproduction {
  readonly repo: Repo;
  readonly settings: ReproSettings;
  readonly ignores: Gitignores;
  readonly oracle: IgnoreOracle;
  /** Lines added to ignore files, by the stage's position in the plan; in that order. */
  readonly ignoredSoFar: { readonly position: number; readonly added: readonly IgnoredOutput[] }[];
  /** Of stages in the plan. */
  readonly positions: ReadonlyMap<StageAddress, number>;
  readonly lock: LockWriter;
  /** Absent without `--pull`. */
  readonly pulling?: Pulling;
  /** Files that were written and belong into Git: absolute. */
  readonly touched: Set<string>;
  /** Hashes of outputs by place: as recorded, then as this run made them. */
  readonly made: Map<string, HashInfo>;
  /** What was read; forgotten whenever something runs. */
  inputs: ChangeInputs | undefined;
}

/** What has become of one stage. */
export interface StageOutcome {
  readonly address: StageAddress;
  /** The address from the user's folder. */
  readonly shown: string;
  /**
   * `verified`: data of a pointer file or of a frozen stage was recorded anew. `would-run`: with `dry`. `skipped`: what it needs has failed.
   */
  readonly state: 'unchanged' | 'pulled' | 'ran' | 'restored' | 'verified' | 'would-run' | 'failed' | 'skipped';
  /** Why it was not up to date. */
  readonly reasons: readonly ChangeReason[];
  /** That its commands took. */
  readonly seconds: number;
  /** Of a run: the file with what it printed. */
  readonly log?: string;
  readonly error?: DvcError;
}

export interface StageTask {
  readonly force: boolean;
  /** The caller holds the repository lock with it. */
  readonly lock: StageLock;
}

/**
 * Brings one stage up to date, and writes its record.
 *
 * @throws What has failed: `stage-failed`, `output-missing`, `params-missing`, `path-busy` and more; `cancelled`. Source: dvc-format 6.5.
 */
export async function reproduceStage(
  repro: Reproduction,
  stage: Stage,
  task: StageTask,
  ctx: OpContext,
): Promise<StageOutcome> {
  const { repo, settings } = repro;
  const shown = showAddress(repo, stage, ctx.cwd);
  ctx.emit({ type: 'stage-reached', stage: shown });
  if (stage.frozen && stage.kind !== 'import')
    warn(ctx, `stage: '${shown}' is frozen. Its dependencies are not going to be reproduced.`);
  await refuseBusy(repo, stage, task.lock, ctx);
  repro.inputs ??= {
    ...changeInputs(repo, ctx),
    hasUpdate: async (_, one) => !one.frozen && hasNewerSource(repo, one, ctx),
  };
  const all = reasonsToRun(stage, await changeReasons(stage, repro.inputs));
  const known = withoutMissing(all, (dep) => isKnownDifferent(repro, stage, dep, ctx));
  const reasons = settings.allowMissing ? known : all;
  const outcome = { address: stage.address, shown, reasons, seconds: 0 };
  if (!task.force) {
    if (reasons.length === 0) {
      ctx.emit({ type: 'stage-skipped', stage: shown });
      return { ...outcome, state: 'unchanged' };
    }
    if (known.length === 0 && (await pullOutputs(repro, stage, shown, ctx))) return { ...outcome, state: 'pulled' };
  }
  const question = `Going to reproduce stage: '${shown}'. Are you sure you want to continue?`;
  if (settings.interactive && !(await ctx.confirm(question)))
    throw new DvcError('stage-failed', 'reproduction aborted by the user');
  if (stage.kind === 'import' && isFetched(stage)) tellImport(repo, stage, shown, ctx);
  if (settings.dry) {
    if (stage.kind === 'pipeline' && !stage.frozen) await tellPlan(repro, stage, shown, { reasons, ...task }, ctx);
    return { ...outcome, state: 'would-run' };
  }
  await using _paths = await usePathsOf(repo, stage, task.lock, ctx);
  try {
    return { ...outcome, ...(await bringUpToDate(repro, stage, shown, { reasons, ...task }, ctx)) };
  } finally {
    repro.inputs = undefined;
  }
}

/**
 * Runs a stage whatever its record says; a run that is remembered is restored unless `force`. Else as {@link reproduceStage}.
 *
 * @throws as there
 */
export async function runNow(
  repro: Reproduction,
  stage: PipelineStage,
  task: StageTask,
  ctx: OpContext,
): Promise<StageOutcome> {
  const shown = showAddress(repro.repo, stage, ctx.cwd);
  const reasons: readonly ChangeReason[] = [{ kind: 'always-changed' }];
  await using _paths = await usePathsOf(repro.repo, stage, task.lock, ctx);
  const work = { reasons, ...task };
  const done = await bringUpToDate(repro, stage, shown, work, ctx);
  return { address: stage.address, shown, reasons, seconds: 0, ...done };
}

/** What the stages of a plan share, before the first of them. Settings not given are as `repro` has them without options. */
export async function prepareReproduction(
  repo: Repo,
  index: RepoIndex,
  plan: readonly Stage[],
  settings: Partial<ReproSettings> & Pick<ReproSettings, 'inherit' | 'env'>,
  pulling?: Pulling,
): Promise<Reproduction> {
  const outs = plan.flatMap((stage) => stage.outs.filter(isTracked)).map((output) => repo.absolute(output.place.path));
  const oracle = ignoreAnswers(repo.git, outs);
  const positions = new Map(plan.map(({ address }, i) => [address, i]));
  return {
    repo,
    settings: {
      dry: false,
      interactive: repo.config.core.interactive,
      useRunCache: true,
      commit: true,
      allowMissing: false,
      ...settings,
    },
    ignores: new Gitignores(repo.git.present ? oracle : undefined),
    oracle,
    ignoredSoFar: [],
    positions,
    lock: new LockWriter(repo, positions),
    touched: new Set(),
    made: recordedHashes(index.allOutputs),
    inputs: undefined,
    ...(pulling ? { pulling } : {}),
  };
}

type Work = StageTask & { readonly reasons: readonly ChangeReason[] };

async function bringUpToDate(
  repro: Reproduction,
  stage: Stage,
  shown: string,
  { force, lock, reasons }: Work,
  ctx: OpContext,
): Promise<Pick<StageOutcome, 'state'> & Partial<StageOutcome>> {
  const { repo, settings, pulling } = repro;
  if (stage.kind === 'import' && isFetched(stage)) {
    // What a commit holds does not change, whatever came after it.
    const isRight = (reason: ChangeReason): boolean =>
      reason.kind === 'output' || (reason.kind === 'dependency' && reason.word === 'update available');
    const isCached = !force && reasons.every(isRight);
    const ignore: ImportIgnore = {
      check: () => repro.ignores.check(linesFor(repo, stage, ctx)),
      add: () => ignoreOutputs(repro, stage, ctx),
      keep: () => {}, // Where a run fails, all of its lines go.
    };
    repro.touched.add(await bringImport(repo, stage, { isCached, commit: settings.commit, ignore }, ctx));
    return { state: 'ran' };
  }
  if (stage.kind !== 'pipeline') {
    await verifyPointer(repro, stage, shown, ctx);
    return { state: 'verified' };
  }
  const options: RunOptions = {
    ...settings,
    force,
    unlocked: (work) => lock.unlocked(work),
    ignore: (one) => ignoreOutputs(repro, one, ctx),
    ...(pulling ? { pulling } : {}),
  };
  if (stage.frozen) {
    requireData(repo, stage, shown, ctx);
    record(repro, stage, await saveStage(repo, stage, options, ctx), ctx);
    return { state: 'verified' };
  }
  const { how, entry, seconds, log } = await runStage(repo, stage, shown, reasons, options, ctx);
  record(repro, stage, entry, ctx);
  ctx.emit({ type: 'stage-finished', stage: shown, seconds });
  return { state: how, seconds, ...(log === undefined ? {} : { log }) };
}

function tellImport(repo: Repo, stage: ImportStage, shown: string, ctx: OpContext): void {
  const [dep, output] = [stage.deps[0], stage.outs[0]];
  if (!dep || !output) return;
  const [source, made] = [showSource(repo, dep, ctx.cwd), showPlace(repo, output, ctx.cwd)];
  ctx.emit({ type: 'import-started', stage: shown, source, output: made });
}

/** A pointer's data is hashed and stored again, whatever it is now. */
async function verifyPointer(
  repro: Reproduction,
  stage: DataStage | ImportStage,
  shown: string,
  ctx: OpContext,
): Promise<void> {
  const { repo, settings } = repro;
  requireData(repo, stage, shown, ctx);
  await ignoreOutputs(repro, stage, ctx);
  const stored = await storeOutputs(repo, stage, { commit: settings.commit }, ctx);
  if (settings.commit) {
    await repo.data.flush(ctx);
    await relinkOutputs(repo, stored, ctx);
  }
  for (const [{ place }, { state, hash }] of stored) repro.made.set(keyOf(place), { name: hash, value: state.oid });
  repro.touched.add(writePointerRecords(repo, stage, stored));
}

function requireData(repo: Repo, stage: Stage, shown: string, ctx: OpContext): void {
  say(ctx, `Verifying ${stage.frozen ? 'outputs in frozen' : 'data sources in'} stage: '${shown}'`);
  const missing = missingOutputs(repo, stage, ctx);
  if (missing.length === 0) return;
  throw new DvcError('output-missing', `missing data 'source${missing.length > 1 ? 's' : ''}': ${missing.join(', ')}`, {
    hint: 'Bring it back with `lode checkout` or `lode pull`.',
    data: { paths: missing },
  });
}

/** Writes a stage's record to the lock file, and tells of it where it says something new. */
function record(repro: Reproduction, stage: PipelineStage, entry: LockEntry, ctx: OpContext): void {
  for (const { defPath, place } of stage.outs) {
    const hash = entry.outs.find((out) => out.path === defPath)?.hash;
    if (hash) repro.made.set(keyOf(place), hash);
  }
  const { file, isNew, isChange } = repro.lock.write(stage, entry);
  if (!isChange) return;
  if (isNew) say(ctx, `Generating lock file '${fromCwd(ctx.cwd, file)}'`);
  say(ctx, `Updating lock file '${fromCwd(ctx.cwd, file)}'`);
  repro.touched.add(file);
}

async function ignoreOutputs(repro: Reproduction, stage: Stage, ctx: OpContext): Promise<void> {
  const { repo, ignores, ignoredSoFar } = repro;
  const position = repro.positions.get(stage.address) ?? 0;
  const outs = linesFor(repo, stage, ctx);
  // Stages may end in any order; the lines stand in the order of the plan all the same.
  const later = ignoredSoFar.filter((one) => one.position > position);
  ignores.remove(later.flatMap(({ added }) => added.map((output) => output.path)));
  const ignored = await repro.oracle.ignored(outs.map((output) => output.path));
  await ignores.add(outs);
  for (const { added } of later) await ignores.add(added);
  ignoredSoFar.push({ position, added: outs.filter((output) => !ignored.has(output.path)) });
  ignoredSoFar.sort((one, other) => one.position - other.position);
}

const linesFor = (repo: Repo, stage: Stage, ctx: OpContext) =>
  stage.outs
    .filter(isTracked)
    .map((output) => ({ path: repo.absolute(output.place.path), shown: showPlace(repo, output, ctx.cwd) }));

/** True where the data of all outputs, being all that is missing, came from a remote. */
async function pullOutputs(repro: Reproduction, stage: Stage, shown: string, ctx: OpContext): Promise<boolean> {
  const { repo, pulling, settings } = repro;
  if (!pulling || settings.dry) return false;
  say(ctx, `Pulling data for stage: '${shown}'`);
  const outs = recordedOuts(stage.outs);
  await pulling.fetch(outs, stage.outs);
  if ((await lackingOutputs(repo, outs, ctx)).length > 0) {
    say(ctx, `Unable to pull data for stage: '${shown}'`);
    return false;
  }
  for (const [i, output] of stage.outs.entries()) if (output.cache) await restoreOutput(repo, output, outs[i]!, ctx);
  repro.inputs = undefined;
  return true;
}

/** What a dry run says: that a remembered run would be taken, and the commands. */
async function tellPlan(
  { repo, settings }: Reproduction,
  stage: PipelineStage,
  shown: string,
  { reasons, force }: Work,
  ctx: OpContext,
): Promise<void> {
  // What a stage above would have made is not there yet: then nobody can tell.
  const run = force ? undefined : await findRun(repo, stage, reasons, settings, ctx).catch(() => undefined);
  if (run) ctx.emit({ type: 'stage-restored', stage: shown });
  const commands = commandsOf(stage.cmd);
  ctx.emit({ type: 'stage-started', stage: shown, cmd: commands.join('\n') });
  for (const cmd of commands) ctx.emit({ type: 'stage-command', stage: shown, cmd });
}

/** Whether a dependency that is not there is an output that has another hash by now than the stage was last run with. */
function isKnownDifferent({ repo, made }: Reproduction, stage: Stage, shown: string, ctx: OpContext): boolean {
  if (stage.kind !== 'pipeline') return false;
  const dep = stage.deps.find((one) => showPlace(repo, one, ctx.cwd) === shown);
  const now = dep && made.get(keyOf(dep.place));
  return now !== undefined && (now.name !== dep?.hash?.name || now.value !== dep.hash.value);
}

const keyOf = (place: Place): string => (place.kind === 'url' ? place.url : `${place.kind} ${place.path}`);

/** The hashes that outputs are recorded with, by {@link keyOf}. */
const recordedHashes = (outs: Iterable<Output>): Map<string, HashInfo> =>
  new Map([...outs].flatMap(({ place, hash }) => (hash ? [[keyOf(place), hash] as const] : [])));

/** Paths that a stage reads and writes: absolute. */
export function pathsOf(repo: Repo, stage: Stage): PathUse {
  const absolute = (place: Place): string[] =>
    place.kind === 'repo' ? [repo.absolute(place.path)] : place.kind === 'outside' ? [place.path] : [];
  const deps =
    stage.kind === 'data' ? [] : stage.deps.filter((dep) => !dep.source).flatMap((dep) => absolute(dep.place));
  const params = stage.kind === 'pipeline' ? stage.params.flatMap(({ file }) => absolute(file)) : [];
  return { read: [...deps, ...params], write: stage.outs.flatMap(({ place }) => absolute(place)) };
}

/** Marks the paths of a stage as in use; where nobody else has marked any, not before somebody else may look. */
async function usePathsOf(repo: Repo, stage: Stage, lock: StageLock, ctx: OpContext): Promise<AsyncDisposable> {
  const take = (): Promise<AsyncDisposable> =>
    pathLock(repo.tmpDir, 'lode repro', pathsOf(repo, stage), lockOptions(repo, lock), ctx);
  return isTableEmpty(repo) ? lock.mark(take) : take();
}

const lockOptions = (repo: Repo, lock: StageLock): PathLockOptions => ({
  hardlink: repo.config.core.hardlinkLock,
  guarded: () => lock.isHeld,
});

/**
 * Refuses to look at what another process is writing. The table of paths in use is mostly empty, and then not touched: who holds the
 * repository lock needs no entry to look.
 */
async function refuseBusy(repo: Repo, stage: Stage, lock: StageLock, ctx: OpContext): Promise<void> {
  if (isTableEmpty(repo)) return;
  const { read, write } = pathsOf(repo, stage);
  const use = { read: [...read, ...write], write: [] };
  await using _looking = await pathLock(repo.tmpDir, 'lode repro', use, lockOptions(repo, lock), ctx);
}

/** False where the table of paths in use cannot be read: whoever changes it tells why. */
function isTableEmpty(repo: Repo): boolean {
  try {
    return /^(\{\})?$/.test(fs.readFileSync(path.join(repo.tmpDir, 'rwlock'), 'utf8').trim());
  } catch (error) {
    return errnoOf(error) === 'ENOENT';
  }
}
