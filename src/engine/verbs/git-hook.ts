import * as fs from 'node:fs';
import { mergeFailed } from '../core/errors.ts';
import { asOid, type Oid } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { pyJson } from '../core/python.ts';
import {
  type DvcFile,
  type DvcFileOut,
  dumpDvcFile,
  dvcFileValue,
  newDvcFile,
  parseDvcFile,
} from '../files/dvc-file.ts';
import { openGit } from '../git/git-cli.ts';
import { type HashInfo, isDirHash } from '../hash/hash-info.ts';
import { Tree } from '../hash/tree.ts';
import { mergeTrees } from '../hash/tree-merge.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import type { ContentHash } from '../platform/digest.ts';

/** Where a merge finds directory objects and puts the new one. */
export interface MergeStore {
  readTree(oid: Oid, ctx: OpContext): Promise<Tree>;
  addTree(tree: Tree): Oid;
  /** Makes sure that what was added survives a power cut. */
  flush(ctx: OpContext): Promise<void>;
  statObject(oid: Oid): { readonly size: number } | undefined;
}

/** Paths of the three versions Git hands to a merge driver; `our` is overwritten with the result. */
export interface MergeVersions {
  readonly ancestor: string;
  readonly our: string;
  readonly their: string;
}

/**
 * Merges two branches' versions of one directory's pointer file.
 *
 * @throws `merge-failed` where the sides contradict each other, or the file is not of one directory added with `add`
 */
export async function mergePointers(
  files: MergeVersions,
  storeOf: (hash: ContentHash) => MergeStore,
  ctx: OpContext,
): Promise<void> {
  const ourText = fs.readFileSync(files.our, 'utf8');
  const our = parseDvcFile(ourText, files.our);
  const their = parseDvcFile(fs.readFileSync(files.their, 'utf8'), files.their);
  const ancestorText = fs.readFileSync(files.ancestor, 'utf8');
  // Git hands over an empty file where both branches added the pointer.
  const ancestor = ancestorText.trim() === '' ? undefined : parseDvcFile(ancestorText, files.ancestor);
  const [ourOut, theirOut] = [onlyOutput(our), onlyOutput(their)];
  const ancestorOut = ancestor && onlyOutput(ancestor);
  for (const out of [theirOut, ancestorOut]) if (out) refuseDifference(ourOut, out);

  const ourHash = directoryHash(ourOut);
  const store = storeOf(ourHash.name as ContentHash); // Content hashes only: checked by `directoryHash`.
  const read = (out: DvcFileOut): Promise<Tree> => store.readTree(asOid(directoryHash(out).value), ctx);
  const base = ancestorOut ? await read(ancestorOut) : Tree.EMPTY;
  const { tree, conflicts } = mergeTrees(base, await read(ourOut), await read(theirOut));
  if (conflicts.length > 0) throw mergeFailed(`unable to auto-merge the following paths:\n${conflicts.join('\n')}`);

  const oid = store.addTree(tree);
  await store.flush(ctx); // The pointer must not name what a power cut could take away.
  const size = totalSize(tree, store);
  const meta = { ...(size === undefined ? {} : { size }), nfiles: tree.length };
  const merged: DvcFile = {
    ...our,
    outs: [{ ...ourOut, hash: { name: ourHash.name, value: oid }, meta, files: undefined }],
  };
  writeAtomic(files.our, dumpDvcFile(merged, ourText));
}

function onlyOutput(file: DvcFile): DvcFileOut {
  const [out, ...more] = file.outs;
  if (!out || more.length > 0 || file.deps.length > 0)
    throw mergeFailed("unable to auto-merge DVC files that weren't created by `dvc add`");
  return out;
}

/** What is not content must agree on both sides: path, description, flags. */
function refuseDifference(a: DvcFileOut, b: DvcFileOut): void {
  const options = (out: DvcFileOut): string =>
    pyJson(dvcFileValue(newDvcFile([{ ...out, hash: undefined, meta: {}, files: undefined }])));
  if (options(a) !== options(b)) throw mergeFailed('unable to auto-merge outputs with different options');
}

function directoryHash({ hash }: DvcFileOut): HashInfo {
  if (hash && isDirHash(hash) && (hash.name === 'md5' || hash.name === 'md5-dos2unix')) return hash;
  throw mergeFailed('unable to auto-merge outputs that are not directories');
}

/** Undefined where an object is not in the cache, as in DVC: its size is not known then. */
function totalSize(tree: Tree, store: MergeStore): number | undefined {
  let total = 0;
  for (let i = 0; i < tree.length; i++) {
    const stat = store.statObject(tree.oid(i));
    if (!stat) return undefined;
    total += stat.size;
  }
  return total;
}

/**
 * Whether the data should follow what Git just checked out: a branch or commit, not single files, and no rebase is under way.
 *
 * @param args What Git gives its post-checkout hook; the third says which kind of checkout it was.
 * @param env The pre-commit tool says it in a variable.
 */
export function dataShouldFollow(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): boolean {
  const flag = env['PRE_COMMIT_CHECKOUT_TYPE'] ?? args[2];
  return flag === '1' && openGit(folder)?.rebasing() !== true;
}
