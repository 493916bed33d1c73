import { DvcError, noGit } from '../core/errors.ts';
import type { FileView } from '../core/file-view.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext, warn } from '../core/op-context.ts';
import { joinRepoPath, parentOf } from '../core/paths.ts';
import { isPyList, isPyMap, type PyMap, type PyValue } from '../core/python.ts';
import { DEFAULT_PARAMS_FILE, readParams } from '../files/params-file.ts';
import { isTupleOrSet } from '../files/python-literal.ts';
import { loadPipeline } from '../graph/load-pipeline.ts';
import type { RepoIndex } from '../graph/repo-index.ts';
import { diffValues, type FileChanges } from '../metrics/value-diff.ts';
import type { Repo } from '../repo.ts';

export interface ParamsDiffOptions {
  /** `HEAD` unless told. */
  readonly oldRev?: string;
  /** `workspace` unless told. */
  readonly newRev?: string;
  /** Params files from the root, whether or not a stage knows them; all that are known unless told. */
  readonly targets?: readonly string[];
  /** Values that are the same too. */
  readonly all?: boolean;
  /** Only what stages depend on. */
  readonly depsOnly?: boolean;
}

export interface ParamsDiff {
  /** By path from the root. */
  readonly files: ReadonlyMap<string, FileChanges>;
  /** Revisions with a file that could not be read. */
  readonly failed: readonly string[];
}

/** Parameters of two revisions against each other. @throws `unknown-revision`, `git-failed` without Git. Source: dvc-format 9.5. */
export async function paramsDiff(repo: Repo, options: ParamsDiffOptions, ctx: OpContext): Promise<ParamsDiff> {
  const { oldRev = 'HEAD', newRev = 'workspace', all = false } = options;
  if (!repo.git.present) throw noGit();
  if ((await repo.git.head()) === undefined) return { files: new Map(), failed: [] };
  const [old, current] = [await paramsAt(repo, oldRev, options, ctx), await paramsAt(repo, newRev, options, ctx)];
  return {
    files: diffValues(old.values, current.values, { unchanged: all }),
    failed: [...(old.isWhole ? [] : [oldRev]), ...(current.isWhole ? [] : [newRev])],
  };
}

interface ParamsAtRev {
  readonly values: ReadonlyMap<string, PyValue>;
  readonly isWhole: boolean;
}

async function paramsAt(repo: Repo, rev: string, options: ParamsDiffOptions, ctx: OpContext): Promise<ParamsAtRev> {
  const view = rev === 'workspace' ? repo.workspace : await repo.filesAt(rev);
  try {
    const index = rev === 'workspace' ? await repo.index() : await repo.indexAt(rev);
    return await readAll(repo, view, index, options, ctx);
  } catch (error) {
    if (!DvcError.is(error) || error.code === 'cancelled') throw error;
    warn(ctx, `failed to load params in revision '${rev}', ${error.message}`);
    return { values: new Map(), isWhole: false };
  }
}

/** Keys to pick from a file, or the whole of it. */
type Wanted = Map<string, Set<string> | 'all'>;

async function readAll(
  repo: Repo,
  view: FileView,
  index: RepoIndex,
  { targets = [], depsOnly = false }: ParamsDiffOptions,
  ctx: OpContext,
): Promise<ParamsAtRev> {
  const wanted: Wanted = new Map(targets.map((target) => [target, 'all']));
  const used = new Map<string, Map<string, PyValue>>();
  if (targets.length === 0) {
    addDependencies(wanted, index);
    for (const file of index.files) {
      if (file.endsWith('.dvc')) continue;
      const { resolved } = await loadPipeline(view, file, { root: repo.root });
      if (!depsOnly) for (const path of resolved.params) wanted.set(joinRepoPath(parentOf(file), path) ?? path, 'all');
      for (const { origin, value } of resolved.stages.flatMap((stage) => stage.uses))
        if (origin.isFile && origin.source !== undefined && !isPyMap(value))
          used.set(origin.source, (used.get(origin.source) ?? new Map()).set(origin.path.join('.'), value));
    }
    const file = asRepoPath(DEFAULT_PARAMS_FILE);
    if (!depsOnly && (await view.kind(file)) !== undefined) wanted.set(file, 'all');
  }
  const values = new Map<string, PyValue>();
  let isWhole = true;
  for (const [path, keys] of wanted) {
    checkAborted(ctx.signal);
    const value = await readOne(view, path, keys, ctx);
    if (value === undefined) isWhole = false;
    else values.set(path, value);
  }
  // A file that a stage interpolates from counts, but for what is there of it already.
  for (const [path, known] of used) if (!values.has(path)) values.set(path, known);
  return { values, isWhole };
}

function addDependencies(wanted: Wanted, index: RepoIndex): void {
  for (const stage of index.stages)
    for (const { file, keys } of stage.kind === 'pipeline' ? stage.params : []) {
      if (file.kind !== 'repo') continue;
      const known = wanted.get(file.path);
      if (keys === 'all' || known === 'all') wanted.set(file.path, 'all');
      else wanted.set(file.path, new Set([...(known ?? []), ...keys]));
    }
}

/** Undefined where the file is not there or cannot be read. */
async function readOne(
  view: FileView,
  path: string,
  keys: ReadonlySet<string> | 'all',
  ctx: OpContext,
): Promise<PyValue | undefined> {
  const at: RepoPath | undefined = joinRepoPath(asRepoPath(''), path);
  const bytes = at === undefined ? undefined : await view.read(at);
  if (!bytes) return undefined;
  try {
    const content = readParams(path, bytes);
    return keys === 'all' ? content : pickAll(content, keys);
  } catch (error) {
    ctx.log.debug(`params of '${path}' cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** The parts of a file that dotted keys name, nested as they were. Keys that name nothing are left out. */
function pickAll(content: PyValue, keys: ReadonlySet<string>): PyValue {
  let picked: PyValue = new Map();
  for (const key of keys) {
    const part = pick(content, key.split('.'));
    if (part !== undefined) picked = merge(picked, part);
  }
  return picked;
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
