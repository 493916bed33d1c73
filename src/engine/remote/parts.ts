import { Readable } from 'node:stream';
import { DvcError } from '../core/errors.ts';
import { checkAborted } from '../core/op-context.ts';
import { mapLimit } from '../platform/map-limit.ts';
import type { Source } from './backend.ts';

/** A piece of an object that is sent by itself: from its first byte to the byte behind its last one. */
export interface Part {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

/** Up to this size an object goes in the smallest parts: a cut costs those that were on their way. */
const SMALL_PARTS = 32 << 20;

/** How long the parts of an object are. @param least The smallest part of the store. @param most How many parts one object may have. */
export const partLength = (size: number, least: number, usual: number, most: number): number =>
  size <= SMALL_PARTS ? least : Math.max(usual, Math.ceil(size / most));

/** Cuts `size` bytes into parts of `length`, the last one shorter. */
export function cutIntoParts(size: number, length: number): Part[] {
  return Array.from({ length: Math.ceil(size / length) }, (_, index) => ({
    index,
    from: index * length,
    to: Math.min(size, (index + 1) * length),
  }));
}

/** Sends parts, at most `limit` at once. After a failure no further one begins, and those under way are waited for: what arrives is kept. */
export async function sendParts(
  parts: readonly Part[],
  limit: number,
  signal: AbortSignal,
  send: (part: Part) => Promise<void>,
): Promise<void> {
  let failure: unknown;
  await mapLimit(parts, limit, signal, async (part) => {
    if (failure !== undefined) return;
    await send(part).catch((error: unknown) => {
      failure ??= error;
    });
  });
  if (failure !== undefined) throw failure;
}

/** Some bytes of a source, all of them or none. @throws `transfer-failed` where the source has become shorter or longer */
export async function readPart(source: Source, from: number, to: number, signal: AbortSignal): Promise<Buffer> {
  checkAborted(signal);
  if (source.bytes) return source.bytes.subarray(from, to); // A stream of what is in memory costs more than sending it.
  const bytes = Buffer.allocUnsafe(to - from);
  let length = 0;
  for await (const chunk of source.open(from, to)) {
    checkAborted(signal);
    const piece = chunk as Buffer; // Byte streams have no other chunks.
    if (length + piece.length > bytes.length) throw changed();
    piece.copy(bytes, length);
    length += piece.length;
  }
  if (length < bytes.length) throw changed();
  return bytes;
}

const changed = () =>
  new DvcError('transfer-failed', 'A file changed while it was sent.', {
    hint: 'Run the command again when nothing writes to it.',
    retryable: true,
  });

const SLICE = 64 << 10;

/** The bytes as a stream that says when the line takes some of them: a slow line is not a dead one. */
export function inSlices(bytes: Buffer, onTaken: () => void): Readable {
  let at = 0;
  return new Readable({
    highWaterMark: SLICE,
    read() {
      onTaken();
      this.push(at < bytes.length ? bytes.subarray(at, (at += SLICE)) : null);
    },
  });
}

/** Lets `limit` pieces of work run at once; the others wait in order. */
export function makeGate(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = limit;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
