import * as fs from 'node:fs';
import type { OpContext } from '../core/op-context.ts';
import type { IgnoreMatch } from '../files/ignore.ts';
import type { Repo } from '../repo.ts';

export interface CheckedPath {
  /** As it was given. */
  readonly path: string;
  /** The rule that decides, which may be a negation; undefined where none does, as for paths outside the repository. */
  readonly match: IgnoreMatch | undefined;
}

/** Which rule of which `.dvcignore` decides about each path. A path that does not exist is taken for a file. */
export async function checkIgnore(repo: Repo, paths: readonly string[], ctx: OpContext): Promise<CheckedPath[]> {
  const checked: CheckedPath[] = [];
  for (const path of paths) {
    const found = repo.locate(path, ctx.cwd);
    const isDir = found !== undefined && fs.statSync(repo.absolute(found), { throwIfNoEntry: false })?.isDirectory();
    checked.push({ path, match: found === undefined ? undefined : await repo.ignore.match(found, isDir ?? false) });
  }
  return checked;
}
