import {
  asFloat,
  compareCodePoints,
  isPyList,
  isPyMap,
  type PyMap,
  type PyValue,
  pyEquals,
  pyFloat,
  pyStr,
} from '../core/python.ts';

/** One value before and after; null where it is not there. `diff` only between numbers. */
export interface ValueChange {
  readonly old: PyValue;
  readonly new: PyValue;
  readonly diff?: PyValue;
}

/** Changes of one file by dotted key, sorted. */
export type FileChanges = ReadonlyMap<string, ValueChange>;

/** Nested values by dotted keys; lists count as one value, printed as Python prints them. Empty dicts vanish. */
export function flattenValues(value: PyValue | undefined): Map<string, PyValue> {
  const flat = new Map<string, PyValue>();
  const visit = (map: PyMap, prefix: string): void => {
    for (const [key, item] of map) {
      const name = prefix + pyStr(key);
      if (isPyMap(item)) visit(item, `${name}.`);
      else flat.set(name, isPyList(item) ? pyStr(item) : item);
    }
  };
  if (isPyMap(value)) visit(value, '');
  else if (value !== undefined) flat.set('', isPyList(value) ? pyStr(value) : value);
  return flat;
}

/** What is different between the contents of files, by path; with `unchanged` also what is not. Source: dvc-format 9.5. */
export function diffValues(
  old: ReadonlyMap<string, PyValue>,
  current: ReadonlyMap<string, PyValue>,
  { unchanged }: { readonly unchanged: boolean },
): Map<string, FileChanges> {
  const files = new Map<string, FileChanges>();
  for (const path of [...new Set([...old.keys(), ...current.keys()])].sort(compareCodePoints)) {
    const [before, after] = [flattenValues(old.get(path)), flattenValues(current.get(path))];
    const changes = new Map<string, ValueChange>();
    for (const key of [...new Set([...before.keys(), ...after.keys()])].sort(compareCodePoints)) {
      const change = diffValue(before.get(key) ?? null, after.get(key) ?? null);
      if (unchanged || !pyEquals(change.old, change.new)) changes.set(key, change);
    }
    if (changes.size > 0) files.set(path, changes);
  }
  return files;
}

function diffValue(old: PyValue, current: PyValue): ValueChange {
  const [a, b] = [numberOf(old), numberOf(current)];
  if (a === undefined || b === undefined) return { old, new: current };
  const isFloat = asFloat(old) !== undefined || asFloat(current) !== undefined;
  return { old, new: current, diff: isFloat ? pyFloat(b - a) : b - a };
}

/** Numbers and booleans, as which Python counts. */
function numberOf(value: PyValue): number | undefined {
  if (typeof value === 'boolean' || typeof value === 'bigint' || typeof value === 'number') return Number(value);
  return asFloat(value);
}
