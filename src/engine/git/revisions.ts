import { ambiguousRevision } from '../core/errors.ts';
import { inOneOrder, type WalkedCommit, walkedCommit } from './commit-order.ts';
import type { Git, GitId, RevisionScope } from './git.ts';

/**
 * The commits a set of scope flags means, each with the names that led to it, as DVC collects them.
 *
 * All commits make branches, tags and date superfluous; branches and `revs` reach `num` commits back.
 *
 * @param lines Runs git and splits its output.
 */
export async function commitsInScope(
  git: Git,
  lines: (args: readonly string[]) => Promise<string[]>,
  scope: RevisionScope,
): Promise<ReadonlyMap<GitId, readonly string[]>> {
  const found = new Map<GitId, string[]>();
  const add = (id: GitId, name: string): void => {
    const names = found.get(id);
    if (!names) found.set(id, [name]);
    else if (!names.includes(name)) names.push(name);
  };
  const everything = async (): Promise<readonly WalkedCommit[]> => {
    if (git.head() === undefined) return [];
    const walk = ['rev-list', '--timestamp', '--parents', 'HEAD', '--branches', '--tags', '--remotes', '--'];
    const commits = (await lines(walk)).map(walkedCommit);
    const starts = async () =>
      (await Promise.all(['heads', 'remotes', 'tags'].map((kind) => git.refs(`refs/${kind}/`)))).flat();
    return inOneOrder(commits, async () => [git.head() ?? '', ...(await starts()).map(({ id }) => id)]);
  };
  const num = scope.num ?? 1;
  const addBack = async (id: GitId, name: string): Promise<void> => {
    if (num === 0) return;
    add(id, name);
    if (num === 1) return;
    const older = await lines(['rev-list', '--first-parent', `--max-count=${num}`, id, '--']);
    for (const commit of older.slice(1)) add(commit, commit);
  };

  for (const rev of scope.revs ?? []) if (rev !== 'workspace') await addBack(await git.resolve(rev), rev);
  if (scope.allCommits) for (const { id } of await everything()) add(id, id);
  else {
    if (scope.allBranches)
      for (const { name, id } of await git.refs('refs/heads/')) await addBack(id, name.slice('refs/heads/'.length));
    if (scope.allTags)
      for (const { name, id } of await git.refs('refs/tags/')) add(id, name.slice('refs/tags/'.length));
    if (scope.date !== undefined) {
      const since = localMidnight(scope.date);
      for (const { id, time } of await everything()) if (time >= since) add(id, id);
    }
  }
  if (scope.allExperiments) for (const commit of await experimentCommits(git)) add(commit, commit);
  return found;
}

/** `refs/exps/<2 digits>/<38 digits>/<name>`: baseline in two parts, then the name. */
const EXPERIMENT = /^refs\/exps\/([0-9a-f]{2})\/([0-9a-f]{38})\/([^/]+)$/;
const baselineOf = (ref: string): GitId | undefined => EXPERIMENT.exec(ref)?.slice(1, 3).join('');

/** The commit of the experiment called `name`, if one is meant without doubt: one that started at HEAD goes before others. */
export async function findExperiment(git: Git, name: string): Promise<GitId | undefined> {
  const found = (await git.refs('refs/exps/')).filter((ref) => EXPERIMENT.exec(ref.name)?.[3] === name);
  const head = git.head();
  const here = found.filter((ref) => baselineOf(ref.name) === head);
  const [only, ...others] = here.length > 0 ? here : found;
  if (others.length > 0) throw ambiguousRevision(name);
  return only?.id;
}

/** Every commit from each experiment's tip down to, not including, its baseline. */
async function experimentCommits(git: Git): Promise<Set<GitId>> {
  const found = new Set<GitId>();
  for (const { name, id } of await git.refs('refs/exps/')) {
    const baseline = baselineOf(name);
    if (baseline === undefined) continue;
    for (let next: GitId | undefined = id; next !== undefined && next !== baseline && !found.has(next); ) {
      found.add(next);
      next = (await git.commit(next)).parents[0];
    }
  }
  return found;
}

/** Seconds since 1970. */
function localMidnight(date: string): number {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return new Date(year, month - 1, day).getTime() / 1000;
}
