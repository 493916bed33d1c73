import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import type { RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import type { PyValue } from '../core/python.ts';
import { readParams } from '../files/params-file.ts';
import { type Output, repoPathOf } from '../graph/output.ts';
import type { Dependency, PipelineStage } from '../graph/stage.ts';
import { isDirHash } from '../hash/hash-info.ts';
import { diffTrees, type TreeDiff } from '../hash/tree.ts';
import { type ValueDifference, valueDifferences } from '../metrics/tolerance.ts';
import type { DataState } from '../odb/workspace-data.ts';
import type { Repo } from '../repo.ts';
import { contentOf } from '../repo-data.ts';
import type { WorkspaceCopy } from '../workspace/workspace-copy.ts';
import { showPlace } from './stage-checks.ts';
import { runCommands } from './stage-run.ts';

/** An output that came out otherwise than it is recorded. */
export interface OutputDifference {
  /** From the user's folder. */
  readonly path: string;
  /** Digests; `now` is undefined where it was not made. */
  readonly old: string;
  readonly now: string | undefined;
  /** Of a folder whose recorded files are known. */
  readonly files?: TreeDiff;
  /** Of metrics: the values beyond the tolerance. */
  readonly values?: readonly ValueDifference[];
}

export interface TrialOptions {
  /** How far apart numbers of metrics may lie. */
  readonly tolerance: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Why a command could reach past the copy, or undefined where nothing says so. */
export function reachesOut(repo: Repo, stage: PipelineStage): string | undefined {
  const away = stage.outs.find(({ place, defPath }) => place.kind !== 'repo' || path.isAbsolute(defPath));
  if (away) return `its output '${away.defPath}' is written outside of the copy`;
  const relative = stage.deps.find(({ place, defPath }) => place.kind === 'outside' && !path.isAbsolute(defPath));
  if (relative) return `its dependency '${relative.defPath}' is not where the copy could reach it`;
  const cmd = typeof stage.cmd === 'string' ? stage.cmd : stage.cmd.join('\n');
  return cmd.includes(repo.root) ? 'its command names the repository by its absolute path' : undefined;
}

/**
 * Runs an up-to-date stage in a copy of the workspace, and compares what comes out with what is recorded.
 *
 * @param shown Its address from the user's folder.
 * @throws `stage-failed`, `cancelled`; `file-changing` where a dependency is no longer as recorded
 */
export async function tryStage(
  repo: Repo,
  copy: WorkspaceCopy,
  stage: PipelineStage,
  shown: string,
  options: TrialOptions,
  ctx: OpContext,
): Promise<OutputDifference[]> {
  const outs = stage.outs.flatMap((output) => repoPathOf(output) ?? []);
  for (const out of outs) await copy.clear(out);
  for (const { place } of [...stage.deps, ...stage.params.map(({ file: place }) => ({ place }))])
    if (place.kind === 'repo') await copy.bring(place.path);
  for (const dep of stage.deps) await requireRecorded(copy, dep, ctx);
  for (const output of stage.outs) {
    const target = repoPathOf(output);
    if (output.persist && target !== undefined) await copy.bring(target);
  }
  fs.mkdirSync(copy.repo.absolute(stage.wdir), { recursive: true });
  const env = { ...options.env, DVC_ROOT: copy.repo.root };
  try {
    await runCommands(copy.repo, stage, shown, { inherit: false, env }, ctx);
    const found: OutputDifference[] = [];
    for (const output of stage.outs) {
      const difference = await differenceOf(repo, copy, output, options.tolerance, ctx);
      if (difference) found.push(difference);
    }
    return found;
  } finally {
    for (const out of outs) await copy.clear(out);
  }
}

/** A command may have changed what it only should have read, and a user's file may be another by now. */
async function requireRecorded(copy: WorkspaceCopy, dep: Dependency, ctx: OpContext): Promise<void> {
  const { oid, hash } = contentOf(dep.hash);
  if (dep.place.kind !== 'repo' || oid === undefined) return;
  const isRecorded = async (): Promise<boolean> => {
    const state = await copy.repo.readPlace(dep.place, hash, ctx);
    return state.kind !== 'missing' && state.oid === oid;
  };
  if (await isRecorded()) return;
  await copy.bring(dep.place.path, { anew: true });
  if (!(await isRecorded()))
    throw new DvcError('file-changing', `dependency '${dep.defPath}' cannot be copied as it is recorded`, {
      hint: 'Do not change it while stages are verified.',
      data: { path: dep.defPath },
    });
}

async function differenceOf(
  repo: Repo,
  copy: WorkspaceCopy,
  output: Output,
  tolerance: number,
  ctx: OpContext,
): Promise<OutputDifference | undefined> {
  const target = repoPathOf(output);
  const { oid, hash } = contentOf(output.hash);
  if (target === undefined || oid === undefined) return undefined;
  const shown = { path: showPlace(repo, output, ctx.cwd), old: oid };
  const now = await copy.repo.readPlace(output.place, hash, ctx);
  if (now.kind === 'missing') return { ...shown, now: undefined };
  if (now.oid === oid) return undefined;
  if (output.kind === 'metric') {
    const values = metricDifferences(repo, copy, target, tolerance);
    if (values) return values.length === 0 ? undefined : { ...shown, now: now.oid, values };
  }
  const files = await filesOf(repo, output, now, ctx);
  return { ...shown, now: now.oid, ...(files ? { files } : {}) };
}

/** Undefined where one of the two is no metrics file that can be read: then only bytes count. */
function metricDifferences(
  repo: Repo,
  copy: WorkspaceCopy,
  target: RepoPath,
  tolerance: number,
): ValueDifference[] | undefined {
  const read = (one: Repo): PyValue => readParams(target, fs.readFileSync(one.absolute(target)));
  try {
    return valueDifferences(read(repo), read(copy.repo), tolerance);
  } catch {
    return undefined;
  }
}

async function filesOf(repo: Repo, output: Output, now: DataState, ctx: OpContext): Promise<TreeDiff | undefined> {
  if (now.kind !== 'directory' || !output.hash || !isDirHash(output.hash)) return undefined;
  const was = await repo.readPlace(output.place, contentOf(output.hash).hash, ctx);
  return was.kind === 'directory' ? diffTrees(was.tree, now.tree) : undefined;
}
