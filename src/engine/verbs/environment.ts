import { asRepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { checkAborted } from '../core/op-context.ts';
import { type DeclaredEnvironment, declaredEnvironment, isEnvironmentFile } from '../files/environment-files.ts';
import type { Repo } from '../repo.ts';
import { WORKSPACE } from '../repo-revision.ts';

export type { DeclaredEnvironment } from '../files/environment-files.ts';

/** Bytes of a longer file, which nobody has written for this. */
const LONGEST = 4_000_000;

/**
 * The environment a revision declares: versions of Python, Node and packages, from the files for it in the root of the repository.
 *
 * @param rev A commit, or `workspace`. @throws `unknown-revision`
 */
export async function environmentOf(repo: Repo, rev: string, ctx: OpContext): Promise<DeclaredEnvironment> {
  const view = rev === WORKSPACE ? repo.workspace : await repo.filesAt(rev);
  const files = new Map<string, string>();
  for (const { name, kind } of await view.list(asRepoPath(''))) {
    checkAborted(ctx.signal);
    if (kind === 'directory' || !isEnvironmentFile(name)) continue;
    const bytes = await view.read(asRepoPath(name));
    if (bytes && bytes.length <= LONGEST) files.set(name, bytes.toString());
  }
  return declaredEnvironment(files);
}
