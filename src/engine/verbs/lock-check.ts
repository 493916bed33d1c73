import type { HashInfo } from '../core/hash-info.ts';
import type { OpContext } from '../core/op-context.ts';
import { loadPipeline } from '../graph/load-pipeline.ts';
import { repoPathOf } from '../graph/output.ts';
import type { RepoIndex } from '../graph/repo-index.ts';
import type { PipelineStage } from '../graph/stage.ts';
import { changeReasons } from '../pipeline/changed.ts';
import { explain } from '../pipeline/explain.ts';
import { selectStages } from '../pipeline/select-stages.ts';
import type { Repo } from '../repo.ts';
import { changeInputs, showAddress, showPlace } from '../stages/stage-checks.ts';

export interface LockCheckOptions {
  /** Stages, groups, dvc.yaml files; every stage unless told. */
  readonly targets?: readonly string[];
}

/** A stage whose entry in dvc.lock is not what the files say. */
export interface LockProblem {
  /** From the user's folder. */
  readonly stage: string;
  /** One sentence each. */
  readonly problems: readonly string[];
}

/**
 * Whether dvc.lock is what dvc.yaml, params and files say, without running anything: for CI, where data need not be there. What another
 * stage makes is compared with that stage's record where it is missing, and outputs that are missing are taken as recorded.
 *
 * @returns the stages with a problem; empty when all is well
 */
export async function lockCheck(
  repo: Repo,
  { targets = [] }: LockCheckOptions,
  ctx: OpContext,
): Promise<LockProblem[]> {
  const index = await repo.index();
  const stages = targets.length > 0 ? selectStages(index, targets, { root: repo.root, cwd: ctx.cwd }) : index.stages;
  const inputs = changeInputs(repo, ctx);
  const found: LockProblem[] = [];
  for (const stage of stages) {
    ctx.signal.throwIfAborted();
    if (stage.kind !== 'pipeline') continue;
    const problems =
      stage.lockedCmd === undefined
        ? ['not in dvc.lock']
        : [...(await contentProblems(repo, index, stage, inputs, ctx)), ...(await leftOver(repo, stage))];
    if (problems.length > 0) found.push({ stage: showAddress(repo, stage, ctx.cwd), problems });
  }
  repo.state.save();
  return found;
}

async function contentProblems(
  repo: Repo,
  index: RepoIndex,
  stage: PipelineStage,
  inputs: ReturnType<typeof changeInputs>,
  ctx: OpContext,
): Promise<string[]> {
  // The cache is not asked: it is not in Git.
  const reasons = await changeReasons(stage, { ...inputs, missing: async () => [] });
  const problems: string[] = [];
  for (const reason of reasons) {
    if (reason.kind === 'always-changed') continue;
    if (reason.kind === 'output' && reason.word === 'deleted' && reason.old) continue;
    if (reason.kind === 'dependency' && reason.word === 'deleted') {
      const recorded = recordedFor(repo, index, stage, reason.path, ctx);
      if (recorded && same(recorded, reason.old)) continue;
      if (recorded) {
        problems.push(`dependency ${reason.path} is recorded with another hash by the stage that makes it`);
        continue;
      }
    }
    problems.push(explain(reason).text);
  }
  return problems;
}

/** The hash that the maker of a dependency has on record for it. */
function recordedFor(
  repo: Repo,
  index: RepoIndex,
  stage: PipelineStage,
  shown: string,
  ctx: OpContext,
): HashInfo | undefined {
  const dep = stage.deps.find((one) => showPlace(repo, one, ctx.cwd) === shown);
  const path = dep && repoPathOf(dep);
  if (path === undefined) return undefined;
  const exact = index.outputs.at(path)[0];
  if (exact) return exact.hash;
  // A part of an output, or a folder of several: nothing recorded is comparable with it.
  return [...index.outputs.around(path), ...index.outputs.below(path)].length > 0 ? dep?.hash : undefined;
}

const same = (a: HashInfo, b: HashInfo | undefined): boolean => a.name === b?.name && a.value === b.value;

/** What the lock file lists and dvc.yaml does not. */
async function leftOver(repo: Repo, stage: PipelineStage): Promise<string[]> {
  const { lock } = await loadPipeline(repo.workspace, stage.file, { root: repo.root });
  const entry = lock?.stages.get(stage.name);
  if (!entry) return [];
  const extra = (listed: Iterable<string>, known: readonly { readonly defPath: string }[]): string[] =>
    [...listed].filter((path) => !known.some(({ defPath }) => defPath === path));
  return [
    ...extra(
      entry.deps.map(({ path }) => path),
      stage.deps,
    ).map((path) => `dependency ${path} is only in dvc.lock`),
    ...extra(entry.params.keys(), stage.params).map((path) => `params of ${path} are only in dvc.lock`),
    ...extra(
      entry.outs.map(({ path }) => path),
      stage.outs,
    ).map((path) => `output ${path} is only in dvc.lock`),
  ];
}
