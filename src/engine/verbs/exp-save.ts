import * as path from 'node:path';
import type { OpContext } from '../core/op-context.ts';
import { warn } from '../core/op-context.ts';
import { commitExperiment } from '../experiments/experiment-commit.ts';
import { topLevelFiles } from '../experiments/experiment-files.ts';
import { SideIndex } from '../experiments/git-trees.ts';
import { type Planned, planExperiment } from '../experiments/prepare.ts';
import { noCommits, takeSnapshot } from '../experiments/snapshots.ts';
import type { GitId } from '../git/git.ts';
import { selectTargets } from '../graph/targets.ts';
import type { Repo } from '../repo.ts';
import { commit } from './commit.ts';
import { autoPush } from './exp-auto-push.ts';
import { unstage } from './exp-run.ts';

const LOCK_FILE = 'dvc.lock';

export interface ExpSaveOptions {
  /** What to record of data and stages; everything unless told. */
  readonly targets?: readonly string[];
  readonly name?: string;
  readonly recursive?: boolean;
  /** Overwrites an experiment of the same name. */
  readonly force?: boolean;
  /** Files that Git does not have, to take along: from the user's folder. */
  readonly includeUntracked?: readonly string[];
  readonly message?: string;
}

/**
 * Keeps the workspace as it is as an experiment: its data is recorded, nothing is run.
 *
 * @throws `bad-name`, `experiment-exists`, and what `commit` throws
 */
export async function expSave(
  repo: Repo,
  options: ExpSaveOptions,
  ctx: OpContext,
): Promise<{ readonly name: string; readonly rev: GitId; readonly ref: string }> {
  if (repo.git.present && repo.git.head() === undefined) throw noCommits(255);
  const { force = false, targets = [], recursive = false } = options;
  const { head, name } = await planExperiment(repo, { name: options.name, force, command: 'save' });
  await takeSnapshot(repo, { reason: `exp save ${name}` }, ctx);
  await commit(repo, { targets, recursive, force: true, relink: false }, ctx);
  const made = await saveLocked(repo, options, { head, name }, ctx);
  await autoPush(repo, name, ctx);
  return { name, ...made };
}

async function saveLocked(
  repo: Repo,
  options: ExpSaveOptions,
  { head, name }: Planned,
  ctx: OpContext,
): Promise<{ readonly rev: GitId; readonly ref: string }> {
  const { force = false, targets = [], recursive = false } = options;
  await using _lock = await repo.lock(ctx);
  repo.forgetIndex();
  const index = await repo.index();
  const chosen = selectTargets(index, targets, { root: repo.root, cwd: ctx.cwd, recursive });
  // Of chosen targets DVC takes none into the message's hash.
  const ran = targets.length > 0 ? [] : [...new Set(chosen.map(({ stage }) => stage))];
  const before = await repo.git.status('all');
  // DVC looks for a new lock file at the top of the work tree, and takes the one of the user's folder.
  const locks = before.untracked.includes(LOCK_FILE) ? [path.join(ctx.cwd, LOCK_FILE)] : [];
  const given = (options.includeUntracked ?? []).flatMap((file) => {
    const at = repo.locate(file, ctx.cwd);
    return at === undefined ? [] : [repo.absolute(at)];
  });
  using side = SideIndex.of(repo.git, repo.privateDir);
  const made = await commitExperiment(
    repo,
    side,
    {
      name,
      baseline: head,
      head,
      force,
      message: options.message,
      stages: [],
      ran,
      alsoFiles: [...given, ...locks, ...(await topLevelFiles(repo, index))],
    },
    ctx,
  );
  await unstage(repo);
  const taken = new Set((await side.run(['ls-files', '-z'])).toString().split('\0'));
  const left = before.untracked.filter((file) => !taken.has(file));
  if (left.length > 0)
    warn(
      ctx,
      `The following untracked files were present in the workspace before saving but will not be included in the experiment commit:\n\t${left.join(', ')}`,
    );
  return made;
}
