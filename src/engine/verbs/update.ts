import { checkoutMissing, DvcError, withMessagePrefix } from '../core/errors.ts';
import type { RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext, warn, withJobs } from '../core/op-context.ts';
import { pointerStage } from '../graph/load-pointer.ts';
import { isTracked, type Output } from '../graph/output.ts';
import type { ImportStage, Stage } from '../graph/stage.ts';
import { selectTargets } from '../graph/targets.ts';
import { isVersioned } from '../objects/versioned-remote.ts';
import { bringNewest, type Newest, notAWorktree, remoteOfOutput } from '../objects/worktree-remote.ts';
import { type ChangeInputs, changeReasons } from '../pipeline/changed.ts';
import type { Repo } from '../repo.ts';
import type { SourceRepo } from '../source-repo.ts';
import { agreeToSource } from '../stages/import-consent.ts';
import {
  bringImport,
  hasNewerVersion,
  type ImportIgnore,
  openImportSource,
  showSource,
  sourceFolders,
} from '../stages/import-stage.ts';
import { importToRemote } from '../stages/import-to-remote.ts';
import { writeRecords } from '../stages/record-versions.ts';
import { changeInputs, showAddress, showPlace } from '../stages/stage-checks.ts';
import { checkoutLocked } from './checkout.ts';
import type { WriteResult } from './write-result.ts';

export interface UpdateOptions {
  /** Pointer files of imports, stages whose data is in a `worktree` remote, or their outputs; with `recursive` folders. */
  readonly targets: readonly string[];
  readonly recursive?: boolean;
  /** Of the source repository: another revision than the recorded one. */
  readonly rev?: string;
  /** Record what the source is now, and download nothing. */
  readonly noDownload?: boolean;
  readonly toRemote?: boolean;
  readonly remote?: string;
  readonly jobs?: number;
}

export interface UpdateResult extends WriteResult {
  /** Pointer files, from the user's folder, and whether their source had something newer. */
  readonly imports: readonly { readonly pointer: string; readonly changed: boolean }[];
}

/**
 * Looks whether the sources of imports have something newer, and brings it. A frozen import stays frozen.
 *
 * @throws `target-not-found`, `unsupported` for what is no import, `output-missing` where a source is gone. Source: dvc-format 9.13.
 */
export async function update(repo: Repo, options: UpdateOptions, ctx: OpContext): Promise<UpdateResult> {
  refuseMisuse(options);
  await using _lock = await repo.lock(ctx);
  try {
    const index = await repo.index();
    const { recursive = false, targets } = options;
    const stages = new Set(
      selectTargets(index, targets, { root: repo.root, cwd: ctx.cwd, recursive }).map(({ stage }) => stage),
    );
    const imports = [...stages].filter(isImport);
    const others = [...stages].filter((stage) => !isImport(stage));
    for (const stage of others) refuseForData(repo, stage, options, ctx);
    const done: { pointer: string; changed: boolean }[] = [];
    const touched = new Set<string>();
    try {
      for (const stage of imports) {
        checkAborted(ctx.signal);
        const changed = await updateOne(repo, stage, options, touched, withJobs(ctx, options.jobs));
        done.push({ pointer: showAddress(repo, stage, ctx.cwd), changed });
      }
      const newer = await updateData(repo, others, touched, withJobs(ctx, options.jobs));
      for (const stage of others) done.push({ pointer: showAddress(repo, stage, ctx.cwd), changed: newer.has(stage) });
    } finally {
      repo.state.save();
      repo.outputsMade.save();
    }
    await repo.autostage([...touched]);
    return { imports: done, touched: [...touched] };
  } catch (error) {
    throw withMessagePrefix('failed update data', error);
  }
}

const isImport = (stage: Stage): stage is ImportStage =>
  stage.kind === 'import' && stage.deps.length === 1 && stage.outs.length === 1;

function refuseMisuse({ toRemote, noDownload, remote }: UpdateOptions): void {
  if (toRemote && noDownload)
    throw new DvcError('usage', "--to-remote can't be used with --no-download", { exitCode: 1 });
  if (!toRemote && remote !== undefined)
    throw new DvcError('usage', "--remote can't be used without --to-remote", { exitCode: 1 });
}

/** What a `worktree` remote has is neither at a revision nor anywhere to be sent to. */
function refuseForData(repo: Repo, stage: Stage, { rev, noDownload, toRemote }: UpdateOptions, ctx: OpContext): void {
  const option = rev !== undefined ? '--rev' : noDownload ? '--no-download' : toRemote ? '--to-remote' : undefined;
  if (option !== undefined)
    throw new DvcError('usage', `${option} can't be used with worktree update`, {
      hint: `'${showAddress(repo, stage, ctx.cwd)}' is no import.`,
      exitCode: 1,
    });
}

/**
 * Brings what somebody has changed in a `worktree` remote, under the names that the workspace has. All is in the cache before the workspace
 * changes, what is unsaved there stops it, and the record comes last.
 */
async function updateData(
  repo: Repo,
  stages: readonly Stage[],
  touched: Set<string>,
  ctx: OpContext,
): Promise<ReadonlySet<Stage>> {
  const newer = new Set<Stage>();
  const records = new Map<Output, Newest['record']>();
  const contents = new Map<RepoPath, string>();
  const outputs = stages.flatMap((stage) => stage.outs.filter(isTracked).map((output) => ({ stage, output })));
  for (const { stage, output } of outputs) {
    checkAborted(ctx.signal);
    if (!output.push) continue;
    const shown = showPlace(repo, output, ctx.cwd);
    const name = remoteOfOutput(repo, output);
    if (name === undefined) {
      warn(ctx, `Could not update '${shown}', it was never pushed to a remote`);
      continue;
    }
    const remote = await repo.remote(name, 'update', ctx);
    if (!isVersioned(remote) || !remote.config.flag('worktree', false)) throw notAWorktree(stage.file);
    const newest = await bringNewest(repo, remote, output, ctx);
    if (typeof newest === 'string') {
      warn(ctx, `Could not update '${shown}', ${newest}`);
      continue;
    }
    if (newest.changed === 0) continue;
    newer.add(stage);
    records.set(output, newest.record);
    contents.set(output.place.path, newest.oid);
  }
  if (newer.size === 0) return newer;
  await repo.data.flush(ctx);
  const targets = [...contents.keys()].map((path) => repo.absolute(path));
  const { failed } = await checkoutLocked(repo, { targets, contents }, ctx);
  if (failed.length > 0) throw checkoutMissing(failed);
  for (const file of await writeRecords(repo, records)) touched.add(file);
  return newer;
}

async function updateOne(
  repo: Repo,
  given: ImportStage,
  { rev, noDownload = false, toRemote = false, remote }: UpdateOptions,
  touched: Set<string>,
  ctx: OpContext,
): Promise<boolean> {
  await agreeToSource(repo, given, sourceFolders(repo, given, ctx), ctx);
  await using source = await openNewSource(repo, given, rev, ctx);
  const stage = source ? lockTo(repo, given, rev, source.commit) : given;
  const [dep, output] = [stage.deps[0]!, stage.outs[0]!];
  const [shown, made] = [showAddress(repo, stage, ctx.cwd), showPlace(repo, output, ctx.cwd)];
  const target = output.place.kind === 'repo' ? output.place.path : undefined;
  if (target === undefined)
    throw new DvcError('output-outside-repo', `'${made}' is outside of the repository.`, { data: { path: made } });
  await using _paths = await repo.usePaths('lode update', [target], ctx);
  const ignores = repo.newIgnores();
  const lines = [{ path: repo.absolute(target), shown: made }];
  const ignore: ImportIgnore = {
    check: () => ignores.check(lines),
    add: () => ignores.add(lines),
    keep: () => ignores.keep(),
  };
  try {
    if (toRemote) {
      if (dep.source) throw repoToRemote();
      const more = remote === undefined ? {} : { remote };
      touched.add(await importToRemote(repo, stage, { ignore, command: 'update', ...more }, ctx));
    } else {
      const inputs: ChangeInputs = {
        ...changeInputs(repo, ctx),
        hasUpdate: async (dep) => !dep.source && hasNewerVersion(repo, dep, ctx),
      };
      const reasons = await changeReasons({ ...stage, frozen: false }, inputs);
      if (reasons.length === 0) {
        ctx.emit({ type: 'stage-skipped', stage: shown });
        return false;
      }
      ctx.emit({ type: 'import-started', stage: shown, source: showSource(repo, dep, ctx.cwd), output: made });
      const isCached = reasons.every(({ kind }) => kind === 'output');
      touched.add(
        await bringImport(repo, stage, { isCached, commit: true, download: !noDownload, source, ignore }, ctx),
      );
    }
  } catch (error) {
    ignores.undo();
    throw error;
  }
  for (const file of ignores.touched) touched.add(file);
  return true;
}

/** The repository an import comes from, at what its revision means now; undefined for data from a URL. */
async function openNewSource(
  repo: Repo,
  stage: ImportStage,
  rev: string | undefined,
  ctx: OpContext,
): Promise<SourceRepo | undefined> {
  const from = stage.pointer.deps[0]?.repo;
  if (!from) return undefined;
  const { revLock: _, ...spec } = from;
  return openImportSource(repo, stage, rev === undefined ? spec : { ...spec, rev }, ctx);
}

/** The stage as it is once it is about this commit. */
function lockTo(repo: Repo, { pointer, file }: ImportStage, rev: string | undefined, revLock: string): ImportStage {
  const deps = pointer.deps.map((dep) => {
    if (!dep.repo) return dep;
    const { url, rev: old, revLock: _, ...more } = dep.repo;
    const wanted = rev ?? old;
    return { ...dep, repo: { url, ...(wanted === undefined ? {} : { rev: wanted }), revLock, ...more } };
  });
  const stage = pointerStage({ ...pointer, deps }, file, repo.root);
  if (stage.kind !== 'import') throw new Error(`${file} has no dependency`);
  return stage;
}

const repoToRemote = () =>
  new DvcError('usage', "Data imported from other DVC or Git repositories can't be updated with --to-remote", {
    hint: 'It is fetched from its own repository, never from a remote of this one.',
    exitCode: 1,
  });
