import { invalidFile, tornFile } from '../core/errors.ts';
import {
  compareCodePoints,
  isPyList,
  isPyMap,
  type PyKey,
  type PyMap,
  type PyValue,
  pyEquals,
  pyMap,
  pyTruthy,
} from '../core/python.ts';
import { type DataEntry, filesList, readDataEntry, recordPairs } from './data-entry.ts';
import { ANYTHING, DATA_KEYS, DICT, STR } from './data-schema.ts';
import { checkSchema, type Schema } from './schema-check.ts';
import { schemaError } from './schema-report.ts';
import { changeYaml, dumpSharingYaml, parseYamlDoc, type YamlDoc } from './yaml-doc.ts';

/** What `dvc.lock` remembers of the last runs. */
export interface Lockfile {
  readonly stages: ReadonlyMap<string, LockEntry>;
  /** Locked datasets, kept as they are. */
  readonly datasets: PyValue | undefined;
}

/** One stage's last run: a lock file's entry, and the whole of a run-cache file. */
export interface LockEntry {
  /** As it ran, interpolated; a list where dvc.yaml has one. */
  readonly cmd: string | readonly string[];
  readonly deps: readonly LockFileEntry[];
  /** By params file, values by dotted key. */
  readonly params: ReadonlyMap<string, ReadonlyMap<string, PyValue>>;
  /** Outputs, metrics and plots alike. */
  readonly outs: readonly LockFileEntry[];
}

export interface LockFileEntry extends DataEntry {
  /** Of a `ds://` dependency: what is locked instead of a hash. */
  readonly dataset?: PyMap;
}

const ENTRY: Schema = { keys: { ...DATA_KEYS, dataset: DICT }, required: ['path'] };
const STAGE: Schema = {
  keys: {
    cmd: { anyOf: [STR, { is: 'list' }] },
    deps: { listOf: [ENTRY] },
    params: { eachValue: { eachValue: ANYTHING } },
    outs: { listOf: [ENTRY] },
  },
  required: ['cmd'],
};
const VERSION = '2.0';
/** DVC makes them of whatever a stage's params hold twice, so that large pipelines have many; each stands for little. */
const MOST_ALIASES = 100_000;
export const LOCKFILE: Schema = {
  keys: {
    schema: { check: (value) => (value === VERSION ? undefined : 'invalid schema version') },
    datasets: ANYTHING,
    stages: { eachValue: STAGE },
  },
  required: ['schema'],
};
/** Written by DVC 1.x: nothing but stages. */
const OLD_LOCKFILE: Schema = { eachValue: STAGE };

/**
 * Reads a `dvc.lock`, also one of DVC 1.x, which has no `schema`.
 *
 * @throws `torn-file`, `invalid-file`, `invalid-schema`; the latter two with line and column.
 */
export function parseLockfile(source: string, path: string): Lockfile {
  const doc = parseWhole(source, path);
  const { value } = doc;
  const old = isOld(value);
  const problems = checkSchema(old ? OLD_LOCKFILE : LOCKFILE, value);
  if (problems.length > 0) throw schemaError(path, doc, problems);
  const root = isPyMap(value) ? value : new Map();
  const stages = old ? root : root.get('stages');
  const at: PyKey[] = old ? [] : ['stages'];
  return {
    // The schema has accepted only texts as names.
    stages: new Map(
      [...mapOf(stages)].map(([name, entry]) => [name as string, readEntry(mapOf(entry), doc, path, [...at, name])]),
    ),
    datasets: root.get('datasets'),
  };
}

/** Reads a run-cache file: one entry without a name. @throws as {@link parseLockfile} */
export function parseLockEntry(source: string, path: string): LockEntry {
  const doc = parseWhole(source, path);
  const problems = checkSchema(STAGE, doc.value);
  if (problems.length > 0) throw schemaError(path, doc, problems);
  return readEntry(mapOf(doc.value), doc, path, []);
}

function parseWhole(source: string, path: string): YamlDoc {
  if (/^[\s\ufeff]*$/.test(source)) throw tornFile(path, 'it is empty');
  if (/^\0+$/.test(source)) throw tornFile(path, 'it holds only NUL bytes');
  const doc = parseYamlDoc(source, path, MOST_ALIASES);
  if (!isPyMap(doc.value)) throw tornFile(path, 'it has no entries');
  return doc;
}

const isOld = (value: PyValue): boolean =>
  isPyMap(value) &&
  value.size > 0 &&
  !value.has('schema') &&
  [...value.values()].every((entry) => isPyMap(entry) && entry.has('cmd'));

const mapOf = (value: PyValue | undefined): PyMap => (isPyMap(value) ? value : new Map());

function readEntry(entry: PyMap, doc: YamlDoc, path: string, at: readonly PyKey[]): LockEntry {
  const cmd = entry.get('cmd');
  return {
    // A command is a text, or a list that only texts make sense in.
    cmd: isPyList(cmd) ? cmd.map(String) : String(cmd),
    deps: readPaths(entry.get('deps'), doc, path, [...at, 'deps']),
    params: new Map(
      [...mapOf(entry.get('params'))].map(([file, values]) => [String(file), mapOf(values) as Map<string, PyValue>]),
    ),
    outs: readPaths(entry.get('outs'), doc, path, [...at, 'outs']),
  };
}

function readPaths(list: PyValue | undefined, doc: YamlDoc, path: string, at: readonly PyKey[]): LockFileEntry[] {
  return (isPyList(list) ? list : []).map((item, i) => {
    const entry = mapOf(item);
    const data = readDataEntry(entry, (problem, keys) =>
      invalidFile(path, problem, doc.locate([...at, i, ...keys])?.value),
    );
    const dataset = entry.get('dataset');
    return isPyMap(dataset) ? { ...data, dataset } : data;
  });
}

/** An entry's mapping in DVC's order: sections, paths and parameters sorted, `params.yaml` first; empty sections left out. */
export function lockEntryValue(entry: LockEntry): PyMap {
  const params = [...entry.params].sort(([a], [b]) => compareParamsFiles(a, b));
  const sections: [string, PyValue][] = [
    ['deps', pathsValue(entry.deps)],
    ['params', pyMap(params.map(([file, values]) => [file, sortedKeys(values)]))],
    ['outs', pathsValue(entry.outs)],
  ];
  return pyMap([['cmd', entry.cmd], ...sections.filter(([, value]) => pyTruthy(value))]);
}

function compareParamsFiles(a: string, b: string): number {
  if (a === b) return 0;
  if (a === 'params.yaml' || b === 'params.yaml') return a === 'params.yaml' ? -1 : 1;
  return compareCodePoints(a, b);
}

const sortedKeys = (values: ReadonlyMap<string, PyValue>): PyMap =>
  pyMap([...values].sort(([a], [b]) => compareCodePoints(a, b)));

const pathsValue = (entries: readonly LockFileEntry[]): PyValue =>
  [...entries].sort((a, b) => compareCodePoints(a.path, b.path)).map(pathValue);

function pathValue(entry: LockFileEntry): PyMap {
  if (entry.dataset)
    return pyMap([
      ['path', entry.path],
      ['dataset', entry.dataset],
    ]);
  const record = entry.files ? [['files', filesList(entry.files)] as const] : recordPairs(entry);
  return pyMap([['path', entry.path], ['hash', entry.legacy ? undefined : 'md5'], ...record]);
}

/** The text of a run-cache file, which is an entry by itself. */
export const dumpLockEntry = (entry: LockEntry): string => dumpSharingYaml(lockEntryValue(entry));

/** Whether two entries say the same, by Python's idea of equality: then DVC does not announce an update. */
export const sameLockEntry = (a: LockEntry, b: LockEntry): boolean => pyEquals(lockEntryValue(a), lockEntryValue(b));

/**
 * The text of a lock file with one stage's entry added at the end, or replaced as a whole where it stands.
 *
 * @param oldText Undefined where there is no file yet.
 */
export const updateLockfile = (oldText: string | undefined, stage: string, entry: LockEntry, path?: string): string =>
  updateLockEntries(oldText, new Map([[stage, entry]]), path);

/** As {@link updateLockfile} for each entry in turn, with the text read and written once. */
export function updateLockEntries(
  oldText: string | undefined,
  entries: ReadonlyMap<string, LockEntry>,
  path?: string,
): string {
  const text = oldText ?? '';
  const { value } = parseYamlDoc(text, path ?? 'dvc.lock', MOST_ALIASES);
  const values = [...entries].map(([stage, entry]) => [stage, lockEntryValue(entry)] as const);
  if (!pyTruthy(value) || isOld(value)) {
    // Only what one entry holds twice is shared: each stage's values are read anew.
    const [first, ...others] = values;
    const stages = new Map([...mapOf(value), ...(first ? [first] : [])]);
    const begun = dumpSharingYaml(
      pyMap([
        ['schema', VERSION],
        ['stages', stages],
      ]),
    );
    return others.length === 0 ? begun : changeYaml(begun, others.map(setEntry), path, MOST_ALIASES);
  }
  return changeYaml(text, values.map(setEntry), path, MOST_ALIASES);
}

const setEntry = ([stage, set]: readonly [string, PyValue]) => ({ at: ['stages', stage], set, shares: true });

/** The text without one stage's entry; undefined where no other remains, and the file is to be removed. */
export function removeFromLockfile(oldText: string, stage: string, path = 'dvc.lock'): string | undefined {
  const { stages } = parseLockfile(oldText, path);
  if (!stages.has(stage)) return oldText;
  if (stages.size === 1) return undefined;
  const { value } = parseYamlDoc(oldText, path, MOST_ALIASES);
  return changeYaml(oldText, [{ at: isOld(value) ? [stage] : ['stages', stage], remove: true }], path, MOST_ALIASES);
}
