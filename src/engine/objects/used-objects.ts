import type { DvcError } from '../core/errors.ts';
import { isDirOid, type Oid, type RepoPath } from '../core/ids.ts';
import { type OpContext, warn } from '../core/op-context.ts';
import { below, isWithin } from '../core/paths.ts';
import { isTracked, type OutputKind, type TrackedOutput } from '../graph/output.ts';
import type { RepoIndex } from '../graph/repo-index.ts';
import { selectedOutputs, selectTargets } from '../graph/targets.ts';
import type { TransferRoot } from '../odb/transfer.ts';
import type { ContentHash } from '../platform/digest.ts';
import type { Repo } from '../repo.ts';
import { contentOf } from '../repo-data.ts';

/** An output of some revision, and the part of it that is wanted. */
export interface UsedOutput {
  readonly output: TrackedOutput;
  readonly oid: Oid;
  readonly hash: ContentHash;
  /** The output's own path, or one inside it. */
  readonly path: RepoPath;
  /** Undefined for the workspace. */
  readonly rev: string | undefined;
}

export interface UsedOptions {
  readonly targets?: readonly string[];
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
  readonly scope?: { readonly allBranches?: boolean; readonly allTags?: boolean; readonly allCommits?: boolean };
  /** Only these commits, and not the workspace. */
  readonly onlyRevs?: readonly string[];
  readonly maxSize?: number;
  readonly types?: readonly OutputKind[];
}

/**
 * The outputs that a transfer is about: those of the workspace, and of the revisions in the scope.
 *
 * A revision in which a target does not exist is passed over with a warning, as in DVC.
 *
 * @throws What is wrong in the workspace, and where no revision could be read.
 */
export async function usedOutputs(repo: Repo, options: UsedOptions, ctx: OpContext): Promise<UsedOutput[]> {
  const used = new Map<string, UsedOutput>();
  const collect = (index: RepoIndex, rev: string | undefined): void => {
    for (const one of outputsOf(repo, index, options, ctx, rev)) {
      const key = `${one.hash} ${one.oid} ${one.output.remote ?? ''} ${one.path} ${one.output.imported}`;
      if (!used.has(key)) used.set(key, one);
    }
  };
  let failure: unknown;
  let readable = 0;
  if (!options.onlyRevs)
    try {
      collect(await repo.index(), undefined);
      readable++;
    } catch (error) {
      failure = error;
      warn(ctx, "failed to collect 'workspace', skipping");
    }
  for (const rev of options.onlyRevs ?? []) {
    collect(await repo.indexAt(rev), rev);
    readable++;
  }
  const { allBranches, allTags, allCommits } = options.scope ?? {};
  if (allBranches || allTags || allCommits) {
    const revisions = await repo.git.revisions({
      ...(allBranches ? { allBranches } : {}),
      ...(allTags ? { allTags } : {}),
      ...(allCommits ? { allCommits } : {}),
    });
    for (const [id, names] of revisions) {
      ctx.signal.throwIfAborted();
      try {
        collect(await repo.indexAt(id), id);
        readable++;
      } catch (error) {
        failure = error;
        warn(ctx, `failed to collect '${names[0] ?? id.slice(0, 7)}', skipping: ${(error as DvcError).message}`);
      }
    }
  }
  if (readable === 0 && failure !== undefined) throw failure;
  return [...used.values()];
}

function outputsOf(
  repo: Repo,
  index: RepoIndex,
  { targets = [], withDeps = false, recursive = false, maxSize, types }: UsedOptions,
  ctx: OpContext,
  rev: string | undefined,
): UsedOutput[] {
  const selections = selectTargets(index, targets, { root: repo.root, cwd: ctx.cwd, withDeps, recursive });
  return selections.flatMap((selection) =>
    selectedOutputs(selection).flatMap((output) => {
      const { oid, hash } = contentOf(output.hash);
      if (!isTracked(output) || oid === undefined) return [];
      if (maxSize && (output.meta.size ?? 0) >= maxSize) return []; // As in DVC, 0 is no limit.
      if (types && !types.includes(output.kind)) return [];
      const { filter } = selection;
      const inside = filter !== undefined && isWithin(filter, output.place.path);
      return [{ output, oid, hash, rev, path: inside ? filter : output.place.path }];
    }),
  );
}

/** What has to be there for these outputs; a part of a folder asks for its own files only. */
export function rootsOf(used: readonly UsedOutput[]): TransferRoot[] {
  return used.map(({ output, oid, path }) => {
    const relative = below(path, output.place.path);
    const known = { oid, path: output.place.path, size: output.meta.size };
    if (relative === '' || !isDirOid(oid)) return known;
    return { ...known, below: relative };
  });
}
