import { Readable } from 'node:stream';
import { cancelled } from '../core/errors.ts';
import type { Backend, BackendEntry, BackendOptions, Source } from './backend.ts';
import { resuming, withFirst } from './retry-read.ts';
import { StallWatch } from './stall.ts';
import { gather } from './streams.ts';
import { again, isRetryable, isUnreached, type Line, type RetryPolicy, retryPolicy } from './tries.ts';

export { isRetryable, isUnreached, type RetryPolicy, retryPolicy };

/** Up to this size a write has no life to watch for in its middle. */
const SMALL_SOURCE = 1 << 20;
/** Stores put the parts of a large object together after its last byte, in silence. */
const FINISHING = 5;

/**
 * Repeats calls that failed and may succeed later, with growing, random pauses; ends those that have gone silent; and gives up at once
 * what is cancelled.
 *
 * What is read goes on behind the bytes that have arrived. A listing that breaks off begins again, so that keys may come twice.
 */
export function withRetry(inner: Backend, policy: RetryPolicy = retryPolicy()): Backend {
  const line: Line = { inner, policy, answered: false };
  const once = async <T>(options: BackendOptions, work: (watch: StallWatch) => Promise<T>): Promise<T> => {
    const attempt = async (): Promise<T> => {
      using watch = new StallWatch(options.signal, policy.idle, inner.url);
      const result = await watch.race(work(watch));
      line.answered = true;
      return result;
    };
    try {
      return await attempt(); // Nearly all there is: what repeats comes in only when there is something to repeat.
    } catch (error) {
      return again(line, options, attempt, error);
    }
  };
  const readAtOnce: NonNullable<Backend['readAtOnce']> =
    inner.readAtOnce ?? (async (key, most, options) => gather(await inner.read(key, options), most, options.onBytes));
  const removeMany = inner.removeMany;
  const writes = new Set<StallWatch>();
  /** One that waits for its turn among others is not silent. */
  const touchAll = (): void => {
    for (const watch of writes) watch.touch();
  };
  return {
    ...inner,
    stat: (key, options) => once(options, ({ signal }) => inner.stat(key, { ...options, signal })),
    read: async (key, options) => {
      const chunks = resuming(line, key, options);
      const first = await chunks.next(); // So that what is not there is said by `read` itself.
      return Readable.from(withFirst(first, chunks), { objectMode: true, highWaterMark: 2 });
    },
    readAtOnce: async (key, most, options) => {
      const found = await once(options, (watch) =>
        readAtOnce(key, most, { ...options, signal: watch.signal, onBytes: () => watch.touch() }),
      );
      if (Buffer.isBuffer(found)) return found;
      const chunks = resuming(line, key, options, found);
      // Where nobody reads on, nobody else lets go of it.
      return Readable.from(chunks, { objectMode: true, highWaterMark: 2 }).once('close', () => found.destroy());
    },
    write: (key, source, options) =>
      once(options, async (watch) => {
        writes.add(watch);
        try {
          return await inner.write(key, watchedSource(source, watch, touchAll, policy.idle), {
            ...options,
            signal: watch.signal,
            onBytes: (bytes) => {
              touchAll();
              options.onBytes?.(bytes);
            },
          });
        } finally {
          writes.delete(watch);
        }
      }),
    list: (prefix, options) => listing(line, prefix, options),
    remove: (key, options) => once(options, ({ signal }) => inner.remove(key, { ...options, signal })),
    ...(removeMany && {
      removeMany: (keys, options) => once(options, ({ signal }) => removeMany(keys, { ...options, signal })),
    }),
  };
}

function watchedSource(source: Source, watch: StallWatch, touchAll: () => void, idle: number): Source {
  if (source.size <= SMALL_SOURCE) return source;
  return {
    size: source.size,
    open: (from = 0, to = source.size) => Readable.from(watched(source.open(from, to), to === source.size)),
  };
  async function* watched(stream: Readable, last: boolean): AsyncGenerator<Buffer, void> {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      touchAll();
      yield chunk;
    }
    if (last) watch.touch(FINISHING * idle);
  }
}

async function* listing(line: Line, prefix: string, options: BackendOptions): AsyncGenerator<BackendEntry, void> {
  const { inner, policy } = line;
  using watch = new StallWatch(options.signal, policy.idle, inner.url);
  let spent = 0;
  let entries: AsyncIterator<BackendEntry> | undefined;
  const next = async (): Promise<IteratorResult<BackendEntry, unknown>> => {
    try {
      entries ??= inner.list(prefix, { ...options, signal: watch.signal })[Symbol.asyncIterator]();
      return await watch.race(entries.next());
    } catch (error) {
      entries = undefined;
      watch.renew();
      throw error;
    }
  };
  try {
    for (;;) {
      let result: IteratorResult<BackendEntry, unknown>;
      try {
        result = await next();
      } catch (error) {
        if (options.signal.aborted) throw cancelled();
        if (!isRetryable(error)) throw error;
        result = await again(line, options, next, error, spent++);
      }
      line.answered = true;
      if (result.done) return;
      yield result.value;
    }
  } finally {
    await entries?.return?.();
  }
}
