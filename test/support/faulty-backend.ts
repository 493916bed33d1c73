import { Readable } from 'node:stream';
import { DvcError } from '../../src/engine/core/errors.ts';
import type { Backend, Written } from '../../src/engine/remote/backend.ts';
import { readAll } from '../../src/engine/remote/streams.ts';

/** What happens to one call. `at` is how many of the call's own bytes get through first. */
export type Fault =
  | { readonly kind: 'refuse'; readonly error: Error }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'stall'; readonly at: number }
  /** Ends early, as if that were all. */
  | { readonly kind: 'short'; readonly at: number }
  | { readonly kind: 'flip'; readonly at: number }
  /** Other bytes altogether, as a login page. */
  | { readonly kind: 'other'; readonly bytes: Buffer };

export interface Call {
  readonly op: 'stat' | 'read' | 'write' | 'list' | 'remove';
  readonly key: string;
  /** Where a read begins. */
  readonly offset: number;
  /** How many calls there were before, of all kinds. */
  readonly index: number;
}

export interface FaultyBackend extends Backend {
  readonly calls: readonly Call[];
  /** Bytes of content that went through, up and down. */
  readonly moved: { up: number; down: number };
}

/** A store that fails as it is told. @param script Asked before each call; nothing is wrong with a call for which it has no answer. */
export function faultyBackend(inner: Backend, script: (call: Call) => Fault | undefined): FaultyBackend {
  const calls: Call[] = [];
  const moved = { up: 0, down: 0 };
  const begin = (op: Call['op'], key: string, offset = 0): Fault | undefined => {
    const call = { op, key, offset, index: calls.length };
    calls.push(call);
    const fault = script(call);
    if (fault?.kind === 'refuse') throw fault.error;
    return fault;
  };
  const { readAtOnce: _, ...plain } = inner; // Every read is one that is scripted.
  return {
    ...plain,
    calls,
    moved,
    async stat(key, options) {
      if (begin('stat', key)?.kind === 'stall') return forever(options.signal);
      return inner.stat(key, options);
    },
    async read(key, options) {
      const fault = begin('read', key, options.offset);
      if (fault?.kind === 'other') return Readable.from([fault.bytes]);
      const bytes = await readAll(await inner.read(key, options), options.signal);
      return Readable.from(
        damaged(bytes, fault, options.signal, (count) => (moved.down += count)),
        {
          objectMode: true,
          highWaterMark: 1,
        },
      );
    },
    async write(key, source, options): Promise<Written> {
      const fault = begin('write', key);
      if (fault?.kind === 'stall') return forever(options.signal);
      if (fault?.kind === 'cut') {
        moved.up += Math.min(fault.at, source.size);
        throw reset();
      }
      if (fault?.kind === 'short' || fault?.kind === 'flip' || fault?.kind === 'other') {
        const bytes = fault.kind === 'other' ? fault.bytes : await readAll(source.open(), options.signal);
        if (fault.kind === 'flip') bytes[fault.at] = (bytes[fault.at] ?? 0) ^ 1;
        const stored = fault.kind === 'short' ? bytes.subarray(0, fault.at) : bytes;
        await inner.write(key, { size: stored.length, open: () => Readable.from([stored]) }, options);
        return {};
      }
      moved.up += source.size;
      return inner.write(key, source, options);
    },
    async *list(prefix, options) {
      const fault = begin('list', prefix);
      let left = fault !== undefined && 'at' in fault ? fault.at : Number.POSITIVE_INFINITY;
      for await (const entry of inner.list(prefix, options)) {
        if (left-- <= 0) {
          if (fault?.kind === 'stall') await forever(options.signal);
          throw reset();
        }
        yield entry;
      }
    },
    async remove(key, options) {
      begin('remove', key);
      return inner.remove(key, options);
    },
  };
}

const CHUNK = 16_384;

async function* damaged(
  whole: Buffer,
  fault: Fault | undefined,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): AsyncGenerator<Buffer> {
  const at = fault !== undefined && 'at' in fault ? Math.min(fault.at, whole.length) : whole.length;
  const bytes = Buffer.from(whole);
  if (fault?.kind === 'flip' && bytes.length > 0) bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 1;
  const end = fault?.kind === 'flip' ? bytes.length : at;
  for (let from = 0; from < end; from += CHUNK) {
    const chunk = bytes.subarray(from, Math.min(end, from + CHUNK));
    onBytes(chunk.length);
    yield chunk;
  }
  if (fault?.kind === 'cut') throw reset();
  if (fault?.kind === 'stall') await forever(signal);
}

const reset = (): Error => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

/** Nothing happens until somebody gives up. */
const forever = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('given up')), { once: true }));

/** What a store answers that is asked too much. */
export const slowDown = (retryAfter = 0): DvcError =>
  new DvcError('remote-failed', 'the store asks to slow down.', {
    retryable: true,
    data: { throttled: true, retryAfter },
  });
