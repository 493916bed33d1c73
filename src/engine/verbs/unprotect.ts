import { nothingToUnprotect, pathOutsideRepo, withMessagePrefix } from '../core/errors.ts';
import type { RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import type { Repo } from '../repo.ts';
import { makeOwn } from '../workspace/own-copies.ts';

export interface UnprotectOptions {
  /** Files or folders of the workspace, tracked or not: absolute, or from the user's folder. */
  readonly targets: readonly string[];
}

export interface UnprotectResult {
  /** Files that were links and are copies now. */
  readonly copied: readonly RepoPath[];
}

/**
 * Replaces links to the cache by copies that can be edited; folders with all that is in them.
 *
 * @throws `output-missing`, `output-outside-repo`, `output-reserved`, `output-in-symlink`, `no-space`. Source: dvc-format 9.13.
 */
export async function unprotect(repo: Repo, { targets }: UnprotectOptions, ctx: OpContext): Promise<UnprotectResult> {
  await using _lock = await repo.lock(ctx);
  const copied: RepoPath[] = [];
  for (const target of targets) {
    try {
      const at = repo.locate(target, ctx.cwd);
      if (at === undefined) throw pathOutsideRepo(target);
      await using _paths = await repo.usePaths('lode unprotect', [at], ctx);
      const done = await makeOwn(repo, at, ctx);
      if (done === undefined) throw nothingToUnprotect(target);
      copied.push(...done);
    } catch (error) {
      throw withMessagePrefix(`failed to unprotect '${target}'`, error);
    }
  }
  return { copied };
}
