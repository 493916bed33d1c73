import { parse, TomlDate, TomlError, type TomlValue } from 'smol-toml';
import { invalidFile } from '../core/errors.ts';
import { PyDate, type PyKey, type PyMap, type PyValue, pyFloat, pyInt } from '../core/python.ts';

/** A TOML file as Python reads it. The only importer of `smol-toml`. @throws invalidFile with the line. */
export function parseToml(text: string, path: string): PyMap {
  try {
    return toMap(parse(text, { integersAsBigInt: true, maxDepth: 100 }));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const problem = error.message.split('\n')[0] ?? 'not TOML';
    throw invalidFile(path, `TOML file structure is corrupted: ${problem}`, { line: error.line, column: error.column });
  }
}

const toMap = (table: Readonly<Record<string, TomlValue>>): PyMap =>
  new Map<PyKey, PyValue>(Object.entries(table).map(([key, item]) => [key, toPy(item)]));

function toPy(value: TomlValue): PyValue {
  if (typeof value === 'bigint') return pyInt(value);
  if (typeof value === 'number') return pyFloat(value);
  if (value instanceof TomlDate) return toDate(value);
  if (Array.isArray(value)) return value.map(toPy);
  return typeof value === 'object' ? toMap(value) : value;
}

/** Python prints no fraction when it is zero, else six digits, and `+00:00` for `Z`. A time alone has no date: it stays text. */
function toDate(date: TomlDate): PyValue {
  const iso = date
    .toISOString()
    .replace(/\.000/, '')
    .replace(/(\.\d{3})(?!\d)/, '$1000')
    .replace(/Z$/, '+00:00');
  return date.isTime() ? iso : new PyDate(iso);
}
