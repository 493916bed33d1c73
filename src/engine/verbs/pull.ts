import { DvcError, fetchFailed, withMessagePrefix } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import type { Repo } from '../repo.ts';
import { type CheckoutResult, checkoutLocked } from './checkout.ts';
import { type FetchResult, fetchLocked } from './fetch.ts';
import { expandTargets } from './push.ts';
import type { TransferOptions } from './transfer-options.ts';

export interface PullOptions extends TransferOptions {
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
    const targets = options.glob ? await expandTargets(options.targets ?? [], ctx.cwd) : (options.targets ?? []);
    const fetched = await fetchAll(repo, { ...options, targets, glob: false }, ctx);
    const { force = false, allowMissing = false, recursive = false, withDeps = false } = options;
    const how = { targets, force, allowMissing, recursive, withDeps };
    try {
      return { ...fetched, ...(await checkoutLocked(repo, how, ctx)) };
    } catch (error) {
      if (!DvcError.is(error, 'checkout-missing')) throw error;
      // An object of the cache was damaged, and is out of the way now: the remote has a good one.
      const again = await fetchAll(repo, { ...options, targets, glob: false }, ctx);
      if (again.fetched === 0) throw error;
      const fetchedInAll = { fetched: fetched.fetched + again.fetched, missing: again.missing };
      return { ...fetchedInAll, ...(await checkoutLocked(repo, how, ctx)) };
    }
  } catch (error) {
    throw withMessagePrefix('failed to pull data from the cloud', error);
  }
}

async function fetchAll(repo: Repo, options: TransferOptions, ctx: OpContext): Promise<FetchResult> {
  const { failed, ...result } = await fetchLocked(repo, options, ctx);
  if (failed.length > 0) throw fetchFailed(failed);
  return result;
}
