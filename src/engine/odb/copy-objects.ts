import { asOid, type Oid, type RepoPath } from '../core/ids.ts';
import { monotonicMs } from '../core/monotonic.ts';
import type { Counter, OpContext } from '../core/op-context.ts';
import { digestHex } from '../platform/digest.ts';
import { ioFailureError } from '../platform/io-failure.ts';
import { OidSet } from '../platform/oid-set.ts';
import type { LocalOdb } from './local-odb.ts';
import { noneSent, type Sent } from './sent.ts';
import type { TransferControl } from './transfer-control.ts';

/** Copies objects from one folder to another. */
export async function copyObjects(
  from: LocalOdb,
  to: LocalOdb,
  oids: OidSet,
  ctx: OpContext,
  progress: Counter,
): Promise<Sent> {
  const sent = noneSent();
  for (const columns of [
    { digests: oids.files.toColumn(), suffix: '' },
    { digests: oids.trees.toColumn(), suffix: '.dir' },
  ] as const) {
    const result = await to.copyFrom(from, columns, ctx, (count, bytes) => progress.advance(count, bytes));
    sent.count += result.done;
    sent.bytes += result.bytes;
    for (const failure of result.failures) {
      const oid = asOid(digestHex(columns.digests, failure.index) + columns.suffix);
      sent.failed.push({ oid, error: ioFailureError(failure, 'copy') });
    }
  }
  return sent;
}

export interface BatchOptions {
  readonly control: TransferControl;
  readonly progress: Counter;
  /** What the paths mean that are wanted first. */
  readonly itemsAt: (path: RepoPath) => Iterable<Oid>;
  readonly onArrived: (path: RepoPath) => void;
}

/** Objects of the first batch, and at most of one. */
const FIRST_BATCH = 64;
const LARGEST_BATCH = 8192;
/** Between these, a batch takes as long as somebody who has pressed a button likes to wait: ms. */
const SHORT = 200;
const LONG = 600;

/** {@link copyObjects} in turns, between which it is held and something else may come first. */
export async function copyInTurns(
  from: LocalOdb,
  to: LocalOdb,
  oids: OidSet,
  ctx: OpContext,
  { control, progress, itemsAt, onArrived }: BatchOptions,
): Promise<Sent> {
  const sent = noneSent();
  const left = new Set(oids);
  let heard = 0;
  let size = FIRST_BATCH;
  const copy = async (batch: readonly Oid[]): Promise<void> => {
    for (const oid of batch) left.delete(oid);
    const { count, bytes, failed } = await copyObjects(from, to, OidSet.of(batch), ctx, progress);
    sent.count += count;
    sent.bytes += bytes;
    sent.failed.push(...failed);
  };
  const hear = async (): Promise<void> => {
    for (; heard < control.wanted.length; heard++) {
      const path = control.wanted[heard] as RepoPath; // The index is below the length.
      const items = [...itemsAt(path)];
      if (items.length === 0) continue;
      await copy(items.filter((oid) => left.has(oid)));
      onArrived(path);
    }
  };
  do {
    if (control.paused) {
      progress.pause(true);
      await control.untilResumed(ctx.signal);
      progress.pause(false);
    }
    await hear();
    const begun = monotonicMs();
    await copy(firstOf(left, size));
    const took = monotonicMs() - begun;
    if (took < SHORT) size = Math.min(size * 2, LARGEST_BATCH);
    else if (took > LONG) size = Math.max(1, size >> 1);
  } while (left.size > 0);
  await hear();
  return sent;
}

function firstOf(left: ReadonlySet<Oid>, count: number): Oid[] {
  const batch: Oid[] = [];
  for (const oid of left) {
    if (batch.length === count) break;
    batch.push(oid);
  }
  return batch;
}
