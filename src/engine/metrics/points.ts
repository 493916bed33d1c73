import { isPyList, isPyMap, type PyKey, type PyMap, type PyValue, pyJson, pyJsonDictKey } from '../core/python.ts';
import { PlotFailure } from './plot-failure.ts';

/** One value of each row; undefined where a row lacks the field. */
export type Column = readonly (PyValue | undefined)[];

/**
 * Datapoints by column, in the order of their fields: a million of them are a few arrays, where a million dicts would not fit.
 * The field `null` holds what a line of a table has beyond its header.
 */
export interface Points {
  readonly length: number;
  readonly columns: ReadonlyMap<PyKey, Column>;
}

export const NO_POINTS: Points = { length: 0, columns: new Map() };

/** What a file of a plot holds: a table by column, or the value of a JSON, YAML, TOML or Python file. */
export type PlotContent =
  | { readonly kind: 'table'; readonly points: Points }
  | { readonly kind: 'value'; readonly value: PyValue };

/** The datapoints in a file: its lists of dicts with the same keys, side by side. @throws PlotFailure as DVC fails. */
export function pointsOf(content: PlotContent): Points {
  if (content.kind === 'table') return isEven(content.points) ? content.points : NO_POINTS;
  const columns = new Map<PyKey, (PyValue | undefined)[]>();
  let length = 0;
  for (const list of listsIn(content.value)) {
    const rows = datapoints(list);
    if (!rows) continue;
    length = Math.max(length, rows.length);
    for (const [i, row] of rows.entries())
      for (const [key, value] of row) {
        let column = columns.get(key);
        if (!column) columns.set(key, (column = []));
        column[i] = value;
      }
  }
  for (const column of columns.values()) column.length = length; // Fields that the last rows lack.
  return { length, columns };
}

/** Whether no line is longer than the first: else its rows have keys that the first lacks. */
function isEven({ columns }: Points): boolean {
  const extra = columns.get(null);
  return extra === undefined || extra[0] !== undefined;
}

/** The field that is `y` where nobody says: the last of the first list of dicts. Undefined where there is none. */
export function lastField(content: PlotContent): PyKey | undefined {
  if (content.kind === 'table') return firstRowFields(content.points).at(-1);
  for (const list of listsIn(content.value))
    if (list.every(isPyMap)) return [...(firstOf(list) as PyMap).keys()].at(-1);
  return undefined;
}

/** Fields of the first row. */
export const firstRowFields = ({ columns, length }: Points): PyKey[] =>
  length === 0 ? [] : [...columns].filter(([, column]) => column[0] !== undefined).map(([field]) => field);

/** Lists in a document, not in lists: depth first. */
function* listsIn(value: PyValue): Generator<readonly PyValue[]> {
  if (isPyList(value)) yield value;
  else if (isPyMap(value)) {
    for (const item of value.values()) if (isPyMap(item) || isPyList(item)) yield* listsIn(item);
  } else throw new PlotFailure('AttributeError', `'${typeof value}' object has no attribute 'values'`);
}

/** A list as rows, if it holds only dicts, of which none has a key that the first lacks. */
function datapoints(list: readonly PyValue[]): readonly PyMap[] | undefined {
  if (!list.every(isPyMap)) return undefined;
  const first = firstOf(list) as PyMap;
  return (list as readonly PyMap[]).every((row) => [...row.keys()].every((key) => first.has(key)))
    ? (list as readonly PyMap[]) // The line above the last.
    : undefined;
}

function firstOf(list: readonly PyValue[]): PyValue {
  if (list.length === 0) throw new PlotFailure('AttributeError', "'NoneType' object has no attribute 'keys'");
  return list[0]!;
}

/** Rows as dicts, for JSON. */
export function rowsOf({ length, columns }: Points): Map<PyKey, PyValue>[] {
  return Array.from({ length }, (_, i) => {
    const row = new Map<PyKey, PyValue>();
    for (const [field, column] of columns) {
      const value = column[i];
      if (value !== undefined) row.set(field, value);
    }
    return row;
  });
}

/** The JSON of {@link rowsOf}, without making them: there may be very many. */
export function rowsJson({ length, columns }: Points): string {
  const named = [...columns].map(([field, column]) => [pyJsonDictKey(field), column] as const);
  let text = '[';
  for (let i = 0; i < length; i++) {
    text += i === 0 ? '{' : ', {';
    let separator = '';
    for (const [key, column] of named) {
      const value = column[i];
      if (value === undefined) continue;
      text += `${separator}${key}${pyJson(value)}`;
      separator = ', ';
    }
    text += '}';
  }
  return `${text}]`;
}

/** The same points with columns set or replaced. */
export function withColumns({ length, columns }: Points, more: Iterable<readonly [PyKey, Column]>): Points {
  return { length, columns: new Map([...columns, ...more]) };
}

export const constantColumn = (length: number, value: PyValue): Column => new Array<PyValue>(length).fill(value);

/** One after the other; a field that one lacks is absent there. */
export function concatPoints(parts: readonly Points[]): Points {
  if (parts.length === 1) return parts[0]!;
  const fields = new Set(parts.flatMap(({ columns }) => [...columns.keys()]));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const columns = new Map<PyKey, Column>();
  for (const field of fields) {
    const column = new Array<PyValue | undefined>(length);
    let at = 0;
    for (const part of parts) {
      const own = part.columns.get(field);
      for (let i = 0; own && i < part.length; i++) column[at + i] = own[i];
      at += part.length;
    }
    columns.set(field, column);
  }
  return { length, columns };
}
