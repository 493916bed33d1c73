import { asRepoPath, type RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { joinRepoPath, parentOf } from '../core/paths.ts';
import { isPyMap, PyFloat, type PyKey, type PyValue, pyTruthy } from '../core/python.ts';
import { repoPathOf } from '../graph/output.ts';
import { findFiles, type Revision } from '../graph/revision.ts';
import { type FileResult, type FileResults, readFileValues } from './file-values.ts';

export interface MetricsOptions {
  /** Files or folders from the root, known to a stage or not; all that are known unless told. */
  readonly targets?: readonly RepoPath[];
}

/**
 * The metrics of one revision: numbers, booleans and texts, nested as they are in their files. Everything else is left out.
 * Source: dvc-format 9.5.
 */
export async function readMetrics(
  revision: Revision,
  { targets = [] }: MetricsOptions,
  ctx: OpContext,
): Promise<FileResults> {
  const results = new Map<RepoPath, FileResult>();
  for (const file of await expandFolders(revision, targets.length > 0 ? targets : metricPaths(revision))) {
    const result = await readFileValues(revision.files, file, ctx);
    results.set(file, 'data' in result ? { data: onlyMetrics(result.data) } : result);
  }
  return results;
}

/** Files and folders that stages and top levels call metrics. */
export function metricPaths({ index }: Pick<Revision, 'index'>): RepoPath[] {
  const outs = index.allOutputs.filter(({ kind }) => kind === 'metric').map(repoPathOf);
  const named = index.topLevels.flatMap(({ file, metrics }) =>
    metrics.map((metric) => joinRepoPath(parentOf(file), metric)),
  );
  return [...new Set([...outs, ...named])].filter((path) => path !== undefined);
}

/** Each folder replaced by the files in it. */
export async function expandFolders({ files }: Revision, paths: readonly RepoPath[]): Promise<Set<RepoPath>> {
  const found = new Set<RepoPath>();
  for (const path of paths)
    if ((await files.kind(path)) === 'directory') for (const file of await findFiles(files, path)) found.add(file);
    else found.add(asRepoPath(path));
  return found;
}

function onlyMetrics(value: PyValue): PyValue {
  const metrics = metricsIn(value);
  return metrics !== undefined && pyTruthy(metrics) ? metrics : new Map();
}

/** Undefined for what is no metric: lists, nulls, dates, and dicts of only such. */
function metricsIn(value: PyValue): PyValue | undefined {
  if (!isPyMap(value)) return isMetric(value) ? value : undefined;
  const found = new Map<PyKey, PyValue>();
  for (const [key, item] of value) {
    const metric = metricsIn(item);
    if (metric !== undefined && !(isPyMap(metric) && metric.size === 0)) found.set(key, metric);
  }
  return found;
}

const isMetric = (value: PyValue): boolean => value !== null && (typeof value !== 'object' || value instanceof PyFloat);
