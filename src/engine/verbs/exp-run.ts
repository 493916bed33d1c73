import * as fs from 'node:fs';
import type { DvcError } from '../core/errors.ts';
import type { RepoPath } from '../core/ids.ts';
import { type OpContext, say } from '../core/op-context.ts';
import { announceRun } from '../experiments/active-runs.ts';
import { storeDataSources } from '../experiments/data-sources.ts';
import { commitExperiment } from '../experiments/experiment-commit.ts';
import { SideIndex } from '../experiments/git-trees.ts';
import { editedParams, planExperiment, readOverrides } from '../experiments/prepare.ts';
import { experimentEnv } from '../experiments/run-env.ts';
import { guarded } from '../experiments/run-guard.ts';
import { takeSnapshot } from '../experiments/snapshots.ts';
import { refuseSweeps } from '../experiments/sweeps.ts';
import type { GitId } from '../git/git.ts';
import type { RepoIndex } from '../graph/repo-index.ts';
import type { Stage } from '../graph/stage.ts';
import { stopRuleTexts } from '../metrics/stop-rule.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import type { Repo } from '../repo.ts';
import { checkoutLocked } from './checkout.ts';
import { autoPush } from './exp-auto-push.ts';
import { planOf, type ReproOptions, type ReproResult, repro } from './repro.ts';

export interface ExpRunOptions extends Omit<ReproOptions, 'jobs' | 'resources' | 'commit' | 'runCache'> {
  /** Made up unless told. */
  readonly name?: string;
  /** Overrides of params: `lr=0.1`, `+new=1`, `~gone`, `file.json:key=value`. */
  readonly params?: readonly string[];
  /** Of the experiment's commit. */
  readonly message?: string;
  /** Rules that end it or tell of it while it runs, as `parseStopRule` reads them. */
  readonly stopWhen?: readonly string[];
  /** False: params.yaml is not composed from a Hydra configuration, even where the repository says so. */
  readonly hydra?: boolean;
}

export interface ExpRunResult {
  readonly name: string;
  /** Undefined where a stage has failed, and after a dry run. */
  readonly rev: GitId | undefined;
  readonly ref: string | undefined;
  readonly repro: ReproResult;
  readonly failure: DvcError | undefined;
}

/**
 * Runs an experiment in the workspace: sets params, runs what is not up to date, and keeps the result as a commit that no branch has.
 *
 * HEAD stays where it is, and what was there before is kept as a snapshot. After a failure or a cancellation the workspace is as the run
 * left it, and there is no experiment. Source: dvc-format 10.4.
 *
 * @throws `bad-override`, `bad-stop-rule`, `bad-name`, `experiment-exists`, and what `repro` throws. A stage that fails is part of the result.
 */
export async function expRun(repo: Repo, options: ExpRunOptions, ctx: OpContext): Promise<ExpRunResult> {
  const overrides = readOverrides(options.params ?? []);
  refuseSweeps(overrides);
  const rules = stopRuleTexts(options.stopWhen);
  const { head, name } = await planExperiment(repo, { name: options.name, force: options.force ?? false });
  let paramsFiles: string[];
  {
    await using _lock = await repo.lock(ctx);
    const edits = editedParams(repo, overrides, options, ctx);
    await takeSnapshot(repo, { reason: `exp run ${name}` }, ctx);
    paramsFiles = [...edits.keys()].map((file) => repo.absolute(file));
    await setParams(repo, edits, async () => bringData(repo, options, ctx));
  }
  using active = announceRun(repo, { name, baseline: head, kind: 'workspace', root: repo.root }, rules);
  say(ctx, `Reproducing experiment '${name}'`);
  const stages = await plannedStages(repo, options, ctx);
  const given = options.env ?? process.env;
  const env = await experimentEnv(repo, name, head, repo.root, given);
  const run = { run: active.key, name, root: repo.root };
  const result = await guarded(repo, run, ctx, (own) => repro(repo, { ...options, env }, own), stoppedResult);
  if (result.failure) {
    await unstage(repo);
    return { name, rev: undefined, ref: undefined, repro: result, failure: result.failure };
  }
  const { message, force = false } = options;
  const ran = stagesThatRan(stages, result);
  let made: { readonly rev: GitId; readonly ref: string };
  {
    await using _lock = await repo.lock(ctx);
    using side = SideIndex.of(repo.git, repo.privateDir);
    const input = { name, baseline: head, head, force, message, stages, ran, paramsFiles };
    made = await commitExperiment(repo, side, input, ctx);
    await unstage(repo);
  }
  await autoPush(repo, name, ctx, given);
  return { name, ...made, repro: result, failure: undefined };
}

/** Of stages that a stop rule has ended nothing more is told. */
export const stoppedResult = (failure: DvcError): ReproResult => ({ stages: [], touched: [], failure });

/** Writes params files; where the pipeline cannot be used with them, what was there before is put back. */
async function setParams(repo: Repo, edits: ReadonlyMap<RepoPath, string>, use: () => Promise<void>): Promise<void> {
  const before = [...edits.keys()].map((file) => [file, readOrUndefined(repo.absolute(file))] as const);
  for (const [file, text] of edits) writeAtomic(repo.absolute(file), text);
  repo.forgetIndex();
  try {
    await use();
  } catch (error) {
    for (const [file, bytes] of before) {
      if (bytes === undefined) fs.rmSync(repo.absolute(file), { force: true });
      else writeAtomic(repo.absolute(file), bytes);
    }
    repo.forgetIndex();
    throw error;
  }
}

const readOrUndefined = (file: string): Buffer | undefined => (fs.existsSync(file) ? fs.readFileSync(file) : undefined);

/** Puts data of the workspace into the cache and its pointers, then outputs into the workspace: what a run starts from. */
async function bringData(repo: Repo, options: ExpRunOptions, ctx: OpContext): Promise<void> {
  const { targets = [], recursive = false } = options;
  const pointers = await storeDataSources(repo, { targets, recursive }, ctx);
  for (const [file, text] of pointers) writeAtomic(repo.absolute(file), text);
  repo.forgetIndex();
  await bringOutputs(repo, { targets, recursive }, ctx);
}

/** Checks out what the targets need, as far as the cache has it. */
export async function bringOutputs(
  repo: Repo,
  { targets, recursive }: { readonly targets: readonly string[]; readonly recursive: boolean },
  ctx: OpContext,
): Promise<void> {
  const withDeps = targets.length > 0;
  await checkoutLocked(repo, { targets, recursive, withDeps, force: true, allowMissing: true }, ctx);
}

/** The stages a run is about, in order. */
export async function plannedStages(repo: Repo, options: ReproOptions, ctx: OpContext): Promise<readonly Stage[]> {
  const index: RepoIndex = await repo.index();
  return planOf(repo, index, options, ctx).plan;
}

export function stagesThatRan(stages: readonly Stage[], { stages: outcomes }: ReproResult): Stage[] {
  const still = new Set(['unchanged', 'failed', 'skipped', 'would-run']);
  const ran = new Set(outcomes.filter(({ state }) => !still.has(state)).map(({ address }) => address));
  return stages.filter(({ address }) => ran.has(address));
}

/** As after `git reset`: the results of a run are changes that nobody has staged, as DVC leaves them. */
export async function unstage(repo: Repo): Promise<void> {
  await repo.git.run(['reset', '-q', '--mixed', 'HEAD', '--'], { accept: [1] });
}
