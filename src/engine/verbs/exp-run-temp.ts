import { type OpContext, say } from '../core/op-context.ts';
import { announceRun } from '../experiments/active-runs.ts';
import { commitExperiment } from '../experiments/experiment-commit.ts';
import { SideIndex } from '../experiments/git-trees.ts';
import { planExperiment, readOverrides } from '../experiments/prepare.ts';
import { experimentEnv } from '../experiments/run-env.ts';
import { RunFolder } from '../experiments/run-folder.ts';
import { guarded } from '../experiments/run-guard.ts';
import { stashTree } from '../experiments/stash.ts';
import { refuseSweeps } from '../experiments/sweeps.ts';
import type { GitId } from '../git/git.ts';
import { stopRuleTexts } from '../metrics/stop-rule.ts';
import type { Repo } from '../repo.ts';
import { autoPush } from './exp-auto-push.ts';
import {
  bringOutputs,
  type ExpRunOptions,
  type ExpRunResult,
  plannedStages,
  stagesThatRan,
  stoppedResult,
} from './exp-run.ts';
import { type ReproResult, repro } from './repro.ts';

export interface ExpRunTempOptions extends ExpRunOptions {
  /** Files and folders to take along that Git does not have. */
  readonly copyPaths?: readonly string[];
}

/**
 * Runs an experiment in a work tree of its own, with the workspace's uncommitted changes. The workspace is left as it is, and several can
 * run at once. A dry run says what would run, and is no experiment.
 *
 * @throws as `expRun`
 */
export async function expRunTemp(repo: Repo, options: ExpRunTempOptions, ctx: OpContext): Promise<ExpRunResult> {
  const overrides = readOverrides(options.params ?? []);
  refuseSweeps(overrides);
  const rules = stopRuleTexts(options.stopWhen);
  const { head, name } = await planExperiment(repo, { name: options.name, force: options.force ?? false });
  const { targets = [], recursive = false } = options;
  let tree: GitId;
  {
    await using _lock = await repo.lock(ctx);
    tree = await stashTree(
      repo,
      overrides,
      { targets, recursive, ...(options.hydra === undefined ? {} : { hydra: options.hydra }) },
      ctx,
    );
    repo.state.save();
  }
  let active: ReturnType<typeof announceRun> | undefined;
  try {
    return await runStashed(repo, { name, head, baseline: head, tree }, options, ctx, (root) => {
      active = announceRun(repo, { name, baseline: head, kind: 'temp', root }, rules);
      return active.key;
    });
  } finally {
    active?.[Symbol.dispose]();
  }
}

/** What runs in a work tree: files as a tree, and where they started from. */
export interface Stashed {
  readonly name: string;
  readonly head: GitId;
  readonly baseline: GitId;
  readonly tree: GitId;
}

/** @param onFolder Told where it runs, before the first stage does; gives the key of its stop rules. */
export async function runStashed(
  repo: Repo,
  { name, head, baseline, tree }: Stashed,
  options: ExpRunTempOptions,
  ctx: OpContext,
  onFolder: (root: string) => string,
): Promise<ExpRunResult> {
  await using folder = await RunFolder.make(repo, head, tree, ctx);
  const { root } = folder.repo;
  const run = { run: onFolder(root), name, root };
  await folder.copy(options.copyPaths ?? [], ctx);
  const own = folder.context(ctx);
  const { targets = [], recursive = false, dry = false, force = false } = options;
  say(ctx, `Reproducing experiment '${name}'`);
  if (!dry) {
    await using _lock = await folder.repo.lock(own);
    await bringOutputs(folder.repo, { targets, recursive }, own);
  }
  const stages = await plannedStages(folder.repo, options, own);
  const given = options.env ?? process.env;
  const env = await experimentEnv(repo, name, baseline, repo.root, given);
  const work = (ctx: OpContext): Promise<ReproResult> => repro(folder.repo, { ...options, env }, ctx);
  const result = await guarded(repo, run, own, work, stoppedResult);
  const base = { name, rev: undefined, ref: undefined, repro: result };
  if (result.failure || dry) return { ...base, failure: result.failure };
  using side = SideIndex.of(folder.repo.git, folder.repo.privateDir);
  const input = { name, baseline, head, force, message: options.message, stages, ran: stagesThatRan(stages, result) };
  const made = await commitExperiment(folder.repo, side, input, own);
  await autoPush(repo, made.ref, ctx, given);
  return { ...base, ...made, failure: undefined };
}
