import {
  asFloat,
  compareCodePoints,
  isPyList,
  isPyMap,
  type PyMap,
  type PyValue,
  pyEquals,
  pyFloat,
  pyInt,
  pyStr,
  pyTruthy,
} from '../core/python.ts';
import { parsePyJson } from '../core/python-json.ts';

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

/**
 * What is different between the contents of files, by path; with `unchanged` also what is not. A file that is a bare value
 * is compared as such where both sides are; beside a dict its every key is `unable to parse`. Source: dvc-format 9.5.
 */
export function diffValues(
  old: ReadonlyMap<string, PyValue>,
  current: ReadonlyMap<string, PyValue>,
  { unchanged }: { readonly unchanged: boolean },
): Map<string, FileChanges> {
  const files = new Map<string, FileChanges>();
  for (const path of [...new Set([...old.keys(), ...current.keys()])].sort(compareCodePoints)) {
    const [before, after] = [old.get(path) ?? EMPTY, current.get(path) ?? EMPTY];
    const [flatBefore, flatAfter] = [flatOf(before), flatOf(after)];
    const [valueBefore, valueAfter] = [lookUp(before, flatBefore, after), lookUp(after, flatAfter, before)];
    const keys = isPyMap(before) || isPyMap(after) ? [...flatBefore.keys(), ...flatAfter.keys()] : [''];
    const changes = new Map<string, ValueChange>();
    for (const key of [...new Set(keys)].sort(compareCodePoints)) {
      const change = diffValue(valueBefore(key), valueAfter(key));
      if (unchanged || !pyEquals(change.old, change.new)) changes.set(key, change);
    }
    if (changes.size > 0) files.set(path, changes);
  }
  return files;
}

const EMPTY: PyMap = new Map();
const NO_KEYS: ReadonlyMap<string, PyValue> = new Map();

const flatOf = (value: PyValue): ReadonlyMap<string, PyValue> => (isPyMap(value) ? flattenValues(value) : NO_KEYS);

/** What a key of one file is compared by, which depends on what the other file is. */
function lookUp(value: PyValue, flat: ReadonlyMap<string, PyValue>, other: PyValue): (key: string) => PyValue {
  if (!isPyMap(value) && !isPyMap(other)) return () => parsed(value);
  if (!isPyMap(value)) return () => (pyTruthy(value) ? 'unable to parse' : null);
  return (key) => flat.get(key) ?? null;
}

/** A bare text counts for the JSON it may be. */
function parsed(value: PyValue): PyValue {
  if (typeof value !== 'string') return isPyList(value) ? pyStr(value) : value;
  try {
    return parsePyJson(value);
  } catch (error) {
    if (error instanceof SyntaxError) return value;
    throw error;
  }
}

function diffValue(old: PyValue, current: PyValue): ValueChange {
  const change = { old, new: current };
  if (isInteger(old) && isInteger(current)) return { ...change, diff: difference(old, current) };
  const [a, b] = [numberOf(old), numberOf(current)];
  return a === undefined || b === undefined ? change : { ...change, diff: pyFloat(b - a) };
}

function difference(old: number | bigint | boolean, current: number | bigint | boolean): PyValue {
  const [a, b] = [Number(old), Number(current)];
  return isSmall(a) && isSmall(b) ? b - a : pyInt(BigInt(current) - BigInt(old));
}

const isSmall = (value: number): boolean => Math.abs(value) < 2 ** 52;

/** Booleans are, in Python. */
const isInteger = (value: PyValue): value is number | bigint | boolean =>
  typeof value === 'bigint' || typeof value === 'boolean' || (typeof value === 'number' && Number.isInteger(value));

/** Numbers and booleans, as which Python counts. */
function numberOf(value: PyValue): number | undefined {
  if (typeof value === 'boolean' || typeof value === 'bigint' || typeof value === 'number') return Number(value);
  return asFloat(value);
}
