import { createHash } from 'node:crypto';
import { invalidFile, tornFile } from '../core/errors.ts';
import { isPyList, isPyMap, type PyKey, type PyMap, type PyValue, pyJson, pyMap, pyTruthy } from '../core/python.ts';
import { type DataEntry, defined, filesList, readDataEntry, recordPairs, text } from './data-entry.ts';
import { ANYTHING, BOOL, CHECKSUM_SCHEMA, DATA_KEYS, DICT, STR } from './data-schema.ts';
import { checkSchema, type Schema } from './schema-check.ts';
import { schemaError } from './schema-report.ts';
import { withoutKeys } from './without-keys.ts';
import { dumpYaml, editYaml, parseYamlDoc, type YamlDoc } from './yaml-doc.ts';

/** A `.dvc` pointer file. Members keep what the file says; defaults are filled in. */
export interface DvcFile {
  readonly outs: readonly DvcFileOut[];
  /** Of an import: what the data came from. */
  readonly deps: readonly DvcFileDep[];
  /** What paths are relative to, itself relative to the file's folder. Undefined is the folder. */
  readonly wdir: string | undefined;
  readonly frozen: boolean;
  /** Of an import: the digest of the file's own content, see {@link stageChecksum}. */
  readonly md5: string | undefined;
  readonly desc: string | undefined;
  readonly meta: PyValue | undefined;
  readonly alwaysChanged: boolean;
}

export interface DvcFileOut extends DataEntry {
  readonly fsConfig: PyMap | undefined;
  readonly desc: string | undefined;
  readonly type: string | undefined;
  readonly labels: readonly string[];
  readonly annotation: PyValue | undefined;
  readonly cache: boolean;
  readonly persist: boolean;
  readonly remote: string | undefined;
  readonly push: boolean;
}

export interface DvcFileDep extends DataEntry {
  readonly fsConfig: PyMap | undefined;
  /** Of `dvc import`: the repository the data comes from. */
  readonly repo: RepoSource | undefined;
  /** Of `dvc import-db`, kept as it is. */
  readonly db: PyMap | undefined;
}

export interface RepoSource {
  readonly url: string;
  readonly rev?: string;
  /** The commit that `rev` meant when the data was fetched. */
  readonly revLock?: string;
  readonly config?: PyValue;
  readonly remote?: PyValue;
}

const ENTRY_KEYS = { ...DATA_KEYS, persist: BOOL, desc: STR, type: STR, labels: { listOf: [STR] }, meta: ANYTHING };
const OUT: Schema = { keys: { ...ENTRY_KEYS, cache: BOOL, remote: STR, push: BOOL, fs_config: DICT } };
const STR_OR_DICT: Schema = { anyOf: [STR, DICT] };
const DEP: Schema = {
  keys: {
    ...DATA_KEYS,
    persist: BOOL,
    repo: {
      keys: { url: STR, rev: STR, rev_lock: STR, config: STR_OR_DICT, remote: STR_OR_DICT },
      required: ['url'],
    },
    db: { keys: { query: STR, connection: STR, file_format: STR, table: STR } },
    fs_config: DICT,
  },
};
const NULL: Schema = { is: 'null' };
export const DVC_FILE: Schema = {
  keys: {
    md5: CHECKSUM_SCHEMA,
    wdir: { anyOf: [STR, NULL] },
    deps: { anyOf: [{ listOf: [DEP] }, NULL] },
    outs: { anyOf: [{ listOf: [OUT] }, NULL] },
    locked: BOOL,
    frozen: BOOL,
    meta: ANYTHING,
    always_changed: BOOL,
    desc: STR,
  },
};

/**
 * Reads a pointer file, with DVC's schema and messages.
 *
 * @param path Relative to the user's folder; named in errors.
 * @throws `torn-file` where nothing is listed: such a file is damaged, it never means that nothing is tracked.
 * @throws `invalid-file`, `invalid-schema` with line and column.
 */
export function parseDvcFile(source: string, path: string): DvcFile {
  if (/^[\s\ufeff]*$/.test(source)) throw tornFile(path, 'it is empty');
  if (/^\0+$/.test(source)) throw tornFile(path, 'it holds only NUL bytes');
  const doc = parseYamlDoc(source, path);
  const { value } = doc;
  if (!isPyMap(value)) throw tornFile(path, 'it has no outputs');
  const problems = checkSchema(DVC_FILE, value);
  if (problems.length > 0) throw schemaError(path, doc, problems);
  const outs = value.get('outs');
  if (!isPyList(outs) || outs.length === 0) throw tornFile(path, 'it has no outputs');
  return {
    outs: readEntries(doc, path, 'outs', outs, readOut),
    deps: readEntries(doc, path, 'deps', value.get('deps'), readDep),
    wdir: text(value, 'wdir'),
    // `locked` is what 1.x called it.
    frozen: value.get('frozen') === true || value.get('locked') === true,
    md5: text(value, 'md5')?.toLowerCase(),
    desc: text(value, 'desc'),
    meta: value.get('meta'),
    alwaysChanged: value.get('always_changed') === true,
  };
}

function readEntries<T>(
  doc: YamlDoc,
  path: string,
  key: string,
  list: PyValue | undefined,
  read: (entry: PyMap, data: DataEntry) => T,
): T[] {
  return (isPyList(list) ? list : []).map((item, i) => {
    const entry = isPyMap(item) ? item : new Map();
    const refuse = (problem: string, at: readonly PyKey[]) =>
      invalidFile(path, problem, doc.locate([key, i, ...at])?.value);
    if (!entry.has('path') && !entry.has('db')) {
      const missing = { message: 'required key not provided', path: [key, i, 'path'] };
      throw schemaError(path, doc, [missing]);
    }
    return read(entry, readDataEntry(entry, refuse));
  });
}

function readOut(entry: PyMap, data: DataEntry): DvcFileOut {
  const labels = entry.get('labels');
  return {
    ...data,
    fsConfig: dict(entry, 'fs_config'),
    desc: text(entry, 'desc'),
    type: text(entry, 'type'),
    // The schema has accepted only texts.
    labels: isPyList(labels) ? (labels as readonly string[]) : [],
    annotation: entry.get('meta'),
    cache: entry.get('cache') !== false,
    persist: entry.get('persist') === true,
    remote: text(entry, 'remote'),
    push: entry.get('push') !== false,
  };
}

function readDep(entry: PyMap, data: DataEntry): DvcFileDep {
  const repo = dict(entry, 'repo');
  return {
    ...data,
    fsConfig: dict(entry, 'fs_config'),
    db: dict(entry, 'db'),
    repo: repo && readRepo(repo),
  };
}

const readRepo = (repo: PyMap): RepoSource =>
  defined<RepoSource>({
    url: text(repo, 'url') ?? '',
    rev: text(repo, 'rev'),
    revLock: text(repo, 'rev_lock'),
    config: repo.get('config'),
    remote: repo.get('remote'),
  });

const dict = (map: PyMap, key: string): PyMap | undefined => {
  const value = map.get(key);
  return isPyMap(value) ? value : undefined;
};

/** An output with nothing recorded, to spread from. */
export const newOut = (path: string): DvcFileOut =>
  readOut(new Map(), { path, hash: undefined, meta: {}, legacy: false, files: undefined });

/** A pointer file of these outputs and nothing else, to spread from. */
export const newDvcFile = (outs: readonly DvcFileOut[]): DvcFile => ({
  outs,
  deps: [],
  wdir: undefined,
  frozen: false,
  md5: undefined,
  desc: undefined,
  meta: undefined,
  alwaysChanged: false,
});

/**
 * The bytes of a pointer file, as DVC writes it (dvc-format 3.1).
 *
 * @param oldText The file's present text: its comments, order and style stay where its values do.
 */
export function dumpDvcFile(file: DvcFile, oldText?: string): string {
  const value = dvcFileValue(file);
  return oldText === undefined ? dumpYaml(value) : editYaml(oldText, value);
}

/** The file's mapping in DVC's order of keys; only what is not empty. */
export function dvcFileValue(file: DvcFile): PyMap {
  const members: [string, PyValue | undefined][] = [
    ['desc', file.desc],
    ['md5', file.md5],
    ['wdir', file.wdir === '.' ? undefined : file.wdir],
    ['frozen', file.frozen],
    ['deps', file.deps.map(depValue)],
    ['outs', file.outs.map(outValue)],
    ['always_changed', file.alwaysChanged],
    ['meta', file.meta],
  ];
  return pyMap(members.filter(([, value]) => pyTruthy(value)));
}

const dataPairs = (entry: DataEntry): [string, PyValue | undefined][] => [
  ...(entry.files ? [] : recordPairs(entry)),
  ['hash', entry.legacy ? undefined : 'md5'],
  ['path', entry.path],
];

function outValue(out: DvcFileOut): PyMap {
  return pyMap([
    ...dataPairs(out),
    ['fs_config', truthy(out.fsConfig)],
    ['desc', truthy(out.desc)],
    ['type', truthy(out.type)],
    ['labels', truthy(out.labels)],
    ['meta', truthy(out.annotation)],
    ['cache', out.cache ? undefined : false],
    ['persist', out.persist ? true : undefined],
    ['remote', truthy(out.remote)],
    ['push', out.push ? undefined : false],
    ['files', out.files && filesList(out.files)],
  ]);
}

function depValue(dep: DvcFileDep): PyMap {
  const { repo } = dep;
  const source = repo && {
    url: repo.url,
    rev: truthy(repo.rev),
    rev_lock: truthy(repo.revLock),
    config: truthy(repo.config),
    remote: truthy(repo.remote),
  };
  // Data of another repository is known by its commit alone.
  if (source)
    return pyMap([
      ['path', dep.path],
      ['repo', pyMap(Object.entries(source))],
    ]);
  if (dep.db) return pyMap([['db', pyMap([...dep.db].filter(([, value]) => pyTruthy(value)))]]);
  return pyMap([...dataPairs(dep), ['fs_config', truthy(dep.fsConfig)], ['files', dep.files && filesList(dep.files)]]);
}

const truthy = <T extends PyValue>(value: T | undefined): T | undefined => (pyTruthy(value) ? value : undefined);

/** Facts that may change without the import being another one. */
const NOT_CHECKSUMMED = new Set<PyKey>([
  ...['desc', 'type', 'labels', 'meta', 'locked', 'frozen', 'metric', 'persist', 'isexec', 'size', 'nfiles'],
]);

/** The md5 at the top of an import: over the rest of the file, as JSON with sorted keys (dvc-format 3.5). */
export function stageChecksum(file: DvcFile): string {
  const value = new Map(dvcFileValue({ ...file, md5: undefined }));
  return createHash('md5')
    .update(pyJson(withoutKeys(value, NOT_CHECKSUMMED), { sortKeys: true }))
    .digest('hex');
}
