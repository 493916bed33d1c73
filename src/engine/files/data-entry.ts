import { type CloudMeta, type HashInfo, hashKey, type Meta } from '../core/hash-info.ts';
import { compareCodePoints, isPyList, isPyMap, type PyKey, type PyMap, type PyValue, pyMap } from '../core/python.ts';

/** Hash and facts of one path, as pointer files, lock files and their `files:` lists record them. */
export interface DataRecord {
  /** Undefined where nothing has been recorded yet. */
  readonly hash: HashInfo | undefined;
  readonly meta: Meta;
}

/** One file of a directory that a cloud keeps versions of. */
export interface FileRecord extends DataRecord {
  readonly relpath: string;
}

export interface DataEntry extends DataRecord {
  /** Verbatim: relative to the file's `wdir`, absolute, or a URL. */
  readonly path: string;
  /** Written by DVC 2.x: without `hash:`, its md5 is of line-ending-normalised text. */
  readonly legacy: boolean;
  /** Instead of hash and facts: the files of a directory whose versions a cloud keeps. */
  readonly files: readonly FileRecord[] | undefined;
}

/** Answers with a refusal of what is at these keys of the entry. */
export type RefuseEntry = (problem: string, at: readonly PyKey[]) => Error;

const MD5 = /^[0-9a-f]{32}(?:\.dir)?$/;

/** Reads an entry whose shape the schema has accepted. @throws what `refuse` makes, for a digest that cannot be one. */
export function readDataEntry(entry: PyMap, refuse: RefuseEntry): DataEntry {
  const algorithm = text(entry, 'hash');
  if (algorithm !== undefined && algorithm !== 'md5') throw refuse(`'${algorithm}' is not a known hash`, ['hash']);
  const legacy = algorithm === undefined;
  const files = entry.get('files');
  return {
    path: text(entry, 'path') ?? '',
    legacy,
    ...readRecord(entry, legacy, refuse),
    files: isPyList(files)
      ? files.map((file, i) => readFile(file, legacy, (problem, at) => refuse(problem, ['files', i, ...at])))
      : undefined,
  };
}

function readFile(file: PyValue, legacy: boolean, refuse: RefuseEntry): FileRecord {
  const entry = isPyMap(file) ? file : new Map();
  return { relpath: text(entry, 'relpath') ?? '', ...readRecord(entry, legacy, refuse) };
}

function readRecord(entry: PyMap, legacy: boolean, refuse: RefuseEntry): DataRecord {
  const cloud = readCloud(entry.get('cloud'));
  const md5 = checksum(entry, 'md5')?.toLowerCase();
  if (md5 !== undefined && !MD5.test(md5))
    throw refuse(`'${md5}' is not an md5: expected 32 hexadecimal digits, followed by .dir for a directory`, ['md5']);
  const etag = checksum(entry, 'etag');
  const other = checksum(entry, 'checksum')?.toLowerCase();
  const meta: Meta = defined({
    size: integer(entry, 'size'),
    nfiles: integer(entry, 'nfiles'),
    isexec: entry.get('isexec') === true ? true : undefined,
    versionId: text(entry, 'version_id'),
    etag,
    checksum: other,
    cloud,
  });
  const hash = md5 ? { name: legacy ? 'md5-dos2unix' : 'md5', value: md5 } : tagHash(etag, other);
  return { hash, meta };
}

const tagHash = (etag: string | undefined, checksum: string | undefined): HashInfo | undefined =>
  etag !== undefined
    ? { name: 'etag', value: etag }
    : checksum !== undefined
      ? { name: 'checksum', value: checksum }
      : undefined;

function readCloud(value: PyValue | undefined): Meta['cloud'] {
  if (!isPyMap(value) || value.size === 0) return undefined;
  return Object.fromEntries(
    [...value].map(([remote, facts]) => {
      const entry = isPyMap(facts) ? facts : new Map();
      const cloud: CloudMeta = defined({
        etag: checksum(entry, 'etag'),
        versionId: text(entry, 'version_id'),
        checksum: checksum(entry, 'checksum'),
        md5: checksum(entry, 'md5'),
        size: integer(entry, 'size'),
      });
      return [String(remote), cloud];
    }),
  );
}

/** Hash and facts in the order DVC writes them; `hash:` and the path stand before or behind, by kind of file. */
export function recordPairs({ hash, meta }: DataRecord): [string, PyValue | undefined][] {
  const pairs = new Map<string, PyValue | undefined>();
  if (hash) pairs.set(hashKey(hash.name), hash.value);
  pairs.set('size', meta.size);
  pairs.set('nfiles', meta.nfiles);
  pairs.set('isexec', meta.isexec ? true : undefined);
  const tags = { version_id: meta.versionId, etag: meta.etag, checksum: meta.checksum, md5: meta.md5 };
  for (const [key, value] of Object.entries(tags)) if (value) pairs.set(key, value);
  if (meta.cloud) pairs.set('cloud', cloudMap(meta.cloud));
  return [...pairs];
}

const cloudMap = (cloud: NonNullable<Meta['cloud']>): PyMap =>
  pyMap(
    Object.entries(cloud).map(([remote, { etag, checksum, versionId }]) => [
      remote,
      pyMap([
        ['etag', etag || undefined],
        ['checksum', checksum || undefined],
        ['version_id', versionId || undefined],
      ]),
    ]),
  );

/** Sorted as DVC sorts them: by code point. */
export const filesList = (files: readonly FileRecord[]): PyValue =>
  [...files]
    .sort((a, b) => compareCodePoints(a.relpath, b.relpath))
    .map((file) => pyMap([['relpath', file.relpath], ...recordPairs(file)]));

/** The members that are not undefined. */
export const defined = <T extends object>(members: { [K in keyof T]: T[K] | undefined }): T =>
  // What is left has every member of T that it has defined.
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;

export const text = (map: PyMap, key: string): string | undefined => {
  const value = map.get(key);
  return typeof value === 'string' ? value : undefined;
};

const integer = (map: PyMap, key: string): number | undefined => {
  const value = map.get(key);
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? Number(value)
    : undefined;
};

const checksum = (map: PyMap, key: string): string | undefined => {
  const value = map.get(key);
  return value === undefined || value === null || value === '' ? undefined : String(value);
};
