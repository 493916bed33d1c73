import { DvcError } from '../core/errors.ts';
import type { RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import { asFloat, type PyValue } from '../core/python.ts';
import type { GitId } from '../git/git.ts';
import { repoPathOf } from '../graph/output.ts';
import type { RepoIndex } from '../graph/repo-index.ts';
import type { Revision } from '../graph/revision.ts';
import { readFileValues } from '../metrics/file-values.ts';
import { readMetrics } from '../metrics/read-metrics.ts';
import { flattenValues } from '../metrics/value-diff.ts';
import type { Repo } from '../repo.ts';
import { openRevision } from '../repo-revision.ts';

export interface MetricHistoryOptions {
  /** Dotted name of the metric. */
  readonly metric: string;
  /** The file it is in; the first that has it, in each commit, unless told. */
  readonly file?: RepoPath;
  /** A branch, or anything Git resolves; HEAD unless told. */
  readonly branch?: string;
  /** Commits at most, the newest ones; 200 unless told. */
  readonly limit?: number;
}

/** A metric in one commit of a branch. */
export interface MetricAtCommit {
  readonly commit: GitId;
  /** First line of the message. */
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Undefined where the commit has no such metric, or none that is a number. */
  readonly value: number | undefined;
  /** Data that is another than in the commit before: paths of tracked files and of what the metric's stage depends on. */
  readonly changedData: readonly string[];
  /** Why the commit could not be read. */
  readonly problem: string | undefined;
}

/**
 * A metric along the first parents of a branch, oldest first, with marks where data changed.
 *
 * @throws `unknown-revision`
 */
export async function metricHistory(
  repo: Repo,
  { metric, file, branch = 'HEAD', limit = 200 }: MetricHistoryOptions,
  ctx: OpContext,
): Promise<MetricAtCommit[]> {
  const history: MetricAtCommit[] = [];
  let before: ReadonlyMap<string, string> | undefined;
  const commits = [...(await repo.git.revisions({ revs: [branch], num: limit })).keys()].reverse();
  for (const id of commits) {
    checkAborted(ctx.signal);
    const { message, time } = await repo.git.commit(id);
    const facts = { commit: id, message: message.split('\n', 1)[0] ?? '', time: time * 1000 };
    try {
      const revision = await openRevision(repo, id, ctx);
      const found = await findMetric(revision, metric, file, ctx);
      const data = dataOf(revision.index, found?.file);
      const changedData = before ? changedPaths(before, data) : [];
      before = data;
      history.push({ ...facts, value: found?.value, changedData, problem: undefined });
    } catch (error) {
      if (!DvcError.is(error) || error.code === 'cancelled') throw error;
      history.push({ ...facts, value: undefined, changedData: [], problem: error.message });
    }
  }
  return history;
}

async function findMetric(
  revision: Revision,
  metric: string,
  file: RepoPath | undefined,
  ctx: OpContext,
): Promise<{ readonly file: RepoPath; readonly value: number | undefined } | undefined> {
  const results =
    file === undefined
      ? await readMetrics(revision, {}, ctx)
      : new Map([[file, await readFileValues(revision.files, file, ctx)]]);
  for (const [path, result] of results) {
    const value = 'data' in result ? flattenValues(result.data).get(metric) : undefined;
    if (value !== undefined) return { file: path, value: numberOf(value) };
  }
  return undefined;
}

const numberOf = (value: PyValue): number | undefined =>
  typeof value === 'number' || typeof value === 'bigint' ? Number(value) : asFloat(value);

/** Hashes of tracked data by path: of pointer files, and of what the stage that makes the metric was run with. */
function dataOf(index: RepoIndex, metricFile: RepoPath | undefined): Map<string, string> {
  const data = new Map<string, string>();
  for (const stage of index.stages) {
    if (stage.kind === 'pipeline') {
      if (metricFile === undefined || !stage.outs.some((out) => repoPathOf(out) === metricFile)) continue;
      for (const dep of stage.deps) if (dep.hash) data.set(repoPathOf(dep) ?? dep.defPath, dep.hash.value);
    } else for (const out of stage.outs) if (out.hash) data.set(repoPathOf(out) ?? out.defPath, out.hash.value);
  }
  return data;
}

/** Paths whose hash is another, on either side. */
const changedPaths = (before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string[] =>
  [...new Set([...before.keys(), ...now.keys()])].filter((path) => before.get(path) !== now.get(path)).sort();
