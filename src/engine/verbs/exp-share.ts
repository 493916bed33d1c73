import type { OpContext } from '../core/op-context.ts';
import { MARKS, marksRef } from '../experiments/marks.ts';
import { type Experiment, findByName, listExperiments, noExperiment } from '../experiments/refs.ts';
import { fetchRefs, pushRefs, type RefOutcome, remoteExperiments, remoteRefs } from '../experiments/remote-refs.ts';
import type { Repo } from '../repo.ts';
import { type ExperimentScope, inScope, requireCommits } from './exp-list.ts';
import { fetch } from './fetch.ts';
import { push } from './push.ts';

export interface ExpShareOptions extends ExperimentScope {
  /** Those that started from HEAD unless told. */
  readonly names?: readonly string[];
  /** Overwrites an experiment of the same name that is another one. */
  readonly force?: boolean;
  /** False: commits only, no data. */
  readonly cache?: boolean;
  /** The remote of data; the default one unless told. */
  readonly dataRemote?: string;
  readonly jobs?: number;
  readonly runCache?: boolean;
}

export interface ExpShareResult {
  /** Names that went over. */
  readonly done: readonly string[];
  readonly upToDate: readonly string[];
  /** Another experiment of that name is on the other side, and stays. */
  readonly diverged: readonly string[];
  /** Objects of data that went over. */
  readonly objects: number;
}

/**
 * Sends experiments to a Git remote, with what people said about them, and their data to a remote of DVC's.
 *
 * @throws `unknown-experiment`, `git-failed`, and what `push` throws
 */
export async function expPush(
  repo: Repo,
  remote: string,
  options: ExpShareOptions,
  ctx: OpContext,
): Promise<ExpShareResult> {
  const head = requireCommits(repo);
  const all = await listExperiments(repo.git);
  const chosen = await choose(repo, all, options, head);
  const { force = false } = options;
  const outcomes = await pushRefs(
    repo.git,
    remote,
    chosen.map(({ ref }) => `${ref}:${ref}`),
    { force },
  );
  const result = sortOut(chosen, outcomes);
  const marks = new Set((await repo.git.refs(MARKS)).map(({ name }) => name));
  const own = result.same.map(marksRef).filter((ref) => marks.has(ref));
  await pushRefs(
    repo.git,
    remote,
    own.map((ref) => `${ref}:${ref}`),
    { force: true },
  );
  let objects = 0;
  if (options.cache !== false && result.same.length > 0)
    objects = (await push(repo, transferOf(options, result.same), ctx)).pushed;
  return { ...result.names, objects };
}

/** The reverse of {@link expPush}. @throws as there */
export async function expPull(
  repo: Repo,
  remote: string,
  options: ExpShareOptions,
  ctx: OpContext,
): Promise<ExpShareResult> {
  const head = requireCommits(repo);
  const all = await remoteExperiments(repo.git, remote);
  const chosen = await choose(repo, all, options, head, remote);
  const { force = false } = options;
  const outcomes = await fetchRefs(repo.git, remote, chosen, { force });
  const result = sortOut(chosen, outcomes);
  const there = new Set((await remoteRefs(repo.git, remote, MARKS)).map(({ name }) => name));
  const marks = result.same.map(marksRef).filter((ref) => there.has(ref));
  if (marks.length > 0)
    await repo.git.run(
      ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--', remote, ...marks.map((ref) => `+${ref}:${ref}`)],
      { asUser: true },
    );
  let objects = 0;
  if (options.cache !== false && result.same.length > 0)
    objects = (await fetch(repo, transferOf(options, result.same), ctx)).fetched;
  return { ...result.names, objects };
}

async function choose(
  repo: Repo,
  all: readonly Experiment[],
  options: ExpShareOptions,
  head: string,
  remote?: string,
): Promise<Experiment[]> {
  const { names = [] } = options;
  if (options.allCommits) return [...all];
  if (names.length === 0) return inScope(repo, all, options);
  const found = names.map((name) => findByName(all, name, head));
  const missing = names.filter((_, i) => !found[i]);
  if (missing.length > 0) throw noExperiment(missing, remote);
  return [...new Set(found.filter((one) => one !== undefined))];
}

function sortOut(chosen: readonly Experiment[], outcomes: ReadonlyMap<string, RefOutcome>) {
  const of = (outcome: RefOutcome): Experiment[] => chosen.filter(({ ref }) => outcomes.get(ref) === outcome);
  const names = (list: readonly Experiment[]): string[] => list.map(({ name }) => name);
  const [done, upToDate] = [of('done'), of('up-to-date')];
  return {
    /** What is the same on both sides now. */
    same: [...upToDate, ...done],
    names: { done: names(done), upToDate: names(upToDate), diverged: names(of('diverged')) },
  };
}

const transferOf = (options: ExpShareOptions, experiments: readonly Experiment[]) => ({
  onlyRevs: experiments.map(({ rev }) => rev),
  ...(options.dataRemote === undefined ? {} : { remote: options.dataRemote }),
  ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
  ...(options.runCache === undefined ? {} : { runCache: options.runCache }),
});
