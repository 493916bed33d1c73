import { monotonicMs } from '../core/monotonic.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';

/** How long synchronous work may hold the thread before others get their turn, in milliseconds. */
const SLICE = { interactive: 8, blocking: 40 } as const;

/** Steps of a loop over many small things between two looks at the clock. */
export const SLICE_STEP = 1024;

/**
 * Lets signals, timers and the editor through between two parts of a work that each take some milliseconds.
 *
 * A command line has nobody else to let through, and goes on at once.
 *
 * @throws `cancelled`
 */
export async function giveWay(ctx: OpContext): Promise<void> {
  if (!ctx.interactive) return;
  await new Promise<void>((resume) => setImmediate(resume));
  checkAborted(ctx.signal);
}

/**
 * Drives work that yields at every point where it may be stopped. Synchronous file calls are several times faster than
 * promises; in slices they still let signals, timers and the editor through.
 *
 * @param onStep Called with each step; true gives the others their turn at once.
 * @throws `cancelled` between two steps, after the generator's `finally` blocks have run.
 */
export async function runInSlices<S, T>(
  steps: Generator<S, T>,
  ctx: OpContext,
  onStep?: (step: S) => boolean | undefined,
): Promise<T> {
  const budget = ctx.interactive ? SLICE.interactive : SLICE.blocking;
  try {
    checkAborted(ctx.signal);
    for (let until = monotonicMs() + budget; ; ) {
      const step = steps.next();
      if (step.done) return step.value;
      const isTurn = onStep?.(step.value) ?? false;
      if (!isTurn && monotonicMs() < until) continue;
      await new Promise<void>((resume) => setImmediate(resume));
      checkAborted(ctx.signal);
      until = monotonicMs() + budget;
    }
  } finally {
    // Ends a generator that is still open, so that its own `finally` blocks run; the returned value is of no use.
    steps.return(undefined as T);
  }
}

/** To be awaited between the steps of an `async` loop: gives others their turn when one is due. @throws `cancelled` */
export function turnTaking(ctx: OpContext): () => Promise<void> {
  const budget = ctx.interactive ? SLICE.interactive : SLICE.blocking;
  let until = monotonicMs() + budget;
  return async () => {
    checkAborted(ctx.signal);
    if (monotonicMs() < until) return;
    await new Promise<void>((resume) => setImmediate(resume));
    until = monotonicMs() + budget;
  };
}
