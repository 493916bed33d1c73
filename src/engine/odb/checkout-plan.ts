import type { Tree } from '../hash/tree.ts';
import { sameDigest } from '../platform/digest.ts';
import { mergePaths } from '../platform/path-list.ts';

/** What turns a folder's files into a tree's. Indices point into the tree, or into the folder for `remove` and `replace.was`. */
export interface FolderPlan {
  /** In the tree, not in the folder. */
  readonly create: readonly number[];
  /** In both, with other content. */
  readonly replace: readonly { readonly was: number; readonly becomes: number }[];
  /** In the folder, not in the tree. */
  readonly remove: readonly number[];
  /** In both, with the same content: pairs that `relink` looks at. */
  readonly keep: readonly { readonly was: number; readonly becomes: number }[];
}

/** Linear in both: they are sorted. `withKept` costs an entry per unchanged file and is for relinking. */
export function planFolder(folder: Tree, target: Tree, withKept = false): FolderPlan {
  const plan = {
    create: [] as number[],
    replace: [] as { was: number; becomes: number }[],
    remove: [] as number[],
    keep: [] as { was: number; becomes: number }[],
  };
  mergePaths(folder.paths, target.paths, (was, becomes) => {
    if (was === -1) plan.create.push(becomes);
    else if (becomes === -1) plan.remove.push(was);
    else if (!sameDigest(folder.digests, was, target.digests, becomes)) plan.replace.push({ was, becomes });
    else if (withKept) plan.keep.push({ was, becomes });
  });
  return plan;
}

export const isNothingToDo = (plan: FolderPlan): boolean =>
  plan.create.length === 0 && plan.replace.length === 0 && plan.remove.length === 0;
