import * as fs from 'node:fs';
import { DvcError } from '../core/errors.ts';
import { isDirOid, type Oid, type RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { transferObjects } from '../odb/transfer.ts';
import type { ContentHash } from '../platform/digest.ts';
import type { OidSet } from '../platform/oid-set.ts';
import type { Repo } from '../repo.ts';

/** Where an object was brought back from. */
export interface HealedFrom {
  readonly kind: 'workspace' | 'remote';
  /** A path, or a remote's name. */
  readonly source: string;
}

/**
 * Brings an object back from data in the workspace that still has its content. What does not is left alone.
 *
 * @param paths Where the data would lie.
 */
export async function healFromWorkspace(
  repo: Repo,
  hash: ContentHash,
  oid: Oid,
  paths: Iterable<RepoPath>,
  ctx: OpContext,
): Promise<HealedFrom | undefined> {
  const cache = repo.cache(hash);
  for (const path of paths) {
    ctx.signal.throwIfAborted();
    try {
      if (isDirOid(oid)) {
        const state = await repo.data.workspace.read(path, hash, repo.ignore, ctx, { onProblem: () => {} });
        if (state.kind !== 'directory' || state.oid !== oid) continue;
        cache.addTree(state.tree);
      } else {
        const file = repo.absolute(path);
        if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true) continue;
        await cache.receive(oid, fs.createReadStream(file), file, ctx); // Hashed on the way: other content never arrives.
      }
      return { kind: 'workspace', source: path };
    } catch (error) {
      ctx.signal.throwIfAborted();
      if (DvcError.is(error, 'no-space') || DvcError.is(error, 'cancelled')) throw error;
      ctx.log.debug(`${oid} is not brought back from '${path}': ${String(error)}`);
    }
  }
  return undefined;
}

/** Brings objects back from remotes, asking one after the other for what is left. @returns what arrived, and from where */
export async function healFromRemotes(
  repo: Repo,
  hash: ContentHash,
  oids: OidSet,
  remotes: readonly string[],
  ctx: OpContext,
): Promise<Map<Oid, HealedFrom>> {
  const healed = new Map<Oid, HealedFrom>();
  const cache = repo.cache(hash);
  let left = oids;
  for (const name of remotes) {
    if (left.size === 0) break;
    try {
      const remote = await repo.remote(name, 'cache verify', ctx);
      const roots = [...left].map((oid) => (isDirOid(oid) ? { oid, only: () => false } : { oid }));
      await transferObjects(remote.odb(hash), cache, roots, ctx, {});
    } catch (error) {
      ctx.signal.throwIfAborted();
      if (!DvcError.is(error) || error.code === 'no-space' || error.code === 'cancelled') throw error;
      ctx.log.warn(`remote '${name}' cannot be used: ${error.message}`);
      continue;
    }
    const missing = await cache.missing(left, ctx);
    for (const oid of left.without(missing)) healed.set(oid, { kind: 'remote', source: name });
    left = missing;
  }
  return healed;
}
