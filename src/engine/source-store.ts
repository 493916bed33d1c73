import * as fs from 'node:fs';
import * as path from 'node:path';
import { asOid, type Oid } from './core/ids.ts';
import { type Counter, checkAborted, type OpContext } from './core/op-context.ts';
import type { TrackedOutput } from './graph/output.ts';
import { Tree } from './hash/tree.ts';
import type { Content } from './odb/content.ts';
import type { LocalOdb } from './odb/local-odb.ts';
import { transferObjects } from './odb/transfer.ts';
import { throwFailures } from './odb/workspace-data.ts';
import { digestHex } from './platform/digest.ts';
import { FileList, fileStatOf } from './platform/file-list.ts';
import { OidSet } from './platform/oid-set.ts';
import { byOutput, collectOrigin, hashOfOutput, type SourceData, type SourceFile } from './source-data.ts';
import { sourceLacks } from './source-objects.ts';
import type { OpenSource, SubRepo } from './source-repo.ts';

interface Stored {
  readonly relpath: string;
  readonly oid: Oid;
  readonly size: number;
}

/**
 * Brings data of another repository into `cache`, which has md5 objects. Every byte is hashed on its way.
 *
 * @throws `object-missing` where its repository does not have it either
 */
export async function storeSourceData(
  data: SourceData,
  cache: LocalOdb,
  how: OpenSource,
  ctx: OpContext,
  progress?: Counter,
): Promise<Content> {
  const stored = [
    ...(await storeFiles(data, cache, ctx, progress)),
    ...(await storeBlobs(data, cache, ctx, progress)),
    ...(await storeObjects(data, cache, how, ctx, progress)),
  ];
  const size = stored.reduce((sum, one) => sum + one.size, 0);
  if (!data.isFolder) return { kind: 'file', oid: stored[0]!.oid, size };
  const tree = Tree.from(stored.map(({ relpath, oid }) => ({ relpath, md5: oid })));
  return { kind: 'directory', oid: await cache.storeTree(tree, ctx), size, tree };
}

/** Files of a work tree, from wherever they lie. */
async function storeFiles(
  { files }: SourceData,
  cache: LocalOdb,
  ctx: OpContext,
  progress?: Counter,
): Promise<Stored[]> {
  const found = files.flatMap(({ relpath, content }) =>
    content.kind === 'path' ? [{ relpath, path: content.path }] : [],
  );
  const stored: Stored[] = [];
  for (const [folder, group] of byFolder(found)) {
    checkAborted(ctx.signal);
    const list = FileList.of(group.map(({ path: file }) => [path.basename(file), fileStatOf(fs.statSync(file))]));
    const result = await cache.store({ root: folder, files: list }, ctx, (files, bytes) =>
      progress?.advance(files, bytes),
    );
    throwFailures(result, 'read');
    const names = [...list.paths];
    for (const { relpath, path: file } of group) {
      const at = names.indexOf(path.basename(file));
      stored.push({ relpath, oid: asOid(digestHex(result.digests, at)), size: list.statAt(at).size });
    }
  }
  return stored;
}

function byFolder<T extends { readonly path: string }>(files: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const file of files) {
    const folder = path.dirname(file.path);
    const group = groups.get(folder);
    if (group) group.push(file);
    else groups.set(folder, [file]);
  }
  return groups;
}

async function storeBlobs(
  { files }: SourceData,
  cache: LocalOdb,
  ctx: OpContext,
  progress?: Counter,
): Promise<Stored[]> {
  const stored: Stored[] = [];
  for (const { relpath, content } of files) {
    if (content.kind !== 'blob') continue;
    checkAborted(ctx.signal);
    const bytes = await content.read();
    stored.push({ relpath, oid: cache.addBytes(bytes), size: bytes.length });
    progress?.advance(1, bytes.length);
  }
  return stored;
}

async function storeObjects(
  data: SourceData,
  cache: LocalOdb,
  how: OpenSource,
  ctx: OpContext,
  progress?: Counter,
): Promise<Stored[]> {
  const stored: Stored[] = [];
  for (const { sub, output, items } of byOutput(data.files)) {
    if (hashOfOutput(output) !== 'md5') {
      for (const { relpath, oid } of items) stored.push(await storeLegacy(sub, output, relpath, oid, cache, ctx));
      continue;
    }
    await bringObjects(sub, output, items, cache, how, ctx, progress);
    for (const { relpath, oid } of items) stored.push({ relpath, oid, size: cache.statObject(oid)?.size ?? 0 });
  }
  return stored;
}

/** An object of DVC 2, whose name says nothing of its bytes as they are. */
async function storeLegacy(
  sub: SubRepo,
  output: TrackedOutput,
  relpath: string,
  oid: Oid,
  cache: LocalOdb,
  ctx: OpContext,
): Promise<Stored> {
  const odb = await sub.objects.find(oid, 'md5-dos2unix', output.remote, ctx);
  if (!odb) throw sourceLacks(relpath || output.place.path, oid, sub.root ?? output.place.path);
  const bytes = await odb.readObject(oid, ctx);
  return { relpath, oid: cache.addBytes(bytes), size: bytes.length };
}

/** From the nearest place that has them: this cache, the source's, its remote, the repository it has them from. */
async function bringObjects(
  sub: SubRepo,
  output: TrackedOutput,
  items: readonly { readonly relpath: string; readonly oid: Oid }[],
  cache: LocalOdb,
  how: OpenSource,
  ctx: OpContext,
  progress?: Counter,
): Promise<void> {
  let missing = await cache.missing(OidSet.of(items.map(({ oid }) => oid)), ctx);
  const options = progress ? { progress } : {};
  const near = missing.size > 0 ? sub.objects.cache('md5') : undefined;
  if (near && near.root !== cache.root) {
    const held = missing.without(await near.missing(missing, ctx));
    await orThrow(transferObjects(near, cache, rootsOf(held), ctx, options));
    missing = await cache.missing(missing, ctx);
  }
  const far = missing.size > 0 ? await sub.objects.remote(output.remote, 'md5', ctx) : undefined;
  if (far) {
    await orThrow(transferObjects(far, cache, rootsOf(missing), ctx, options));
    missing = await cache.missing(missing, ctx);
  }
  if (missing.size === 0) return;
  const wanted = items.filter(({ oid }) => missing.has(oid));
  if (output.imported) await bringFromOrigin(sub, output, wanted, cache, how, ctx);
  missing = await cache.missing(missing, ctx);
  const lacking = items.find(({ oid }) => missing.has(oid));
  if (lacking) throw sourceLacks(lacking.relpath || output.place.path, lacking.oid, how.shown ?? sub.root ?? '');
}

const rootsOf = (oids: OidSet): { oid: Oid }[] => [...oids].map((oid) => ({ oid }));

/** An object that is not there is looked for elsewhere; any other failure ends the search. */
async function orThrow(work: ReturnType<typeof transferObjects>): Promise<void> {
  const failure = (await work).failed[0];
  if (failure) throw failure.error;
}

/** What the source has imported lies in the repository that it has it from. Content is found by its hash. */
async function bringFromOrigin(
  sub: SubRepo,
  output: TrackedOutput,
  wanted: readonly { readonly oid: Oid }[],
  cache: LocalOdb,
  how: OpenSource,
  ctx: OpContext,
): Promise<void> {
  const data = await collectOrigin(sub, output, '', ctx);
  const hashes = new Set(wanted.map(({ oid }) => oid));
  const isWanted = ({ content }: SourceFile): boolean => content.kind !== 'object' || hashes.has(content.oid);
  if (data) await storeSourceData({ isFolder: true, files: data.files.filter(isWanted) }, cache, how, ctx);
}
