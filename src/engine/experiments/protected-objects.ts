import { DvcError } from '../core/errors.ts';
import { isDirOid, type Oid } from '../core/ids.ts';
import { checkAborted, type OpContext, warn } from '../core/op-context.ts';
import type { ContentHash } from '../platform/digest.ts';
import { OidSet } from '../platform/oid-set.ts';
import type { Repo } from '../repo.ts';
import { contentOf } from '../repo-data.ts';
import { QUEUE_REFS } from './queue-store.ts';
import { listSnapshots, snapshotData } from './snapshots.ts';

/**
 * Objects that no branch needs, and yet somebody will: of experiments that wait in the queue, and data that was in the workspace before
 * an experiment was applied. A collection leaves them.
 */
export async function protectedObjects(repo: Repo, ctx: OpContext): Promise<Readonly<Record<ContentHash, OidSet>>> {
  const marks = { md5: new OidSet(), 'md5-dos2unix': new OidSet() };
  if (!repo.git.present || repo.git.head() === undefined) return marks;
  const add = async (hash: ContentHash, oid: Oid): Promise<void> => {
    marks[hash].add(oid);
    if (isDirOid(oid) && repo.cache(hash).has(oid))
      marks[hash].addAll((await repo.cache(hash).readTree(oid, ctx)).oids());
  };
  for (const snapshot of await listSnapshots(repo))
    for (const oid of snapshotData(snapshot).values()) if (oid !== null) await add('md5', oid as Oid);
  for (const { id } of await repo.git.refs(QUEUE_REFS)) {
    checkAborted(ctx.signal);
    try {
      for (const output of (await repo.indexAt(id)).tracked) {
        const { oid, hash } = contentOf(output.hash);
        if (oid !== undefined) await add(hash, oid);
      }
    } catch (error) {
      if (!DvcError.is(error) || error.code === 'cancelled') throw error;
      warn(ctx, `what a queued experiment needs cannot be read: ${error.message}`);
    }
  }
  return marks;
}
