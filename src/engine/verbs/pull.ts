import { DvcError, fetchFailed, withMessagePrefix } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import type { UsedOutput } from '../objects/used-objects.ts';
import type { Repo } from '../repo.ts';
import { showPlace } from '../stages/stage-checks.ts';
import { type CheckoutResult, checkoutLocked } from './checkout.ts';
import { type FetchOptions, type FetchResult, fetchLocked, selectUsed, unrecordedImports } from './fetch.ts';
import { PullWishes } from './pull-wishes.ts';
import type { TransferOptions } from './transfer-options.ts';

export interface PullOptions extends FetchOptions {
  /** Overwrite and delete files whose content is stored nowhere else. */
  readonly force?: boolean;
  /** Go on without outputs that cannot be checked out. What was to be fetched and is nowhere fails all the same, as in DVC. */
  readonly allowMissing?: boolean;
}

export interface PullResult extends CheckoutResult, FetchResult {}

/**
 * Downloads what the cache lacks, then brings the workspace up to date.
 *
 * @throws `transfer-failed` before anything is checked out, and all that {@link checkoutLocked} throws.
 */
export async function pull(repo: Repo, options: PullOptions, ctx: OpContext): Promise<PullResult> {
  await using _lock = await repo.lock(ctx);
  try {
    const used = await selectUsed(repo, options, ctx);
    const fetched = await fetchWithWishes(repo, options, used, ctx);
    const { force = false, allowMissing = false, recursive = false, withDeps = false, targets: given = [] } = options;
    const isPart = [options.maxSize, options.types, options.sample, options.depsOf, options.glob || undefined].some(
      (filter) => filter !== undefined,
    );
    const workspace = used.filter(({ rev }) => rev === undefined);
    // Without targets everything would be checked out, and what nobody asked for would be missing.
    if (isPart && workspace.length === 0) return { ...fetched, ...NOTHING_TO_DO };
    const how = isPart
      ? { targets: workspace.map(({ path }) => repo.absolute(path)), force, allowMissing }
      : { targets: given, force, allowMissing, recursive, withDeps };
    try {
      const result = await checkoutLocked(repo, how, ctx);
      return { ...fetched, ...(isPart ? result : await withUnrecorded(repo, how, result, ctx)) };
    } catch (error) {
      if (!DvcError.is(error, 'checkout-missing')) throw error;
      // An object of the cache was damaged, and is out of the way now: the remote has a good one.
      const again = await fetchAll(repo, options, used, ctx);
      if (again.fetched === 0) throw error;
      const fetchedInAll = { fetched: fetched.fetched + again.fetched, missing: again.missing };
      return { ...fetchedInAll, ...(await checkoutLocked(repo, how, ctx)) };
    }
  } catch (error) {
    throw withMessagePrefix('failed to pull data from the cloud', error);
  }
}

const NOTHING_TO_DO: CheckoutResult = {
  added: [],
  modified: [],
  deleted: [],
  stats: { modified: 0, added: 0, deleted: 0 },
  failed: [],
};

/** Imports that were never recorded are no part of a checkout: their files come from where a fetch has put them. */
async function withUnrecorded(
  repo: Repo,
  options: TransferOptions,
  result: CheckoutResult,
  ctx: OpContext,
): Promise<CheckoutResult> {
  const stages = await unrecordedImports(repo, options, ctx);
  if (stages.length === 0) return result;
  const { placeUnrecorded } = await import('../stages/import-fetch.ts');
  const added: string[] = [];
  for (const stage of stages) {
    const kind = await placeUnrecorded(repo, stage, ctx);
    const shown = showPlace(repo, stage.outs[0]!, ctx.cwd);
    if (kind) added.push(kind === 'directory' ? `${shown}/` : shown);
  }
  const stats = { ...result.stats, added: result.stats.added + added.length };
  return { ...result, added: [...result.added, ...added], stats };
}

/** Downloads everything; what is wanted first is put into the workspace as soon as it is here. */
async function fetchWithWishes(
  repo: Repo,
  options: FetchOptions,
  used: readonly UsedOutput[],
  ctx: OpContext,
): Promise<FetchResult> {
  if (!options.control) return fetchAll(repo, options, used, ctx);
  await using _wishes = new PullWishes(repo, options.control, ctx);
  return await fetchAll(repo, options, used, ctx);
}

async function fetchAll(
  repo: Repo,
  options: FetchOptions,
  used: readonly UsedOutput[],
  ctx: OpContext,
): Promise<FetchResult> {
  const { failed, ...result } = await fetchLocked(repo, options, used, ctx);
  if (failed.length > 0) throw fetchFailed(failed);
  return result;
}
