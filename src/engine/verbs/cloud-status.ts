import { asOid, isDirOid } from '../core/ids.ts';
import { type OpContext, startProgress } from '../core/op-context.ts';
import { below } from '../core/paths.ts';
import { usedOutputs } from '../objects/used-objects.ts';
import { refuseVersioned } from '../objects/versioned-remote.ts';
import { transferObjects } from '../odb/transfer.ts';
import { OidSet } from '../platform/oid-set.ts';
import type { Repo } from '../repo.ts';
import { showPlace } from '../stages/stage-checks.ts';
import { byRemote } from './push.ts';
import type { ScopeOptions } from './transfer-options.ts';

export interface CloudStatusOptions {
  readonly targets?: readonly string[];
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
  readonly scope?: ScopeOptions;
  readonly remote?: string;
  readonly jobs?: number;
}

/** `new`: only in the cache; `deleted`: only on the remote; `missing`: in neither. */
export type CloudWord = 'new' | 'deleted' | 'missing';

/** Objects that are not in both the cache and the remote, by the path of the output or file they belong to. Source: dvc-format 9.2. */
export async function cloudStatus(
  repo: Repo,
  options: CloudStatusOptions,
  ctx: OpContext,
): Promise<Map<string, CloudWord>> {
  const used = (await usedOutputs(repo, options, ctx)).filter(({ output }) => output.push && !output.imported);
  const progress = startProgress(ctx, 'status', used.length);
  const found = new Map<string, CloudWord>();
  if (used.length === 0) await repo.remote(options.remote, 'status', ctx);
  for (const [name, outputs] of byRemote(used, options.remote)) {
    const remote = await repo.remote(name, 'status', ctx);
    refuseVersioned(remote, 'status');
    for (const { output, oid, hash, path } of outputs) {
      const [cache, store] = [repo.cache(hash), remote.odb(hash)];
      const shown = showPlace(repo, output, ctx.cwd);
      const names = new Map([[oid as string, [shown]]]);
      const relative = below(path, output.place.path);
      if (isDirOid(oid)) {
        // Like DVC, it fetches the manifest, which says what there is to compare.
        if (!cache.has(oid)) await transferObjects(store, cache, [{ oid, only: () => false }], ctx, {});
        const tree = cache.has(oid) ? await cache.readTree(oid, ctx) : undefined;
        const { from, to } = tree?.within(relative) ?? { from: 0, to: 0 };
        for (let i = from; i < to; i++) {
          const file = `${shown}/${tree!.relpath(i)}`;
          const known = names.get(tree!.oid(i));
          if (known) known.push(file);
          else names.set(tree!.oid(i), [file]);
        }
      }
      const wanted = OidSet.of([...names.keys()].map(asOid));
      const [notHere, notThere] = [await cache.missing(wanted, ctx), await store.missing(wanted, ctx)];
      for (const [digest, paths] of names) {
        const [lost, absent] = [notHere.has(asOid(digest)), notThere.has(asOid(digest))];
        if (!lost && !absent) continue;
        for (const file of paths) found.set(file, lost && absent ? 'missing' : lost ? 'deleted' : 'new');
      }
      progress.advance(1, 0, path);
    }
  }
  progress.done();
  return found;
}
