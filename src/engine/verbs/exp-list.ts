import { DvcError } from '../core/errors.ts';
import { commitNames } from '../experiments/describe.ts';
import { type Experiment, listExperiments } from '../experiments/refs.ts';
import { remoteExperiments } from '../experiments/remote-refs.ts';
import { noCommits } from '../experiments/snapshots.ts';
import type { GitId } from '../git/git.ts';
import type { Repo } from '../repo.ts';

/** Which experiments are meant, by the commits they started from. */
export interface ExperimentScope {
  /** Every one; `revs` and `num` count for nothing then. */
  readonly allCommits?: boolean;
  /** `HEAD` unless told. */
  readonly revs?: readonly string[];
  /** Commits back from each of `revs`, first parents only; -1 for all. 1 unless told. */
  readonly num?: number;
}

export interface ExpListOptions extends ExperimentScope {
  /** A Git remote's name or URL, whose experiments are listed instead. */
  readonly remote?: string;
}

/** Experiments that started from one commit. */
export interface BaselineExperiments {
  readonly baseline: GitId;
  /** The current branch, a tag or a branch that leads to it. */
  readonly name: string | undefined;
  readonly experiments: readonly Experiment[];
}

/** Experiments by the commit they started from. @throws `unknown-revision`, `git-failed` */
export async function expList(repo: Repo, options: ExpListOptions): Promise<BaselineExperiments[]> {
  const all =
    options.remote === undefined ? await listExperiments(repo.git) : await remoteExperiments(repo.git, options.remote);
  const found = await inScope(repo, all, options);
  const names = await commitNames(repo.git);
  const groups = new Map<GitId, Experiment[]>();
  for (const one of found) groups.set(one.baseline, [...(groups.get(one.baseline) ?? []), one]);
  return [...groups].map(([baseline, experiments]) => ({ baseline, name: names.shown(baseline), experiments }));
}

/** Those of the experiments that started from a commit of the scope. @throws `unknown-revision` */
export async function inScope<T extends { readonly baseline: GitId }>(
  repo: Repo,
  experiments: readonly T[],
  { allCommits = false, revs = [], num = 1 }: ExperimentScope,
): Promise<T[]> {
  requireCommits(repo);
  if (allCommits) return [...experiments];
  const scope = await repo.git.revisions({ revs: revs.length > 0 ? revs : ['HEAD'], num });
  return experiments.filter(({ baseline }) => scope.has(baseline));
}

/** @throws `git-failed` without Git or without a commit */
export function requireCommits(repo: Repo): GitId {
  if (!repo.git.present)
    throw new DvcError('git-failed', 'Only supported for Git repositories.', {
      hint: 'Experiments are Git commits: run `git init` first.',
    });
  const head = repo.git.head();
  if (head === undefined) throw noCommits();
  return head;
}
