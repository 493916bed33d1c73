import * as fs from 'node:fs';
import { DvcError, lockConflict } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { fromCwd } from '../core/paths.ts';
import { conflictSides, type LockSide, mergeLockfiles } from '../files/lock-merge.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import type { Repo } from '../repo.ts';
import type { WriteResult } from './write-result.ts';

export interface LockMergeOptions {
  /** dvc.lock files, from the user's folder; every one with merge conflict markers unless told. */
  readonly targets?: readonly string[];
  /** Whose run counts of a stage that both sides ran. */
  readonly prefer?: LockSide;
}

export interface MergedLock {
  /** From the user's folder. */
  readonly file: string;
  /** Stages whose entry comes from the other side. */
  readonly taken: readonly string[];
}

export interface LockMergeResult extends WriteResult {
  readonly merged: readonly MergedLock[];
}

/**
 * Resolves the merge conflicts of lock files by stage: the runs of both sides are kept. What lies in between is left to Git, which
 * is not told that the conflict is over.
 *
 * @throws `merge-failed`, naming the stages that both sides ran, with nothing written; `invalid-file` for a side that is no lock file.
 */
export async function lockMerge(
  repo: Repo,
  { targets = [], prefer }: LockMergeOptions,
  ctx: OpContext,
): Promise<LockMergeResult> {
  await using _lock = await repo.lock(ctx);
  const files = targets.length > 0 ? targets.map((target) => located(repo, target, ctx)) : await lockFiles(repo);
  const results: { absolute: string; text: string; merged: MergedLock }[] = [];
  for (const absolute of files) {
    const source = fs.existsSync(absolute) ? fs.readFileSync(absolute, 'utf8') : '';
    const sides = conflictSides(source);
    if (!sides) continue;
    const file = fromCwd(ctx.cwd, absolute);
    const base = sides.base ?? (await repo.git.conflictBase(absolute))?.toString();
    const { text, conflicts, taken } = mergeLockfiles({ ...sides, base }, file, prefer);
    if (conflicts.length > 0 && prefer === undefined) throw lockConflict(file, conflicts);
    results.push({ absolute, text, merged: { file, taken } });
  }
  for (const { absolute, text } of results) writeAtomic(absolute, text);
  repo.forgetIndex();
  return { merged: results.map(({ merged }) => merged), touched: results.map(({ absolute }) => absolute) };
}

function located(repo: Repo, target: string, ctx: OpContext): string {
  const place = repo.locate(target, ctx.cwd);
  if (place === undefined || !/(^|\/)dvc\.lock$/.test(place))
    throw new DvcError('usage', `'${target}' is not a dvc.lock of this repository.`);
  return repo.absolute(place);
}

/** Those that Git knows; without Git the one of the root. */
async function lockFiles(repo: Repo): Promise<string[]> {
  const known = repo.git.present ? await repo.git.filesNamed(repo.root, ['dvc.lock']) : ['dvc.lock'];
  return [...known].sort().map((file) => `${repo.root}/${file}`);
}
