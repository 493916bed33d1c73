/** A line for a screen: `x` and `y` have the same length and hold finite numbers only. */
export interface Line {
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Points there are in the range, of which `x` holds all or, where they are more than a screen shows, those that shape the line. */
  readonly total: number;
}

export interface ThinOptions {
  /** Points to give back at most; 2,000 unless told: four for each column of 500 pixels. */
  readonly most?: number;
  /** Values of x that are in sight; all unless told. A neighbour beyond each end comes along, so that the line leaves the picture. */
  readonly from?: number;
  readonly to?: number;
}

const MOST = 2000;

/**
 * Thins a line out for a screen without changing what it looks like: of each column of pixels the first, the lowest, the
 * highest and the last point stay, in their order. So no peak is ever lost, however narrow. A line short enough stays as it is.
 *
 * @param x Need not be sorted: columns are then parts of the line, not of the axis.
 */
export function thinLine(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  { most = MOST, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY }: ThinOptions = {},
): Line {
  const inSight = visiblePart(x, y, from, to);
  const total = inSight.length;
  const pick = (indices: ArrayLike<number>): Line => {
    const [xs, ys] = [new Array<number>(indices.length), new Array<number>(indices.length)];
    for (let i = 0; i < indices.length; i++) {
      xs[i] = x[indices[i]!]!;
      ys[i] = y[indices[i]!]!;
    }
    return { x: xs, y: ys, total };
  };
  if (total <= most || most < 4) return pick(inSight);
  const kept: number[] = [];
  const columns = Math.max(1, Math.floor(most / 4));
  let start = 0;
  for (let column = 0; column < columns; column++) {
    const end = columnEnd(x, inSight, start, column, columns);
    if (end > start) keepShape(y, inSight, start, end, kept);
    start = end;
  }
  return pick(kept);
}

/** Indices of finite points in sight, with the neighbours of both ends. */
function visiblePart(x: ArrayLike<number>, y: ArrayLike<number>, from: number, to: number): Int32Array {
  const found = new Int32Array(Math.min(x.length, y.length));
  let count = 0;
  let before = -1; // The last point out of sight.
  let wasIn = false;
  for (let i = 0; i < found.length; i++) {
    if (!Number.isFinite(x[i]) || !Number.isFinite(y[i])) continue;
    const isIn = x[i]! >= from && x[i]! <= to;
    if (isIn && !wasIn && before >= 0) found[count++] = before;
    if (isIn) found[count++] = i;
    else if (wasIn) found[count++] = i;
    if (!isIn) before = wasIn ? -1 : i; // One that was taken already is not taken again.
    wasIn = isIn;
  }
  return found.subarray(0, count);
}

/** Where a column ends: by the axis where x only grows, else by the number of points. */
function columnEnd(x: ArrayLike<number>, indices: Int32Array, start: number, column: number, columns: number): number {
  if (column === columns - 1) return indices.length;
  const [low, high] = [x[indices[0]!]!, x[indices.at(-1)!]!];
  const byCount = Math.floor(((column + 1) * indices.length) / columns);
  if (!(high > low) || !isGrowing(x, indices)) return Math.max(start, byCount);
  const limit = low + ((high - low) * (column + 1)) / columns;
  let [left, right] = [start, indices.length];
  while (left < right) {
    const middle = (left + right) >>> 1;
    if (x[indices[middle]!]! < limit) left = middle + 1;
    else right = middle;
  }
  return left;
}

const growing = new WeakMap<Int32Array, boolean>();

function isGrowing(x: ArrayLike<number>, indices: Int32Array): boolean {
  const known = growing.get(indices);
  if (known !== undefined) return known;
  let grows = true;
  for (let i = 1; i < indices.length && grows; i++) grows = x[indices[i]!]! >= x[indices[i - 1]!]!;
  growing.set(indices, grows);
  return grows;
}

function keepShape(y: ArrayLike<number>, indices: Int32Array, start: number, end: number, kept: number[]): void {
  let [low, high] = [start, start];
  for (let i = start + 1; i < end; i++) {
    if (y[indices[i]!]! < y[indices[low]!]!) low = i;
    if (y[indices[i]!]! > y[indices[high]!]!) high = i;
  }
  const last = end - 1;
  const [first, second] = low < high ? [low, high] : [high, low];
  kept.push(indices[start]!);
  if (first !== start) kept.push(indices[first]!);
  if (second !== first && second !== last) kept.push(indices[second]!);
  if (last !== start && last !== first) kept.push(indices[last]!);
}
