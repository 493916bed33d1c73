import { DvcError } from '../core/errors.ts';
import type { StageAddress } from '../core/ids.ts';
import { monotonicMs } from '../core/monotonic.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import type { PipelineStage, Stage } from '../graph/stage.ts';
import { changeReasons } from '../pipeline/changed.ts';
import { tokensOf } from '../pipeline/resources.ts';
import { schedule, type Task } from '../pipeline/scheduler.ts';
import type { Repo } from '../repo.ts';
import { pathsOf } from '../stages/reproduce-stage.ts';
import { changeInputs, showAddress } from '../stages/stage-checks.ts';
import { type OutputDifference, reachesOut, tryStage } from '../stages/stage-trial.ts';
import { WorkspaceCopy } from '../workspace/workspace-copy.ts';
import { planOf, type ReproOptions } from './repro.ts';

export type { OutputDifference } from '../stages/stage-trial.ts';

export interface VerifyOptions
  extends Pick<
    ReproOptions,
    | 'targets'
    | 'recursive'
    | 'glob'
    | 'singleItem'
    | 'pipeline'
    | 'allPipelines'
    | 'downstream'
    | 'jobs'
    | 'resources'
    | 'env'
  > {
  /**
   * How far apart numbers of metrics may lie: that part of the larger one, or that much where both are below 1. 0 unless told.
   */
  readonly tolerance?: number;
}

/** What a second run of a stage showed. */
export interface VerifiedStage {
  readonly address: StageAddress;
  /** The address from the user's folder. */
  readonly shown: string;
  /**
   * `left-out`: not up to date, frozen, or bound to places outside of a copy; `note` says which. `failed`: its command did not succeed in the
   * copy, so it needs something that is neither in Git nor among its dependencies.
   */
  readonly state: 'same' | 'different' | 'failed' | 'left-out';
  readonly differences: readonly OutputDifference[];
  readonly note?: string;
  readonly error?: DvcError;
  readonly seconds: number;
}

/**
 * Runs again what is up to date, each stage alone and on recorded data, in a copy of the workspace; and compares what comes out with what
 * is recorded. Workspace, cache and lock files stay as they are.
 *
 * @returns every stage of the plan in its order
 * @throws `target-not-found`, `cycle`, `no-space`, `cancelled`
 */
export async function verifyStages(repo: Repo, options: VerifyOptions, ctx: OpContext): Promise<VerifiedStage[]> {
  const { plan } = planOf(repo, await repo.index(), options, ctx);
  const results = new Map<StageAddress, VerifiedStage>();
  const settle = (stage: Stage, result: Pick<VerifiedStage, 'state'> & Partial<VerifiedStage>): void => {
    const shown = showAddress(repo, stage, ctx.cwd);
    results.set(stage.address, { address: stage.address, shown, differences: [], seconds: 0, ...result });
  };
  const inputs = changeInputs(repo, ctx);
  const stages: PipelineStage[] = [];
  for (const stage of plan) {
    checkAborted(ctx.signal);
    if (stage.kind !== 'pipeline') continue;
    const note = stage.frozen
      ? 'it is frozen'
      : (await changeReasons(stage, inputs)).length > 0
        ? 'it is not up to date'
        : reachesOut(repo, stage);
    if (note === undefined) stages.push(stage);
    else settle(stage, { state: 'left-out', note });
  }
  repo.state.save();
  if (stages.length > 0) {
    await using copy = await WorkspaceCopy.make(repo, ctx);
    const { tolerance = 0, env = process.env, jobs = 1, resources: capacities = new Map() } = options;
    const byAddress = new Map(stages.map((stage) => [stage.address, stage]));
    await schedule(stages.map(taskOf(repo)), { jobs, capacities }, async ({ key }) => {
      const stage = byAddress.get(key)!;
      checkAborted(ctx.signal);
      const began = monotonicMs();
      const shown = showAddress(repo, stage, ctx.cwd);
      const seconds = (): number => (monotonicMs() - began) / 1000;
      try {
        const differences = await tryStage(repo, copy, stage, shown, { tolerance, env }, ctx);
        settle(stage, { state: differences.length > 0 ? 'different' : 'same', differences, seconds: seconds() });
        ctx.emit({ type: 'stage-finished', stage: shown, seconds: seconds() });
      } catch (error) {
        if (!DvcError.is(error) || error.code === 'cancelled') throw error;
        settle(stage, { state: 'failed', error, seconds: seconds() });
        ctx.emit({ type: 'stage-failed', stage: shown, message: error.message });
      }
      return true;
    });
  }
  return plan.flatMap(({ address }) => results.get(address) ?? []);
}

/** Stages need nothing of each other, as all data is there; but they share one copy. */
const taskOf =
  (repo: Repo) =>
  (stage: PipelineStage): Task<StageAddress> => {
    const { read, write } = pathsOf(repo, stage);
    return { key: stage.address, needs: [], reads: read, writes: write, tokens: tokensOf(stage) };
  };
