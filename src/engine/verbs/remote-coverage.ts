import { isDirOid } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { usedOutputs } from '../objects/used-objects.ts';
import { OidSet } from '../platform/oid-set.ts';
import { turnTaking } from '../platform/slices.ts';
import type { Repo } from '../repo.ts';
import { byRemote } from './push.ts';

export interface Amount {
  readonly files: number;
  /** Of content; what no cache has is not counted. */
  readonly bytes: number;
}

/** How much of the workspace's recorded data a remote has. */
export interface RemoteCoverage {
  readonly there: Amount;
  readonly notThere: Amount;
}

/** Asks a remote for all that the workspace's outputs name. Nothing is transferred. @throws `remote-not-found`, `remote-failed` */
export async function remoteCoverage(
  repo: Repo,
  options: { readonly remote: string },
  ctx: OpContext,
): Promise<RemoteCoverage> {
  const all = { files: 0, bytes: 0 };
  const notThere = { files: 0, bytes: 0 };
  const used = (await usedOutputs(repo, {}, ctx)).filter(({ output }) => output.push && !output.imported);
  const outputs = byRemote(used, options.remote).get(options.remote) ?? [];
  for (const { output } of outputs) all.bytes += output.meta.size ?? 0;
  const remote = await repo.remote(options.remote, 'push', ctx);
  for (const hash of ['md5', 'md5-dos2unix'] as const) {
    const cache = repo.cache(hash);
    const wanted = new OidSet();
    for (const { oid } of outputs.filter((one) => one.hash === hash)) {
      if (!isDirOid(oid)) wanted.add(oid);
      else if (cache.has(oid)) wanted.files.addAll((await cache.readTree(oid, ctx)).digests);
    }
    all.files += wanted.size;
    if (wanted.size === 0) continue;
    const missing = await remote.odb(hash).missing(wanted, ctx);
    notThere.files += missing.size;
    const turn = turnTaking(ctx);
    for (const oid of missing) {
      notThere.bytes += cache.statObject(oid)?.size ?? 0;
      await turn();
    }
  }
  return {
    there: { files: all.files - notThere.files, bytes: Math.max(0, all.bytes - notThere.bytes) },
    notThere,
  };
}
