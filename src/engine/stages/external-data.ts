import * as fs from 'node:fs';
import { sourceMissing } from '../core/errors.ts';
import { type OpContext, startProgress } from '../core/op-context.ts';
import { filesOfExternal, filesOfFolder, writeFiles } from '../deliver.ts';
import { External, type ExternalData, localFolderOf, resolveUrl } from '../external.ts';
import type { DataRecord, FileRecord } from '../files/data-entry.ts';
import { type Place, repoPathOf } from '../graph/output.ts';
import { Tree } from '../hash/tree.ts';
import type { Content } from '../odb/content.ts';
import type { LocalOdb } from '../odb/local-odb.ts';
import { type DataState, type ReadOptions, throwFailures } from '../odb/workspace-data.ts';
import { isFolder } from '../platform/exists.ts';
import { mapLimit } from '../platform/map-limit.ts';
import { everyIndex } from '../platform/path-list.ts';
import { walkFiles } from '../platform/walk.ts';
import type { Repo } from '../repo.ts';
import { recordOf } from '../repo-data.ts';

/** What an entry of a stage file records of data that lies outside of the repository. */
export interface ExternalRecord extends DataRecord {
  readonly files: readonly FileRecord[] | undefined;
}

/** What lies at a place, as it is recorded; undefined where nothing is. Bytes are read only where a store has no marks of its own. */
export async function externalRecord(repo: Repo, place: Place, ctx: OpContext): Promise<ExternalRecord | undefined> {
  const local = localPlace(repo, place);
  if (local) return recordOfState(await repo.readPlace(local, 'md5', ctx));
  await using external = await openPlace(repo, place, ctx);
  const data = await external.look(ctx);
  return data && (await external.record(data, ctx)); // Awaited: the store is closed behind this line.
}

/** What {@link storeExternal} has read. */
export interface StoredExternal {
  readonly record: ExternalRecord;
  readonly content: Content;
}

/** Tells what of a folder is wanted, by paths from it. */
export type Keep = (relpath: string) => boolean;

/**
 * Brings the data at a place into `cache`, hashing every byte on its way; undefined where nothing is there.
 *
 * @param keep Of a folder: what is stored. All of it is recorded.
 */
export async function storeExternal(
  repo: Repo,
  place: Place,
  cache: LocalOdb,
  ctx: OpContext,
  keep: Keep = () => true,
): Promise<StoredExternal | undefined> {
  const progress = startProgress(ctx, 'import');
  try {
    const local = localPlace(repo, place);
    if (local) {
      const reading = {
        onProgress: (files: number, bytes: number) => progress.advance(files, bytes),
        onExpect: (files: number, bytes: number) => progress.expect(files, bytes),
      };
      return await storeLocal(repo, local, cache, ctx, reading, keep);
    }
    await using external = await openPlace(repo, place, ctx);
    const data = await external.look(ctx);
    if (!data) return undefined;
    progress.expect(
      data.files.length,
      data.files.reduce((sum, { size }) => sum + size, 0),
    );
    const wanted = { ...data, files: data.files.filter(({ relpath }) => relpath === '' || keep(relpath)) };
    const content = await storeFiles(external, wanted, cache, ctx, progress.advance);
    // Recorded by its store's marks, or by the digests that are known now: nothing is read twice.
    const record =
      external.isTagged || wanted.files.length < data.files.length
        ? await external.record(data, ctx)
        : recordOfContent(content);
    return { record, content };
  } finally {
    progress.done();
  }
}

/** Brings the versions that an entry records into `cache`, whatever is the newest by now. @throws `output-missing` for one that is gone */
export async function storeVersions(
  repo: Repo,
  place: Place,
  { files, meta }: ExternalRecord,
  cache: LocalOdb,
  ctx: OpContext,
): Promise<Content | undefined> {
  const progress = startProgress(ctx, 'import');
  await using external = await openPlace(repo, place, ctx);
  const records = files ?? [{ relpath: '', hash: undefined, meta }];
  const data: ExternalData = {
    isFolder: files !== undefined,
    files: records.map(({ relpath, meta: one }) => external.recorded(relpath, one.size ?? 0, one.versionId)),
  };
  const content = await storeFiles(external, data, cache, ctx, progress.advance);
  progress.done();
  return content;
}

/** Writes external data below `aside`, where nothing is yet; no cache takes part. @returns the number of files @throws `output-missing` */
export async function deliverExternal(repo: Repo, place: Place, aside: string, ctx: OpContext): Promise<number> {
  const local = localPlace(repo, place);
  await using external = local ? undefined : await openPlace(repo, place, ctx);
  const found = external
    ? await filesOfExternal(external, ctx)
    : await filesOfFolder(local?.kind === 'repo' ? repo.absolute(local.path) : (local?.path ?? ''), ctx);
  if (!found) throw sourceMissing(external?.shown ?? local?.path ?? '');
  if (found.isFolder) fs.mkdirSync(aside, { recursive: true });
  await writeFiles(aside, found.files, external?.atOnce(ctx) ?? ctx.jobs ?? 4, ctx, () => {});
  return found.files.length;
}

async function storeLocal(
  repo: Repo,
  place: Exclude<Place, { kind: 'url' }>,
  cache: LocalOdb,
  ctx: OpContext,
  reading: ReadOptions,
  keep: Keep,
): Promise<StoredExternal | undefined> {
  const inside = repoPathOf({ place });
  if (inside !== undefined) {
    const state = await repo.data.store(inside, repo.ignore, ctx, reading, 'md5', cache);
    const [record, content] = [recordOfState(state), contentOfState(state)];
    return record && content && { record, content };
  }
  const isWhole = await keepsAll(place.path, keep, ctx);
  const state = isWhole
    ? await repo.data.storeOutside(place.path, ctx, reading, cache)
    : await repo.data.read(place, 'md5', repo.ignore, ctx, reading);
  const [record, content] = [recordOfState(state), contentOfState(state)];
  if (!record || !content) return undefined;
  if (isWhole || state.kind !== 'directory') return { record, content };
  const only = Uint32Array.from(everyIndex(state.tree.length).filter((i) => keep(state.tree.relpath(i))));
  throwFailures(await cache.store({ root: place.path, files: state.files, only }, ctx), 'read');
  const tree = state.tree.filter(keep);
  const size = state.files.totalSize(only);
  return { record, content: { kind: 'directory', oid: await cache.storeTree(tree, ctx), size, tree } };
}

async function keepsAll(folder: string, keep: Keep, ctx: OpContext): Promise<boolean> {
  if (!isFolder(folder)) return true;
  for (const file of (await walkFiles(folder, { nestedRepos: 'enter' }, ctx)).files.paths)
    if (!keep(file)) return false;
  return true;
}

async function storeFiles(
  external: External,
  data: ExternalData,
  cache: LocalOdb,
  ctx: OpContext,
  advance: (files: number, bytes: number, current?: string) => void,
): Promise<Content> {
  const stored = await mapLimit(data.files, external.atOnce(ctx), ctx.signal, async (file) => {
    const from = file.relpath === '' ? external.shown : `${external.shown}/${file.relpath}`;
    const stream = await external.read(file, ctx);
    const { oid } = await cache.receiveNew(stream, file.size, from, ctx, (bytes) => advance(0, bytes, file.relpath));
    advance(1, 0);
    return { relpath: file.relpath, md5: oid };
  });
  const size = data.files.reduce((sum, file) => sum + file.size, 0);
  if (!data.isFolder) return { kind: 'file', oid: stored[0]!.md5, size }; // A file has one entry.
  const tree = Tree.from(stored);
  return { kind: 'directory', oid: await cache.storeTree(tree, ctx), size, tree };
}

/** As an output records it. A file brought from elsewhere is not executable, as in DVC. */
export const recordOfContent = (content: Content): ExternalRecord => ({
  hash: { name: 'md5', value: content.oid },
  meta: content.kind === 'file' ? { size: content.size } : { size: content.size, nfiles: content.tree.length },
  files: undefined,
});

/** The place of this machine that a place names, if it is one: `remote://` may lead to a folder. */
function localPlace(repo: Repo, place: Place): Exclude<Place, { kind: 'url' }> | undefined {
  if (place.kind !== 'url') return place;
  const local = localFolderOf(resolvePlace(repo, place));
  return local === undefined ? undefined : { kind: 'outside', path: local };
}

const resolvePlace = (repo: Repo, { url, options = {} }: Place & { kind: 'url' }) =>
  resolveUrl(url, { config: repo.config, folder: repo.root, options });

const openPlace = (repo: Repo, place: Place, ctx: OpContext): Promise<External> => {
  if (place.kind !== 'url') throw new Error(`${place.path} is no URL`);
  return External.open(resolvePlace(repo, place), ctx);
};

const recordOfState = (state: DataState): ExternalRecord | undefined =>
  state.kind === 'missing' ? undefined : { ...recordOf(state), files: undefined };

function contentOfState(state: DataState): Content | undefined {
  if (state.kind === 'missing') return undefined;
  const { oid } = state;
  return state.kind === 'file'
    ? { kind: 'file', oid, size: state.stat.size }
    : { kind: 'directory', oid, size: state.size, tree: state.tree };
}
