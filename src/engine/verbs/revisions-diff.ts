import { noGit } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import type { PyValue } from '../core/python.ts';
import type { FileResults } from '../metrics/file-values.ts';
import { diffValues, type FileChanges } from '../metrics/value-diff.ts';
import type { Repo } from '../repo.ts';
import { failedRevisions, type RevisionResult, readRevisions } from './metrics-show.ts';

export interface RevisionsDiff {
  /** By path from the root. */
  readonly files: ReadonlyMap<string, FileChanges>;
  /** Revisions with a file that could not be read. */
  readonly failed: readonly string[];
}

export interface RevisionsDiffOptions {
  readonly oldRev?: string;
  readonly newRev?: string;
  readonly all?: boolean;
}

/**
 * Values in the files of two revisions against each other. Two names of one commit are compared with nothing, as DVC finds
 * neither under the names of both.
 */
export async function revisionsDiff(
  repo: Repo,
  { oldRev = 'HEAD', newRev = 'workspace', all = false }: RevisionsDiffOptions,
  what: 'metrics' | 'params',
  read: (rev: string) => Promise<FileResults>,
  ctx: OpContext,
): Promise<RevisionsDiff> {
  if (!repo.git.present) throw noGit();
  if (repo.git.head() === undefined) return { files: new Map(), failed: [] };
  const results = await readRevisions(repo, { revs: [oldRev, newRev] }, what, read, ctx);
  const [old, current] = [results.get(oldRev), results.get(newRev)];
  return {
    files: diffValues(valuesOf(old), valuesOf(current), { unchanged: all }),
    failed: failedRevisions(results).filter((rev) => rev === oldRev || rev === newRev),
  };
}

function valuesOf(result: RevisionResult | undefined): Map<string, PyValue> {
  const values = new Map<string, PyValue>();
  if (result && 'files' in result)
    for (const [path, file] of result.files) if ('data' in file) values.set(path, file.data);
  return values;
}
