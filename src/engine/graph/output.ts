import type { RepoPath, StageAddress } from '../core/ids.ts';
import { isWithin } from '../core/paths.ts';
import type { PyMap, PyValue } from '../core/python.ts';
import type { FileRecord } from '../files/data-entry.ts';
import type { HashInfo, Meta } from '../hash/hash-info.ts';

/** Where a dependency or an output lies. Only `repo` places are ever written or hashed by data commands. */
export type Place =
  | { readonly kind: 'repo'; readonly path: RepoPath }
  | { readonly kind: 'outside'; readonly path: string } // Absolute, on this machine.
  | { readonly kind: 'url'; readonly url: string; readonly options?: Readonly<Record<string, string>> }; // As `fs_config` has them.

export type OutputKind = 'out' | 'metric' | 'plot';

/** One entry of `outs`, as the pointer or the lock file records it. Immutable. */
export interface Output {
  readonly stage: StageAddress;
  /** As written in the file, relative to the stage's working directory. */
  readonly defPath: string;
  readonly place: Place;
  readonly kind: OutputKind;
  /** Undefined until the first commit of the data. */
  readonly hash: HashInfo | undefined;
  readonly meta: Meta;
  /** Of a folder of which a cloud keeps versions: its files, each with its own. */
  readonly files?: readonly FileRecord[];
  readonly cache: boolean;
  readonly persist: boolean;
  /** False for `push: false` and for data that comes from another repository. */
  readonly push: boolean;
  readonly remote: string | undefined;
  /** True for the output of `dvc import`: fetched from its source, never from a remote of this repository. */
  readonly imported: boolean;
  /** `template`, `x`, `y`, … of a plot; empty where none is given. */
  readonly plot?: PyMap;
  /** What a metric has under `meta` in its dvc.yaml: anybody's, as far as DVC is concerned. */
  readonly annotation?: PyValue;
}

/** An output that data commands handle: stored in the cache and inside the repository. */
export type TrackedOutput = Output & { readonly place: { readonly kind: 'repo'; readonly path: RepoPath } };

export const isTracked = (output: Output): output is TrackedOutput => output.cache && output.place.kind === 'repo';

/** Where an output inside the repository lies, else undefined. */
export const repoPathOf = (item: { readonly place: Place }): RepoPath | undefined =>
  item.place.kind === 'repo' ? item.place.path : undefined;

/** True where one path is the other or lies in it. */
export const overlaps = (a: RepoPath, b: RepoPath): boolean => isWithin(a, b) || isWithin(b, a);
