import type { RepoPath, StageAddress } from '../core/ids.ts';
import type { PyValue } from '../core/python.ts';
import type { FileRecord } from '../files/data-entry.ts';
import type { DvcFile, RepoSource } from '../files/dvc-file.ts';
import type { HashInfo, Meta } from '../hash/hash-info.ts';
import type { Output, Place } from './output.ts';

/** One entry of `deps`. */
export interface Dependency {
  readonly stage: StageAddress;
  readonly defPath: string;
  readonly place: Place;
  readonly hash: HashInfo | undefined;
  readonly meta: Meta;
  /** Set for `dvc import`: the data lives in this Git repository. */
  readonly source?: RepoSource;
  /** The store keeps versions, and one of them is recorded. */
  readonly isVersioned?: boolean;
  /** Of a folder whose files are recorded one by one. */
  readonly files?: readonly FileRecord[];
}

/** Values of one params file that a stage depends on. */
export interface ParamsDependency {
  readonly file: Place;
  readonly defPath: string;
  /** Dotted keys, or every top-level key of the file. */
  readonly keys: readonly string[] | 'all';
  /** As the lock file remembers them; undefined when it does not know the file. */
  readonly locked: ReadonlyMap<string, PyValue> | undefined;
}

interface StageBase {
  readonly address: StageAddress;
  /** The file that holds it. */
  readonly file: RepoPath;
  /** What its paths are relative to. */
  readonly wdir: RepoPath;
  readonly outs: readonly Output[];
  readonly frozen: boolean;
}

/** A pointer file of `dvc add`: data and nothing else. */
export interface DataStage extends StageBase {
  readonly kind: 'data';
  readonly pointer: DvcFile;
}

/** A pointer file with dependencies: `dvc import`, `dvc import-url`, or a 1.x single-stage file. */
export interface ImportStage extends StageBase {
  readonly kind: 'import';
  readonly pointer: DvcFile;
  readonly deps: readonly Dependency[];
}

/** A stage of a dvc.yaml, with what its lock entry knows. */
export interface PipelineStage extends StageBase {
  readonly kind: 'pipeline';
  readonly name: string;
  /** `foreach` or `matrix` name that it was made from. */
  readonly group: string | undefined;
  readonly cmd: string | readonly string[];
  readonly deps: readonly Dependency[];
  readonly params: readonly ParamsDependency[];
  readonly alwaysChanged: boolean;
  /** Made by interpolation: its entry cannot be edited by a command. */
  readonly parametrized: boolean;
  readonly desc: string | undefined;
  readonly meta: PyValue;
  /** Undefined when the lock file has no entry for it. */
  readonly lockedCmd: string | readonly string[] | undefined;
}

export type Stage = DataStage | ImportStage | PipelineStage;

/** Nothing to depend on and nothing to make: it runs every time. */
export const isCallback = (stage: PipelineStage): boolean =>
  stage.deps.length === 0 && stage.params.length === 0 && stage.outs.length === 0;
