import type { RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { toRepoPath } from '../core/paths.ts';
import type { GitId } from '../git/git.ts';
import type { Repo } from '../repo.ts';
import { type DataSourceOptions, storeDataSources } from './data-sources.ts';
import { SideIndex } from './git-trees.ts';
import type { Override } from './override-grammar.ts';
import { editedParams } from './prepare.ts';

/**
 * What an experiment that runs elsewhere starts from: the workspace's tracked files as they are now, params after the overrides, and
 * pointers of data that is in the cache. The workspace itself is left as it is.
 *
 * @returns a tree. @throws `bad-override`, `invalid-file`, `git-failed`, and what storing data can meet
 */
export async function stashTree(
  repo: Repo,
  overrides: ReadonlyMap<string, readonly Override[]>,
  data: DataSourceOptions & { readonly hydra?: boolean },
  ctx: OpContext,
): Promise<GitId> {
  const edits = editedParams(repo, overrides, data, ctx);
  const pointers = await storeDataSources(repo, data, ctx);
  await trackFiles(repo, overrides.keys(), ctx);
  using side = SideIndex.of(repo.git, repo.privateDir);
  await side.update();
  const folder = toRepoPath(repo.git.root, repo.root) ?? '';
  const fromTop = (file: RepoPath): string => (folder === '' ? file : `${folder}/${file}`);
  await side.put(new Map([...pointers, ...edits].map(([file, text]) => [fromTop(file), text])));
  return await side.tree(); // The index is gone when this function is left.
}

/** Params files that are set and that Git does not know yet are added to its index, as DVC does, unless Git ignores them. */
async function trackFiles(repo: Repo, files: Iterable<string>, ctx: OpContext): Promise<void> {
  const paths = [...files].map((file) => repo.locate(file, ctx.cwd)).filter((file) => file !== undefined);
  if (paths.length === 0) return;
  const names = paths.map((file) => repo.absolute(file));
  const list = ['--literal-pathspecs', 'ls-files', '--others', '--exclude-standard', '-z', '--'];
  const untracked = await repo.git.run([...list, ...names]);
  if (untracked.length > 0) await repo.git.run(['update-index', '--add', '-z', '--stdin'], { input: untracked });
}
