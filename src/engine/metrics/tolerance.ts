import { asFloat, isPyList, isPyMap, type PyValue, pyEquals, pyStr } from '../core/python.ts';

/** A value that is not what it was. `key` is dotted, '' for the whole. */
export interface ValueDifference {
  readonly key: string;
  readonly old: PyValue | undefined;
  readonly new: PyValue | undefined;
}

/**
 * What two values differ in, numbers further apart than `tolerance` allows: that much of the larger one, or that much altogether where both
 * are below 1. NaN is as good as NaN.
 */
export function valueDifferences(old: PyValue, now: PyValue, tolerance: number): ValueDifference[] {
  const found: ValueDifference[] = [];
  const compare = (a: PyValue | undefined, b: PyValue | undefined, key: string): void => {
    const below = (word: string): string => (key === '' ? word : `${key}.${word}`);
    if (isPyMap(a) && isPyMap(b))
      for (const word of new Set([...a.keys(), ...b.keys()])) compare(a.get(word), b.get(word), below(pyStr(word)));
    else if (isPyList(a) && isPyList(b))
      for (let i = 0; i < Math.max(a.length, b.length); i++) compare(a[i], b[i], below(String(i)));
    else if (a === undefined || b === undefined || !isClose(a, b, tolerance)) found.push({ key, old: a, new: b });
  };
  compare(old, now, '');
  return found;
}

function isClose(a: PyValue, b: PyValue, tolerance: number): boolean {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x === undefined || y === undefined) return pyEquals(a, b);
  if (x === y || (Number.isNaN(x) && Number.isNaN(y))) return true;
  return Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(x), Math.abs(y));
}

const numberOf = (value: PyValue): number | undefined =>
  typeof value === 'number' || typeof value === 'bigint' ? Number(value) : asFloat(value);
