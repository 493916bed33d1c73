/**
 * Values as Python sees them, and as it prints them.
 *
 * DVC's files, hashes and JSON output are what Python prints, and Python tells `1` from `1.0`. So a number that JavaScript
 * would print as an integer is an integer, unless it is wrapped in {@link PyFloat}.
 */
export type PyValue = PyKey | readonly PyValue[] | PyMap;
/** What may be a key: everything that is not a collection. */
export type PyKey = null | boolean | number | bigint | string | PyFloat | PyDate;
/** A dict: keeps order, and the types of keys, which a plain object would not (`1:` and `'1':` differ). */
export type PyMap = ReadonlyMap<PyKey, PyValue>;

/** A float with an integral value: `1.0`, `1e+16`, `-0.0`. Other floats, NaN and the infinities are plain numbers. */
export class PyFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A `date` or `datetime` read from YAML or TOML. */
export class PyDate {
  /** As Python's `isoformat()` prints it, with `T` between date and time. */
  readonly iso: string;
  /** Printed in YAML with `T` (as it was written) instead of a space. */
  readonly withT: boolean;
  /** The name of its time zone as written (`Z`, `+02:00`), which YAML keeps. */
  readonly zone: string | undefined;
  constructor(iso: string, withT = false, zone?: string) {
    this.iso = iso;
    this.withT = withT;
    this.zone = zone;
  }
}

/** Wraps a number that came from a float's spelling, only where JavaScript could not tell. */
export const pyFloat = (value: number): number | PyFloat => (Number.isInteger(value) ? new PyFloat(value) : value);

/** The integer as a number where that is exact, else as a bigint. */
export const pyInt = (value: bigint): number | bigint => {
  const narrow = Number(value);
  return Number.isSafeInteger(narrow) ? narrow : value;
};

export const isPyMap = (value: PyValue | undefined): value is PyMap => value instanceof Map;
export const isPyList = (value: PyValue | undefined): value is readonly PyValue[] => Array.isArray(value);

/** Builds a dict from `[key, value]` pairs, leaving out values that are undefined. */
export function pyMap(entries: Iterable<readonly [PyKey, PyValue | undefined]>): Map<PyKey, PyValue> {
  const map = new Map<PyKey, PyValue>();
  for (const [key, value] of entries) if (value !== undefined) map.set(key, value);
  return map;
}

/** Whether Python's `if value:` is taken. */
export function pyTruthy(value: PyValue | undefined): boolean {
  if (value instanceof PyFloat) return value.value !== 0;
  if (value instanceof PyDate) return true;
  if (isPyList(value)) return value.length > 0;
  if (isPyMap(value)) return value.size > 0;
  return typeof value === 'number' ? value !== 0 : Boolean(value); // NaN is true in Python.
}

/** `repr` of a float: shortest digits that read back the same; an exponent below 1e-4 and from 1e16 on, of two digits at least. */
export function pyFloatRepr(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const size = Math.abs(value);
  // Where Python writes no exponent either, JavaScript writes the same digits.
  if (size >= 1e-4 && size < 1e16) return Number.isInteger(value) ? `${value}.0` : String(value);
  if (Object.is(value, -0)) return '-0.0';
  // toExponential() without an argument gives as many digits as needed, as repr does.
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const digits = String(Math.abs(exponent)).padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
  }
  const sign = value < 0 ? '-' : '';
  const digits = mantissa.replace('-', '').replace('.', '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

/** The float's value, or undefined for anything that is not a float in Python. */
export function asFloat(value: PyValue): number | undefined {
  if (value instanceof PyFloat) return value.value;
  return typeof value === 'number' && !Number.isInteger(value) ? value : undefined;
}

const hex4 = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`;

/** A JSON string with all but printable ASCII escaped, as `json.dumps` does by default. */
export const pyJsonString = (text: string): string =>
  PLAIN_TEXT.test(text)
    ? `"${text}"`
    : JSON.stringify(text).replace(/[\u007f-\uffff]/g, (char) => hex4(char.charCodeAt(0)));

/** Nothing in it is escaped. */
const PLAIN_TEXT = /^[ !#-[\]-~]*$/;

export interface PyJsonOptions {
  /** Sorts keys by code point, at every depth. */
  readonly sortKeys?: boolean;
  /** Lists too long to be values: the JSON that an empty list stands for. */
  readonly lists?: ReadonlyMap<PyValue, () => string>;
}

/** `json.dumps` with its default separators. Dates, at which Python fails, are written as ISO strings. */
export function pyJson(value: PyValue, options: PyJsonOptions = {}): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return pyJsonString(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof PyDate) return pyJsonString(value.iso);
  if (typeof value === 'number' && Number.isInteger(value)) return String(value);
  const float = asFloat(value);
  if (float !== undefined) return jsonFloat(float);
  if (isPyList(value)) return jsonList(value, options);
  if (!isPyMap(value)) return String(value); // A large integer.
  if (!options.sortKeys) return jsonDict(value, options);
  const entries = [...value].map(([key, item]): [string, PyValue] => [jsonKey(key), item]);
  entries.sort(([a], [b]) => compareCodePoints(a, b));
  return `{${entries.map(([key, item]) => `${pyJsonString(key)}: ${pyJson(item, options)}`).join(', ')}}`;
}

// Text that grows, without lists of its parts: rows of plots come in hundreds of thousands.
function jsonList(list: readonly PyValue[], options: PyJsonOptions): string {
  if (list.length === 0) return options.lists?.get(list)?.() ?? '[]';
  let text = '[';
  for (let i = 0; i < list.length; i++) text += i === 0 ? pyJson(list[i]!, options) : `, ${pyJson(list[i]!, options)}`;
  return `${text}]`;
}

function jsonDict(dict: PyMap, options: PyJsonOptions): string {
  let text = '{';
  for (const [key, item] of dict) text += `${text === '{' ? '' : ', '}${pyJsonDictKey(key)}${pyJson(item, options)}`;
  return `${text}}`;
}

const jsonFloat = (value: number): string => {
  if (Number.isFinite(value)) return pyFloatRepr(value);
  return Number.isNaN(value) ? 'NaN' : value < 0 ? '-Infinity' : 'Infinity';
};

/** A key with its colon, as it begins an item of a dict. */
export const pyJsonDictKey = (key: PyKey): string => `${pyJsonString(jsonKey(key))}: `;

const jsonKey = (key: PyKey): string => (typeof key === 'string' ? key : pyJson(key).replaceAll('"', ''));

/** Orders like Python compares `str`: by code point, where JavaScript's `<` goes by UTF-16 unit. */
export function compareCodePoints(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    // A surrogate stands for a code point above every single unit.
    const [high, other] = [x >= 0xd800 && x <= 0xdfff, y >= 0xd800 && y <= 0xdfff];
    return high === other ? x - y : high ? 1 : -1;
  }
  return a.length - b.length;
}

/** `repr(value)`: what Python prints of a value inside a list or a message. */
export function pyRepr(value: PyValue): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return reprString(value);
  if (value instanceof PyDate) return reprDate(value.iso);
  const float = asFloat(value);
  if (float !== undefined) return pyFloatRepr(float);
  if (isPyList(value)) return `[${value.map(pyRepr).join(', ')}]`;
  if (isPyMap(value)) return `{${[...value].map(([key, item]) => `${pyRepr(key)}: ${pyRepr(item)}`).join(', ')}}`;
  return String(value);
}

/** `str(value)`: as {@link pyRepr}, but text and dates stand for themselves. */
export function pyStr(value: PyValue): string {
  if (typeof value === 'string') return value;
  if (value instanceof PyDate) return value.iso.replace('T', ' ');
  return pyRepr(value);
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

function reprString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[\\'\p{C}\p{Z}]/gu, (char) => {
    if (char === ' ') return char;
    if (char === "'") return quote === "'" ? "\\'" : char;
    const named = NAMED_ESCAPES[char];
    if (named !== undefined) return named;
    const code = char.codePointAt(0) ?? 0;
    if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code <= 0xffff ? hex4(code) : `\\U${code.toString(16).padStart(8, '0')}`;
  });
  return quote + body + quote;
}

function reprDate(iso: string): string {
  const parts = iso.match(/\d+/g)?.map(Number) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, fraction = 0] = parts;
  if (!iso.includes('T')) return `datetime.date(${year}, ${month}, ${day})`;
  const micro = iso.includes('.') ? fraction : 0;
  const tail = micro ? `, ${second}, ${micro}` : second ? `, ${second}` : '';
  return `datetime.datetime(${year}, ${month}, ${day}, ${hour}, ${minute}${tail})`;
}

/** Python's `==`: `1`, `1.0` and `True` are equal, NaN is not even itself, dicts have no order. */
export function pyEquals(a: PyValue, b: PyValue): boolean {
  const [x, y] = [numeric(a), numeric(b)];
  // biome-ignore lint/suspicious/noDoubleEquals: between number and bigint `==` compares the mathematical values.
  if (x !== undefined && y !== undefined) return x == y;
  if (a instanceof PyDate) return b instanceof PyDate && instant(a) === instant(b);
  if (isPyList(a)) return isPyList(b) && a.length === b.length && a.every((item, i) => pyEquals(item, b[i] as PyValue));
  if (!isPyMap(a)) return a === b;
  if (!isPyMap(b) || a.size !== b.size) return false;
  for (const [key, item] of a) {
    const other = pyGet(b, key);
    if (other === undefined || !pyEquals(item, other)) return false;
  }
  return true;
}

function numeric(value: PyValue): number | bigint | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof PyFloat) return value.value;
  return typeof value === 'number' || typeof value === 'bigint' ? value : undefined;
}

/** Dates with a zone compare as moments; those without only with each other. */
function instant(date: PyDate): string {
  const zoned = /[+-]\d\d:\d\d(:\d\d)?$/.test(date.iso);
  return zoned
    ? `@${Date.parse(date.iso.replace(/(\.\d{3})\d*/, '$1'))}${/\.(\d+)/.exec(date.iso)?.[1] ?? ''}`
    : date.iso;
}

/** `map[key]` under Python's idea of equal keys; undefined where Python would raise `KeyError`. */
export function pyGet(map: PyMap, key: PyKey): PyValue | undefined {
  const direct = map.get(key);
  if (direct !== undefined || typeof key === 'string' || key === null) return direct;
  for (const [other, value] of map) if (pyEquals(other, key)) return value;
  return undefined;
}

/** Plain JavaScript data for consumers of `--json`: dicts become objects, floats and big integers numbers, dates ISO strings. */
export function toPlain(value: PyValue): unknown {
  if (value instanceof PyFloat) return value.value;
  if (value instanceof PyDate) return value.iso;
  if (typeof value === 'bigint') return Number(value);
  if (isPyList(value)) return value.map(toPlain);
  if (isPyMap(value)) return Object.fromEntries([...value].map(([key, item]) => [jsonKey(key), toPlain(item)]));
  return value;
}

/** Plain JavaScript data as a Python value; undefined members are left out. Numbers are integers where they look like it. */
export function fromPlain(value: unknown): PyValue {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map(fromPlain);
  if (value instanceof PyFloat || value instanceof PyDate) return value;
  // A Map made by the caller from plain parts.
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key as PyKey, fromPlain(item)]));
  switch (typeof value) {
    case 'boolean':
    case 'number':
    case 'bigint':
    case 'string':
      return value;
    case 'object':
      return pyMap(Object.entries(value).map(([key, item]) => [key, item === undefined ? undefined : fromPlain(item)]));
    default:
      throw new TypeError(`a ${typeof value} has no Python value`);
  }
}
