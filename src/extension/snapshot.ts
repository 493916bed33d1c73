import type { DataStatus, PipelineFile, RepoPath } from '../engine/index.ts';

/** What a person is told about one tracked path, the most urgent first. */
export type DataState =
  | 'lost' // Neither on disk, nor in the cache, nor on the default remote.
  | 'missing' // Neither on disk nor in the cache: it has to be pulled.
  | 'modified'
  | 'added'
  | 'deleted' // Not on disk, but in the cache.
  | 'renamed'
  | 'unknown' // The recorded folder cannot be read, so that nothing can be compared.
  | 'not-in-cache' // On disk as recorded, but the cache has no copy.
  | 'stored-modified' // In the cache, and not yet in a Git commit.
  | 'stored-added'
  | 'stored-deleted'
  | 'stored-renamed'
  | 'unpushed';

export interface DataChange {
  readonly path: RepoPath;
  readonly isFolder: boolean;
  readonly state: DataState;
  /** Where renamed data was before. */
  readonly from?: RepoPath;
}

/** Changes in the order they are shown: by path. A path is in one list of the first three only. */
export interface DataChanges {
  /** Between the pointers and the workspace. */
  readonly uncommitted: readonly DataChange[];
  /** Between the last Git commit and the pointers. */
  readonly committed: readonly DataChange[];
  /** What the cache lacks, whether or not it is on disk. */
  readonly notInCache: readonly DataChange[];
  /** What the default remote lacks; empty until it was asked. */
  readonly unpushed: readonly DataChange[];
}

/** One output as views show it. */
export interface OutputView {
  readonly path: RepoPath;
  readonly isFolder: boolean;
  /** The `.dvc` file or dvc.yaml that records it. */
  readonly pointer: RepoPath;
  /** Bytes and files as recorded; undefined where the record does not say. */
  readonly size: number | undefined;
  readonly files: number | undefined;
  /** Undefined until the data was committed for the first time. */
  readonly oid: string | undefined;
}

/** One remote as views show it. */
export interface RemoteView {
  readonly name: string;
  /** Without secrets. */
  readonly url: string;
  readonly isDefault: boolean;
  /** On a file system of this machine, so that asking it costs nothing. */
  readonly isFolder: boolean;
}

/** The commit that is checked out. */
export interface GitHead {
  readonly commit: string;
  /** Undefined when HEAD is detached. */
  readonly branch: string | undefined;
}

/** What views know of one repository: immutable, replaced as a whole. */
export interface RepoSnapshot {
  readonly phase: 'loading' | 'ready' | 'failed' | 'restricted';
  readonly outputs: readonly OutputView[];
  readonly changes: DataChanges;
  /** By path, folders without a slash at the end; what is as recorded and stored is not in it. */
  readonly states: ReadonlyMap<string, DataChange>;
  /** Undefined without Git and before the first commit. */
  readonly head: GitHead | undefined;
  readonly defaultRemote: string | undefined;
  readonly remotes: readonly RemoteView[];
  /** Why the default remote could not be asked, in a sentence. */
  readonly remoteProblem: string | undefined;
  /** Why the repository cannot be read, in a sentence. */
  readonly problem: string | undefined;
  /** In the order of their paths; undefined until somebody has asked for them (`RepoModel.askForPipelines`) and they were read. */
  readonly pipelines: readonly PipelineFile[] | undefined;
}

export const NO_CHANGES: DataChanges = { uncommitted: [], committed: [], notInCache: [], unpushed: [] };

export const EMPTY_SNAPSHOT: RepoSnapshot = {
  phase: 'loading',
  outputs: [],
  changes: NO_CHANGES,
  states: new Map(),
  head: undefined,
  defaultRemote: undefined,
  remotes: [],
  remoteProblem: undefined,
  problem: undefined,
  pipelines: undefined,
};

/** The lists of a granular `data status`. A file that is neither on disk nor in the cache is `missing`, and not `deleted`. */
export function changesOf(status: DataStatus, unpushed: readonly string[] = []): DataChanges {
  const lacking = withFoldersAround(status.notInCache);
  const change = (text: string, state: DataState): DataChange => ({ ...pathOf(text), state });
  const side = (changes: DataStatus['uncommitted'], stored: boolean): DataChange[] => [
    ...changes.modified.map((path) => change(path, stored ? 'stored-modified' : 'modified')),
    ...changes.added.map((path) => change(path, stored ? 'stored-added' : 'added')),
    ...changes.deleted.map((path) =>
      change(path, stored ? 'stored-deleted' : lacking.has(path) ? 'missing' : 'deleted'),
    ),
    ...changes.renamed.map((renamed) => ({
      ...change(renamed.new, stored ? 'stored-renamed' : 'renamed'),
      from: pathOf(renamed.old).path,
    })),
    ...(stored ? [] : changes.unknown.map((path) => change(path, 'unknown'))),
  ];
  const uncommitted = side(status.uncommitted, false);
  const gone = new Set(uncommitted.flatMap(({ path, state }) => (state === 'missing' ? [path] : [])));
  return {
    uncommitted: inOrder(uncommitted.filter(({ state }) => state !== 'missing')),
    committed: inOrder(side(status.committed, true)),
    notInCache: inOrder(
      [...new Set([...status.notInCache, ...status.uncommitted.deleted.filter((path) => lacking.has(path))])].map(
        (text) => change(text, gone.has(pathOf(text).path) ? 'missing' : 'not-in-cache'),
      ),
    ),
    unpushed: inOrder(unpushed.map((path) => change(path, 'unpushed'))),
  };
}

/** Paths, and each folder around one of them with a slash behind: a folder that lacks one file cannot be checked out. */
function withFoldersAround(paths: readonly string[]): Set<string> {
  const all = new Set(paths);
  for (const path of paths)
    for (let slash = path.lastIndexOf('/', path.length - 2); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const folder = path.slice(0, slash + 1);
      if (all.has(folder)) break;
      all.add(folder);
    }
  return all;
}

/** Puts fresh lists about `outputs` into older lists about everything; linear in the number of changes. */
export function mergeChanges(older: DataChanges, fresh: DataChanges, outputs: readonly RepoPath[]): DataChanges {
  const isAbout = (path: RepoPath): boolean =>
    outputs.some((output) => path === output || path.startsWith(`${output}/`));
  const merged = (list: keyof DataChanges): DataChange[] =>
    inOrder([...older[list].filter(({ path }) => !isAbout(path)), ...fresh[list]]);
  return {
    uncommitted: merged('uncommitted'),
    committed: merged('committed'),
    notInCache: merged('notInCache'),
    unpushed: older.unpushed,
  };
}

/**
 * The lists with what the default remote lacks: a file that is nowhere else either is lost, and what the cache has not got cannot be pushed.
 *
 * @param lacked What the remote does not have, whatever the cache has.
 */
export function withRemote(changes: DataChanges, lacked: readonly DataChange[]): DataChanges {
  if (lacked.length === 0 && changes.notInCache.length === 0) return { ...changes, unpushed: [] };
  const isLacked = new Set(lacked.map(({ path }) => path));
  const isAbsent = new Set(changes.notInCache.map(({ path }) => path));
  return {
    ...changes,
    notInCache: changes.notInCache.map((change) =>
      change.state === 'missing' || change.state === 'lost'
        ? { ...change, state: isLacked.has(change.path) ? 'lost' : 'missing' }
        : change,
    ),
    unpushed: lacked.filter(({ path }) => !isAbsent.has(path)),
  };
}

/** The state each path is shown with: that of the first list it is in. */
export function statesOf(changes: DataChanges): Map<string, DataChange> {
  const states = new Map<string, DataChange>();
  for (const list of [changes.unpushed, changes.committed, changes.notInCache, changes.uncommitted])
    for (const change of list) states.set(change.path, change);
  return states;
}

/** Paths that look different in two snapshots: shown in one only, or with another state. */
export function changedPaths(before: RepoSnapshot, after: RepoSnapshot): string[] {
  const paths: string[] = [];
  for (const [path, { state }] of after.states) if (before.states.get(path)?.state !== state) paths.push(path);
  for (const path of before.states.keys()) if (!after.states.has(path)) paths.push(path);
  return paths;
}

/** A folder counts once, and its files do not count again: what a badge says. */
export function countChanges({ uncommitted, committed, notInCache }: DataChanges): number {
  const files = new Set<string>();
  for (const list of [uncommitted, committed, notInCache])
    for (const { path, isFolder } of list) if (!isFolder) files.add(path);
  return files.size;
}

const pathOf = (text: string): { path: RepoPath; isFolder: boolean } => {
  const isFolder = text.endsWith('/');
  // Paths of a status are relative to the repository's root, which is what a RepoPath is.
  return { path: (isFolder ? text.slice(0, -1) : text) as RepoPath, isFolder };
};

const inOrder = (changes: DataChange[]): DataChange[] =>
  changes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
