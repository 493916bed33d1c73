import { asRepoPath, type Oid, type RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { fromCwd, isWithin, toRepoPath } from '../core/paths.ts';
import { type DataChange, type DataEntry, type DataItem, detectRenames, diffData } from '../graph/data-diff.ts';
import type { TrackedOutput } from '../graph/output.ts';
import { RepoIndex } from '../graph/repo-index.ts';
import type { Odb } from '../odb/odb.ts';
import { OidSet } from '../platform/oid-set.ts';
import { giveWay, runInSlices, SLICE_STEP } from '../platform/slices.ts';
import type { Repo } from '../repo.ts';

export interface DataStatusOptions {
  readonly targets?: readonly string[];
  /** Files in tracked folders as well. */
  readonly granular?: boolean;
  /** What has not changed as well. */
  readonly unchanged?: boolean;
  /** What neither Git nor DVC tracks as well. */
  readonly untracked?: boolean;
  /** Whether Git's work tree is clean as well. */
  readonly gitState?: boolean;
  readonly notInRemote?: boolean;
  readonly remote?: string;
  /** False: only what is remembered of the remote counts as being there. Nothing is, as yet. Default true. */
  readonly remoteRefresh?: boolean;
}

/** Paths from the repository's root; folders end in a slash. */
export interface Changes {
  readonly modified: readonly string[];
  readonly added: readonly string[];
  readonly deleted: readonly string[];
  readonly renamed: readonly { readonly old: string; readonly new: string }[];
  readonly unknown: readonly string[];
}

export interface DataStatus {
  readonly notInCache: readonly string[];
  readonly notInRemote: readonly string[];
  /** Between the last Git commit and the stage files. */
  readonly committed: Changes;
  /** Between the stage files and the workspace. */
  readonly uncommitted: Changes;
  readonly untracked: readonly string[];
  readonly unchanged: readonly string[];
  readonly git: { readonly empty: boolean; readonly dirty: boolean } | undefined;
}

/**
 * Compares the last commit with the stage files, and those with the workspace. Writes nothing but hints.
 *
 * @throws What is wrong with a stage file. Source: dvc-format 9.3.
 */
export async function dataStatus(repo: Repo, options: DataStatusOptions, ctx: OpContext): Promise<DataStatus> {
  const granular = options.granular ?? false;
  const filters = (options.targets ?? []).map((target) => toRepoPath(repo.root, target) ?? asRepoPath(target));
  const covers = (path: RepoPath): boolean => filters.length === 0 || filters.some((filter) => isWithin(path, filter));
  const touches = (path: RepoPath): boolean => covers(path) || filters.some((filter) => isWithin(filter, path));
  const index = await repo.index();
  const outputs = index.tracked.filter((output) => touches(output.place.path));
  const current = await repo.data.recordedItems(outputs, ctx, { files: granular });
  const workspace = await repo.data.workspaceItems(outputs, repo.ignore, ctx);
  const head = await headIndex(repo);
  const before = await repo.data.recordedItems(
    head.tracked.filter((output) => touches(output.place.path)),
    ctx,
    { files: granular },
  );
  const withUnchanged = options.unchanged ?? false;
  const compare = (old: readonly DataItem[], now: readonly DataItem[]) =>
    sortChanges(diffData(old, now, { granular, unchanged: withUnchanged }), covers, ctx);
  const uncommitted = await compare(current, workspace);
  const hasHistory = repo.git.present; // Without Git nothing is committed, and nothing waits for it.
  const committed = hasHistory ? await compare(before, current) : await compare([], []);
  const same = new Set(hasHistory ? committed.unchanged : uncommitted.unchanged);
  const git =
    options.untracked || options.gitState ? await repo.git.status(options.untracked ? 'all' : 'no') : undefined;
  await giveWay(ctx);
  repo.state.save();
  await giveWay(ctx);
  return {
    notInCache: await lackedByCache(repo, current, covers, ctx),
    notInRemote: options.notInRemote ? await lackedByRemote(repo, outputs, current, options, covers, ctx) : [],
    committed: committed.changes,
    uncommitted: uncommitted.changes,
    untracked: options.untracked ? untrackedPaths(repo, git?.untracked ?? [], covers, ctx.cwd) : [],
    unchanged: withUnchanged ? uncommitted.unchanged.filter((path) => same.has(path)) : [],
    git: git && repo.git.present ? { empty: repo.git.head() === undefined, dirty: git.dirty } : undefined,
  };
}

/** Stages of the last commit; none before the first one and without Git. */
async function headIndex(repo: Repo): Promise<RepoIndex> {
  if (!repo.git.present || repo.git.head() === undefined) return RepoIndex.empty;
  return repo.indexAt('HEAD');
}

export const shownPath = ({ path, isDir }: Pick<DataEntry, 'path' | 'isDir'>): string => (isDir ? `${path}/` : path);

async function sortChanges(
  changes: Iterable<DataChange>,
  covers: (path: RepoPath) => boolean,
  ctx: OpContext,
): Promise<{ readonly changes: Changes; readonly unchanged: readonly string[] }> {
  const lists = { modified: [] as string[], added: [] as string[], deleted: [] as string[], unknown: [] as string[] };
  const unchanged: string[] = [];
  const { renamed, rest } = await detectRenames(changes, ctx);
  await giveWay(ctx);
  for (const { type, old, new: now } of rest) {
    const entry = now ?? old;
    if (!entry || !covers(entry.path)) continue;
    if (type === 'unchanged') {
      if (entry.oid !== undefined) unchanged.push(shownPath(entry));
    } else if (type === 'unknown' || old?.oid !== undefined || now?.oid !== undefined)
      lists[type].push(shownPath(entry));
  }
  return {
    changes: {
      ...lists,
      renamed: renamed
        .filter((pair) => covers(pair.new.path))
        .map((pair) => ({ old: shownPath(pair.old), new: shownPath(pair.new) })),
    },
    unchanged,
  };
}

const lackedByCache = (
  repo: Repo,
  items: readonly DataItem[],
  covers: (path: RepoPath) => boolean,
  ctx: OpContext,
): Promise<string[]> =>
  lackedBy(
    items.map((item) => ({ item, odb: repo.cache(item.hash) })),
    covers,
    ctx,
  );

/** What can be pushed and is not on the remote, as far as the manifests of folders are known. */
async function lackedByRemote(
  repo: Repo,
  outputs: readonly TrackedOutput[],
  items: readonly DataItem[],
  { remote: remoteName, remoteRefresh = true }: DataStatusOptions,
  covers: (path: RepoPath) => boolean,
  ctx: OpContext,
): Promise<string[]> {
  const asked: Asked[] = [];
  const lacked: string[] = [];
  for (const [i, output] of outputs.entries()) {
    const item = items[i];
    if (!item || !output.push || output.imported) continue;
    if (!remoteRefresh) {
      lacked.push(...allOf(item, covers));
      continue;
    }
    const remote = await repo.remote(output.remote ?? remoteName, 'data status', ctx);
    asked.push({ item, odb: remote.odb(item.hash) });
  }
  return remoteRefresh ? lackedBy(asked, covers, ctx) : lacked;
}

function allOf(item: DataItem, covers: (path: RepoPath) => boolean): string[] {
  if (item.oid === undefined) return [];
  const files = item.files ? [...item.files.paths].map((file) => asRepoPath(`${item.path}/${file}`)) : [];
  return [...(covers(item.path) ? [shownPath(item)] : []), ...files.filter(covers)];
}

interface Asked {
  readonly item: DataItem;
  /** Where it should be. */
  readonly odb: Odb;
}

/** Each database is asked once, for everything that should be there. */
async function lackedBy(
  asked: readonly Asked[],
  covers: (path: RepoPath) => boolean,
  ctx: OpContext,
): Promise<string[]> {
  const wanted = new Map<Odb, OidSet>();
  for (const { item, odb } of asked) {
    if (item.oid === undefined) continue;
    const oids = wanted.get(odb) ?? new OidSet();
    wanted.set(odb, oids);
    oids.add(item.oid);
    if (item.files) oids.files.addAll(item.files.digests);
    await giveWay(ctx);
  }
  const missing = new Map<Odb, OidSet>();
  for (const [odb, oids] of wanted) missing.set(odb, await odb.missing(oids, ctx));
  const lacked: string[] = [];
  for (const { item, odb } of asked) {
    const gone = missing.get(odb);
    if (item.oid === undefined || gone === undefined || gone.size === 0) continue;
    for (const path of await runInSlices(pathsIn(item, item.oid, gone, covers), ctx)) lacked.push(path);
  }
  return lacked;
}

/** The item itself and its files, where they are among `missing`. */
function* pathsIn(
  item: DataItem,
  oid: Oid,
  missing: OidSet,
  covers: (path: RepoPath) => boolean,
): Generator<void, string[]> {
  const lacked: string[] = [];
  if (covers(item.path) && missing.has(oid)) lacked.push(shownPath(item));
  for (let i = 0; i < (item.files?.paths.length ?? 0); i++) {
    if (i % SLICE_STEP === 0) yield;
    if (!missing.files.has(item.files!.digests, i)) continue;
    const path = asRepoPath(`${item.path}/${item.files!.paths.at(i)}`);
    if (covers(path)) lacked.push(path);
  }
  return lacked;
}

/** Git's list is from the top of its work tree; DVC's is from the user's folder, and only of the repository. */
function untrackedPaths(
  repo: Repo,
  fromGitRoot: readonly string[],
  covers: (path: RepoPath) => boolean,
  cwd: string,
): string[] {
  return fromGitRoot.flatMap((file) => {
    const absolute = `${repo.git.root}/${file}`;
    const path = toRepoPath(repo.root, absolute);
    return path === undefined || !covers(path) ? [] : [fromCwd(cwd, absolute)];
  });
}
