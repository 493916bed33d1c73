import { DvcError, type FailedObject, fetchFailed } from '../core/errors.ts';
import { type OpContext, warn } from '../core/op-context.ts';
import type { LockFileEntry } from '../files/lockfile.ts';
import { isTracked, type Output, repoPathOf, type TrackedOutput } from '../graph/output.ts';
import type { RepoIndex } from '../graph/repo-index.ts';
import { failedAt } from '../objects/answers.ts';
import { fetchVersioned, isVersioned } from '../objects/versioned-remote.ts';
import { copyRuns } from '../odb/copy-runs.ts';
import { transferObjects } from '../odb/transfer.ts';
import { exists } from '../platform/exists.ts';
import { localBackend } from '../remote/local.ts';
import type { Repo } from '../repo.ts';
import { contentOf } from '../repo-data.ts';
import { restoreOutput } from './place-output.ts';
import type { Pulling } from './stage-run.ts';
import { recordedOuts } from './stage-run.ts';

/**
 * What `repro --pull` gets from remotes, an output's own or the default one; with `runCache`, first all runs that one knows.
 *
 * Whatever cannot be had is a warning: a stage that needs it fails for the lack of it, or runs.
 */
export async function pullingFrom(
  repo: Repo,
  index: RepoIndex,
  { runCache }: { readonly runCache: boolean },
  ctx: OpContext,
): Promise<Pulling> {
  if (runCache)
    await orWarn(ctx, 'Failed to pull run cache', async () => {
      const remote = await repo.remote(undefined, 'fetch', ctx);
      await copyRuns(remote.backend, localBackend(repo.config.cache.dir), ctx);
    });
  const fetch: Pulling['fetch'] = (outs, of) =>
    orWarn(ctx, 'Failed to pull data', () => fetchOutputs(repo, outs, of, ctx));
  return {
    fetch,
    async fetchDependencies(stage) {
      for (const dep of stage.deps) {
        const target = repoPathOf(dep);
        if (target === undefined || exists(repo.absolute(target))) continue;
        const found = [...index.outputs.around(target), ...index.outputs.below(target)].filter(isTracked);
        for (const output of found) await bringBack(repo, output, fetch, ctx);
      }
    },
  };
}

async function bringBack(repo: Repo, output: TrackedOutput, fetch: Pulling['fetch'], ctx: OpContext): Promise<void> {
  const [record] = recordedOuts([output]);
  if (!record?.hash) return;
  await fetch([record], [output]);
  await orWarn(ctx, 'Failed to check out data', () => restoreOutput(repo, output, record, ctx));
}

async function fetchOutputs(
  repo: Repo,
  outs: readonly LockFileEntry[],
  of: readonly Output[],
  ctx: OpContext,
): Promise<void> {
  const lacking: FailedObject[] = [];
  for (const out of outs) {
    const { oid, hash } = contentOf(out.hash);
    if (oid === undefined || (await isHeld(repo, out, ctx))) continue;
    const output = of.find(({ defPath }) => defPath === out.path);
    const remote = await repo.remote(output?.remote, 'fetch', ctx);
    if (isVersioned(remote)) {
      // It has what is recorded of this very content, and nothing of runs that were before.
      if (!output || !isTracked(output) || output.hash?.value !== oid) continue;
      const used = [{ output, oid, hash, path: output.place.path, rev: undefined }];
      const { failed, unversioned } = await fetchVersioned(repo, remote, used, ctx, () => {});
      lacking.push(...[...failed, ...unversioned].map((one) => failedAt(remote, one)));
      continue;
    }
    const roots = [{ oid, ...(output && isTracked(output) ? { path: output.place.path } : {}) }];
    const result = await transferObjects(remote.odb(hash), repo.cache(hash), roots, ctx, {});
    lacking.push(...[...result.lacking, ...result.failed].map((one) => failedAt(remote, one)));
  }
  if (lacking.length > 0) throw fetchFailed(lacking);
}

async function isHeld(repo: Repo, { hash: recorded }: LockFileEntry, ctx: OpContext): Promise<boolean> {
  const { oid, hash } = contentOf(recorded);
  try {
    return oid !== undefined && (await repo.cache(hash).lacking(oid, ctx)).size === 0;
  } catch (error) {
    if (!DvcError.is(error) || error.code === 'cancelled') throw error;
    return false; // A damaged manifest is fetched again.
  }
}

async function orWarn(ctx: OpContext, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!DvcError.is(error) || error.code === 'cancelled') throw error;
    warn(ctx, `${what}: ${error.message}`);
  }
}
