import { commitUnconfirmed, dataMissing, withMessagePrefix } from '../core/errors.ts';
import { checkAborted, type OpContext, startProgress } from '../core/op-context.ts';
import { isWithin } from '../core/paths.ts';
import { Gitignores, ignoreAnswers } from '../files/gitignore.ts';
import type { LockEntry } from '../files/lockfile.ts';
import { isTracked, type Output, repoPathOf } from '../graph/output.ts';
import type { PipelineStage, Stage } from '../graph/stage.ts';
import { type Selection, selectTargets } from '../graph/targets.ts';
import type { ChangeReason } from '../pipeline/change-reason.ts';
import { changeReasons } from '../pipeline/changed.ts';
import type { Repo } from '../repo.ts';
import { changeInputs, showAddress, showPlace } from '../stages/stage-checks.ts';
import {
  inputsNow,
  lockEntryNow,
  relinkOutputs,
  type StoredOutput,
  saveRun,
  writeLockEntries,
  writePointerRecords,
} from '../stages/stage-records.ts';
import { refuseLinkedParents } from '../workspace/own-copies.ts';
import type { WriteResult } from './write-result.ts';

export interface CommitOptions {
  readonly targets?: readonly string[];
  /** Record changes without asking. */
  readonly force?: boolean;
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
  /** Replace files by links to the cache, where `cache.type` asks for links. Default true. */
  readonly relink?: boolean;
  /** Only pointers of `add`, no pipelines. */
  readonly dataOnly?: boolean;
}

export interface CommitResult extends WriteResult {
  /** Addresses of the stages that were recorded, as they are shown. */
  readonly stages: readonly string[];
}

/**
 * Records what the workspace holds: objects into the cache, hashes into pointers and lock files.
 *
 * @throws `commit-unconfirmed` where something changed and nobody agreed; `output-missing`, `target-not-found`, and what reading
 * data can meet. Source: dvc-format 9.10.
 */
export async function commit(repo: Repo, options: CommitOptions, ctx: OpContext): Promise<CommitResult> {
  await using _lock = await repo.lock(ctx);
  try {
    return await commitLocked(repo, options, ctx);
  } catch (error) {
    const target = options.targets?.length === 1 ? ` ${options.targets[0]}` : '';
    throw withMessagePrefix(`failed to commit${target}`, error);
  } finally {
    repo.state.save();
    repo.outputsMade.save();
  }
}

async function commitLocked(repo: Repo, options: CommitOptions, ctx: OpContext): Promise<CommitResult> {
  const index = await repo.index();
  const selections = selectTargets(index, options.targets ?? [], {
    root: repo.root,
    cwd: ctx.cwd,
    withDeps: options.withDeps ?? false,
    recursive: options.recursive ?? false,
  }).filter(({ stage }) => !options.dataOnly || stage.kind === 'data');
  const paths = selections.flatMap(({ stage }) => stage.outs.map(repoPathOf).filter((path) => path !== undefined));
  await using _paths = await repo.usePaths('lode commit', paths, ctx);
  const progress = startProgress(ctx, 'commit');
  let [files, bytes] = [0, 0];
  const reading = {
    onProgress: (count: number, size: number) => progress.advance(count, size),
    onExpect: (count: number, size: number) => progress.expect((files += count), (bytes += size)),
  };
  const outs = selections.flatMap(({ stage }) => stage.outs.filter(isTracked));
  const ignores = new Gitignores(
    repo.git.present
      ? ignoreAnswers(
          repo.git,
          outs.map(({ place }) => repo.absolute(place.path)),
        )
      : undefined,
  );
  const touched = new Set<string>();
  const stages: string[] = [];
  // As in DVC, the lock file of a dvc.yaml is written once all its stages could be recorded.
  const pending = new Map<PipelineStage, LockEntry>();
  const writePending = (): void => {
    const [first] = pending.keys();
    if (!first) return;
    const entries = new Map([...pending].map(([stage, entry]) => [stage.name, entry]));
    touched.add(writeLockEntries(repo, first.file, entries));
    pending.clear();
  };
  for (const selection of selections) {
    checkAborted(ctx.signal);
    const { stage } = selection;
    const [waiting] = pending.keys();
    if (waiting && waiting.file !== stage.file) writePending();
    for (const output of stage.outs) if (isTracked(output)) refuseLinkedParents(repo, output.place.path);
    const reasons = await changeReasons(stage, changeInputs(repo, ctx));
    const changed = reasons.filter(isWorkspaceChange);
    if (changed.length > 0 && !options.force) await confirmCommit(repo, stage, changed, ctx);
    const resave = options.force === true || changed.length > 0;
    // What is missing is told before anything is stored.
    if (resave && stage.kind === 'pipeline') await inputsNow(repo, stage, ctx);
    const stored = await storeOutputs(repo, selection, resave, ctx, reading);
    await repo.data.flush(ctx);
    if (options.relink ?? true) await relinkOutputs(repo, stored, ctx);
    if (resave) {
      await ignores.add(
        stage.outs
          .filter(isTracked)
          .map((output) => ({ path: repo.absolute(output.place.path), shown: showPlace(repo, output, ctx.cwd) })),
      );
      if (stage.kind === 'pipeline') pending.set(stage, await recordRun(repo, stage, ctx));
      else touched.add(writePointerRecords(repo, stage, stored));
    }
    for (const [output, { state }] of stored)
      if (isTracked(output)) repo.outputsMade.remember(output.place.path, state.oid);
    stages.push(showAddress(repo, stage, ctx.cwd));
  }
  writePending();
  progress.done();
  for (const file of ignores.touched) touched.add(file);
  await repo.autostage([...touched]);
  return { stages, touched: [...touched] };
}

/** What differs between records and workspace; a cache that lacks objects is simply filled. */
const isWorkspaceChange = (reason: ChangeReason): boolean =>
  !(reason.kind === 'output' && reason.word === 'not in cache') && reason.kind !== 'always-changed';

async function confirmCommit(
  repo: Repo,
  stage: Stage,
  reasons: readonly ChangeReason[],
  ctx: OpContext,
): Promise<void> {
  const list = (kinds: readonly string[]): string[] =>
    reasons.flatMap((reason) =>
      kinds.includes(reason.kind) ? ['path' in reason ? reason.path : 'file' in reason ? reason.file : ''] : [],
    );
  const deps = [...new Set(list(['dependency', 'params-file', 'param']))];
  const outs = list(['output']);
  const parts = [
    ...(deps.length > 0 ? [`dependencies [${deps.join(', ')}]`] : []),
    ...(outs.length > 0 ? [`outputs [${outs.join(', ')}]`] : []),
    ...(reasons.some((reason) => reason.kind === 'checksum' || reason.kind === 'command') ? ['the definition'] : []),
  ];
  const address = showAddress(repo, stage, ctx.cwd);
  const agreed = await ctx.confirm(
    `${parts.join(' and ')} of stage: '${address}' changed. Are you sure you want to commit it?`,
  );
  if (!agreed) throw commitUnconfirmed(address);
}

type Stored = Map<Output, StoredOutput>;

/** Reads every output anew where the records change, else fills the cache with what is asked for. */
async function storeOutputs(
  repo: Repo,
  { stage, filter }: Selection,
  resave: boolean,
  ctx: OpContext,
  reading: Parameters<Repo['data']['store']>[3],
): Promise<Stored> {
  const stored: Stored = new Map();
  for (const output of stage.outs) {
    const path = repoPathOf(output);
    if (path === undefined) continue;
    if (!resave && filter !== undefined && !isWithin(filter, path)) continue;
    const hash = resave
      ? await repo.data.hashToSave(path, output.hash, repo.ignore, ctx)
      : output.hash?.name === 'md5-dos2unix'
        ? 'md5-dos2unix'
        : 'md5';
    const state = output.cache
      ? await repo.data.store(path, repo.ignore, ctx, reading, hash)
      : await repo.readPlace(output.place, hash, ctx);
    if (state.kind === 'missing') throw dataMissing('output', showPlace(repo, output, ctx.cwd));
    stored.set(output, { state, hash });
  }
  return stored;
}

/** A stage's entry as the workspace is, remembered as a run. */
async function recordRun(repo: Repo, stage: PipelineStage, ctx: OpContext): Promise<LockEntry> {
  const entry = await lockEntryNow(repo, stage, ctx);
  await saveRun(repo, stage, entry, ctx);
  return entry;
}
