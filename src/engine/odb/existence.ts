import { isDirOid, isOid, type Oid } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { mapLimit } from '../platform/map-limit.ts';
import { OidSet } from '../platform/oid-set.ts';
import { type Backend, type BackendOptions, requestsAtOnce } from '../remote/backend.ts';
import { objectKey } from './odb.ts';

/** Where the objects of one kind lie on a store. */
export interface ObjectStore {
  readonly backend: Backend;
  /** In front of each object's key. */
  readonly prefix: string;
}

/** Up to so many objects are asked for one by one, whatever the store. */
const FEW = 64;
/** Keys in a page of a listing, in every store there is. */
const PAGE = 1000;
/** A part of a listing that is longer than this says enough about the size of the remote. */
const SAMPLE = 3 * PAGE;
const LISTINGS = 16;

export type OnMissing = (oid: Oid) => void;

/**
 * Which of `oids` a store does not have, told one by one as soon as each is known.
 *
 * Each is asked for, or the store is listed, whichever takes fewer requests: what one part of the listing holds says how long all of it is.
 */
export async function lookFor(
  store: ObjectStore,
  oids: OidSet,
  ctx: OpContext,
  how: BackendOptions,
  onMissing: OnMissing,
): Promise<void> {
  const { lists, folders = false } = store.backend.traits;
  const atOnce = requestsAtOnce(store.backend, ctx);
  const all = [...oids];
  const askForEach = (some: readonly Oid[]) =>
    mapLimit(some, atOnce, ctx.signal, async (oid) => {
      if ((await store.backend.stat(store.prefix + objectKey(oid), how)) === undefined) onMissing(oid);
    });
  if (!lists || all.length <= FEW) return void (await askForEach(all));
  const groups = byStart(all, 2);
  if (folders) {
    if (all.length < groups.size * 1.5) return void (await askForEach(all));
    return listEach(store, groups, ctx, how, onMissing);
  }
  // The largest group: its part of the listing is needed anyway, should the store be listed.
  const [start, sample] = [...groups].reduce((a, b) => (b[1].length > a[1].length ? b : a));
  const there = await listStart(store, start, how, SAMPLE);
  const pages = pagesOf(there.count);
  if (there.whole) {
    for (const oid of sample) if (!there.found.has(oid)) onMissing(oid);
    groups.delete(start);
  }
  const rest = all.filter((oid) => groups.has(oid.slice(0, 2)));
  if (rest.length < pages.all || !there.whole) return void (await askForEach(rest));
  await listEach(store, byStart(rest, pages.digits), ctx, how, onMissing);
}

/** Requests that a listing of everything takes when one of 256 parts has `count` keys, and by how many digits it is best divided. */
export function pagesOf(count: number): { readonly all: number; readonly digits: 0 | 1 | 2 } {
  const keys = count * 256;
  const all = Math.ceil(keys / PAGE);
  if (all <= 2) return { all: Math.max(1, all), digits: 0 };
  return all <= 64 ? { all: Math.max(16, all), digits: 1 } : { all: Math.max(256, all), digits: 2 };
}

async function listEach(
  store: ObjectStore,
  groups: ReadonlyMap<string, readonly Oid[]>,
  ctx: OpContext,
  how: BackendOptions,
  onMissing: OnMissing,
): Promise<void> {
  await mapLimit([...groups], Math.min(LISTINGS, requestsAtOnce(store.backend, ctx)), ctx.signal, async (group) => {
    const [start, wanted] = group;
    const { found } = await listStart(store, start, how);
    for (const oid of wanted) if (!found.has(oid)) onMissing(oid);
  });
}

function byStart(oids: readonly Oid[], digits: number): Map<string, Oid[]> {
  const groups = new Map<string, Oid[]>();
  for (const oid of oids) {
    const start = oid.slice(0, digits);
    const group = groups.get(start);
    if (group) group.push(oid);
    else groups.set(start, [oid]);
  }
  return groups;
}

export interface PartOfListing {
  readonly found: OidSet;
  readonly count: number;
  /** False where it was given up at `most` keys. */
  readonly whole: boolean;
}

/** The objects whose names begin with `start`: some hex digits. */
export async function listStart(
  store: ObjectStore,
  start: string,
  how: BackendOptions,
  most = Number.POSITIVE_INFINITY,
): Promise<PartOfListing> {
  const found = new OidSet();
  const prefix = store.prefix + (start.length < 2 ? start : `${start.slice(0, 2)}/${start.slice(2)}`);
  let count = 0;
  for await (const { key } of store.backend.list(prefix, how)) {
    const oid = oidAt(store, key);
    if (oid !== undefined) found.add(oid);
    if (++count >= most) return { found, count, whole: false };
  }
  return { found, count, whole: true };
}

/** The object a key is of: `ab/cdef…`; `runs/…` and whatever else lies beside objects is of none. */
export function oidAt({ prefix }: Pick<ObjectStore, 'prefix'>, key: string): Oid | undefined {
  if (key.charAt(prefix.length + 2) !== '/' || !key.startsWith(prefix)) return undefined;
  const name = key.slice(prefix.length, prefix.length + 2) + key.slice(prefix.length + 3);
  return isOid(name) ? name : undefined;
}

/** Of few objects all are looked for, which no memory can beat. */
const CANARIES = 16;

/**
 * Whether what a remote was seen to hold is likely to be there still, at the price of a request or two.
 *
 * What a collection deletes goes with its directory object, so each of those is asked for while they are few. A part of the listing is
 * compared as well: it shows a remote that was emptied, replaced or has lost much. One file that vanished by itself is not seen.
 *
 * @param known Wanted objects that were seen there.
 * @param random In [0, 1).
 */
export async function isStillThere(
  store: ObjectStore,
  known: OidSet,
  ctx: OpContext,
  how: BackendOptions,
  random: () => number = Math.random,
): Promise<boolean> {
  const all = [...known];
  const pick = (from: readonly Oid[], most: number): Oid[] => {
    const at = Math.floor(random() * from.length);
    return Array.from({ length: Math.min(most, from.length) }, (_, i) => from[(at + i) % from.length] as Oid);
  };
  const { lists } = store.backend.traits;
  const trees = all.filter(isDirOid);
  const asked = pick(trees, CANARIES);
  if (!lists) asked.push(...pick(all.slice(0, all.length - trees.length), CANARIES));
  let gone = false;
  const asking = mapLimit(asked, requestsAtOnce(store.backend, ctx), ctx.signal, async (oid) => {
    if ((await store.backend.stat(store.prefix + objectKey(oid), how)) === undefined) gone = true;
  });
  const [one] = lists ? pick(all, 1) : [];
  if (one !== undefined) {
    const start = one.slice(0, all.length > 200_000 ? 3 : 2);
    const { found } = await listStart(store, start, how);
    if (all.some((oid) => oid.startsWith(start) && !found.has(oid))) gone = true;
  }
  await asking;
  return !gone;
}
