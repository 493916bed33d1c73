import { DvcError } from '../core/errors.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { joinRepoPath, parentOf } from '../core/paths.ts';
import { isPyList, isPyMap, type PyMap, type PyValue } from '../core/python.ts';
import { DEFAULT_PARAMS_FILE } from '../files/params-file.ts';
import { isTupleOrSet } from '../files/python-literal.ts';
import type { Revision } from '../graph/revision.ts';
import { type FileResult, type FileResults, readFileValues } from './file-values.ts';
import { expandFolders } from './read-metrics.ts';

export interface ParamsOptions {
  /** Params files from the root, known to a stage or not; all that are known unless told. */
  readonly targets?: readonly RepoPath[];
  /** Only what stages depend on. */
  readonly depsOnly?: boolean;
}

/** The params of one revision, nested as they are in their files; of a file that only stages name, the keys they name. */
export async function readRevisionParams(
  revision: Revision,
  options: ParamsOptions,
  ctx: OpContext,
): Promise<FileResults> {
  const results = new Map<RepoPath, FileResult>();
  for (const [named, keys] of await paramsFiles(revision, options))
    for (const file of await expandFolders(revision, [named])) {
      const result = await readFileValues(revision.files, file, ctx);
      results.set(file, 'data' in result && keys !== 'all' ? pickAll(file, result.data, keys) : result);
    }
  if ((options.targets ?? []).length > 0) return results;
  // A file that a stage interpolates from counts, but for what is there of it already.
  for (const { uses } of revision.index.topLevels)
    for (const [path, values] of uses) if (!results.has(path)) results.set(path, { data: values });
  return results;
}

/** Keys to pick from a file, or the whole of it. */
type Wanted = Map<RepoPath, Set<string> | 'all'>;

async function paramsFiles(
  { index, files }: Revision,
  { targets = [], depsOnly = false }: ParamsOptions,
): Promise<Wanted> {
  if (targets.length > 0) return new Map(targets.map((target) => [target, 'all']));
  const wanted: Wanted = new Map();
  for (const stage of index.stages)
    for (const { file, keys } of stage.kind === 'pipeline' ? stage.params : []) {
      if (file.kind !== 'repo') continue;
      const known = wanted.get(file.path);
      if (keys === 'all' || known === 'all') wanted.set(file.path, 'all');
      else wanted.set(file.path, new Set([...(known ?? []), ...keys]));
    }
  if (depsOnly) return wanted;
  for (const { file, params } of index.topLevels)
    for (const param of params) {
      const path = joinRepoPath(parentOf(file), param);
      if (path !== undefined) wanted.set(path, 'all');
    }
  const usual = asRepoPath(DEFAULT_PARAMS_FILE);
  if ((await files.kind(usual)) !== undefined) wanted.set(usual, 'all');
  return wanted;
}

/** The parts of a file that dotted keys name, nested as they were. Keys that name nothing are left out. */
function pickAll(file: RepoPath, content: PyValue, keys: ReadonlySet<string>): FileResult {
  try {
    let picked: PyValue = new Map();
    for (const key of keys) {
      const part = pick(content, key.split('.'));
      if (part !== undefined) picked = merge(picked, part);
    }
    return { data: picked };
  } catch (error) {
    if (!DvcError.is(error, 'unsupported')) throw error;
    return { error: { type: 'TypeError', message: error.message, detail: `In '${file}', ${error.message}` } };
  }
}

function pick(value: PyValue, [word, ...rest]: readonly string[]): PyValue | undefined {
  if (word === undefined) {
    refuseTuples(value);
    return value;
  }
  if (isPyList(value)) {
    const index = /^-?\d+$/.test(word) ? Number(word) : Number.NaN;
    const at = index < 0 ? value.length + index : index;
    const item = value[at];
    const part = item === undefined ? undefined : pick(item, rest);
    return part === undefined ? undefined : [...Array<PyValue>(at).fill(null), part];
  }
  const item = isPyMap(value) ? value.get(word) : undefined;
  const part = item === undefined ? undefined : pick(item, rest);
  return part === undefined ? undefined : new Map([[word, part]]);
}

/** DVC fails to pick those, and leaves out the file. @throws DvcError */
function refuseTuples(value: PyValue): void {
  if (isTupleOrSet(value)) throw new DvcError('unsupported', 'a tuple or set cannot be picked from a params file');
  if (isPyList(value)) for (const item of value) refuseTuples(item);
  if (isPyMap(value)) for (const item of value.values()) refuseTuples(item);
}

function merge(a: PyValue, b: PyValue): PyValue {
  if (isPyList(a) && isPyList(b)) return [...a, ...b];
  if (!isPyMap(a) || !isPyMap(b)) return b;
  const merged = new Map<Parameters<PyMap['get']>[0], PyValue>(a);
  for (const [key, item] of b) {
    const known = merged.get(key);
    merged.set(key, known === undefined ? item : merge(known, item));
  }
  return merged;
}
