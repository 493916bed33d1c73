/** Widest step between two timestamps that differ, in milliseconds: the kernel's tick, and two seconds on old file systems. */
const GRANULARITY = { fine: 10, coarse: 2000 } as const;

/**
 * False if something could have changed again after it was read and still have got the same timestamp.
 *
 * Distance counts in both directions: clocks are set back, too.
 *
 * @param ctime Of the file or folder, in milliseconds.
 * @param asOf The time when it was read, by the clock that stamps files.
 */
export function isSettled(ctime: number, asOf: number): boolean {
  const granularity = ctime % 1000 === 0 ? GRANULARITY.coarse : GRANULARITY.fine;
  return Math.abs(asOf - ctime) >= 2 * granularity;
}
