import { configError, DvcError } from '../core/errors.ts';
import { asOid, isDirOid, type Oid } from '../core/ids.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import { below } from '../core/paths.ts';
import { markOf } from '../external.ts';
import type { CloudMeta, Meta } from '../hash/hash-info.ts';
import type { TransferFailure } from '../odb/transfer.ts';
import type { TransferControl } from '../odb/transfer-control.ts';
import { mapLimit } from '../platform/map-limit.ts';
import { requestsAtOnce, type Written } from '../remote/backend.ts';
import { fromFile } from '../remote/streams.ts';
import type { Repo } from '../repo.ts';
import type { Remote } from '../repo-remotes.ts';
import type { UsedOutput } from './used-objects.ts';

/** Stores that keep versions of an object. */
const VERSIONED = new Set(['s3', 'gs', 'gcs', 'azure', 'memory']);

/**
 * Whether a remote holds data under its own names, with the versions in the stage files (`version_aware`, `worktree`; dvc-format 8.5).
 *
 * @throws `config` where both are set against each other
 */
export function isVersioned({ config }: Pick<Remote, 'config'>): boolean {
  const worktree = config.flag('worktree', false);
  if (worktree && !config.flag('version_aware', true))
    throw configError('worktree remotes require version_aware cloud', {
      hint: `Run \`lode remote modify ${config.name} --unset version_aware\`.`,
    });
  return VERSIONED.has(config.scheme) && (worktree || config.flag('version_aware', false));
}

/** For what works on objects by digest, which such a remote has not. */
export function refuseVersioned(remote: Remote, command: string): void {
  if (!isVersioned(remote)) return;
  const problem = `'${command}' is unsupported for cloud versioned remotes`;
  const more = { hint: 'Use a remote without `version_aware` and `worktree`.' };
  if (command.startsWith('gc')) throw configError(problem, more);
  throw new DvcError('config', `config file error: ${problem}`, { ...more, exitCode: 1 });
}

/** One file of an output, and what is recorded of it at the remote. */
export interface VersionedFile {
  readonly used: UsedOutput;
  /** Inside the output; '' for a file that is the output. */
  readonly relpath: string;
  readonly key: string;
  readonly oid: Oid;
  readonly known: CloudMeta | undefined;
}

/** What is recorded of a file at a remote. After an update from a remote, DVC writes it without the remote's name. */
export function versionAt({ name }: Remote, meta: Meta | undefined): CloudMeta | undefined {
  const named = meta?.cloud?.[name];
  if (named || meta?.versionId === undefined) return named;
  return { versionId: meta.versionId, ...(meta.etag === undefined ? {} : { etag: meta.etag }) };
}

/** The files of outputs; of folders only what is asked for. @throws `object-missing` for a folder nobody knows the files of */
async function filesOf(repo: Repo, remote: Remote, used: UsedOutput, ctx: OpContext): Promise<VersionedFile[]> {
  const { output, oid, hash, path } = used;
  const root = output.place.path;
  if (!isDirOid(oid)) return [{ used, relpath: '', key: root, oid, known: versionAt(remote, output.meta) }];
  const tree = await repo.cache(hash).readTree(oid, ctx);
  const { from, to } = tree.within(below(path, root));
  const records = new Map(output.files?.map((file) => [file.relpath, file]));
  return Array.from({ length: to - from }, (_, i) => {
    const relpath = tree.relpath(from + i);
    const known = versionAt(remote, records.get(relpath)?.meta);
    return { used, relpath, key: `${root}/${relpath}`, oid: tree.oid(from + i), known };
  });
}

export interface VersionedPush {
  readonly pushed: number;
  readonly present: number;
  /** In the cache as little as at the remote. */
  readonly missing: readonly Oid[];
  readonly failed: readonly TransferFailure[];
  /** What the remote has now of each file, those sent among them. */
  readonly versions: Map<VersionedFile, CloudMeta>;
}

/**
 * Sends files under their own names, those of which the remote has no version that is recorded.
 *
 * @param versions Filled as files arrive, so that what has arrived is known also after a failure.
 * @throws `unsupported` where the store keeps no versions: nothing would be left of what was overwritten
 */
export async function pushVersioned(
  repo: Repo,
  remote: Remote,
  used: readonly UsedOutput[],
  versions: VersionedPush['versions'],
  ctx: OpContext,
  onProgress: (files: number, bytes: number) => void,
  control?: TransferControl,
): Promise<VersionedPush> {
  const files: VersionedFile[] = [];
  const failed: TransferFailure[] = [];
  for (const one of used)
    try {
      files.push(...(await filesOf(repo, remote, one, ctx)));
    } catch (error) {
      if (!DvcError.is(error, 'object-missing')) throw error;
      failed.push({ oid: one.oid, error });
    }
  const absent = await withoutVersion(remote, files, ctx);
  for (const file of files) if (file.known && !absent.has(file)) versions.set(file, file.known);
  const missing: Oid[] = [];
  const send = async (file: VersionedFile): Promise<void> => {
    await control?.untilResumed(ctx.signal);
    const cache = repo.cache(file.used.hash);
    const stat = cache.statObject(file.oid);
    if (!stat) return void missing.push(file.oid);
    try {
      const written = await remote.backend.write(file.key, fromFile(cache.pathOf(file.oid), stat.size), ctx);
      versions.set(file, cloudMeta(remote, file.key, written));
      onProgress(1, stat.size);
    } catch (error) {
      if (!DvcError.is(error) || error.code === 'cancelled' || error.code === 'unsupported') throw error;
      failed.push({ oid: file.oid, path: file.key, error });
    }
  };
  const [first, ...rest] = absent;
  if (first) await send(first); // It shows whether the store keeps versions, before more is overwritten.
  await mapLimit(rest, requestsAtOnce(remote.backend, ctx), ctx.signal, send);
  const present = files.length - absent.size;
  return { pushed: absent.size - missing.length - failed.length, present, missing, failed, versions };
}

/** Files that have no version at the remote, or one that is not there any more. A version that is the newest one needs no asking. */
async function withoutVersion(
  remote: Remote,
  files: readonly VersionedFile[],
  ctx: OpContext,
): Promise<Set<VersionedFile>> {
  const recorded = files.filter(({ known }) => known?.versionId !== undefined);
  const absent = new Set(files.filter(({ known }) => known?.versionId === undefined));
  const newest = new Map<string, string | undefined>();
  const prefixes = new Set(recorded.map(({ used }) => used.output.place.path));
  for (const prefix of prefixes)
    for await (const entry of remote.backend.list(prefix, ctx))
      newest.set(entry.key, markOf(remote.config.scheme, entry));
  const unsure = recorded.filter(({ key, known }) => known?.etag === undefined || newest.get(key) !== known.etag);
  await mapLimit(unsure, requestsAtOnce(remote.backend, ctx), ctx.signal, async (file) => {
    if (!(await hasVersion(remote, file, ctx))) absent.add(file);
  });
  return absent;
}

async function hasVersion(remote: Remote, { key, known }: VersionedFile, ctx: OpContext): Promise<boolean> {
  if (known?.versionId === undefined) return false;
  try {
    (await remote.backend.read(key, { ...ctx, version: known.versionId })).destroy();
    return true;
  } catch (error) {
    if (DvcError.is(error, 'object-missing')) return false;
    throw error;
  }
}

function cloudMeta(remote: Remote, key: string, { etag, version }: Written): CloudMeta {
  if (version === undefined || version === 'null')
    throw new DvcError(
      'unsupported',
      `while uploading '${key}', support for versioning could not be detected at '${remote.backend.url}'.`,
      { hint: 'Turn versioning on in the bucket or the account, or take `version_aware` off the remote.' },
    );
  const mark = markOf(remote.config.scheme, { key, size: 0, ...(etag === undefined ? {} : { etag }) });
  return { ...(mark === undefined ? {} : { etag: mark }), versionId: version };
}

export interface VersionedFetch {
  readonly fetched: number;
  readonly missing: readonly Oid[];
  readonly failed: readonly TransferFailure[];
  /** Files that the cache lacks and the remote was never told of. */
  readonly unversioned: readonly (TransferFailure & { readonly path: string })[];
}

const withoutRecord = (oid: Oid, path: string) => ({
  oid,
  path,
  error: new DvcError('unsupported', 'no cloud version of it is recorded.', {
    hint: 'Push it from where the data is, and commit the stage files.',
  }),
});

/** Brings recorded versions into the cache, hashed on the way. */
export async function fetchVersioned(
  repo: Repo,
  remote: Remote,
  used: readonly UsedOutput[],
  ctx: OpContext,
  onProgress: (files: number, bytes: number) => void,
  control?: TransferControl,
): Promise<VersionedFetch> {
  const wanted = new Map<Oid, VersionedFile[]>();
  const failed: TransferFailure[] = [];
  const unversioned: (TransferFailure & { readonly path: string })[] = [];
  for (const one of used) {
    try {
      for (const file of await filesOf(repo, remote, one, ctx)) {
        if (repo.cache(one.hash).has(file.oid)) continue;
        if (file.known?.versionId === undefined) unversioned.push(withoutRecord(file.oid, file.key));
        else wanted.set(file.oid, [...(wanted.get(file.oid) ?? []), file]);
      }
    } catch (error) {
      if (!DvcError.is(error, 'object-missing')) throw error;
      unversioned.push(withoutRecord(one.oid, one.output.place.path));
    }
  }
  const missing: Oid[] = [];
  let fetched = 0;
  await mapLimit([...wanted.values()], requestsAtOnce(remote.backend, ctx), ctx.signal, async (same) => {
    await control?.untilResumed(ctx.signal);
    checkAborted(ctx.signal);
    const file = same[0] as VersionedFile; // None of the lists is empty.
    const cache = repo.cache(file.used.hash);
    try {
      const { versionId: version } = file.known ?? {};
      const stream = await remote.backend.read(file.key, { ...ctx, ...(version === undefined ? {} : { version }) });
      const bytes = await cache.receive(asOid(file.oid), stream, `${remote.backend.url}/${file.key}`, ctx);
      fetched += same.length; // Files with the same content are fetched once, and count as in DVC.
      onProgress(same.length, bytes);
    } catch (error) {
      if (!DvcError.is(error) || error.code === 'cancelled') throw error;
      if (error.code === 'object-missing') missing.push(file.oid);
      failed.push({ oid: file.oid, path: file.key, error });
    }
  });
  return { fetched, missing, failed, unversioned };
}
