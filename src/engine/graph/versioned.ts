import type { DataEntry, FileRecord } from '../files/data-entry.ts';
import { Tree } from '../hash/tree.ts';
import { encodeTree, treeOid } from '../hash/tree-encode.ts';
import type { Output } from './output.ts';

/**
 * What an entry records of content. Where the files of a folder are listed one by one, as for a cloud that keeps their versions, the
 * folder's digest is that of their listing.
 */
export function recordedContent(entry: DataEntry | undefined): Pick<Output, 'hash' | 'meta' | 'files'> {
  if (!entry) return { hash: undefined, meta: {} };
  const { files, hash, meta, legacy } = entry;
  if (!files || files.length === 0) return { hash, meta };
  const tree = listedTree(files);
  if (tree.length < files.length) return { hash, meta, files }; // A file without an md5: nothing in the cache is meant.
  const size = files.reduce((sum, file) => sum + (file.meta.size ?? 0), 0);
  const value = treeOid(encodeTree(tree));
  return { hash: { name: legacy ? 'md5-dos2unix' : 'md5', value }, meta: { size, nfiles: tree.length }, files };
}

export const listedTree = (files: readonly FileRecord[]): Tree =>
  Tree.from(files.flatMap(({ relpath, hash }) => (hash?.name.startsWith('md5') ? [{ relpath, md5: hash.value }] : [])));

interface NewRecord extends Pick<DataEntry, 'hash' | 'meta'> {
  /** Of a folder, where it is known. */
  readonly tree?: Tree | undefined;
  sizeOf?(index: number): number | undefined;
}

/** A new record of content, with the versions that a cloud has of what stayed the same. */
export function keepVersions(
  before: Pick<Output, 'hash' | 'meta' | 'files'>,
  now: NewRecord,
): Pick<DataEntry, 'hash' | 'meta' | 'files'> {
  const { hash, meta, tree } = now;
  if (before.files && tree) {
    const known = new Map(before.files.map((file) => [file.relpath, file]));
    const files = Array.from({ length: tree.length }, (_, i): FileRecord => {
      const [relpath, md5] = [tree.relpath(i), tree.oid(i)];
      const old = known.get(relpath);
      if (old?.hash?.value === md5) return old;
      const size = now.sizeOf?.(i);
      return { relpath, hash: { name: 'md5', value: md5 }, meta: size === undefined ? {} : { size } };
    });
    return { hash, meta, files: files.length > 0 ? files : undefined };
  }
  const same = before.meta.cloud && hash && before.hash?.name === hash.name && before.hash.value === hash.value;
  return { hash, meta: same ? { ...meta, cloud: before.meta.cloud } : meta, files: undefined };
}
