import { setMaxListeners } from 'node:events';
import { Readable } from 'node:stream';
import pRetry from 'p-retry';
import { cancelled, DvcError, errnoOf, remoteFailed } from '../core/errors.ts';
import type { Backend, BackendEntry, BackendOptions, ReadOptions, Source } from './backend.ts';
import { StallWatch } from './stall.ts';

/** How calls to a store are repeated. Times are milliseconds. */
export interface RetryPolicy {
  /** Including the first. */
  readonly tries: number;
  /** Before the second try: up to twice as long by chance, and doubled for each further one. */
  readonly firstDelay: number;
  readonly longestDelay: number;
  /** Silence after which a try counts as failed. */
  readonly idle: number;
}

const USUAL: RetryPolicy = { tries: 5, firstDelay: 500, longestDelay: 10_000, idle: 60_000 };

/** `LODE_REMOTE_IDLE` and `LODE_REMOTE_DELAY` set the idle time and the first delay, in milliseconds. */
export const retryPolicy = (env: NodeJS.ProcessEnv = process.env): RetryPolicy => ({
  ...USUAL,
  idle: positive(env['LODE_REMOTE_IDLE']) ?? USUAL.idle,
  firstDelay: positive(env['LODE_REMOTE_DELAY']) ?? USUAL.firstDelay,
});

const positive = (text: string | undefined): number | undefined => (Number(text) > 0 ? Number(text) : undefined);

/** What a store asked for, at most so long. */
const LONGEST_WISH = 120_000;
/** A try that brought so many bytes is not one of a row of failures. */
const PROGRESS = 1 << 20;
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
  const once = <T>(options: BackendOptions, work: (watch: StallWatch) => Promise<T>): Promise<T> =>
    again(policy, inner, options, async () => {
      setMaxListeners(0, options.signal); // As many as there are requests at once.
      using watch = new StallWatch(options.signal, policy.idle, inner.url);
      return await watch.race(work(watch));
    });
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
      const chunks = resuming(inner, key, options, policy);
      const first = await chunks.next(); // So that what is not there is said by `read` itself.
      return Readable.from(withFirst(first, chunks), { objectMode: true, highWaterMark: 2 });
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
    list: (prefix, options) => listing(inner, prefix, options, policy),
    remove: (key, options) => once(options, ({ signal }) => inner.remove(key, { ...options, signal })),
    ...(removeMany && {
      removeMany: (keys, options) => once(options, ({ signal }) => removeMany(keys, { ...options, signal })),
    }),
  };
}

/** Whether the same call may succeed later. */
export function isRetryable(error: unknown): boolean {
  // A later read of what is no longer the same would fail as well: whoever reads begins again.
  if (error instanceof DvcError) return error.retryable && error.code !== 'remote-changed';
  return NETWORK.has(errnoOf(error) ?? '');
}

const NETWORK: ReadonlySet<string> = new Set(
  'ECONNRESET ECONNREFUSED ECONNABORTED EPIPE ETIMEDOUT EAI_AGAIN EHOSTUNREACH ENETUNREACH ENETDOWN ERR_STREAM_PREMATURE_CLOSE'.split(
    ' ',
  ),
);

/** @param failed An error that the first try has ended with already. @param spent Tries that count against the policy's. */
async function again<T>(
  policy: RetryPolicy,
  inner: Backend,
  options: BackendOptions,
  work: () => Promise<T>,
  failed?: unknown,
  spent = 0,
): Promise<T> {
  const { signal } = options;
  let known = failed;
  try {
    return await pRetry(
      async () => {
        if (known === undefined) return await work();
        const error = known;
        known = undefined;
        throw error;
      },
      {
        retries: Math.max(0, policy.tries - 1 - spent),
        minTimeout: policy.firstDelay,
        maxTimeout: policy.longestDelay,
        randomize: true,
        signal,
        shouldRetry: ({ error }) => isRetryable(error),
        onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
          if (retriesLeft === 0 || !isRetryable(error)) return;
          options.log?.info(`try ${attemptNumber + spent} at ${inner.url} failed, to be repeated: ${error.message}`);
          options.onRetry?.(error);
          await pause(Math.min(wishOf(error), LONGEST_WISH), signal);
        },
      },
    );
  } catch (error) {
    throw signal.aborted ? cancelled() : named(error, inner.url);
  }
}

/** A connection that broke is told in the user's words. */
function named(error: unknown, url: string): unknown {
  const code = errnoOf(error) ?? '';
  if (!NETWORK.has(code)) return error;
  return remoteFailed('connect', 'cut', `the connection to '${url}' failed (${code}).`, {
    hint: 'Check the network, the address and a proxy if you use one; `lode remote test` says which step fails.',
    retryable: true,
    cause: error,
    evidence: code,
    url,
  });
}

/** `Retry-After`, where the store said it. */
const wishOf = (error: unknown): number =>
  error instanceof DvcError && typeof error.data['retryAfter'] === 'number' ? error.data['retryAfter'] : 0;

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (ms <= 0) return resolve();
    if (signal.aborted) return reject(cancelled());
    const stop = (): void => {
      clearTimeout(timer);
      reject(cancelled());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });

/** The bytes of an object, opened again behind the last of them wherever the connection breaks. */
async function* resuming(
  inner: Backend,
  key: string,
  options: ReadOptions,
  policy: RetryPolicy,
): AsyncGenerator<Buffer, void> {
  const start = options.offset ?? 0;
  let at = start;
  let spent = 0;
  let mark = at;
  using watch = new StallWatch(options.signal, policy.idle, inner.url);
  let chunks: AsyncIterator<Buffer> | undefined;
  const next = async (): Promise<IteratorResult<Buffer, unknown>> => {
    try {
      chunks ??= await watch.race(openAt(inner, key, options, at, watch.signal));
      return await watch.race(chunks.next());
    } catch (error) {
      const broken = chunks;
      chunks = undefined;
      watch.renew(); // Ends the request, if it goes on.
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
        result = await again(policy, inner, options, next, error, spent);
        spent++;
      }
      if (result.done) return;
      at += result.value.length;
      yield result.value;
    }
  } finally {
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

async function* withFirst(
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

async function* listing(
  inner: Backend,
  prefix: string,
  options: BackendOptions,
  policy: RetryPolicy,
): AsyncGenerator<BackendEntry, void> {
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
        result = await again(policy, inner, options, next, error, spent++);
      }
      if (result.done) return;
      yield result.value;
    }
  } finally {
    await entries?.return?.();
  }
}
