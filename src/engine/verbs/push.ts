import { DvcError, type FailedObject, pushFailed, withMessagePrefix } from '../core/errors.ts';
import type { Oid } from '../core/ids.ts';
import { type Counter, type OpContext, startProgress, warn, withJobs } from '../core/op-context.ts';
import { failedAt } from '../objects/answers.ts';
import { expandTracked } from '../objects/chosen-parts.ts';
import { rootsOf, type UsedOutput, usedOutputs } from '../objects/used-objects.ts';
import { isVersioned, pushVersioned, type VersionedPush } from '../objects/versioned-remote.ts';
import { copyRuns } from '../odb/copy-runs.ts';
import { transferObjects } from '../odb/transfer.ts';
import type { TransferControl } from '../odb/transfer-control.ts';
import { localBackend } from '../remote/local.ts';
import type { Repo } from '../repo.ts';
import type { Remote } from '../repo-remotes.ts';
import { recordVersions } from '../stages/record-versions.ts';
import type { TransferOptions } from './transfer-options.ts';

export interface PushResult {
  /** Objects uploaded; directory objects and entries of the run cache count. */
  readonly pushed: number;
  readonly present: number;
  /** In neither place. */
  readonly missing: readonly Oid[];
  /** Those, with the paths they belong to and the remotes that were asked. */
  readonly lacking: readonly FailedObject[];
}

/**
 * Uploads the objects that a remote lacks. Safe to repeat: what is there is found and not sent again.
 *
 * @throws `transfer-failed` with the list, when part of it could not be done; `no-remote`, `remote-not-found`, `target-not-found`.
 * Source: dvc-format 8.2.
 */
export async function push(repo: Repo, options: TransferOptions, ctx: OpContext): Promise<PushResult> {
  await using _lock = await repo.lock(ctx);
  try {
    return await pushLocked(repo, options, withJobs(ctx, options.jobs));
  } catch (error) {
    throw withMessagePrefix('failed to push data to the cloud', error);
  }
}

async function pushLocked(repo: Repo, options: TransferOptions, ctx: OpContext): Promise<PushResult> {
  const { targets: given = [], scope } = options;
  if ((scope?.allBranches || scope?.allTags || scope?.allCommits) && (await isForVersions(repo, options.remote, ctx)))
    throw new DvcError('usage', 'Multiple rev push is unsupported for cloud versioned remotes', {
      hint: 'Push what is in the workspace: the versions are recorded there.',
      exitCode: 1,
    });
  const targets = options.glob ? await expandTracked(repo, given, options.remote, ctx) : given;
  const used = (await usedOutputs(repo, { ...options, targets }, ctx)).filter(
    ({ output }) =>
      output.push && !output.imported && !(options.remote && output.remote && options.remote !== output.remote),
  );
  const progress = startProgress(ctx, 'push');
  let pushed = 0;
  let present = 0;
  const missing = new Set<Oid>();
  const lacking: FailedObject[] = [];
  const failed: FailedObject[] = [];
  if (options.runCache) {
    const remote = await repo.remote(options.remote, 'push', ctx);
    if (!isVersioned(remote))
      pushed += (await copyRuns(localBackend(repo.config.cache.dir), remote.backend, ctx)).length;
  }
  for (const [name, outputs] of byRemote(used, options.remote)) {
    const remote = await repo.remote(name, 'push', ctx);
    if (isVersioned(remote)) {
      const result = await pushWithVersions(repo, remote, outputs, progress, ctx, options.control);
      pushed += result.pushed;
      present += result.present;
      for (const oid of result.missing) missing.add(oid);
      failed.push(...result.failed.map((one) => failedAt(remote, one)));
      continue;
    }
    for (const hash of ['md5', 'md5-dos2unix'] as const) {
      const roots = rootsOf(outputs.filter((one) => one.hash === hash));
      if (roots.length === 0) continue;
      const result = await transferObjects(repo.cache(hash), remote.odb(hash), roots, ctx, {
        progress,
        control: options.control,
        remembered: !options.noIndex,
      });
      pushed += result.transferred;
      present += result.present;
      for (const oid of result.missing) missing.add(oid);
      lacking.push(...result.lacking.map((one) => failedAt(remote, one)));
      failed.push(...result.failed.map((one) => failedAt(remote, one)));
      if (result.transferred > 0 && result.failed.length === 0) remote.leftovers.sweepDaily(ctx);
    }
  }
  progress.done();
  if (missing.size > 0) warn(ctx, missingText(missing));
  if (failed.length > 0) throw pushFailed(failed);
  return { pushed, present, missing: [...missing], lacking };
}

const missingText = (oids: ReadonlySet<Oid>): string =>
  `Some of the cache files do not exist neither locally nor on remote. Missing cache files:\n${[...oids]
    .map((oid) => `md5: ${oid}`)
    .join('\n')}`;

/** Outputs by the remote they belong to: their own, or the one asked for. */
export function byRemote(
  used: readonly UsedOutput[],
  asked: string | undefined,
): Map<string | undefined, UsedOutput[]> {
  const groups = new Map<string | undefined, UsedOutput[]>();
  for (const one of used) {
    const name = one.output.remote ?? asked;
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return groups;
}

async function isForVersions(repo: Repo, name: string | undefined, ctx: OpContext): Promise<boolean> {
  if (name === undefined && repo.config.defaultRemote === undefined) return false;
  return isVersioned(await repo.remote(name, 'push', ctx));
}

/** What has arrived is recorded also where the rest has not, and after a cancellation. */
async function pushWithVersions(
  repo: Repo,
  remote: Remote,
  outputs: readonly UsedOutput[],
  progress: Counter,
  ctx: OpContext,
  control: TransferControl | undefined,
): Promise<VersionedPush> {
  const versions: VersionedPush['versions'] = new Map();
  try {
    const onProgress = (files: number, bytes: number): void => progress.advance(files, bytes);
    return await pushVersioned(repo, remote, outputs, versions, ctx, onProgress, control);
  } finally {
    await recordVersions(repo, remote.name, versions, { ...ctx, signal: new AbortController().signal });
  }
}
