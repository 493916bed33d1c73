import * as fs from 'node:fs';
import { DvcError, withMessagePrefix } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { fromCwd } from '../core/paths.ts';
import { setFrozen } from '../files/dvc-yaml-edit.ts';
import { loadPipeline } from '../graph/load-pipeline.ts';
import type { Stage } from '../graph/stage.ts';
import { parseTarget } from '../graph/targets.ts';
import { selectStages } from '../pipeline/select-stages.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import type { Repo } from '../repo.ts';
import type { WriteResult } from './write-result.ts';

export interface FreezeOptions {
  /** Stages by name, or pointer files. */
  readonly targets: readonly string[];
  /** False thaws. */
  readonly frozen: boolean;
}

export interface FreezeResult extends WriteResult {
  /** Stages that were changed, as their files name them. */
  readonly changed: readonly { readonly stage: string; readonly file: string }[];
  /** One for each target that could not be. */
  readonly failures: readonly DvcError[];
}

/**
 * Cuts stages off from what they need, or joins them again: `repro` does not run a frozen stage. A target that fails leaves the others.
 *
 * Source: dvc-format 9.13.
 */
export async function freeze(repo: Repo, { targets, frozen }: FreezeOptions, ctx: OpContext): Promise<FreezeResult> {
  await using _lock = await repo.lock(ctx);
  const changed: { stage: string; file: string }[] = [];
  const failures: DvcError[] = [];
  const touched = new Set<string>();
  for (const target of targets) {
    try {
      const stage = await oneStage(repo, target, ctx);
      const file = repo.absolute(stage.file);
      await write(repo, stage, frozen, ctx);
      touched.add(file);
      changed.push({
        stage: stage.kind === 'pipeline' ? stage.name : fromCwd(ctx.cwd, file),
        file: fromCwd(ctx.cwd, file),
      });
    } catch (error) {
      const failure = withMessagePrefix(`failed to ${frozen ? 'freeze' : 'unfreeze'} '${target}'`, error);
      if (!DvcError.is(failure) || failure.code === 'cancelled') throw failure;
      failures.push(failure);
    }
  }
  await repo.autostage([...touched]);
  return { changed, failures, touched: [...touched] };
}

async function oneStage(repo: Repo, target: string, ctx: OpContext): Promise<Stage> {
  const { file, name } = parseTarget(target);
  if (file !== undefined && name === undefined && file.endsWith('dvc.yaml'))
    throw new DvcError(
      'target-not-found',
      `Stage name not provided. Please specify the name as: \`${file}:stage_name\``,
    );
  const [stage] = selectStages(await repo.index(), [target], { root: repo.root, cwd: ctx.cwd });
  if (stage?.kind === 'pipeline' && stage.name !== name)
    throw new DvcError('target-not-found', `Stage '${name ?? target}' not found inside '${file ?? 'dvc.yaml'}' file`, {
      hint: 'It is the name of a group; a stage that dvc.yaml makes by interpolation cannot be frozen.',
    });
  if (!stage) throw new DvcError('target-not-found', `Stage '${target}' not found.`);
  return stage;
}

async function write(repo: Repo, stage: Stage, frozen: boolean, ctx: OpContext): Promise<void> {
  if (stage.kind !== 'pipeline') {
    repo.writePointer(stage.file, { ...stage.pointer, frozen });
    return;
  }
  const { resolved } = await loadPipeline(repo.workspace, stage.file, { root: repo.root });
  const entry = resolved.stages.find(({ name }) => name === stage.name);
  const absolute = repo.absolute(stage.file);
  const old = fs.readFileSync(absolute, 'utf8');
  const text = entry ? setFrozen(old, entry, frozen, fromCwd(ctx.cwd, absolute)) : old;
  if (text !== old) writeAtomic(absolute, text);
  repo.forgetIndex();
}
