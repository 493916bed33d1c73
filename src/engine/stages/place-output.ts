import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, pathReserved } from '../core/errors.ts';
import { isDirOid, type Oid, type RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { nameOf, parentOf } from '../core/paths.ts';
import type { LockFileEntry } from '../files/lockfile.ts';
import { type Output, repoPathOf } from '../graph/output.ts';
import { isForbiddenOutput } from '../graph/reserved.ts';
import { Tree } from '../hash/tree.ts';
import { type FolderPlan, planFolder } from '../odb/checkout-plan.ts';
import type { LocalOdb } from '../odb/local-odb.ts';
import { type DataState, throwFailures } from '../odb/workspace-data.ts';
import { syncFolder, syncFoldersOf } from '../platform/atomic-write.ts';
import { type ContentHash, newDigests, writeDigest } from '../platform/digest.ts';
import { FLUSH_TOGETHER, flushFileSystem } from '../platform/flush.ts';
import type { LinkType } from '../platform/links.ts';
import { OidSet } from '../platform/oid-set.ts';
import { PathList } from '../platform/path-list.ts';
import type { Repo } from '../repo.ts';
import { contentOf } from '../repo-data.ts';
import { refuseLinkedParents } from '../workspace/own-copies.ts';
import { replaceFolder } from '../workspace/replace-folder.ts';
import { removeFromWorkspace } from '../workspace/workspace-removal.ts';
import { clearOutputs } from './stage-outputs.ts';

/** Content for an output's path, in an object database. */
export interface PlacedContent {
  readonly oid: Oid;
  readonly hash: ContentHash;
  /** Of a folder. */
  readonly tree?: Tree;
  readonly exec?: boolean;
}

export interface PlaceOptions {
  /** Other than the cache's own. */
  readonly types?: readonly LinkType[];
  /** The user has said that what is there may go, stored or not. */
  readonly force?: boolean;
  /** A power cut does not undo it. */
  readonly durable?: boolean;
}

/**
 * Puts content that is in `cache` at an output's path. Each file is the old or the new one at every instant, and the right content stays.
 *
 * Where something is stored nowhere else, or is of another kind, all that is there is taken away first as by {@link clearOutputs}.
 *
 * @throws `object-missing`, `object-corrupt`, `no-space`, `permission`
 */
export async function placeOutput(
  repo: Repo,
  output: Output,
  content: PlacedContent,
  cache: LocalOdb,
  { types, force = false, durable = false }: PlaceOptions,
  ctx: OpContext,
): Promise<void> {
  const target = repoPathOf(output);
  if (target === undefined) return;
  if (isForbiddenOutput(target)) throw pathReserved(target);
  refuseLinkedParents(repo, target);
  const { oid, hash, tree, exec = false } = content;
  let was = await stateAt(repo, target, hash, ctx);
  if (was.kind !== 'missing' && was.oid === oid) return;
  let plan = planTo(was, tree);
  if (!(await canReplace(repo, output, target, was, content, plan, force, ctx))) {
    if (force) await removeFromWorkspace(repo, target, ctx);
    else await clearOutputs(repo, [{ ...output, persist: false }], ctx);
    was = { kind: 'missing' };
    plan = planTo(was, tree);
  }
  const withTypes = types ? { types } : {};
  let written: string[] = [];
  if (tree && plan) {
    const replacement = { path: target, tree, was, plan, ...withTypes };
    const onFailed: Parameters<typeof replaceFolder>[3] = (failures) => throwFailures({ failures }, 'create');
    const { indices, files, asOf } = await replaceFolder(repo, cache, replacement, onFailed, ctx);
    repo.state.record(target, hash, files, tree.digests, { asOf, tree: oid });
    written = [...indices.map((i) => tree.relpath(i)), ...removedNames(was, plan)];
  } else {
    const digests = newDigests(1);
    writeDigest(digests, 0, oid);
    const [root, folder, paths] = [repo.root, parentOf(target), PathList.from([nameOf(target)])];
    const request = { root, folder, paths, digests, exec: Uint8Array.of(exec ? 1 : 0), ...withTypes };
    const result = await cache.place(request, ctx);
    throwFailures(result, 'create');
    repo.state.recordFile(target, hash, result.files.statAt(0), oid, await repo.state.clockAfter(result.files));
  }
  if (output.cache) repo.outputsMade.remember(target, oid);
  if (durable && repo.durability !== 'off') await flushNames(repo.absolute(target), written);
}

/** {@link placeOutput} for what a record says, from the cache. */
export async function restoreOutput(repo: Repo, output: Output, record: LockFileEntry, ctx: OpContext): Promise<void> {
  const { oid, hash } = contentOf(record.hash);
  if (oid === undefined) return;
  const cache = repo.cache(hash);
  const tree = isDirOid(oid) ? { tree: await cache.readTree(oid, ctx) } : {};
  // What Git tracks must be a file of its own.
  const types: Pick<PlaceOptions, 'types'> = output.cache ? {} : { types: ['copy'] };
  await placeOutput(repo, output, { oid, hash, exec: record.meta.isexec === true, ...tree }, cache, types, ctx);
}

async function stateAt(repo: Repo, target: RepoPath, hash: ContentHash, ctx: OpContext): Promise<DataState> {
  try {
    return await repo.data.workspace.read(target, hash, repo.ignore, ctx);
  } catch (error) {
    if (!DvcError.is(error) || error.code === 'cancelled') throw error;
    return { kind: 'missing' }; // Nothing is known of it: it is moved away.
  }
}

const planTo = (was: DataState, tree: Tree | undefined): FolderPlan | undefined =>
  tree && planFolder(was.kind === 'directory' ? was.tree : Tree.EMPTY, tree);

/** Whether what is there may give way file by file: it is of the same kind, and nothing is lost. */
async function canReplace(
  repo: Repo,
  output: Output,
  target: RepoPath,
  was: DataState,
  { hash, tree }: PlacedContent,
  plan: FolderPlan | undefined,
  force: boolean,
  ctx: OpContext,
): Promise<boolean> {
  if (was.kind === 'missing' || (was.kind === 'directory') !== (tree !== undefined)) return false;
  if (was.kind === 'directory' && fs.lstatSync(repo.absolute(target)).isSymbolicLink()) return false;
  const recorded = contentOf(output.hash);
  if (force || (recorded.hash === hash && recorded.oid === was.oid)) return true;
  const lost = new OidSet();
  if (was.kind === 'file') lost.add(was.oid);
  else if (plan) for (const i of [...plan.remove, ...plan.replace.map((pair) => pair.was)]) lost.add(was.tree.oid(i));
  return (await repo.cache(hash).missing(lost, ctx)).size === 0;
}

const removedNames = (was: DataState, { remove }: FolderPlan): string[] =>
  was.kind === 'directory' ? remove.map((i) => was.tree.relpath(i)) : [];

/** Content is flushed as it is placed. */
async function flushNames(absolute: string, written: readonly string[]): Promise<void> {
  const parent = path.dirname(absolute);
  if (written.length > FLUSH_TOGETHER && (await flushFileSystem(parent))) return;
  syncFoldersOf(absolute, written);
  syncFolder(parent);
}
