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
/**
 * Tries at a store that has never answered, where nothing listens, and where it cannot be reached at all: it may be starting, but is more
 * likely the wrong address. One that has answered before has the policy's patience.
 */
const NEVER_REACHED = { refused: 3, otherwise: 2, sooner: 0.6 } as const;

/** The way to a store. */
export interface Line {
  readonly inner: Backend;
  readonly policy: RetryPolicy;
  /** Whether anything has ever come back. */
  answered: boolean;
}

/** Whether a call ended before it had come to its store. */
export function isUnreached(error: unknown): boolean {
  if (UNREACHED.has(errnoOf(error) ?? '')) return true;
  return DvcError.is(error, 'remote-failed') && ['unreachable', 'unknown-host'].includes(String(error.data['why']));
}

const UNREACHED: ReadonlySet<string> = new Set('ECONNREFUSED EAI_AGAIN EHOSTUNREACH ENETUNREACH ENETDOWN'.split(' '));

function triesAt({ policy, answered }: Line, error: unknown): number {
  if (answered || !isUnreached(error)) return policy.tries;
  const evidence = DvcError.is(error) ? error.data['evidence'] : errnoOf(error);
  const refused = /ECONNREFUSED/.test(String(evidence));
  return Math.min(policy.tries, refused ? NEVER_REACHED.refused : NEVER_REACHED.otherwise);
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
export async function again<T>(
  line: Line,
  options: BackendOptions,
  work: () => Promise<T>,
  failed?: unknown,
  spent = 0,
): Promise<T> {
  const { inner, policy } = line;
  const { signal } = options;
  let known = failed;
  const repeats = (error: unknown, attempt: number): boolean =>
    isRetryable(error) && attempt + spent < triesAt(line, error);
  try {
    return await pRetry(
      async () => {
        if (known === undefined) {
          const result = await work();
          line.answered = true;
          return result;
        }
        const error = known;
        known = undefined;
        throw error;
      },
      {
        retries: Math.max(0, policy.tries - 1 - spent),
        minTimeout: policy.firstDelay * (line.answered ? 1 : NEVER_REACHED.sooner),
        maxTimeout: policy.longestDelay,
        randomize: true,
        signal,
        shouldRetry: ({ error, attemptNumber }) => repeats(error, attemptNumber),
        onFailedAttempt: async ({ error, attemptNumber }) => {
          line.answered ||= !isUnreached(error);
          if (!repeats(error, attemptNumber)) return;
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
