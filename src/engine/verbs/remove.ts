import * as fs from 'node:fs';
import {
  fromErrno,
  notDvcFile,
  pathOutsideRepo,
  pathReserved,
  stageFileIgnored,
  stageFileMissing,
  stageNotInFile,
  stageParametrized,
} from '../core/errors.ts';
import { asRepoPath, type RepoPath, type StageAddress } from '../core/ids.ts';
import { checkAborted, type OpContext, warn } from '../core/op-context.ts';
import { fromCwd, parentOf } from '../core/paths.ts';
import { removeStage } from '../files/dvc-yaml-edit.ts';
import type { Gitignores } from '../files/gitignore.ts';
import { removeFromLockfile } from '../files/lockfile.ts';
import { loadPipeline } from '../graph/load-pipeline.ts';
import { loadPointer } from '../graph/load-pointer.ts';
import { type Output, repoPathOf } from '../graph/output.ts';
import { isForbiddenOutput } from '../graph/reserved.ts';
import type { Stage } from '../graph/stage.ts';
import { parseTarget } from '../graph/targets.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import { exists } from '../platform/exists.ts';
import type { Repo } from '../repo.ts';
import { makeOwn } from '../workspace/own-copies.ts';
import { removeFromWorkspace } from '../workspace/workspace-removal.ts';
import type { WriteResult } from './write-result.ts';

export interface RemoveOptions {
  /** `.dvc` files, `dvc.yaml` files, or stages as `name` or `path/dvc.yaml:name`. */
  readonly targets: readonly string[];
  /** Delete the data from the workspace as well. */
  readonly outs?: boolean;
}

export interface RemoveResult extends WriteResult {
  readonly stages: readonly StageAddress[];
}

/**
 * Stops tracking: pointer files and stages go, with their lines in `.gitignore`. The data stays, as files of the user's own, unless
 * `outs` is set. Like DVC, stages nothing in Git. Source: dvc-format 4.10, 9.13.
 *
 * Targets are done one after the other: at the first that fails, those before it are done.
 *
 * @throws `target-not-found`, `stage-not-found`, `unsupported` for a parametrized stage, `output-reserved`, `output-in-symlink`
 */
export async function remove(repo: Repo, options: RemoveOptions, ctx: OpContext): Promise<RemoveResult> {
  await using _lock = await repo.lock(ctx);
  const ignores = repo.newIgnores();
  const touched = new Set<string>();
  const removed: StageAddress[] = [];
  try {
    for (const target of options.targets) {
      checkAborted(ctx.signal);
      for (const { stage, unlist } of await stagesOf(repo, target, ctx)) {
        await removeData(repo, stage.outs, options.outs ?? false, ignores, ctx);
        for (const file of unlist()) touched.add(file);
        removed.push(stage.address);
      }
    }
  } finally {
    repo.forgetIndex();
    repo.outputsMade.save();
  }
  for (const file of ignores.touched) touched.add(file);
  return { stages: removed, touched: [...touched] };
}

interface Removal {
  readonly stage: Stage;
  /** Takes the stage out of its files. @returns the files that changed or went, absolute */
  readonly unlist: () => string[];
}

/** What a target names, read from its own file alone: a broken file elsewhere is no obstacle. */
async function stagesOf(repo: Repo, target: string, ctx: OpContext): Promise<Removal[]> {
  const { file: given, name } = parseTarget(target);
  const at = repo.locate(given ?? 'dvc.yaml', ctx.cwd);
  if (at === undefined) throw pathOutsideRepo(target);
  const file = repo.absolute(at);
  if (!exists(file)) {
    const beside = repo.locate(`${target}.dvc`, ctx.cwd);
    if (given === undefined && beside !== undefined && exists(repo.absolute(beside)))
      throw notDvcFile(target, `${target}.dvc`);
    throw stageFileMissing(given === undefined ? 'dvc.yaml' : file);
  }
  if ((await repo.ignore.ignoredBy(at, false)) !== undefined) throw stageFileIgnored(given ?? 'dvc.yaml');
  if (at.endsWith('.dvc')) {
    const stage = await loadPointer(repo.workspace, at, { root: repo.root });
    if (!stage) throw stageFileMissing(file);
    return [{ stage, unlist: () => unlink(file) }];
  }
  return pipelineStages(repo, at, name, target, ctx);
}

async function pipelineStages(
  repo: Repo,
  at: RepoPath,
  name: string | undefined,
  target: string,
  ctx: OpContext,
): Promise<Removal[]> {
  const { stages, resolved } = await loadPipeline(repo.workspace, at, { root: repo.root });
  const chosen = stages.filter((stage) => name === undefined || stage.name === name);
  if (chosen.length === 0 && name !== undefined) {
    const beside = repo.locate(`${target}.dvc`, ctx.cwd);
    if (beside !== undefined && exists(repo.absolute(beside))) throw notDvcFile(target, `${target}.dvc`);
    const shown = fromCwd(ctx.cwd, repo.absolute(at));
    const owner = stages.find((stage) => stage.outs.some((output) => output.defPath === name));
    throw stageNotInFile(name, shown, owner && `It is an output of the stage '${owner.name}'.`);
  }
  return chosen.map((stage) => {
    const entry = resolved.stages.find((one) => one.name === stage.name)!; // Stages are made from these entries.
    if (stage.parametrized) throw stageParametrized('remove', stage.address);
    return {
      stage,
      unlist: () => {
        const folder = parentOf(at);
        const lock = asRepoPath(folder === '' ? 'dvc.lock' : `${folder}/dvc.lock`);
        // In this order: a lock entry without its stage means nothing, a stage without its entry would have to run.
        return [
          ...edit(repo.absolute(at), (text) => removeStage(text, entry, at)),
          ...edit(repo.absolute(lock), (text) => removeFromLockfile(text, stage.name, lock)),
        ];
      },
    };
  });
}

function edit(file: string, change: (text: string) => string | undefined): string[] {
  if (!exists(file)) return [];
  const before = fs.readFileSync(file, 'utf8');
  const after = change(before);
  if (after === undefined) return unlink(file);
  if (after === before) return [];
  writeAtomic(file, after);
  return [file];
}

function unlink(file: string): string[] {
  try {
    fs.rmSync(file, { force: true });
  } catch (error) {
    throw fromErrno(error, 'remove', file);
  }
  return [file];
}

async function removeData(
  repo: Repo,
  outs: readonly Output[],
  alsoData: boolean,
  ignores: Gitignores,
  ctx: OpContext,
): Promise<void> {
  const inRepo = outs.flatMap((output) => {
    const path = repoPathOf(output);
    if (path !== undefined) return [{ output, path }];
    if (alsoData) warn(ctx, `'${output.defPath}' is outside of the repository: its data stays.`);
    return [];
  });
  for (const { path } of inRepo) if (isForbiddenOutput(path)) throw pathReserved(path);
  await using _paths = await repo.usePaths(
    'lode remove',
    inRepo.map(({ path }) => path),
    ctx,
  );
  for (const { output, path } of inRepo) {
    if (alsoData) await removeFromWorkspace(repo, path, ctx);
    else if (output.cache) await makeOwn(repo, path, ctx);
    repo.outputsMade.forget(path);
  }
  ignores.remove(inRepo.filter(({ output }) => output.cache || output.imported).map(({ path }) => repo.absolute(path)));
}
