import { isPyList, isPyMap, type PyKey, type PyValue, pyMap } from '../core/python.ts';

/** The value without these keys, at any depth: digests leave out what may change without making a difference. */
export function withoutKeys(value: PyValue, keys: ReadonlySet<PyKey>): PyValue {
  if (isPyList(value)) return value.map((item) => withoutKeys(item, keys));
  if (!isPyMap(value)) return value;
  return pyMap([...value].filter(([key]) => !keys.has(key)).map(([key, item]) => [key, withoutKeys(item, keys)]));
}
