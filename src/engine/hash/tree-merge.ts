import { Tree, type TreeEntry } from './tree.ts';

export interface TreeMerge {
  /** Both sides' changes together; without the paths in conflict. */
  readonly tree: Tree;
  /** Paths the two sides changed in different ways, sorted. */
  readonly conflicts: readonly string[];
}

/** Merges what two sides made of one directory, file by file: the side that changed a path decides about it. */
export function mergeTrees(ancestor: Tree, ours: Tree, theirs: Tree): TreeMerge {
  const merged: TreeEntry[] = [];
  const conflicts: string[] = [];
  const everyPath = new Set([ancestor, ours, theirs].flatMap((tree) => [...tree.paths]));
  for (const relpath of everyPath) {
    const [base, our, their] = [ancestor.get(relpath), ours.get(relpath), theirs.get(relpath)];
    const chosen = our === their || their === base ? our : our === base ? their : 'conflict';
    if (chosen === 'conflict') conflicts.push(relpath);
    else if (chosen !== undefined) merged.push({ relpath, md5: chosen });
  }
  const [tree, inConflict] = [Tree.from(merged), Tree.from(conflicts.map((relpath) => ({ relpath, md5: NO_DIGEST })))];
  return { tree, conflicts: [...inConflict.paths, ...clashes(tree)] };
}

const NO_DIGEST = '0'.repeat(32);

/** Files of one side that stand where the other side has a folder: no directory can hold both. */
function clashes(tree: Tree): string[] {
  return [...tree.paths].filter((relpath) => {
    const below = tree.paths.lowerBound(Buffer.from(`${relpath}/`));
    return below < tree.length && tree.relpath(below).startsWith(`${relpath}/`);
  });
}
