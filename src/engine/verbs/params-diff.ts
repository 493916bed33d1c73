import { asRepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import type { FileResults } from '../metrics/file-values.ts';
import { readRevisionParams } from '../metrics/read-params.ts';
import type { Repo } from '../repo.ts';
import { openRevision } from '../repo-revision.ts';
import { type RevisionsDiff, revisionsDiff } from './revisions-diff.ts';

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

/** Parameters of two revisions against each other. @throws `unknown-revision`, `git-failed` without Git. Source: dvc-format 9.5. */
export function paramsDiff(repo: Repo, options: ParamsDiffOptions, ctx: OpContext): Promise<RevisionsDiff> {
  const { depsOnly = false } = options;
  const targets = (options.targets ?? []).map(asRepoPath);
  const read = async (rev: string): Promise<FileResults> =>
    readRevisionParams(await openRevision(repo, rev, ctx, { fetch: true }), { targets, depsOnly }, ctx);
  return revisionsDiff(repo, options, 'params', read, ctx);
}
