import type { Readable } from 'node:stream';
import { cancelled } from '../core/errors.ts';
import type { Backend, ReadOptions } from './backend.ts';
import { StallWatch } from './stall.ts';
import { again, isRetryable, type Line } from './tries.ts';

/** A try that brought so many bytes is not one of a row of failures. */
const PROGRESS = 1 << 20;

/**
 * The bytes of an object, opened again behind the last of them wherever the connection breaks.
 *
 * @param opened The first stream of them, where there is one already.
 */
export async function* resuming(
  line: Line,
  key: string,
  options: ReadOptions,
  opened?: Readable,
): AsyncGenerator<Buffer, void> {
  const { inner, policy } = line;
  const start = options.offset ?? 0;
  let at = start;
  let spent = 0;
  let mark = at;
  using watch = new StallWatch(options.signal, policy.idle, inner.url);
  let chunks: AsyncIterator<Buffer> | undefined = opened?.[Symbol.asyncIterator]();
  const next = async (): Promise<IteratorResult<Buffer, unknown>> => {
    try {
      chunks ??= await watch.race(openAt(inner, key, options, at, watch.signal));
      return await watch.race(chunks.next());
    } catch (error) {
      const broken = chunks;
      chunks = undefined;
      watch.renew(); // Ends the request, if it goes on.
      opened?.destroy();
      void broken?.return?.()?.catch(() => {});
      throw error;
    }
  };
  try {
    for (;;) {
      let result: IteratorResult<Buffer, unknown>;
      try {
        result = await next();
      } catch (error) {
        if (options.signal.aborted) throw cancelled();
        if (!isRetryable(error)) throw error;
        if (at - mark >= PROGRESS) spent = 0;
        mark = at;
        result = await again(line, options, next, error, spent);
        spent++;
      }
      line.answered = true;
      if (result.done) return;
      at += result.value.length;
      yield result.value;
    }
  } finally {
    opened?.destroy();
    await chunks?.return?.();
  }
}

async function openAt(
  inner: Backend,
  key: string,
  options: ReadOptions,
  at: number,
  signal: AbortSignal,
): Promise<AsyncIterator<Buffer>> {
  const { offset: _, etag, ...whole } = options;
  if (at === 0 || inner.traits.ranges) {
    const same = at > 0 && etag !== undefined ? { etag } : {};
    return (await inner.read(key, { ...whole, ...same, offset: at, signal }))[Symbol.asyncIterator]();
  }
  return skip(await inner.read(key, { ...whole, signal }), at); // Whoever hashes it sees whether it is the same content.
}

async function* skip(stream: Readable, bytes: number): AsyncGenerator<Buffer, void> {
  let left = bytes;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

export async function* withFirst(
  first: IteratorResult<Buffer, void>,
  rest: AsyncGenerator<Buffer, void>,
): AsyncGenerator<Buffer, void> {
  try {
    if (first.done) return;
    yield first.value;
    yield* rest;
  } finally {
    await rest.return();
  }
}
