export interface CoalesceOptions {
  /** Ms without another call after which the work starts. */
  readonly quiet: number;
  /** Ms after the first call at which it starts even if calls go on. */
  readonly atMost: number;
}

/** A function to call as often as one likes, for work that runs once for many calls: at most one runs, and one waits. */
export interface Coalesced {
  (): void;
  /** Starts what waits at once, and resolves when nothing runs or waits. */
  flush(): Promise<void>;
  cancel(): void;
}

export function coalesce(work: () => Promise<void>, { quiet, atMost }: CoalesceOptions): Coalesced {
  let timer: NodeJS.Timeout | undefined;
  let firstCall: number | undefined;
  let running: Promise<void> | undefined;
  const start = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (running || firstCall === undefined) return;
    firstCall = undefined;
    running = work().finally(() => {
      running = undefined;
      if (firstCall !== undefined) plan();
    });
  };
  const plan = (): void => {
    if (firstCall === undefined) return;
    clearTimeout(timer);
    timer = setTimeout(start, Math.max(0, Math.min(quiet, firstCall + atMost - performance.now())));
  };
  const call = (): void => {
    firstCall ??= performance.now();
    if (!running) plan();
  };
  return Object.assign(call, {
    async flush(): Promise<void> {
      for (;;) {
        if (!running) start();
        if (!running) return;
        await running;
      }
    },
    cancel(): void {
      clearTimeout(timer);
      timer = undefined;
      firstCall = undefined;
    },
  });
}
