import pRetry from 'p-retry';
import { cancelled, DvcError, errnoOf, remoteFailed } from '../core/errors.ts';
import type { Backend, BackendOptions } from './backend.ts';

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
export async function again<T>(
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
