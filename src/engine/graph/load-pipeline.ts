import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
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
import { definedPath, placeOf } from './place.ts';
import type { Dependency, ParamsDependency, PipelineStage } from './stage.ts';
import { recordedContent } from './versioned.ts';

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

/** The same, whatever is wrong in either file. */
export interface ReadPipeline extends LoadedPipeline {
  readonly lockText: Uint8Array | undefined;
  /** Why there is no `lock` though there is a file. */
  readonly lockError: DvcError | undefined;
  /** Files that its `${}` were looked for in, there or not. */
  readonly reads: readonly RepoPath[];
}

/**
 * Reads a dvc.yaml and the dvc.lock beside it through `view`.
 *
 * @throws What is wrong first in either file.
 */
export async function loadPipeline(view: FileView, file: RepoPath, options: LoadOptions): Promise<LoadedPipeline> {
  const read = await readPipeline(view, file, options);
  if (read.lockError) throw read.lockError;
  requireValid(read.resolved);
  return read;
}

/** As {@link loadPipeline}, for an editor: errors are part of the result, and what is right is there. */
export async function readPipeline(
  view: FileView,
  file: RepoPath,
  options: LoadOptions & { readonly before?: ReadPipeline | undefined },
): Promise<ReadPipeline> {
  const lockPath = lockFileOf(file);
  const [content, lockText] = [await view.read(file), await view.read(lockPath)];
  const isSame = options.before?.lockText !== undefined && lockText?.equals(options.before.lockText) === true;
  const { lock, lockError } = isSame && options.before ? options.before : readLock(lockText, lockPath);
  const reads: RepoPath[] = [];
  const resolved = await resolveDvcYaml({
    path: file,
    content: content ?? '',
    hasLock: lock !== undefined,
    readFile: async (name) => {
      const at = path.posix.isAbsolute(name) ? undefined : joinRepoPath(asRepoPath(''), name);
      if (at === undefined) return undefined;
      reads.push(at);
      return await view.read(at);
    },
    ...(options.style ? { style: options.style } : {}),
  });
  const stages = resolved.stages.map((entry) => toStage(entry, file, lock?.stages.get(entry.name), options));
  return { resolved, lock, lockError, lockText, reads, stages };
}

/** The lock file of a dvc.yaml lies beside it. */
export const lockFileOf = (file: RepoPath): RepoPath => asRepoPath(file.replace(/dvc\.yaml$/, 'dvc.lock'));

function readLock(text: Uint8Array | undefined, file: RepoPath): Pick<ReadPipeline, 'lock' | 'lockError'> {
  try {
    return { lock: text && parseLockfile(text.toString(), file), lockError: undefined };
  } catch (error) {
    if (!DvcError.is(error)) throw error;
    return { lock: undefined, lockError: error };
  }
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
    deps: entry.deps.map((written): Dependency => {
      const defPath = definedPath(root, wdir, written);
      const known = lockedDeps.get(defPath);
      return {
        stage: address,
        defPath,
        place: placeOf(root, wdir, defPath),
        ...contentWithoutFiles(known),
      };
    }),
    params: entry.params.map(({ path: written, keys }): ParamsDependency => {
      const defPath = definedPath(root, wdir, written);
      const known = locked?.params.get(defPath) as ReadonlyMap<string, PyValue> | undefined;
      return { file: placeOf(root, wdir, defPath), defPath, keys, locked: known };
    }),
    outs: entry.outs.map((written) => {
      const out = { ...written, path: definedPath(root, wdir, written.path) };
      return toOutput(out, address, placeOf(root, wdir, out.path), lockedOuts.get(out.path));
    }),
  };
}

const contentWithoutFiles = (entry: LockFileEntry | undefined): Pick<Dependency, 'hash' | 'meta'> => {
  const { hash, meta } = recordedContent(entry);
  return { hash, meta };
};

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
  ...recordedContent(known),
  cache: out.cache,
  persist: out.persist,
  push: out.push,
  remote: out.remote,
  imported: false,
  ...(out.kind === 'plot' ? { plot: out.plot } : {}),
  ...(out.kind === 'metric' && out.meta !== null ? { annotation: out.meta } : {}),
});
