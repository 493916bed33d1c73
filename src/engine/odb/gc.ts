import * as fs from 'node:fs';
import { DvcError, fromErrno, removalFailed } from '../core/errors.ts';
import { isDirOid, type Oid } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import type { OnProgress } from '../platform/io-jobs.ts';
import { mapLimit } from '../platform/map-limit.ts';
import { OidSet } from '../platform/oid-set.ts';
import { runInSlices } from '../platform/slices.ts';
import { requestsAtOnce } from '../remote/backend.ts';
import { oidAt } from './existence.ts';
import type { LocalOdb } from './local-odb.ts';
import type { RemoteOdb } from './remote-odb.ts';

/** Objects of one database that nothing uses. Made before anything is deleted. */
export interface SweepPlan {
  readonly count: number;
  /** Of content. */
  readonly bytes: number;
  /** Unused as far as is known, and kept: they came while the collection ran. */
  readonly young: number;
  /** Where they lie, directory objects first: absolute paths, or URLs. */
  paths(): Iterable<string>;
  /** Deletes them: directory objects first, so that none is left without its files. @throws `io` with those that stayed */
  sweep(ctx: OpContext, onProgress?: OnProgress): Promise<void>;
}

/**
 * What can go from a cache, or from a remote that is a folder.
 *
 * @param since Milliseconds since 1970: what was made later is kept, as whoever made it may not have written yet what names it.
 */
export async function planLocalSweep(odb: LocalOdb, used: OidSet, since: number, ctx: OpContext): Promise<SweepPlan> {
  const unused = (await odb.list(ctx)).without(used);
  const found = { oids: new OidSet(), bytes: 0, young: 0 };
  await runInSlices(
    (function* () {
      for (const oid of unused) {
        const stat = odb.statObject(oid);
        if (stat === undefined) continue;
        if (isYoung(stat.ctime, since)) found.young++;
        else {
          found.oids.add(oid);
          found.bytes += stat.size;
        }
        yield;
      }
    })(),
    ctx,
  );
  return {
    count: found.oids.size,
    bytes: found.bytes,
    young: found.young,
    *paths() {
      for (const oid of treesFirst(found.oids)) yield odb.pathOf(oid);
    },
    async sweep(now, onProgress) {
      for (const oid of found.oids) if (isDirOid(oid)) removeUnpacked(odb, oid);
      const { failures } = await odb.remove(found.oids, now, onProgress);
      if (failures.length > 0) throw removalFailed(failures);
    },
  };
}

/** Folders that DVC 1.x kept beside directory objects. */
function removeUnpacked(odb: LocalOdb, oid: Oid): void {
  const folder = `${odb.pathOf(oid)}.unpacked`;
  try {
    fs.rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    throw fromErrno(error, 'remove', folder);
  }
}

/** What can go from a remote that is reached through a backend. */
export async function planRemoteSweep(
  remote: RemoteOdb,
  used: OidSet,
  since: number,
  ctx: OpContext,
): Promise<SweepPlan> {
  const { backend } = remote;
  const oids = new OidSet();
  const young = new OidSet();
  let total = 0;
  for await (const { key, size, mtime } of backend.list(remote.prefix, ctx)) {
    const oid = oidAt(remote, key);
    if (oid === undefined || used.has(oid)) continue;
    if (mtime !== undefined && isYoung(mtime, since)) young.add(oid);
    else if (oids.add(oid)) total += size;
  }
  return {
    count: oids.size,
    bytes: total,
    young: young.size,
    *paths() {
      for (const oid of treesFirst(oids)) yield `${backend.url.replace(/\/$/, '')}/${remote.keyOf(oid)}`;
    },
    async sweep(now, onProgress) {
      remote.forget(now); // Before the first deletion, so that no kill leaves a memory of what is gone.
      const all = [...treesFirst(oids)];
      const trees = all.filter(isDirOid);
      for (const group of [trees, all.slice(trees.length)]) await removeAll(remote, group, now, onProgress);
    },
  };
}

/** Keys in one request, where a store removes many. */
const BATCH = 1000;

/** @throws `io` with those that stayed, after all have been tried */
async function removeAll(
  remote: RemoteOdb,
  oids: readonly Oid[],
  ctx: OpContext,
  onProgress?: OnProgress,
): Promise<void> {
  const { backend } = remote;
  const failed: { path: string; message: string }[] = [];
  const fail = (key: string, error: unknown): void => {
    if (!DvcError.is(error) || error.code === 'cancelled') throw error;
    failed.push({ path: `${backend.url.replace(/\/$/, '')}/${key}`, message: error.message });
  };
  const { removeMany } = backend;
  const size = removeMany ? BATCH : 1;
  const batches = Array.from({ length: Math.ceil(oids.length / size) }, (_, i) => oids.slice(i * size, (i + 1) * size));
  await mapLimit(batches, requestsAtOnce(backend, ctx), ctx.signal, async (batch) => {
    const keys = batch.map((oid) => remote.keyOf(oid));
    try {
      if (removeMany) for (const { key, error } of await removeMany(keys, ctx)) fail(key, error);
      else for (const key of keys) await backend.remove(key, ctx);
    } catch (error) {
      for (const key of keys) fail(key, error);
    }
    onProgress?.(batch.length, 0);
  });
  if (failed.length > 0) throw removalFailed(failed);
}

function* treesFirst(oids: OidSet): Generator<Oid> {
  const all = [...oids];
  for (const oid of all) if (isDirOid(oid)) yield oid;
  for (const oid of all) if (!isDirOid(oid)) yield oid;
}

/** Steps of timestamps: of the kernel's clock, and of old file systems, whose times are whole seconds. Milliseconds. */
const STEP = { fine: 20, coarse: 2000 } as const;

const isYoung = (time: number, since: number): boolean => time + (time % 1000 === 0 ? STEP.coarse : STEP.fine) >= since;
