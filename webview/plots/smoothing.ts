/**
 * An exponential moving average, corrected at its start, so that the first values are not pulled to zero.
 *
 * @param weight 0 leaves everything as it is; near 1 only the trend is left.
 */
export function smoothed(values: readonly number[], weight: number): number[] {
  if (weight <= 0) return [...values];
  let last = 0;
  let scale = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    last = last * weight + (1 - weight) * value;
    scale = scale * weight + (1 - weight);
    return last / scale;
  });
}

export interface BandPoint {
  readonly x: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Mean and one standard deviation around it of several lines, at each x that two of them have. In order of x. */
export function bandOf(
  lines: readonly { readonly x: readonly number[]; readonly y: readonly number[] }[],
): BandPoint[] {
  const sums = new Map<number, { count: number; sum: number; squares: number }>();
  for (const { x, y } of lines)
    x.forEach((at, i) => {
      const value = y[i];
      if (value === undefined || !Number.isFinite(value)) return;
      const found = sums.get(at) ?? { count: 0, sum: 0, squares: 0 };
      sums.set(at, { count: found.count + 1, sum: found.sum + value, squares: found.squares + value * value });
    });
  return [...sums]
    .filter(([, { count }]) => count > 1)
    .map(([x, { count, sum, squares }]) => {
      const mean = sum / count;
      const spread = Math.sqrt(Math.max(0, squares / count - mean * mean));
      return { x, mean, low: mean - spread, high: mean + spread, count };
    })
    .sort((a, b) => a.x - b.x);
}
