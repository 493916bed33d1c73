import * as path from 'node:path';
import type { FileView } from '../core/file-view.ts';
import { asRepoPath, asStageAddress, type RepoPath, type StageAddress } from '../core/ids.ts';
import { joinRepoPath, parentOf } from '../core/paths.ts';
import type { PyValue } from '../core/python.ts';
import {
  type OutEntry,
  type PipelineEntry,
  type ResolvedDvcYaml,
  requireValid,
  resolveDvcYaml,
} from '../files/dvc-yaml.ts';
import { type LockEntry, type LockFileEntry, type Lockfile, parseLockfile } from '../files/lockfile.ts';
import type { OptionStyle } from '../files/template.ts';
import type { Output, Place } from './output.ts';
import { placeOf } from './place.ts';
import type { Dependency, ParamsDependency, PipelineStage } from './stage.ts';

export interface LoadOptions {
  /** Absolute root, for paths that leave the repository. */
  readonly root: string;
  readonly style?: Partial<OptionStyle>;
}

/** A dvc.yaml with its lock file, as stages. */
export interface LoadedPipeline {
  readonly resolved: ResolvedDvcYaml;
  readonly lock: Lockfile | undefined;
  readonly stages: readonly PipelineStage[];
}

/**
 * Reads a dvc.yaml and the dvc.lock beside it through `view`.
 *
 * @throws What is wrong first in either file.
 */
export async function loadPipeline(view: FileView, file: RepoPath, options: LoadOptions): Promise<LoadedPipeline> {
  const folder = parentOf(file);
  const lockPath = asRepoPath(folder === '' ? 'dvc.lock' : `${folder}/dvc.lock`);
  const [content, lockText] = [await view.read(file), await view.read(lockPath)];
  const lock = lockText && parseLockfile(lockText.toString(), lockPath);
  const resolved = requireValid(
    await resolveDvcYaml({
      path: file,
      content: content ?? '',
      hasLock: lock !== undefined,
      readFile: async (name) => {
        const at = path.posix.isAbsolute(name) ? undefined : joinRepoPath(asRepoPath(''), name);
        return at === undefined ? undefined : await view.read(at);
      },
      ...(options.style ? { style: options.style } : {}),
    }),
  );
  return {
    resolved,
    lock,
    stages: resolved.stages.map((entry) => toStage(entry, file, lock?.stages.get(entry.name), options)),
  };
}

export const addressOf = (file: RepoPath, name: string): StageAddress =>
  asStageAddress(file === 'dvc.yaml' ? name : `${file}:${name}`);

type StageFacts = Pick<
  PipelineEntry,
  | 'name'
  | 'cmd'
  | 'wdir'
  | 'deps'
  | 'params'
  | 'outs'
  | 'frozen'
  | 'alwaysChanged'
  | 'desc'
  | 'meta'
  | 'group'
  | 'parametrized'
>;

function toStage(
  entry: StageFacts,
  file: RepoPath,
  locked: LockEntry | undefined,
  { root }: LoadOptions,
): PipelineStage {
  const address = addressOf(file, entry.name);
  const wdir = joinRepoPath(parentOf(file), entry.wdir ?? '.') ?? parentOf(file);
  const lockedDeps = byPath(locked?.deps);
  const lockedOuts = byPath(locked?.outs);
  return {
    kind: 'pipeline',
    address,
    file,
    wdir,
    name: entry.name,
    group: entry.group?.name,
    cmd: entry.cmd,
    alwaysChanged: entry.alwaysChanged,
    parametrized: entry.parametrized,
    desc: entry.desc,
    meta: entry.meta,
    frozen: entry.frozen,
    lockedCmd: locked?.cmd,
    deps: entry.deps.map((defPath): Dependency => {
      const known = lockedDeps.get(defPath);
      return {
        stage: address,
        defPath,
        place: placeOf(root, wdir, defPath),
        hash: known?.hash,
        meta: known?.meta ?? {},
      };
    }),
    params: entry.params.map(
      ({ path: defPath, keys }): ParamsDependency => ({
        file: placeOf(root, wdir, defPath),
        defPath,
        keys,
        locked: locked?.params.get(defPath) as ReadonlyMap<string, PyValue> | undefined,
      }),
    ),
    outs: entry.outs.map((out) => toOutput(out, address, placeOf(root, wdir, out.path), lockedOuts.get(out.path))),
  };
}

/** A stage that no file has yet. */
export const stageOf = (
  spec: Omit<StageFacts, 'group' | 'parametrized'>,
  file: RepoPath,
  root: string,
): PipelineStage => toStage({ ...spec, group: undefined, parametrized: false }, file, undefined, { root });

const byPath = (entries: readonly LockFileEntry[] | undefined): Map<string, LockFileEntry> =>
  new Map((entries ?? []).map((entry) => [entry.path, entry]));

const toOutput = (out: OutEntry, stage: StageAddress, place: Place, known: LockFileEntry | undefined): Output => ({
  stage,
  defPath: out.path,
  place,
  kind: out.kind,
  hash: known?.hash,
  meta: known?.meta ?? {},
  cache: out.cache,
  persist: out.persist,
  push: out.push,
  remote: out.remote,
  imported: false,
});
