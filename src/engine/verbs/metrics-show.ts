import { DvcError, pathOutsideRepo } from '../core/errors.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext, warn } from '../core/op-context.ts';
import { pyEquals } from '../core/python.ts';
import type { RevisionScope } from '../git/git.ts';
import { errorOf, type FileError, type FileResults } from '../metrics/file-values.ts';
import { readMetrics } from '../metrics/read-metrics.ts';
import type { Repo } from '../repo.ts';
import { openRevision, WORKSPACE } from '../repo-revision.ts';

export type { FileError } from '../metrics/file-values.ts';
export { flattenValues } from '../metrics/value-diff.ts';

export interface MetricsShowOptions extends Pick<RevisionScope, 'allBranches' | 'allTags' | 'allCommits' | 'revs'> {
  /** Files or folders as the user names them, known to a stage or not; all that are known unless told. */
  readonly targets?: readonly string[];
}

/** One revision's files, or why the revision could not be read at all. */
export type RevisionResult = { readonly files: FileResults } | { readonly error: FileError };

/**
 * Metrics of the workspace, under the name '', or of many revisions: the workspace, unless it has the same as the branch
 * that is checked out, and each commit under the names it was asked by. Source: dvc-format 9.5.
 *
 * @throws `unknown-revision`, `git-failed` without Git where revisions are asked for.
 */
export async function metricsShow(
  repo: Repo,
  options: MetricsShowOptions,
  ctx: OpContext,
): Promise<ReadonlyMap<string, RevisionResult>> {
  const targets = metricTargets(repo, options.targets ?? [], ctx);
  const read = async (rev: string): Promise<FileResults> =>
    readMetrics(await openRevision(repo, rev, ctx, { fetch: true }), { targets }, ctx);
  const { allBranches, allTags, allCommits, revs } = options;
  const results = await readRevisions(repo, { allBranches, allTags, allCommits, revs }, 'metrics', read, ctx);
  const branch = repo.git.branch();
  const [workspace, there] = [results.get(WORKSPACE), branch === undefined ? undefined : results.get(branch)];
  if (workspace && there && sameFiles(workspace, there)) results.delete(WORKSPACE);
  return results;
}

/** From the root. @throws what {@link pathOutsideRepo} makes */
export function metricTargets(repo: Repo, targets: readonly string[], ctx: OpContext): RepoPath[] {
  return targets.map((target) => {
    const path = repo.locate(target, ctx.cwd);
    if (path === undefined) throw pathOutsideRepo(target);
    return path;
  });
}

/** Reads the workspace and every commit in a scope, or the workspace alone under the name ''. */
export async function readRevisions(
  repo: Repo,
  scope: { readonly [key in keyof RevisionScope]: RevisionScope[key] | undefined },
  what: 'metrics' | 'params',
  read: (rev: string) => Promise<FileResults>,
  ctx: OpContext,
): Promise<Map<string, RevisionResult>> {
  const results = new Map<string, RevisionResult>();
  const add = async (name: string, rev: string): Promise<void> => {
    checkAborted(ctx.signal);
    try {
      results.set(name, { files: await read(rev) });
    } catch (error) {
      if (!DvcError.is(error) || error.code === 'cancelled') throw error;
      warn(ctx, `failed to load ${what} in revision '${name}', ${error.message}`);
      results.set(name, { error: errorOf(error) });
    }
  };
  const wanted = Object.entries(scope).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value));
  if (wanted.length === 0) {
    await add('', WORKSPACE);
    return results;
  }
  await add(WORKSPACE, WORKSPACE);
  const commits = repo.git.present ? await repo.git.revisions(Object.fromEntries(wanted)) : [];
  for (const [commit, names] of commits)
    if ((await (await repo.filesAt(commit)).kind(asRepoPath(''))) !== undefined) await add(names.join(','), commit);
  return results;
}

/** Those whose files could not all be read. */
export const failedRevisions = (results: ReadonlyMap<string, RevisionResult>): string[] =>
  [...results]
    .filter(([, result]) => 'error' in result || [...result.files.values()].some((file) => 'error' in file))
    .map(([name]) => name);

function sameFiles(a: RevisionResult, b: RevisionResult): boolean {
  if ('error' in a || 'error' in b || a.files.size !== b.files.size) return false;
  return [...a.files].every(([path, file]) => {
    const other = b.files.get(path);
    return other !== undefined && 'data' in file && 'data' in other && pyEquals(file.data, other.data);
  });
}
