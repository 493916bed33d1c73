import { randomBytes } from 'node:crypto';
import { DvcError } from '../core/errors.ts';
import { asOid, isOid, type RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import type { GitId } from '../git/git.ts';
import { isTracked } from '../graph/output.ts';
import type { Repo } from '../repo.ts';
import { changeRefs, commitTree, SideIndex } from './git-trees.ts';

/** Where states of the workspace are kept that a command was about to change: private to this clone, never pushed. */
const SNAPSHOTS = 'refs/lode/snapshots/';
const KEPT = 50;

/**
 * The workspace at one moment: tracked files, what was staged, untracked files that were in the way, and data that was nowhere recorded.
 *
 * A commit whose first parent was HEAD and whose second holds what was staged. Data lies in the cache, under the hashes the message names.
 */
export interface Snapshot {
  readonly ref: string;
  readonly id: GitId;
  /** What was about to happen, such as `exp apply one`. */
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly head: GitId;
  /** What was staged, as a tree. */
  readonly index: GitId;
  /** Tracked files, and the untracked ones in `untracked`, as a tree. */
  readonly tree: GitId;
  /** From the top of the work tree. */
  readonly untracked: readonly string[];
  /** Outputs that were not as recorded: what they held; null for nothing. */
  readonly data: Readonly<Record<string, string | null>>;
}

export interface SnapshotInput {
  readonly reason: string;
  /** Untracked files that are about to be overwritten: from the top of the work tree. */
  readonly untracked?: readonly string[];
  /** Also puts changed outputs into the cache, as they are about to be checked out. */
  readonly withData?: boolean;
}

/** Takes a snapshot and keeps it under a ref, before anything is changed. @returns it, with the index it was made in still usable */
export async function takeSnapshot(repo: Repo, input: SnapshotInput, ctx: OpContext): Promise<Snapshot> {
  const { git } = repo;
  const head = git.head();
  if (head === undefined) throw noCommits();
  const data = input.withData ? await changedData(repo, ctx) : {};
  using side = SideIndex.of(git, repo.privateDir);
  const index = await side.tree();
  await side.update();
  const untracked = input.untracked ?? [];
  await side.addFiles(
    untracked.map((file) => `${git.root}/${file}`),
    { force: true },
  );
  const tree = await side.tree();
  checkAborted(ctx.signal);
  const time = Date.now();
  const message = JSON.stringify({ lode: 1, reason: input.reason, time, untracked, data });
  const staged = await commitTree(git, index, [head], 'index');
  const id = await commitTree(git, tree, [head, staged], message);
  const ref = `${SNAPSHOTS}${String(time).padStart(14, '0')}-${randomBytes(3).toString('hex')}`;
  const old = (await git.refs(SNAPSHOTS)).slice(0, -(KEPT - 1));
  await changeRefs(git, [{ ref, to: id }, ...old.map(({ name }) => ({ ref: name }))]);
  return { ref, id, reason: input.reason, time, head, index, tree, untracked, data };
}

/** The snapshots there are, newest first. */
export async function listSnapshots(repo: Repo): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  for (const { name, id } of (await repo.git.refs(SNAPSHOTS)).toReversed()) {
    const commit = await repo.git.commit(id);
    const [head, staged] = commit.parents;
    if (head === undefined || staged === undefined) continue;
    try {
      const { reason, time, untracked, data } = JSON.parse(commit.message) as Snapshot;
      const index = (await repo.git.commit(staged)).tree;
      found.push({ ref: name, id, reason, time, head, index, tree: commit.tree, untracked, data });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error; // Not one of ours.
    }
  }
  return found;
}

/** Outputs whose content is not what is recorded, stored in the cache. */
async function changedData(repo: Repo, ctx: OpContext): Promise<Record<string, string | null>> {
  const data: Record<string, string | null> = {};
  const index = await repo.index();
  for (const output of index.tracked.filter(isTracked)) {
    checkAborted(ctx.signal);
    const state = await repo.readPlace(output.place, 'md5', ctx);
    if (state.kind === 'missing') {
      if (output.hash) data[output.place.path] = null;
      continue;
    }
    if (state.oid === output.hash?.value) continue;
    const stored = await repo.data.store(output.place.path, repo.ignore, ctx);
    if (stored.kind !== 'missing') data[output.place.path] = stored.oid;
  }
  if (Object.keys(data).length > 0) await repo.data.flush(ctx);
  return data;
}

/** What to put back at outputs, by path. */
export const snapshotData = (snapshot: Snapshot): ReadonlyMap<RepoPath, string | null> =>
  new Map(
    Object.entries(snapshot.data)
      .filter(([, oid]) => oid === null || isOid(oid))
      .map(([file, oid]) => [file as RepoPath, oid === null ? null : asOid(oid)]),
  );

export const noCommits = (exitCode?: number) =>
  new DvcError('git-failed', 'Empty Git repo. Add a commit to use experiments.', {
    hint: 'Run `git commit` first.',
    ...(exitCode === undefined ? {} : { exitCode }),
  });
