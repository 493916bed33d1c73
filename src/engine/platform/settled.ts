/** Widest step between two timestamps that differ, in milliseconds: the kernel's tick, and two seconds on old file systems. */
const GRANULARITY = { fine: 10, coarse: 2000 } as const;

/** A change so far ahead of the clock, in milliseconds, is no recent one: the clock was set back. */
const FUTURE = 7 * 24 * 3600 * 1000;

/**
 * False if something could have changed again after it was read and still have got the same timestamp.
 *
 * @param ctime Of the file or folder, in milliseconds.
 * @param asOf The time when it was read or before, by the clock that stamps files.
 */
export function isSettled(ctime: number, asOf: number): boolean {
  const granularity = ctime % 1000 === 0 ? GRANULARITY.coarse : GRANULARITY.fine;
  return asOf - ctime >= 2 * granularity || ctime - asOf >= FUTURE;
}

/** How long it takes at most until a change made now is settled, where the clock is fine: milliseconds. */
export const SETTLING = 2 * GRANULARITY.fine;
