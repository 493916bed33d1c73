import { asFloat, compareCodePoints, PyFloat, type PyKey, pyFloat, pyFloatRepr, pyInt } from '../core/python.ts';
import { type Element, isSweep, Quoted, type Sweep } from './override-value.ts';

type Value = Element | Sweep;
type Named = ReadonlyMap<string, Value>;
type OverrideFunction = (args: readonly Value[], named: Named) => Value;

/** What can be called in an override, by name. They throw RangeErrors. Source: Hydra 1.3's grammar functions. */
export const FUNCTIONS: Readonly<Record<string, OverrideFunction>> = {
  int: (args, named) => cast(only(args, named), toInt, { ranges: true }),
  float: (args, named) => cast(only(args, named), toFloat, { ranges: true }),
  str: (args, named) => cast(only(args, named), toText, { ranges: false }),
  bool: (args, named) => cast(only(args, named), toBool, { ranges: false }),
  choice: (args) => {
    const [first] = args;
    if (first === undefined) throw new RangeError('empty choice is not legal');
    if (args.length === 1 && isSweep(first)) {
      if (first.kind !== 'choice' || !first.simple) throw new RangeError('nesting choices is not supported');
      return { ...first, simple: false };
    }
    return choiceOf(args, false);
  },
  range(args, named) {
    const at = (i: number, name: string): PyKey | undefined => {
      const value = args[i] ?? named.get(name);
      if (value === undefined) return undefined;
      if (!isNumber(value)) throw new RangeError(`'${name}' is not a number`);
      return value;
    };
    const [start, stop, step] = [at(0, 'start'), at(1, 'stop'), at(2, 'step') ?? 1];
    if (start === undefined) throw new RangeError("missing a required argument: 'start'");
    return stop === undefined || stop === null
      ? { kind: 'range', start: 0, stop: start, step, shuffle: false }
      : { kind: 'range', start, stop, step, shuffle: false };
  },
  interval: () => ({ kind: 'interval' }),
  glob: () => ({ kind: 'glob' }),
  tag(args, named) {
    const sweep = named.get('sweep') ?? args.at(-1);
    if (sweep === undefined || !isSweep(sweep))
      throw new RangeError('Last argument to tag() must be a choice(), range() or interval()');
    return sweep;
  },
  shuffle(args, named) {
    const given = named.get('list') ?? named.get('sweep') ?? (args.length === 1 ? args[0] : undefined);
    if (given === undefined) return { ...choiceOf(args, true), shuffle: true };
    if (isSweep(given)) return 'shuffle' in given ? { ...given, shuffle: true } : given;
    return Array.isArray(given) ? shuffled(given) : [given];
  },
  sort(args, named) {
    const reverse = named.get('reverse') === true;
    const given = named.get('list') ?? named.get('sweep') ?? (args.length === 1 ? args[0] : undefined);
    if (given === undefined) {
      if (args.length === 0) throw new RangeError('empty sort input');
      return sortSweep(choiceOf(args, true), reverse);
    }
    if (isSweep(given)) return sortSweep(given, reverse);
    return Array.isArray(given) ? sorted(given, reverse) : given;
  },
};

export function callFunction(name: string, args: readonly Value[], named: Named): Value {
  const bare = (value: Value): Value => (value instanceof Quoted ? value.text : value);
  const own = new Map([...named].map(([key, value]) => [key, bare(value)]));
  return FUNCTIONS[name]!(args.map(bare), own);
}

/** The values of a sweep, in order. @throws RangeError for a step of nothing */
export function sweepValues(sweep: Sweep): readonly Element[] {
  if (sweep.kind === 'choice') return sweep.shuffle ? shuffled(sweep.list) : sweep.list;
  if (sweep.kind !== 'range') return [];
  const values = rangeValues(sweep);
  return sweep.shuffle ? shuffled(values) : values;
}

const MOST_VALUES = 100_000;

function rangeValues({ start, stop, step }: Extract<Sweep, { kind: 'range' }>): Element[] {
  const values: Element[] = [];
  const isWhole = [start, stop, step].every((value) => asFloat(value) === undefined);
  const [from, to, by] = [start, stop, step].map(decimalOf) as [Decimal, Decimal, Decimal];
  if (by.digits === 0n) throw new RangeError('a range needs a step that is not 0');
  const isBefore = (a: Decimal): boolean => compare(a, to) * (by.digits > 0n ? 1 : -1) < 0;
  for (let at = from; isBefore(at); at = add(at, by)) {
    if (values.length >= MOST_VALUES) throw new RangeError(`a range has more than ${MOST_VALUES} values`);
    values.push(
      isWhole ? pyInt(at.digits * 10n ** BigInt(at.exponent)) : pyFloat(Number(`${at.digits}e${at.exponent}`)),
    );
  }
  return values;
}

/** An exact decimal number: Hydra adds the steps of a range as Python's `Decimal`s of 28 digits. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

const PRECISION = 28;

function decimalOf(value: PyKey): Decimal {
  const float = asFloat(value);
  if (float === undefined) return { digits: BigInt(typeof value === 'bigint' ? value : Number(value)), exponent: 0 };
  if (!Number.isFinite(float)) throw new RangeError('a range needs finite numbers');
  let [scaled, twos] = [float, 0];
  while (!Number.isInteger(scaled)) [scaled, twos] = [scaled * 2, twos + 1];
  return { digits: BigInt(scaled) * 5n ** BigInt(twos), exponent: -twos };
}

function add(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  const digits = alignedTo(a, exponent) + alignedTo(b, exponent);
  const surplus = String(digits < 0n ? -digits : digits).length - PRECISION;
  if (surplus <= 0) return { digits, exponent };
  const unit = 10n ** BigInt(surplus);
  const [whole, rest] = [digits / unit, digits % unit];
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const up = twice > unit || (twice === unit && whole % 2n !== 0n);
  return { digits: up ? whole + (digits < 0n ? -1n : 1n) : whole, exponent: exponent + surplus };
}

const alignedTo = ({ digits, exponent }: Decimal, to: number): bigint => digits * 10n ** BigInt(exponent - to);

function compare(a: Decimal, b: Decimal): number {
  const exponent = Math.min(a.exponent, b.exponent);
  const difference = alignedTo(a, exponent) - alignedTo(b, exponent);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

const isNumber = (value: Value): value is PyKey =>
  typeof value === 'number' || typeof value === 'bigint' || value instanceof PyFloat;

function only(args: readonly Value[], named: Named): Value {
  const value = named.get('value');
  if (value !== undefined && args.length > 0) throw new RangeError('cannot use both position and named arguments');
  const given = value ?? args[0];
  if (given === undefined) throw new RangeError('No positional args or value specified');
  return args.length > 1 ? choiceOf(args, true) : given;
}

function choiceOf(args: readonly Value[], simple: boolean): Extract<Sweep, { kind: 'choice' }> {
  const list = args.map((value) => {
    if (isSweep(value)) throw new RangeError('nesting sweeps is not supported');
    return value;
  });
  return { kind: 'choice', list, simple, shuffle: false };
}

function cast(value: Value, to: (one: PyKey) => PyKey, how: { readonly ranges: boolean }): Value {
  if (isSweep(value)) {
    if (value.kind === 'choice') return { ...value, list: value.list.map((one) => castElement(one, to)) };
    if (value.kind === 'range' && how.ranges)
      return { ...value, start: to(value.start), stop: to(value.stop), step: to(value.step) };
    throw new RangeError(`a ${value.kind} cannot be cast`);
  }
  return castElement(value, to);
}

function castElement(value: Element, to: (one: PyKey) => PyKey): Element {
  if (value instanceof Quoted) return to(value.text);
  if (Array.isArray(value)) return value.map((one: Element) => castElement(one, to));
  if (value instanceof Map)
    return new Map([...(value as ReadonlyMap<PyKey, Element>)].map(([key, one]) => [key, castElement(one, to)]));
  return to(value as PyKey);
}

function toInt(value: PyKey): PyKey {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string') {
    if (!/^\s*[+-]?\d+(?:_\d+)*\s*$/.test(value)) throw new RangeError(`invalid literal for int(): '${value}'`);
    return pyInt(BigInt(value.trim().replace(/[+_]/g, '')));
  }
  const number = Number(value instanceof PyFloat ? value.value : value);
  if (value === null || !Number.isFinite(number)) throw new RangeError(`'${String(value)}' is not a whole number`);
  return Math.trunc(number);
}

function toFloat(value: PyKey): PyKey {
  if (typeof value === 'string' && !/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(value)) {
    const word = /^\s*([+-]?)(inf(?:inity)?|nan)\s*$/i.exec(value);
    if (!word) throw new RangeError(`could not convert string to float: '${value}'`);
    return /nan/i.test(word[2] ?? '')
      ? Number.NaN
      : word[1] === '-'
        ? Number.NEGATIVE_INFINITY
        : Number.POSITIVE_INFINITY;
  }
  if (value === null) throw new RangeError("'null' is not a number");
  return pyFloat(Number(value instanceof PyFloat ? value.value : value));
}

function toText(value: PyKey): PyKey {
  if (typeof value === 'boolean') return String(value);
  if (value === null) throw new RangeError("'null' cannot be cast");
  const float = asFloat(value);
  return float === undefined ? String(value) : pyFloatRepr(float);
}

function toBool(value: PyKey): PyKey {
  if (typeof value === 'string') {
    const word = value.toLowerCase();
    if (word !== 'true' && word !== 'false') throw new RangeError(`Cannot cast '${value}' to bool`);
    return word === 'true';
  }
  return value instanceof PyFloat ? value.value !== 0 : Boolean(value);
}

function sortSweep(sweep: Sweep, reverse: boolean): Sweep {
  if (sweep.kind === 'choice') return { ...sweep, list: sorted(sweep.list, reverse) };
  if (sweep.kind !== 'range') throw new RangeError(`a ${sweep.kind} cannot be sorted`);
  const [start, stop, step] = [sweep.start, sweep.stop, sweep.step].map(Number) as [number, number, number];
  if (reverse ? start >= stop : start <= stop) return sweep;
  const by = Math.abs(step) * (reverse ? -1 : 1);
  const isFloat = [sweep.start, sweep.stop, sweep.step].some((value) => asFloat(value) !== undefined);
  const number = (value: number): PyKey => (isFloat ? pyFloat(value) : value);
  return { ...sweep, start: number(stop + by), stop: number(start + by), step: number(-step) };
}

function sorted(list: readonly Element[], reverse: boolean): Element[] {
  const numeric = list.every((one) => typeof one === 'boolean' || isNumber(one));
  const textual = list.every((one) => typeof one === 'string' || one instanceof Quoted);
  if (!numeric && !textual) throw new RangeError('values of different kinds cannot be sorted');
  const text = (one: Element): string => (one instanceof Quoted ? one.text : String(one));
  const number = (one: Element): number => Number(one instanceof PyFloat ? one.value : one);
  const order = (a: Element, b: Element): number =>
    numeric ? number(a) - number(b) : compareCodePoints(text(a), text(b));
  return [...list].sort(reverse ? (a, b) => order(b, a) : order);
}

function shuffled<T>(list: readonly T[]): T[] {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}
