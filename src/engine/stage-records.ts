import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, dataMissing } from './core/errors.ts';
import { asRepoPath } from './core/ids.ts';
import type { OpContext } from './core/op-context.ts';
import { fromCwd, parentOf } from './core/paths.ts';
import { isPyMap, type PyValue, pyStr } from './core/python.ts';
import { dumpLockEntry, type LockEntry, type LockFileEntry, updateLockfile } from './files/lockfile.ts';
import { DEFAULT_PARAMS_FILE, lookupParam, readParams } from './files/params-file.ts';
import type { Place } from './graph/output.ts';
import { isCallback, type ParamsDependency, type PipelineStage } from './graph/stage.ts';
import { runCacheKey, runCacheValue } from './pipeline/run-cache-key.ts';
import { writeAtomic } from './platform/atomic-write.ts';
import type { Repo } from './repo.ts';
import { recordOf } from './repo-data.ts';

/**
 * What a stage depends on and has made, as it is in the workspace now: the entry a lock file gets.
 *
 * @throws `output-missing`, `params-missing`
 */
export async function lockEntryNow(repo: Repo, stage: PipelineStage, ctx: OpContext): Promise<LockEntry> {
  const entryOf = async (
    kind: 'output' | 'dependency',
    { place, defPath }: { readonly place: Place; readonly defPath: string },
  ): Promise<LockFileEntry> => {
    const state = await repo.readPlace(place, 'md5', ctx);
    if (state.kind === 'missing') throw dataMissing(kind, defPath);
    return { path: defPath, legacy: false, files: undefined, ...recordOf(state) };
  };
  const deps: LockFileEntry[] = [];
  for (const dep of stage.deps) deps.push(await entryOf('dependency', dep));
  const outs: LockFileEntry[] = [];
  for (const output of stage.outs) outs.push(await entryOf('output', output));
  const params = new Map<string, ReadonlyMap<string, PyValue>>();
  for (const one of stage.params) params.set(one.defPath, await paramValues(repo, one, ctx));
  return { cmd: stage.cmd, deps, params, outs };
}

async function paramValues(
  repo: Repo,
  { file, defPath, keys }: ParamsDependency,
  ctx: OpContext,
): Promise<ReadonlyMap<string, PyValue>> {
  const bytes = file.kind === 'repo' ? await repo.workspace.read(file.path) : undefined;
  if (!bytes)
    throw dataMissing('dependency', file.kind === 'repo' ? fromCwd(ctx.cwd, repo.absolute(file.path)) : defPath);
  const content = readParams(defPath, bytes);
  const wanted = keys === 'all' ? (isPyMap(content) ? [...content.keys()].map(pyStr) : []) : keys;
  const values = new Map<string, PyValue>();
  const absent: string[] = [];
  for (const key of wanted) {
    const value = lookupParam(content, key);
    if (value === undefined) absent.push(key);
    else values.set(key, value);
  }
  if (absent.length > 0)
    throw new DvcError('params-missing', `Parameters '${absent.join(', ')}' are missing from '${defPath}'.`, {
      hint: `Add them to ${defPath || DEFAULT_PARAMS_FILE}, or take them out of the stage.`,
    });
  return values;
}

/** Puts a stage's entry into the lock file beside its dvc.yaml. @returns the lock file, absolute */
export function writeLockEntry(repo: Repo, stage: PipelineStage, entry: LockEntry): string {
  const folder = parentOf(stage.file);
  const lock = asRepoPath(folder === '' ? 'dvc.lock' : `${folder}/dvc.lock`);
  const file = repo.absolute(lock);
  const old = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
  const text = updateLockfile(old, stage.name, entry, lock);
  if (text !== old) writeAtomic(file, text);
  repo.forgetIndex();
  return file;
}

/** Remembers a run in the run cache, where DVC would (dvc-format 7); a later run with the same inputs is restored from it. */
export async function saveRun(repo: Repo, stage: PipelineStage, entry: LockEntry, ctx: OpContext): Promise<void> {
  if (!isRunCacheable(stage)) return;
  for (const output of stage.outs)
    if (!output.cache && output.place.kind === 'repo') await repo.data.store(output.place.path, repo.ignore, ctx);
  const [key, value] = [runCacheKey(entry), runCacheValue(entry)];
  const folder = path.join(repo.config.cache.dir, 'runs', key.slice(0, 2), key);
  const file = path.join(folder, value);
  if (fs.existsSync(file)) return;
  fs.mkdirSync(folder, { recursive: true });
  writeAtomic(file, dumpLockEntry(entry));
}

/** Everything that goes in is local and hashed, everything that comes out can be stored. */
export function isRunCacheable(stage: PipelineStage): boolean {
  if (stage.alwaysChanged || isCallback(stage)) return false;
  if (stage.deps.length + stage.params.length === 0 || stage.outs.length === 0) return false;
  if (stage.deps.some((dep) => dep.place.kind === 'url')) return false;
  return stage.outs.every(
    (output) => output.place.kind === 'repo' && !output.persist && (output.cache || output.kind !== 'out'),
  );
}
