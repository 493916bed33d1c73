import { isPyList, isPyMap, type PyKey, type PyValue, pyStr } from '../core/python.ts';
import { commonPath, type PlotProps } from './plot-definitions.ts';
import { PlotFailure } from './plot-failure.ts';
import {
  type Column,
  concatPoints,
  constantColumn,
  firstRowFields,
  lastField,
  NO_POINTS,
  type PlotContent,
  type Points,
  pointsOf,
  withColumns,
} from './points.ts';

/** A column of one file. */
export interface FileField {
  readonly file: string;
  readonly field: string;
}

/** The points of one plot in one revision, and what they say about how it is drawn. */
export interface RevisionPoints {
  readonly points: Points;
  /** Names of the columns that x and y are in: `dvc_inferred_y_value` where several fields are y. */
  readonly x: string;
  readonly y: string;
  readonly xLabel: PyValue;
  readonly yLabel: PyValue;
  /** Every y, its file without the folders that all have in common. */
  readonly series: readonly FileField[];
  /** How many rows each of them has, one after the other in `points`. */
  readonly lengths: readonly number[];
}

/** What DVC calls the columns that hold several fields. */
const INFERRED_X = 'dvc_inferred_x_value';
const INFERRED_Y = 'dvc_inferred_y_value';
/** The column of x where nobody names one. */
const STEP = 'step';

/**
 * One plot's points in one revision: the rows of each y, with x beside it and what tells them apart (`rev`, `filename`,
 * `field`). Undefined where there are none. Source: dvc-format 11.2, 11.3.
 *
 * @param contents Of those of the plot's files that there are, in the order of the definition.
 * @throws PlotFailure
 */
export function revisionPoints(
  id: string,
  props: PlotProps,
  contents: ReadonlyMap<string, PlotContent>,
  rev: string,
): RevisionPoints | undefined {
  const y = inferY(id, props.get('y') ?? null, contents);
  const x = inferX(id, props.get('x') ?? null, props.get('y') ?? null);
  const tables = new Map([...contents].map(([file, content]) => [file, pointsOf(content)]));
  const xs = fileFields(x, tables);
  const ys = fileFields(y, tables);
  if (xs.length > 1 && xs.length !== ys.length)
    throw new PlotFailure(
      'DvcException',
      `Cannot have different number of x and y data sources. Found ${xs.length} x and ${ys.length} y data sources.`,
    );
  const manyX = xs.length > 1 && new Set(xs.map(({ field }) => field)).size > 1;
  const manyY = new Set(ys.map(({ field }) => field)).size > 1;
  const xName = manyX ? INFERRED_X : (xs[0]?.field ?? STEP);
  const short = shortNames(ys);
  const parts = ys.map(({ file, field }, i) => {
    const rows = tables.get(file) ?? NO_POINTS;
    const more: [PyKey, Column][] = [];
    if (manyY) more.push([INFERRED_Y, copyOf(rows, field, rows.columns.get(INFERRED_Y))]);
    const from = xs.length > 1 ? xs[i] : xs[0];
    if (from === undefined) more.push([STEP, Array.from({ length: rows.length }, (_, n) => n)]);
    else more.push([xName, joined(rows, from, { file, field }, tables.get(from.file) ?? NO_POINTS, xName)]);
    more.push(['rev', constantColumn(rows.length, rev)]);
    more.push(['filename', constantColumn(rows.length, short(file))]);
    more.push(['field', constantColumn(rows.length, field)]);
    return withColumns(rows, more);
  });
  const points = parts.length > 0 ? concatPoints(parts) : NO_POINTS;
  if (points.length === 0) return undefined;
  return {
    points,
    x: xName,
    y: manyY ? INFERRED_Y : (ys[0]?.field ?? ''),
    xLabel: props.get('x_label') ?? labelOf(x, STEP, 'x'),
    yLabel: props.get('y_label') ?? labelOf(y, null, 'y'),
    series: ys.map(({ file, field }) => ({ file: short(file), field })),
    lengths: parts.map(({ length }) => length),
  };
}

/** An axis by file: `{file: field | [fields]}`. Null where nothing is known. */
type Axis = PyValue;

function inferY(id: string, y: PyValue, contents: ReadonlyMap<string, PlotContent>): Axis {
  if (isPyMap(y)) return y;
  if (y !== null) return new Map([[id, y]]);
  const content = contents.get(id);
  const field = content && lastField(content);
  return field === undefined ? null : new Map([[id, field]]);
}

/** A name alone is meant of each file of y, or of the plot's own. */
function inferX(id: string, x: PyValue, y: PyValue): Axis {
  if (typeof x !== 'string') return x;
  if (!isPyMap(y)) return new Map([[id, x]]);
  return new Map([...y].map(([file, fields]) => [file, isPyList(fields) ? fields.map(() => x) : x]));
}

/** Every field of an axis. @throws PlotFailure for one that its file lacks */
function fileFields(axis: Axis, tables: ReadonlyMap<string, Points>): FileField[] {
  if (!isPyMap(axis)) return [];
  const found: FileField[] = [];
  for (const [key, fields] of axis) {
    const file = pyStr(key);
    const named = isPyList(fields) ? fields : [fields];
    for (const field of named) if (typeof field === 'string') found.push({ file, field });
  }
  for (const { file, field } of found) checkField(tables.get(file), field);
  return found;
}

function checkField(table: Points | undefined, field: string): void {
  if (table === undefined) return;
  if (table.length === 0) throw new PlotFailure('TypeError', "argument of type 'NoneType' is not iterable");
  if (table.columns.get(field)?.[0] !== undefined) return;
  const known = firstRowFields(table);
  const odd = known.findIndex((name) => typeof name !== 'string');
  // DVC fails to write its own message of them.
  if (odd >= 0) throw new PlotFailure('TypeError', `sequence item ${odd}: expected str instance`);
  throw new PlotFailure(
    'FieldNotFoundError',
    `Could not find provided field ('${field}') in data fields ('${known.join(', ')}').`,
  );
}

/** A field as another column; where a row lacks it, what that column held before. */
function copyOf({ length, columns }: Points, field: string, before: Column | undefined): Column {
  const column = columns.get(field) ?? [];
  if (column.length === length && (before === undefined || before === column)) return column;
  return Array.from({ length }, (_, i) => column[i] ?? before?.[i]);
}

function joined(rows: Points, from: FileField, y: FileField, source: Points, name: string): Column {
  if (source.length !== rows.length)
    throw new PlotFailure(
      'DvcException',
      `Cannot join '${from.field}' from '${from.file}' and '${y.field}' from '${y.file}'. They have to have same length.`,
    );
  return copyOf(source, from.field, rows.columns.get(name));
}

/** Files without the folders that all have in common. */
function shortNames(ys: readonly FileField[]): (file: string) => string {
  const files = [...new Set(ys.map(({ file }) => file))];
  const common = files.length > 1 ? files.reduce(commonPath).length : 0;
  return (file) => file.slice(common).replace(/^[/\\]+|[/\\]+$/g, '');
}

/** The one name all fields of an axis have; `many` where there are several. */
function labelOf(axis: Axis, none: PyValue, many: string): PyValue {
  if (!isPyMap(axis)) return none;
  const fields = new Set([...axis.values()].flatMap((named) => (isPyList(named) ? named : [named])));
  const names = [...fields].filter((field) => typeof field === 'string');
  return names.length === 1 ? names[0]! : many;
}
