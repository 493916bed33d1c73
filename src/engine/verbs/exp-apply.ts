import { DvcError } from '../core/errors.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import { type ApplyPlan, applyFiles, planApply } from '../experiments/apply-plan.ts';
import { changeRefs, type TreeChange } from '../experiments/git-trees.ts';
import { findEntries, QueueStore } from '../experiments/queue-store.ts';
import { APPLIED } from '../experiments/refs.ts';
import { listSnapshots, type Snapshot, snapshotData, takeSnapshot } from '../experiments/snapshots.ts';
import type { GitId } from '../git/git.ts';
import type { Repo } from '../repo.ts';
import { removeOutput } from '../workspace/workspace-removal.ts';
import { type CheckoutResult, checkoutLocked } from './checkout.ts';
import { requireCommits } from './exp-list.ts';
import { unstage } from './exp-run.ts';

export type { Snapshot } from '../experiments/snapshots.ts';

export interface ExpApplyResult {
  /** Files of Git's that became others. */
  readonly changes: readonly TreeChange[];
  readonly data: CheckoutResult;
  /** What the workspace was before; undoing brings it back. */
  readonly snapshot: Snapshot;
}

/**
 * Brings an experiment's files and data into the workspace, as changes that nobody has committed. HEAD stays where it is. What was there
 * is kept as a snapshot first, data that is recorded nowhere among it.
 *
 * @param name An experiment's name or ref, a Git revision, or an entry of the queue. @throws `unknown-experiment`
 */
export async function expApply(repo: Repo, name: string, ctx: OpContext): Promise<ExpApplyResult> {
  requireCommits(repo);
  const { rev, tree } = await resolveApplied(repo, name);
  await using _lock = await repo.lock(ctx);
  const plan = await planApply(repo, tree);
  const snapshot = await takeSnapshot(
    repo,
    { reason: `exp apply ${name}`, untracked: plan.untracked, withData: true },
    ctx,
  );
  const data = await bring(repo, plan, ctx);
  if (rev !== undefined) await changeRefs(repo.git, [{ ref: APPLIED, to: rev }]);
  await unstage(repo);
  repo.state.save();
  repo.outputsMade.save();
  return { changes: plan.changes, data, snapshot };
}

/** What {@link expApply} would change: files of Git's by path from the top of the work tree. Nothing is written. */
export async function expApplyPreview(repo: Repo, name: string): Promise<ApplyPlan> {
  requireCommits(repo);
  return planApply(repo, (await resolveApplied(repo, name)).tree);
}

/** States of the workspace that can be brought back, newest first. */
export const expSnapshots = (repo: Repo): Promise<Snapshot[]> => listSnapshots(repo);

/**
 * Brings back what the workspace was before the last apply, or at a snapshot. What is there now becomes a snapshot too, so that this can
 * be undone as well.
 *
 * @param ref Of a snapshot; the newest one that `exp apply` made unless told. @throws `unknown-experiment`
 */
export async function expUndo(repo: Repo, ref: string | undefined, ctx: OpContext): Promise<ExpApplyResult> {
  requireCommits(repo);
  await using _lock = await repo.lock(ctx);
  const all = await listSnapshots(repo);
  const wanted =
    ref === undefined
      ? all.find(({ reason }) => /^(exp apply|undo)\b/.test(reason))
      : all.find((one) => one.ref === ref);
  if (!wanted)
    throw new DvcError(
      'unknown-experiment',
      ref === undefined ? 'There is nothing to undo.' : `'${ref}' is not a snapshot of the workspace.`,
      {
        hint: 'A snapshot is taken by `lode exp apply` and `lode exp run`.',
      },
    );
  const plan = await planApply(repo, wanted.tree, 'always');
  const snapshot = await takeSnapshot(
    repo,
    { reason: `undo ${wanted.reason}`, untracked: plan.untracked, withData: true },
    ctx,
  );
  const data = await bring(repo, plan, ctx);
  await bringBackData(repo, wanted, ctx);
  // What was staged is staged again, where it was staged onto the same commit.
  if (wanted.head === repo.git.head()) await repo.git.run(['read-tree', wanted.index]);
  await repo.git.run(['update-index', '-q', '--refresh'], { accept: [1] });
  repo.state.save();
  repo.outputsMade.save();
  return { changes: plan.changes, data, snapshot };
}

async function bring(repo: Repo, plan: ApplyPlan, ctx: OpContext): Promise<CheckoutResult> {
  checkAborted(ctx.signal);
  await applyFiles(repo, plan);
  repo.invalidate();
  return checkoutLocked(repo, { force: true, allowMissing: true }, ctx);
}

async function bringBackData(repo: Repo, snapshot: Snapshot, ctx: OpContext): Promise<void> {
  const contents = snapshotData(snapshot);
  if (contents.size === 0) return;
  await checkoutLocked(repo, { force: true, allowMissing: true, contents }, ctx);
  for (const [path, oid] of contents) if (oid === null) await removeOutput(repo, path, ctx);
}

async function resolveApplied(repo: Repo, name: string): Promise<{ rev: GitId | undefined; tree: GitId }> {
  try {
    const { id, tree } = await repo.git.commit(name);
    return { rev: id, tree };
  } catch (error) {
    if (!DvcError.is(error, 'unknown-revision')) throw error;
    const entries = new QueueStore(repo).list().filter(({ state }) => state === 'queued' || state === 'failed');
    try {
      const [entry] = findEntries(entries, [name], 'experiment name');
      return { rev: undefined, tree: entry?.tree ?? '' };
    } catch {
      throw new DvcError(
        'unknown-experiment',
        `'${name}' does not appear to be an experiment commit.: unknown Git revision '${name}'`,
        { hint: 'See experiments with `lode exp list -A`.', cause: error },
      );
    }
  }
}
