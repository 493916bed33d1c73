import { asFloat, type PyKey, type PyValue, pyStr, toPlain } from '../core/python.ts';
import { type Line, type ThinOptions, thinLine } from './downsample.ts';
import { fillTemplate, type Template } from './plot-fill.ts';
import type { SeriesPlot } from './plots.ts';
import type { Column, Points } from './points.ts';

/** One line of a plot: of one revision, and where a plot has several of one revision, of one source. */
export interface SeriesView extends Line {
  readonly rev: string;
  /** File, field or both, whichever tells the lines of a revision apart; '' for the only one. */
  readonly source: string;
}

/** A plot by DVC's templates of lines: its lines, thinned out for a screen. */
export interface LinesView {
  readonly kind: 'series';
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly SeriesView[];
}

/** Any other plot: its template as a Vega-Lite specification, filled but for its rows. */
export interface TemplateView {
  readonly kind: 'vega';
  readonly template: string;
  /** `data.values` is empty: rows belong there. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** With `rev` and what tells sources apart; fields as the file has them: those of tables are texts. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Rows there are; more than are in `rows` where points were left out for the screen. */
  readonly total: number;
}

const LINES = new Set(['linear', 'smooth', 'simple']);
/** Whether a plot is one of lines by a template of DVC's. */
export const isLines = ({ name, source }: Template): boolean => source === undefined && LINES.has(name);

/** Points of a scatter plot beyond which every nth is shown: of each revision. */
const MOST_ROWS = 20_000;

export interface ViewOptions extends ThinOptions {
  /** Colours of revisions by their name. */
  readonly colours?: ReadonlyMap<string, string>;
}

/**
 * What a plot draws, as plain data.
 *
 * @throws PlotFailure for a template that cannot be filled
 */
export function viewOfPlot(plot: SeriesPlot, template: Template, options: ViewOptions = {}): LinesView | TemplateView {
  if (isLines(template)) return linesOf(plot, options);
  const { first, revs, title } = plot;
  const points = SCATTERS.has(template.name) && template.source === undefined ? everyNth(plot) : plot.points;
  const { x, y, xLabel = null, yLabel = null, series = [] } = first ?? {};
  const colours = revs.map((rev) => options.colours?.get(rev)).filter((colour) => colour !== undefined);
  const filled = fillTemplate(
    { template, points, revs, series, x, y, title, xLabel, yLabel },
    { split: false, ...(colours.length === revs.length && colours.length > 0 ? { colours } : {}), withRows: false },
  );
  return {
    kind: 'vega',
    template: template.name,
    spec: toPlain(filled.content) as Record<string, unknown>, // A template is a dict.
    rows: plainRows(filled.points),
    total: plot.points.length,
  };
}

const SCATTERS = new Set(['scatter', 'scatter_jitter']);

/** The lines of a plot in a range of x. */
export function linesOf(plot: SeriesPlot, options: ThinOptions = {}): LinesView {
  const series: SeriesView[] = [];
  for (const { rev, found } of plot.parts) {
    const [files, fields] = [found.series.map(({ file }) => file), found.series.map(({ field }) => field)];
    const [manyFiles, manyFields] = [new Set(files).size > 1, new Set(fields).size > 1];
    let at = 0;
    for (const [i, { file, field }] of found.series.entries()) {
      const end = at + (found.lengths[i] ?? 0);
      const source = [...(manyFiles ? [file] : []), ...(manyFields ? [field] : [])].join('::');
      const [x, y] = [numbersOf(found.points, found.x, at, end), numbersOf(found.points, found.y, at, end)];
      series.push({ rev, source, ...thinLine(x, y, options) });
      at = end;
    }
  }
  return { kind: 'series', xLabel: textOf(plot.first?.xLabel), yLabel: textOf(plot.first?.yLabel), series };
}

const textOf = (value: PyValue | undefined): string => (value === undefined || value === null ? '' : pyStr(value));

const numbers = new WeakMap<Column, Float64Array>();

/** A part of a column as numbers; NaN for what is none. The whole column is read once. */
function numbersOf({ columns, length }: Points, field: string, from: number, to: number): Float64Array {
  const column = columns.get(field) ?? [];
  let read = numbers.get(column);
  if (!read) {
    read = new Float64Array(length);
    for (let i = 0; i < length; i++) read[i] = numberOf(column[i]);
    numbers.set(column, read);
  }
  return read.subarray(from, to);
}

function numberOf(value: PyValue | undefined): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') {
    const read = Number(value);
    return read === 0 && value.trim() === '' ? Number.NaN : read;
  }
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  return value === undefined || value === null ? Number.NaN : (asFloat(value) ?? Number.NaN);
}

/** Every nth row of each revision, so that a screen can draw them. */
function everyNth({ parts, points }: SeriesPlot): Points {
  const kept: number[] = [];
  let at = 0;
  for (const { found } of parts) {
    const step = Math.max(1, Math.ceil(found.points.length / MOST_ROWS));
    for (let i = 0; i < found.points.length; i += step) kept.push(at + i);
    at += found.points.length;
  }
  if (kept.length === points.length) return points;
  const columns = new Map<PyKey, Column>();
  for (const [field, column] of points.columns)
    columns.set(
      field,
      kept.map((i) => column[i]),
    );
  return { length: kept.length, columns };
}

function plainRows({ length, columns }: Points): Record<string, unknown>[] {
  const fields = [...columns].map(([field, column]) => [pyStr(field), column] as const);
  return Array.from({ length }, (_, i) => {
    const row: Record<string, unknown> = {};
    for (const [field, column] of fields) {
      const value = column[i];
      // An own property also where the field is called `__proto__`.
      if (value !== undefined) Object.defineProperty(row, field, { value: toPlain(value), ...PLAIN });
    }
    return row;
  });
}

const PLAIN = { enumerable: true, writable: true, configurable: true };
