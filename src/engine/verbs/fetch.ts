import { DvcError, type FailedObject, fetchFailed, withMessagePrefix } from '../core/errors.ts';
import type { Oid } from '../core/ids.ts';
import { checkAborted, type OpContext, startProgress, warn, withJobs } from '../core/op-context.ts';
import type { ImportStage } from '../graph/stage.ts';
import { selectTargets } from '../graph/targets.ts';
import { askedNobody, failedAt } from '../objects/answers.ts';
import { expandTracked, neededBy, sampleOf } from '../objects/chosen-parts.ts';
import { rootsOf, type UsedOutput, usedOutputs } from '../objects/used-objects.ts';
import { fetchVersioned, isVersioned } from '../objects/versioned-remote.ts';
import { copyRuns } from '../odb/copy-runs.ts';
import { transferObjects } from '../odb/transfer.ts';
import { localBackend } from '../remote/local.ts';
import type { Repo } from '../repo.ts';
import type { Remote } from '../repo-remotes.ts';
import { byRemote } from './push.ts';
import type { PartOptions, TransferOptions } from './transfer-options.ts';

export interface FetchOptions extends TransferOptions, PartOptions {}

export interface FetchResult {
  /** Objects downloaded; directory objects and entries of the run cache count. */
  readonly fetched: number;
  /** Wanted, and on no remote that was asked. */
  readonly missing: readonly Oid[];
}

/**
 * Downloads the objects that the cache lacks. Every byte is hashed before its object gets its name.
 *
 * @throws `transfer-failed` with the list, after all that could be fetched has been. Source: dvc-format 8.3.
 */
export async function fetch(repo: Repo, options: FetchOptions, ctx: OpContext): Promise<FetchResult> {
  await using _lock = await repo.lock(ctx);
  try {
    const { failed, ...result } = await fetchLocked(repo, options, await selectUsed(repo, options, ctx), ctx);
    if (failed.length > 0) throw fetchFailed(failed);
    return result;
  } catch (error) {
    throw withMessagePrefix('failed to fetch data from the cloud', error);
  }
}

export interface FetchOutcome extends FetchResult {
  readonly failed: readonly FailedObject[];
}

/** What is to be fetched. Targets that name nothing are as much of an error here as anywhere. */
export async function selectUsed(repo: Repo, options: FetchOptions, ctx: OpContext): Promise<UsedOutput[]> {
  const { targets: given = [], depsOf, sample, seed = 0, remote } = options;
  const targets = options.glob ? await expandTracked(repo, given, remote, ctx) : [...given];
  const isNamed = targets.length > 0 || given.length > 0 || depsOf !== undefined;
  if (depsOf !== undefined) targets.push(...(await neededBy(repo, depsOf, ctx)));
  if (isNamed && targets.length === 0) return [];
  const used = (await usedOutputs(repo, { ...options, targets }, ctx)).filter(
    ({ output }) => output.imported || !(remote && output.remote && remote !== output.remote),
  );
  return sample === undefined ? used : sampleOf(repo, used, sample, seed, remote, ctx);
}

/** {@link fetch} for a verb that holds the repository lock; what failed is in the result. */
export async function fetchLocked(
  repo: Repo,
  options: FetchOptions,
  selected: readonly UsedOutput[],
  given: OpContext,
): Promise<FetchOutcome> {
  const ctx = withJobs(given, options.jobs);
  const imports = await importsAmong(repo, selected);
  const used = selected.filter((one) => !imports.has(one));
  const progress = startProgress(ctx, 'fetch');
  let fetched = 0;
  const missing = new Set<Oid>();
  const failed: FailedObject[] = [];
  if (options.runCache) {
    const remote = await repo.remote(options.remote, 'fetch', ctx);
    if (!isVersioned(remote))
      fetched += (await copyRuns(remote.backend, localBackend(repo.config.cache.dir), ctx)).length;
  }
  for (const [name, outputs] of byRemote(used, options.remote)) {
    const versioned = await versionedRemote(repo, name, ctx);
    if (versioned) {
      const onProgress = (files: number, bytes: number): void => progress.advance(files, bytes);
      const result = await fetchVersioned(repo, versioned, outputs, ctx, onProgress, options.control);
      fetched += result.fetched;
      for (const oid of result.missing) missing.add(oid);
      if (result.unversioned.length > 0) warn(ctx, unversionedText(versioned, result.unversioned));
      failed.push(...[...result.failed, ...result.unversioned].map((one) => failedAt(versioned, one)));
      continue;
    }
    for (const hash of ['md5', 'md5-dos2unix'] as const) {
      const ours = outputs.filter((one) => one.hash === hash);
      const wanting = await withLackingObjects(repo, ours, ctx);
      if (wanting.length === 0) continue;
      if (name === undefined && repo.config.defaultRemote === undefined) {
        // DVC goes on without a remote, and fails only for what it then does not get.
        for (const { oid, path } of wanting) {
          missing.add(oid);
          failed.push(askedNobody(oid, path));
        }
        continue;
      }
      const remote = await repo.remote(name, 'fetch', ctx);
      const result = await transferObjects(remote.odb(hash), repo.cache(hash), rootsOf(wanting), ctx, {
        progress,
        control: options.control,
      });
      fetched += result.transferred;
      for (const oid of result.missing) missing.add(oid);
      failed.push(...[...result.lacking, ...result.failed].map((one) => failedAt(remote, one)));
    }
  }
  const sources = await fetchImports(repo, imports, options, ctx);
  fetched += sources.fetched;
  failed.push(...sources.failed);
  progress.done();
  if (missing.size > 0)
    warn(
      ctx,
      `Some of the cache files do not exist neither locally nor on remote. Missing cache files:\n${[...missing]
        .map((oid) => `md5: ${oid}`)
        .join('\n')}`,
    );
  return { fetched, missing: [...missing], failed };
}

/** The imports among used outputs that bring their own data: those of repositories, and of versions that a store keeps. */
async function importsAmong(repo: Repo, used: readonly UsedOutput[]): Promise<ReadonlyMap<UsedOutput, ImportStage>> {
  const found = new Map<UsedOutput, ImportStage>();
  for (const one of used) {
    const stage = (one.rev === undefined ? await repo.index() : await repo.indexAt(one.rev)).stage(one.output.stage);
    if (stage?.kind !== 'import') continue;
    if (one.output.imported || stage.deps.some(({ isVersioned }) => isVersioned)) found.set(one, stage);
  }
  return found;
}

/** Brings what the cache lacks of imports from where they come from, and what has no record yet. */
async function fetchImports(
  repo: Repo,
  imports: ReadonlyMap<UsedOutput, ImportStage>,
  options: FetchOptions,
  ctx: OpContext,
): Promise<Pick<FetchOutcome, 'fetched' | 'failed'>> {
  const wanted = await withLackingObjects(repo, [...imports.keys()], ctx);
  const stages = new Set([
    ...wanted.map((one) => imports.get(one)!),
    ...(isPart(options) ? [] : await unrecordedImports(repo, options, ctx)),
  ]);
  const result = { fetched: 0, failed: [] as FailedObject[] };
  if (stages.size === 0) return result;
  const { fetchImport } = await import('../stages/import-fetch.ts');
  for (const stage of stages) {
    checkAborted(ctx.signal);
    const { files, error } = await fetchImport(repo, stage, ctx);
    result.fetched += files;
    if (error)
      result.failed.push({
        oid: stage.outs[0]?.hash?.value ?? stage.file,
        path: stage.file,
        message: error.message,
        asked: [],
      });
  }
  return result;
}

/** A part of what is recorded is asked for, which what has no record belongs to none of. */
const isPart = ({ maxSize, types, sample, depsOf, glob }: FetchOptions): boolean =>
  glob === true || [maxSize, types, sample, depsOf].some((filter) => filter !== undefined);

/** Imports of the workspace that were never downloaded. */
export async function unrecordedImports(
  repo: Repo,
  { targets = [], withDeps = false, recursive = false }: TransferOptions,
  ctx: OpContext,
): Promise<ImportStage[]> {
  const how = { root: repo.root, cwd: ctx.cwd, withDeps, recursive };
  const stages = selectTargets(await repo.index(), targets, how).map(({ stage }) => stage);
  return [...new Set(stages)].filter(
    (stage): stage is ImportStage =>
      stage.kind === 'import' &&
      stage.deps.length === 1 &&
      stage.outs.length === 1 &&
      stage.outs[0]?.hash === undefined,
  );
}

/** The remote, where it holds data under its own names. */
async function versionedRemote(repo: Repo, name: string | undefined, ctx: OpContext): Promise<Remote | undefined> {
  const wanted = name ?? repo.config.defaultRemote;
  if (wanted === undefined || !isVersioned({ config: repo.config.remote(wanted, 'fetch') })) return undefined;
  return repo.remote(wanted, 'fetch', ctx);
}

const unversionedText = ({ backend }: Remote, files: readonly { readonly path: string }[]): string =>
  'Some files are missing cloud version information and will not be fetched from the remote:\n' +
  files.map(({ path }) => `${backend.url}/${path}`).join('\n');

/** Outputs of which the cache lacks something, or may: what is all there asks no remote. */
async function withLackingObjects(repo: Repo, used: readonly UsedOutput[], ctx: OpContext): Promise<UsedOutput[]> {
  const lacking: UsedOutput[] = [];
  for (const one of used) {
    try {
      if ((await repo.cache(one.hash).lacking(one.oid, ctx)).size > 0) lacking.push(one);
    } catch (error) {
      if (!DvcError.is(error) || error.code === 'cancelled') throw error;
      lacking.push(one); // A damaged manifest is fetched again.
    }
  }
  return lacking;
}
