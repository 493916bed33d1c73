import type { OpContext } from '../core/op-context.ts';
import type { FileResults } from '../metrics/file-values.ts';
import { readMetrics } from '../metrics/read-metrics.ts';
import type { Repo } from '../repo.ts';
import { openRevision } from '../repo-revision.ts';
import { metricTargets } from './metrics-show.ts';
import { type RevisionsDiff, revisionsDiff } from './revisions-diff.ts';

export interface MetricsDiffOptions {
  /** `HEAD` unless told. */
  readonly oldRev?: string;
  /** `workspace` unless told. */
  readonly newRev?: string;
  /** Files or folders as the user names them, known to a stage or not; all that are known unless told. */
  readonly targets?: readonly string[];
  /** Values that are the same too. */
  readonly all?: boolean;
}

/** Metrics of two revisions against each other. @throws `unknown-revision`, `git-failed` without Git. Source: dvc-format 9.5. */
export function metricsDiff(repo: Repo, options: MetricsDiffOptions, ctx: OpContext): Promise<RevisionsDiff> {
  const targets = metricTargets(repo, options.targets ?? [], ctx);
  const read = async (rev: string): Promise<FileResults> =>
    readMetrics(await openRevision(repo, rev, ctx, { fetch: true }), { targets }, ctx);
  return revisionsDiff(repo, options, 'metrics', read, ctx);
}
