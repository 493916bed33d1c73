import { type PyValue, pyEquals } from '../core/python.ts';
import { allParams, lookupParam, readParams } from '../files/params-file.ts';
import type { Output, Place } from '../graph/output.ts';
import type { Dependency, ImportStage, ParamsDependency, PipelineStage, Stage } from '../graph/stage.ts';
import { isCallback } from '../graph/stage.ts';
import type { HashInfo } from '../hash/hash-info.ts';
import type { TreeDiff } from '../hash/tree.ts';
import type { ChangeReason, PathReason } from './change-reason.ts';

/** What lies at a place now. */
export interface Found {
  readonly hash: HashInfo;
  /** Which files of a folder differ from those recorded under `old`, where both are known. */
  diff?(old: HashInfo): Promise<TreeDiff | undefined>;
}

/** The world as {@link changeReasons} sees it: hashes at places, objects in the cache, the text of params files. */
export interface ChangeInputs {
  /** Undefined where nothing is there. `hash` is the algorithm the record was made with. */
  find(place: Place, hash: HashInfo['name']): Promise<Found | undefined>;
  /** Objects of `hash` (and of its files) that the cache lacks. */
  missing(hash: HashInfo): Promise<readonly string[]>;
  readParamsFile(place: Place): Promise<Uint8Array | undefined>;
  /** How a place is shown: relative to the user's folder. */
  show(item: { readonly place: Place; readonly defPath: string }): string;
  /** Whether the source of an import has something newer; absent to leave the question out, undefined where nobody can tell. */
  hasUpdate?(dep: Dependency, stage: ImportStage): Promise<boolean | undefined>;
  /** Whether a pointer's own checksum is what its content says. */
  checksumHolds(stage: Stage): boolean;
}

/** Every reason why `stage` is not what its records say, in the order DVC lists them. Empty: up to date. Source: dvc-format 5.2. */
export async function changeReasons(stage: Stage, inputs: ChangeInputs): Promise<ChangeReason[]> {
  const reasons: ChangeReason[] = [];
  if (stage.kind === 'pipeline' && !stage.frozen) {
    for (const dep of stage.deps) push(reasons, 'dependency', await dependencyReason(dep, inputs));
    for (const params of stage.params) reasons.push(...(await paramsReasons(params, inputs)));
  }
  if (stage.kind === 'import') reasons.push(...(await importReasons(stage, inputs)));
  for (const output of stage.outs) push(reasons, 'output', await outputReason(output, inputs));
  if (stage.kind === 'pipeline') {
    if (stage.alwaysChanged || isCallback(stage)) reasons.push({ kind: 'always-changed' });
    if (stage.lockedCmd !== undefined && !sameCommand(stage.lockedCmd, stage.cmd))
      reasons.push({ kind: 'command', old: stage.lockedCmd, new: stage.cmd });
  } else if (!inputs.checksumHolds(stage)) reasons.push({ kind: 'checksum' });
  return reasons;
}

function push(reasons: ChangeReason[], kind: 'dependency' | 'output', reason: PathReason | undefined): void {
  if (reason) reasons.push({ kind, ...reason });
}

async function dependencyReason(dep: Dependency, inputs: ChangeInputs): Promise<PathReason | undefined> {
  const found = await inputs.find(dep.place, dep.hash?.name ?? 'md5');
  return compare(() => inputs.show(dep), dep.hash, found);
}

async function importReasons(stage: ImportStage, inputs: ChangeInputs): Promise<ChangeReason[]> {
  const reasons: ChangeReason[] = [];
  for (const dep of stage.deps) {
    if (dep.source) {
      if (await inputs.hasUpdate?.(dep, stage))
        reasons.push({
          kind: 'dependency',
          path: `${dep.defPath} (${dep.source.url})`,
          word: 'update available',
          old: undefined,
          new: undefined,
        });
    } else if (dep.isVersioned) {
      if (await inputs.hasUpdate?.(dep, stage))
        reasons.push({
          kind: 'dependency',
          path: inputs.show(dep),
          word: dep.meta.versionId === undefined ? 'modified' : 'update available',
          old: undefined,
          new: undefined,
        });
    } else if (!stage.frozen) push(reasons, 'dependency', await dependencyReason(dep, inputs));
  }
  return reasons;
}

/** An output in the cache is looked for there first: what the cache lacks cannot be restored, whatever the workspace holds. */
export async function outputReason(output: Output, inputs: ChangeInputs): Promise<PathReason | undefined> {
  const path = (): string => inputs.show(output);
  if (output.hash && output.cache) {
    const missing = await inputs.missing(output.hash);
    if (missing.length > 0) return { path: path(), word: 'not in cache', old: output.hash, new: undefined, missing };
  }
  return compare(path, output.hash, await inputs.find(output.place, output.hash?.name ?? 'md5'));
}

async function compare(
  path: () => string,
  recorded: HashInfo | undefined,
  found: Found | undefined,
): Promise<PathReason | undefined> {
  if (!found) return { path: path(), word: 'deleted', old: recorded, new: undefined };
  if (recorded && recorded.name === found.hash.name && recorded.value === found.hash.value) return undefined;
  const files = recorded && (await found.diff?.(recorded));
  return { path: path(), word: 'modified', old: recorded, new: found.hash, ...(files ? { files } : {}) };
}

async function paramsReasons(params: ParamsDependency, inputs: ChangeInputs): Promise<ChangeReason[]> {
  const file = (): string => inputs.show({ place: params.file, defPath: params.defPath });
  const bytes = await inputs.readParamsFile(params.file);
  if (!bytes) return [{ kind: 'params-file', file: file(), word: 'deleted' }];
  const now = readParams(params.defPath, bytes);
  if (!params.locked) return [{ kind: 'params-file', file: file(), word: 'new' }];
  const locked = params.locked;
  const all = params.keys === 'all' ? allParams(now) : undefined;
  const keys = new Set(params.keys === 'all' ? [...allParams(now).keys(), ...locked.keys()] : params.keys);
  const reasons: ChangeReason[] = [];
  for (const key of keys) {
    const [old, current] = [locked.get(key), all ? all.get(key) : lookupParam(now, key)];
    const word = paramWord(old, current);
    if (word) reasons.push({ kind: 'param', file: file(), key, word, old, new: current });
  }
  return reasons;
}

function paramWord(old: PyValue | undefined, now: PyValue | undefined): 'deleted' | 'new' | 'modified' | undefined {
  if (now === undefined) return 'deleted';
  if (old === undefined) return 'new';
  return pyEquals(old, now) ? undefined : 'modified';
}

const sameCommand = (a: PipelineStage['cmd'], b: PipelineStage['cmd']): boolean =>
  typeof a === 'string' || typeof b === 'string'
    ? a === b
    : a.length === b.length && a.every((line, i) => line === b[i]);
