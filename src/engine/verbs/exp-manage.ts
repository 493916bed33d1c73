import { DvcError } from '../core/errors.ts';
import { changeRefs, NO_COMMIT, type RefChange } from '../experiments/git-trees.ts';
import { marksRef } from '../experiments/marks.ts';
import { findEntries, type QueueEntry, QueueStore } from '../experiments/queue-store.ts';
import {
  APPLIED,
  checkExperimentName,
  type Experiment,
  experimentExists,
  experimentRef,
  findByName,
  listExperiments,
  noExperiment,
} from '../experiments/refs.ts';
import { pushRefs, remoteExperiments } from '../experiments/remote-refs.ts';
import type { GitId } from '../git/git.ts';
import type { Repo } from '../repo.ts';
import { type ExperimentScope, inScope, requireCommits } from './exp-list.ts';

/**
 * Makes a branch of an experiment. HEAD and the workspace stay as they are.
 *
 * @param branch `<experiment>-branch` unless told. @throws `unknown-experiment`, `usage` where the branch is there
 */
export async function expBranch(
  repo: Repo,
  name: string,
  branch?: string,
): Promise<{ readonly branch: string; readonly experiment: string; readonly rev: GitId }> {
  const head = requireCommits(repo);
  const experiment = await experimentAt(repo, name, head);
  const made = branch ?? `${experiment.name}-branch`;
  const ref = `refs/heads/${made}`;
  try {
    await repo.git.run(['check-ref-format', '--branch', made]);
  } catch (error) {
    throw new DvcError('bad-name', `'${made}' is not a valid branch name.`, { cause: error });
  }
  if ((await repo.git.refs(ref)).some((one) => one.name === ref))
    throw new DvcError('usage', `Git branch '${made}' already exists.`, {
      hint: 'Give another name: `lode exp branch EXPERIMENT BRANCH`.',
      exitCode: 255,
    });
  await changeRefs(
    repo.git,
    [{ ref, to: experiment.rev, from: NO_COMMIT }],
    `dvc: Created from experiment '${experiment.name}'`,
  );
  return { branch: made, experiment: experiment.name, rev: experiment.rev };
}

/** The experiment that a name, a ref or a commit means. */
async function experimentAt(repo: Repo, name: string, head: GitId): Promise<Experiment> {
  const all = await listExperiments(repo.git);
  const named = findByName(all, name, head);
  if (named) return named;
  let rev: GitId;
  try {
    rev = await repo.git.resolve(name);
  } catch (error) {
    if (!DvcError.is(error, 'unknown-revision')) throw error;
    throw noExperiment([name]);
  }
  const tips = all.filter((one) => one.rev === rev);
  const [only, ...others] = tips;
  const here = tips.find(({ baseline }) => baseline === head);
  if (here ?? (others.length === 0 ? only : undefined)) return (here ?? only)!;
  if (!only)
    throw new DvcError('unknown-experiment', `'${name}' does not appear to be an experiment commit.`, {
      hint: 'See them with `lode exp list -A`.',
    });
  throw new DvcError(
    'usage',
    `Ambiguous experiment name '${name}' can refer to multiple experiments. To create a branch use a full experiment ref:\n\n${tips.map(({ ref }) => ref).join('\n')}`,
    { exitCode: 255 },
  );
}

export interface ExpRemoveOptions extends ExperimentScope {
  readonly names?: readonly string[];
  /** What waits in the queue. */
  readonly queue?: boolean;
  /** A Git remote's name or URL, from which they are removed instead. */
  readonly remote?: string;
  /** Removes all but the chosen ones. */
  readonly keep?: boolean;
}

/** Removes experiments, or entries of the queue. @returns names, in order. @throws `unknown-experiment`, `usage` */
export async function expRemove(repo: Repo, options: ExpRemoveOptions): Promise<string[]> {
  const { names = [], queue = false, keep = false, allCommits = false, revs = [], remote } = options;
  if (keep && queue) throw new DvcError('usage', 'Cannot use both `--keep` and `--queue`.', { exitCode: 255 });
  if (repo.git.present && repo.git.head() === undefined && !queue) {
    if (names.length > 0) throw noExperiment(names, remote);
    return [];
  }
  const head = requireCommits(repo);
  const store = new QueueStore(repo);
  const removed: string[] = [];
  const entries: QueueEntry[] = [];
  if (queue) {
    const waiting = store.list().filter(({ state }) => state === 'queued');
    entries.push(...waiting);
    removed.push(...waiting.map(({ name }) => name));
  }
  const all = remote === undefined ? await listExperiments(repo.git) : await remoteExperiments(repo.git, remote);
  let chosen: Experiment[] = [];
  if (names.length > 0) {
    const waiting = store.list().filter(({ state }) => state !== 'running');
    const missing: string[] = [];
    for (const name of new Set(names)) {
      const found = findByName(all, name, head);
      const waits = found || remote !== undefined ? undefined : tryEntry(waiting, name);
      if (found) chosen.push(found);
      if (waits) entries.push(waits);
      if (found || waits) removed.push(name);
      else missing.push(name);
    }
    if (missing.length > 0) throw noExperiment(missing, remote);
  } else if (revs.length > 0 || allCommits) {
    chosen = await inScope(repo, all, allCommits ? { allCommits } : options);
    removed.push(...chosen.map(({ name }) => name));
  }
  if (keep) {
    const kept = new Set(chosen.map(({ ref }) => ref));
    chosen = all.filter(({ ref }) => !kept.has(ref));
    removed.splice(0, removed.length, ...chosen.map(({ name }) => name));
  }
  await removeRefs(repo, chosen, remote);
  await store.remove(entries);
  return removed;
}

function tryEntry(entries: readonly QueueEntry[], name: string): QueueEntry | undefined {
  try {
    return findEntries(entries, [name], 'experiment name')[0];
  } catch (error) {
    if (DvcError.is(error, 'unknown-experiment')) return undefined;
    throw error;
  }
}

async function removeRefs(repo: Repo, experiments: readonly Experiment[], remote: string | undefined): Promise<void> {
  if (experiments.length === 0) return;
  const refs = experiments.flatMap((one) => [one.ref, marksRef(one)]);
  if (remote !== undefined) {
    const there = new Set((await remoteExperiments(repo.git, remote)).map(({ ref }) => ref));
    await pushRefs(
      repo.git,
      remote,
      refs.filter((ref) => there.has(ref)).map((ref) => `:${ref}`),
      { force: false },
    );
    return;
  }
  const known = new Map((await repo.git.refs('refs/')).map(({ name, id }) => [name, id]));
  const gone: RefChange[] = refs.filter((ref) => known.has(ref)).map((ref) => ({ ref }));
  const applied = known.get(APPLIED);
  if (applied !== undefined && experiments.some(({ rev }) => rev === applied)) gone.push({ ref: APPLIED });
  await changeRefs(repo.git, gone);
}

export interface ExpRenameOptions {
  readonly remote?: string;
  /** Overwrites an experiment that has the new name. */
  readonly force?: boolean;
}

/** Gives an experiment another name; its marks follow. @throws `unknown-experiment`, `experiment-exists`, `bad-name` */
export async function expRename(
  repo: Repo,
  from: string,
  to: string,
  options: ExpRenameOptions = {},
): Promise<boolean> {
  if (from === to) return false;
  const { remote, force = false } = options;
  const head = requireCommits(repo);
  const all = remote === undefined ? await listExperiments(repo.git) : await remoteExperiments(repo.git, remote);
  const found = findByName(all, from, head);
  if (!found) throw noExperiment([from], remote);
  checkExperimentName(to);
  const renamed = experimentRef(found.baseline, to);
  if (!force && all.some(({ ref }) => ref === renamed.ref)) throw experimentExists(to, 'rename');
  if (remote !== undefined) {
    await repo.git.run(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--', remote, found.ref], {
      asUser: true,
    });
    await pushRefs(repo.git, remote, [`${found.rev}:${renamed.ref}`, `:${found.ref}`], { force });
    return true;
  }
  const marks = (await repo.git.refs(marksRef(found))).find(({ name }) => name === marksRef(found));
  await changeRefs(repo.git, [
    { ref: found.ref, from: found.rev },
    { ref: renamed.ref, to: found.rev },
    ...(marks ? [{ ref: marks.name }, { ref: marksRef(renamed), to: marks.id }] : []),
  ]);
  return true;
}
