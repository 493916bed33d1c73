import { DvcError } from '../core/errors.ts';
import type { StageAddress } from '../core/ids.ts';
import { checkAborted, type OpContext, warn } from '../core/op-context.ts';
import { buildGraph, type Graph, neededBy, withDownstream } from '../graph/graph.ts';
import type { RepoIndex } from '../graph/repo-index.ts';
import type { Stage } from '../graph/stage.ts';
import { planRepro, withoutFrozen } from '../pipeline/plan.ts';
import { type Capacities, tokensOf } from '../pipeline/resources.ts';
import { schedule, type Task } from '../pipeline/scheduler.ts';
import { selectStages } from '../pipeline/select-stages.ts';
import { isFolder } from '../platform/exists.ts';
import type { OutputStreams } from '../platform/process.ts';
import type { Repo } from '../repo.ts';
import {
  pathsOf,
  prepareReproduction,
  type Reproduction,
  reproduceStage,
  type StageOutcome,
} from '../stages/reproduce-stage.ts';
import { showAddress } from '../stages/stage-checks.ts';
import { StageLocks } from '../stages/stage-lock.ts';
import { pullingFrom } from '../stages/stage-pull.ts';
import type { WriteResult } from './write-result.ts';

export type { OutputStreams } from '../platform/process.ts';
export type { StageOutcome } from '../stages/reproduce-stage.ts';

export interface ReproOptions {
  /** Stages, groups, dvc.yaml files, pointer files. `./dvc.yaml` unless told. */
  readonly targets?: readonly string[];
  readonly recursive?: boolean;
  readonly glob?: boolean;
  /** The targets and nothing they need. */
  readonly singleItem?: boolean;
  readonly pipeline?: boolean;
  readonly allPipelines?: boolean;
  readonly downstream?: boolean;
  readonly force?: boolean;
  /** What a stage that ran feeds runs too. */
  readonly forceDownstream?: boolean;
  readonly dry?: boolean;
  readonly interactive?: boolean;
  /** False: outputs are hashed, not put into the cache. */
  readonly commit?: boolean;
  /** False: no run is restored. */
  readonly runCache?: boolean;
  readonly pull?: boolean;
  readonly allowMissing?: boolean;
  /** After a failure: stop; go on with what does not need it; go on with everything. */
  readonly onError?: 'fail' | 'keep-going' | 'ignore';
  /** Stages at a time; 1 unless told. */
  readonly jobs?: number;
  /** How much there is of each resource that stages ask for in `meta.resources`. */
  readonly resources?: Capacities;
  /** Commands write to this process's terminal, or their output is copied to these streams; only with one job. */
  readonly inherit?: boolean | OutputStreams;
  /** For commands; this process's own unless told. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface ReproResult extends WriteResult {
  /** In the order of the plan; stages that were not reached are left out. */
  readonly stages: readonly StageOutcome[];
  /** What the command as a whole fails with, or undefined. */
  readonly failure: DvcError | undefined;
}

/**
 * Runs what is not up to date, each stage after what it needs. Every stage is recorded as soon as it is done, so that a failed, cancelled
 * or killed run goes on where it was.
 *
 * @throws `target-not-found`, `cycle`, `output-overlap`, `lock-held`, `cancelled`. A stage that fails is part of the result.
 * Source: dvc-format 6.4, 6.5.
 */
export async function repro(repo: Repo, options: ReproOptions, ctx: OpContext): Promise<ReproResult> {
  await using locks = new StageLocks(repo, await repo.lock(ctx), ctx);
  const index = await repo.index();
  const { plan, graph } = planOf(repo, index, options, ctx);
  const reproduction = await prepare(repo, index, plan, options, ctx);
  const run = new Run(reproduction, plan, graph, options, ctx);
  try {
    const failure = await run.all(locks);
    const touched = [...reproduction.touched, ...reproduction.ignores.touched];
    // As in DVC, whose users find out of a failed run's outputs in `git status`.
    if (failure) reproduction.ignores.undo();
    else await repo.autostage(touched);
    return { stages: run.outcomes, touched: touched.sort(), failure };
  } catch (error) {
    reproduction.ignores.undo();
    throw error;
  } finally {
    repo.state.save();
    repo.outputsMade.save();
  }
}

/** The stages that options name, each after what it needs; with the graph where one is needed. */
export function planOf(
  repo: Repo,
  index: RepoIndex,
  options: ReproOptions,
  ctx: OpContext,
): { plan: readonly Stage[]; graph: Graph | undefined } {
  const { targets = [], allPipelines = false, pipeline = false, downstream = false } = options;
  const { recursive = false, glob = false } = options;
  const given = targets.length > 0 ? targets : ['dvc.yaml'];
  const chosen = allPipelines
    ? []
    : selectStages(index, given, { root: repo.root, cwd: ctx.cwd, recursive, glob, isFolder });
  if (options.singleItem && !allPipelines && !pipeline) return { plan: chosen, graph: undefined };
  const graph = withoutFrozen(buildGraph(index.stages));
  if (!allPipelines && chosen.length === 0) return { plan: glob || recursive ? planRepro(graph, []) : [], graph };
  return { plan: planRepro(graph, chosen, { pipeline, downstream: downstream && !pipeline && !allPipelines }), graph };
}

async function prepare(
  repo: Repo,
  index: RepoIndex,
  plan: readonly Stage[],
  options: ReproOptions,
  ctx: OpContext,
): Promise<Reproduction> {
  const { jobs = 1, inherit = false, pull = false, runCache = true, env = process.env } = options;
  const settings = {
    dry: options.dry ?? false,
    interactive: (options.interactive ?? false) || repo.config.core.interactive,
    useRunCache: runCache,
    commit: options.commit ?? true,
    allowMissing: options.allowMissing ?? false,
    inherit: jobs <= 1 && inherit,
    env,
  };
  const pulling = pull ? await pullingFrom(repo, index, { runCache }, ctx) : undefined;
  return prepareReproduction(repo, index, plan, settings, pulling);
}

/** The stages of one plan on their way, and what has become of them. */
class Run {
  readonly #repro: Reproduction;
  readonly #plan: readonly Stage[];
  readonly #graph: Graph | undefined;
  readonly #options: ReproOptions;
  readonly #ctx: OpContext;
  readonly #outcomes = new Map<StageAddress, StageOutcome>();
  readonly #forced = new Set<StageAddress>();
  readonly #feeds: ReadonlyMap<StageAddress, readonly StageAddress[]>;

  constructor(
    repro: Reproduction,
    plan: readonly Stage[],
    graph: Graph | undefined,
    options: ReproOptions,
    ctx: OpContext,
  ) {
    this.#repro = repro;
    this.#plan = plan;
    this.#graph = graph;
    this.#options = options;
    this.#ctx = ctx;
    this.#feeds = graph && options.forceDownstream ? neededBy(graph) : new Map();
    if (options.force) for (const { address } of plan) this.#forced.add(address);
  }

  get outcomes(): StageOutcome[] {
    return this.#plan.flatMap(({ address }) => this.#outcomes.get(address) ?? []);
  }

  /** @returns what the command fails with */
  async all(locks: StageLocks): Promise<DvcError | undefined> {
    const { jobs = 1, resources: capacities = new Map() } = this.#options;
    const stages = new Map(this.#plan.map((stage) => [stage.address, stage]));
    this.#ctx.emit({ type: 'stages-planned', stages: this.#plan.map(this.#show) });
    const tasks = this.#plan.map((stage) => this.#taskOf(stage));
    await schedule(tasks, { jobs, capacities }, async ({ key }) => {
      const stage = stages.get(key);
      return stage === undefined || (await this.#one(stage, locks));
    });
    return this.#failure();
  }

  #taskOf(stage: Stage): Task<StageAddress> {
    const { read, write } = pathsOf(this.#repro.repo, stage);
    return {
      key: stage.address,
      needs: this.#graph?.needs.get(stage.address) ?? [],
      reads: read,
      writes: write,
      tokens: stage.kind === 'pipeline' ? tokensOf(stage) : new Map(),
    };
  }

  /** @returns whether to go on */
  async #one(stage: Stage, locks: StageLocks): Promise<boolean> {
    if (this.#outcomes.has(stage.address)) return true;
    checkAborted(this.#ctx.signal);
    const force = this.#forced.has(stage.address);
    try {
      await using lock = await locks.enter();
      const outcome = await reproduceStage(this.#repro, stage, { force, lock }, this.#ctx);
      this.#outcomes.set(stage.address, outcome);
      if (force || (outcome.state !== 'unchanged' && outcome.state !== 'pulled'))
        for (const next of this.#feeds.get(stage.address) ?? []) this.#forced.add(next);
      return true;
    } catch (error) {
      if (!DvcError.is(error) || error.code === 'cancelled') throw error;
      return this.#failed(stage, error);
    }
  }

  #failed(stage: Stage, error: DvcError): boolean {
    const { onError = 'fail' } = this.#options;
    const shown = this.#show(stage);
    const { log } = error.data as { log?: string };
    const outcome = { address: stage.address, shown, reasons: [], seconds: 0, ...(log === undefined ? {} : { log }) };
    this.#outcomes.set(stage.address, { ...outcome, state: 'failed', error });
    this.#ctx.emit({ type: 'stage-failed', stage: shown, message: error.message });
    if (onError === 'fail') return false;
    warn(this.#ctx, `${error.message}${onError === 'ignore' ? ' (ignored)' : ''}`);
    if (onError === 'ignore' || !this.#graph) return true;
    const dependents = withDownstream(this.#graph, [stage]).slice(1);
    for (const { address } of dependents)
      this.#outcomes.set(address, {
        address,
        shown: this.#show(this.#graph.stages.get(address)!),
        state: 'skipped',
        reasons: [],
        seconds: 0,
      });
    if (dependents.length > 0)
      warn(
        this.#ctx,
        `Stage${dependents.length > 1 ? 's' : ''} ${joined(dependents.map((one) => this.#show(one)))} will be skipped due to this failure`,
      );
    return true;
  }

  #failure(): DvcError | undefined {
    const { onError = 'fail' } = this.#options;
    const failed = this.outcomes.filter(({ state }) => state === 'failed');
    const [first] = failed;
    if (onError === 'ignore' || !first?.error) return undefined;
    const text = `failed to reproduce${failed.length > 1 ? ' stages:' : ''} ${joined(failed.map(({ shown }) => shown))}`;
    const { code, message, hint, data } = first.error;
    const more = {
      data: { ...data, stages: failed.map(({ address }) => address) },
      cause: first.error,
      ...(hint === undefined ? {} : { hint }),
    };
    return new DvcError(code, onError === 'fail' && failed.length === 1 ? `${text}: ${message}` : text, more);
  }

  #show = (stage: Stage): string => showAddress(this.#repro.repo, stage, this.#ctx.cwd);
}

/** `'a', 'b' and 'c'`. */
const joined = (names: readonly string[]): string => {
  const quoted = names.map((name) => `'${name}'`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
};
