import * as fs from 'node:fs';
import type { RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import { dumpDvcFile } from '../files/dvc-file.ts';
import { isTracked } from '../graph/output.ts';
import type { DataStage } from '../graph/stage.ts';
import { selectTargets } from '../graph/targets.ts';
import type { Repo } from '../repo.ts';
import { recordEntry, type StoredOutput } from '../stages/stage-records.ts';

export interface DataSourceOptions {
  readonly targets: readonly string[];
  readonly recursive: boolean;
}

/**
 * Puts data of `.dvc` files into the cache as it is now, so that an experiment has it wherever it runs. Data that is not there is
 * passed over.
 *
 * @returns the pointer files that would say so, with their new text; none is written.
 */
export async function storeDataSources(
  repo: Repo,
  { targets, recursive }: DataSourceOptions,
  ctx: OpContext,
): Promise<Map<RepoPath, string>> {
  const index = await repo.index();
  const found = selectTargets(index, targets, { root: repo.root, cwd: ctx.cwd, withDeps: true, recursive });
  const stages = new Set(found.map(({ stage }) => stage).filter((stage) => stage.kind === 'data'));
  const pointers = new Map<RepoPath, string>();
  for (const stage of stages) {
    checkAborted(ctx.signal);
    const text = await pointerNow(repo, stage, ctx);
    if (text !== undefined) pointers.set(stage.file, text);
  }
  if (pointers.size > 0) await repo.data.flush(ctx);
  return pointers;
}

/** The pointer file's text for the data that is there; undefined where it says so already. */
async function pointerNow(repo: Repo, stage: DataStage, ctx: OpContext): Promise<string | undefined> {
  const outs = [...stage.pointer.outs];
  for (const [i, output] of stage.outs.entries()) {
    const entry = outs[i];
    if (!isTracked(output) || !entry) continue;
    const { path } = output.place;
    const hash = await repo.data.hashToSave(path, output.hash, repo.ignore, ctx);
    const state = await repo.readPlace(output.place, hash, ctx);
    if (state.kind === 'missing' || state.oid === output.hash?.value) continue;
    const stored = await repo.data.store(path, repo.ignore, ctx, {}, hash);
    if (stored.kind === 'missing') continue;
    const now: StoredOutput = { state: stored, hash };
    outs[i] = { ...entry, ...recordEntry(output, now) };
  }
  if (outs.every((entry, i) => entry === stage.pointer.outs[i])) return undefined;
  const file = repo.absolute(stage.file);
  return dumpDvcFile({ ...stage.pointer, outs }, fs.readFileSync(file, 'utf8'));
}
