import { DvcError } from '../core/errors.ts';
import type { Oid } from '../core/ids.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import { markOf, safeRelpath } from '../external.ts';
import type { DataEntry, FileRecord } from '../files/data-entry.ts';
import type { TrackedOutput } from '../graph/output.ts';
import type { Meta } from '../hash/hash-info.ts';
import { Tree } from '../hash/tree.ts';
import { mapLimit } from '../platform/map-limit.ts';
import { type BackendEntry, requestsAtOnce } from '../remote/backend.ts';
import type { Repo } from '../repo.ts';
import type { Remote } from '../repo-remotes.ts';
import { versionAt } from './versioned-remote.ts';

/** What a `worktree` remote has now where an output lies: in the cache, and as a stage file records it. */
export interface Newest {
  readonly oid: Oid;
  readonly record: Pick<DataEntry, 'hash' | 'meta' | 'files'>;
  /** Files that are other ones than those recorded. */
  readonly changed: number;
}

/** Why there is nothing to update an output from, in DVC's words. */
export type NothingNewest = 'it does not exist in the remote' | 'directory is empty in the remote';

/** The remote that has versions of an output: its own, or the one that its record names. */
export function remoteOfOutput(repo: Repo, { remote, meta, files }: TrackedOutput): string | undefined {
  const all = [meta, ...(files ?? []).map((file) => file.meta)];
  const named = remote ?? all.flatMap(({ cloud }) => Object.keys(cloud ?? {}))[0];
  return named ?? (all.some(({ versionId }) => versionId !== undefined) ? repo.config.defaultRemote : undefined);
}

/**
 * Brings what has changed of an output at a remote into the cache. Content is told by the store's marks: another version with the same one
 * keeps its record.
 *
 * @throws `bad-name`, and what the store says
 */
export async function bringNewest(
  repo: Repo,
  remote: Remote,
  output: TrackedOutput,
  ctx: OpContext,
): Promise<Newest | NothingNewest> {
  const root = output.place.path;
  const found: BackendEntry[] = [];
  let isThere = false;
  for await (const entry of remote.backend.list(root, { signal: ctx.signal, log: ctx.log, versions: true })) {
    if (entry.key === `${root}/`) isThere = true;
    else if (entry.key === root || entry.key.startsWith(`${root}/`)) found.push(entry);
  }
  if (found.length === 0) return isThere ? 'directory is empty in the remote' : 'it does not exist in the remote';
  const isFile = found.some(({ key }) => key === root);
  const entries = isFile ? found.filter(({ key }) => key === root) : found;
  const before = isFile
    ? new Map([['', { relpath: '', hash: output.hash, meta: output.meta }]])
    : new Map(output.files?.map((file) => [file.relpath, file]));
  const cache = repo.cache('md5');
  let changed = 0;
  const records = await mapLimit(entries, requestsAtOnce(remote.backend, ctx), ctx.signal, async (entry) => {
    checkAborted(ctx.signal);
    const relpath = isFile ? '' : safeRelpath(entry.key.slice(root.length + 1), remote.backend.url);
    const mark = markOf(remote.config.scheme, entry);
    const known = before.get(relpath);
    if (known?.hash && mark !== undefined && versionAt(remote, known.meta)?.etag === mark) return known;
    changed++;
    const { version } = entry;
    const from = `${remote.backend.url}/${entry.key}`;
    const stream = await remote.backend.read(entry.key, {
      signal: ctx.signal,
      log: ctx.log,
      ...(version === undefined ? {} : { version }),
    });
    const { oid } = await cache.receiveNew(stream, entry.size, from, ctx);
    const cloud = {
      ...(mark === undefined ? {} : { etag: mark }),
      ...(version === undefined ? {} : { versionId: version }),
    };
    const hash = { name: 'md5', value: oid } as const;
    // In folders without the remote's name, as DVC has it here.
    const meta: Meta = isFile ? { size: entry.size, cloud: { [remote.name]: cloud } } : { size: entry.size, ...cloud };
    return { relpath, hash, meta } satisfies FileRecord;
  });
  if (isFile) {
    const { hash, meta } = records[0]!; // One entry has the output's own name.
    return { oid: hash!.value as Oid, record: { hash, meta, files: undefined }, changed };
  }
  const files = [...records].sort((a, b) => (a.relpath < b.relpath ? -1 : 1));
  const tree = Tree.from(files.map(({ relpath, hash }) => ({ relpath, md5: hash!.value as Oid })));
  const oid = await cache.storeTree(tree, ctx);
  const gone = [...before.keys()].filter((relpath) => tree.get(relpath) === undefined).length;
  const size = files.reduce((sum, { meta }) => sum + (meta.size ?? 0), 0);
  const record = { hash: { name: 'md5', value: oid } as const, meta: { size, nfiles: files.length }, files };
  return { oid, record, changed: changed + gone };
}

/** For what was pushed to a remote that is no picture of the workspace. */
export const notAWorktree = (shown: string) =>
  new DvcError('unsupported', `update is not supported for '${shown}' that is not an import.`, {
    hint: 'Only a remote with `worktree = true` can be updated from; `lode pull` brings what the stage files say.',
    exitCode: 1,
  });
