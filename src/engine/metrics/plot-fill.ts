import { isPyList, isPyMap, type PyKey, type PyMap, type PyValue, pyStr } from '../core/python.ts';
import { PlotFailure } from './plot-failure.ts';
import type { FileField } from './plot-points.ts';
import { anchor } from './plot-templates.ts';
import { type Column, type Points, rowsOf } from './points.ts';

/** A template as it was read, under the name it was asked by. */
export interface Template {
  readonly name: string;
  readonly content: PyValue;
  /** Absent for a built-in one; for a file what changes with it. */
  readonly source?: string;
}

/** What a template's anchors stand for. */
export interface FillInput {
  readonly template: Template;
  readonly points: Points;
  /** Revisions that have points, in the order of their colours. */
  readonly revs: readonly string[];
  readonly series: readonly FileField[];
  readonly x: string | undefined;
  readonly y: string | undefined;
  readonly title: PyValue;
  readonly xLabel: PyValue;
  readonly yLabel: PyValue;
}

export interface FillOptions {
  /** Leaves what a viewer decides (data, colours, sizes, labels) in the template, and gives it beside it. */
  readonly split: boolean;
  /** Colours of revisions, cycled; DVC's seven unless told. */
  readonly colours?: readonly string[];
  /** False to leave the rows out: an empty list is in their place. */
  readonly withRows?: boolean;
}

export interface Filled {
  readonly content: PyValue;
  /** Values of the anchors that were left, by anchor. Empty unless split. */
  readonly anchors: PyMap;
  /** Without the columns that are the same in every row. */
  readonly points: Points;
  /** The list that stands for the rows, in `content` or `anchors`. */
  readonly rows: PyValue;
}

/** Sets what is told apart by: files, fields, or both joined in one column. */
const FILE = 'filename';
const FIELD = 'field';
const SEPARATOR = '::';

const SPLIT = new Set([
  ...['color', 'data', 'plot_height', 'plot_width', 'shape', 'stroke_dash', 'title', 'tooltip'],
  ...['x_label', 'y_label', 'zoom_and_pan'],
]);
/** Anchors a template may do without. */
const OPTIONAL = [
  ...['color', 'column', 'group_by_x', 'group_by_y', 'group_by', 'pivot_field', 'plot_height', 'plot_width'],
  ...['row', 'shape', 'stroke_dash', 'tooltip', 'zoom_and_pan'],
];
export const DVC_COLOURS = ['#945dd6', '#13adc7', '#f46837', '#48bb78', '#4299e1', '#ed8936', '#f56565'];
const DASHES: readonly PyValue[] = [
  [1, 0],
  [8, 8],
  [8, 4],
  [4, 4],
  [4, 2],
  [2, 1],
  [1, 1],
];
const SHAPES = ['circle', 'square', 'triangle', 'diamond'];
/** Width and height of a plot: pixels. */
const SIZE = 300;

/**
 * A template with its anchors filled: a Vega-Lite specification. Source: dvc-format 11.4, 11.7.
 *
 * @throws PlotFailure where a field is in no row, and for a template that has no place for data.
 */
export function fillTemplate(input: FillInput, options: FillOptions): Filled {
  const { template, points } = input;
  for (const field of [input.x, input.y]) if (field !== undefined && field !== '') checkField(points, field);
  const has = OPTIONAL.filter((name) => hasAnchor(template.content, anchor(name)));
  const varied = has.length === 0 ? undefined : variedBy(input.series);
  const values = new Map<string, PyValue>();
  for (const name of has) values.set(name, optionalValue(name, input, varied ?? [], options));
  const shown = varied === undefined ? points : tellApart(points, varied);
  if (!options.split && !hasAnchor(template.content, anchor('data')))
    throw new PlotFailure('BadTemplateError', `Template '${template.name}' is not using '${anchor('data')}' anchor`);
  let { content } = template;
  const anchors = new Map<PyKey, PyValue>();
  const set = (name: string, value: PyValue): void => {
    if (options.split && SPLIT.has(name) && !isDropped(name, value, varied)) anchors.set(anchor(name), value);
    else content = replaceAnchor(content, anchor(name), value);
  };
  for (const [name, value] of values) set(name, value);
  for (const name of ['title', 'x', 'y', 'x_label', 'y_label'] as const) {
    const value = name === 'x_label' ? input.xLabel : name === 'y_label' ? input.yLabel : (input[name] ?? null);
    if (value !== null) set(name, name === 'x' || name === 'y' ? escapeField(pyStr(value)) : value);
  }
  const rows: PyValue = options.withRows === false ? [] : rowsOf(shown);
  set('data', rows);
  return { content, anchors, points: shown, rows };
}

/** What only tells several series apart goes away where there is one, also from a template that is split. */
const isDropped = (name: string, value: PyValue, varied: readonly string[] | undefined): boolean =>
  varied?.length === 0 && (name === 'shape' || name === 'stroke_dash') && isPyMap(value);

function checkField({ columns }: Points, field: string): void {
  if (columns.get(field)?.some((value) => value !== undefined)) return;
  throw new PlotFailure('NoFieldInDataError', `Field '${field}' does not exist in provided data.`);
}

/** In which of file and field the series differ. */
function variedBy(series: readonly FileField[]): string[] {
  const differ = (values: readonly string[]): boolean => new Set(values).size > 1;
  if (series.length <= 1) return [];
  return [
    ...(differ(series.map(({ file }) => file)) ? [FILE] : []),
    ...(differ(series.map(({ field }) => field)) ? [FIELD] : []),
  ];
}

function optionalValue(name: string, input: FillInput, varied: readonly string[], options: FillOptions): PyValue {
  const single = input.series.length <= 1;
  const key = varied.join(SEPARATOR);
  const groupBy: PyValue[] = single ? ['rev'] : ['rev', key];
  switch (name) {
    case 'color':
      return scaleOf('rev', input.revs, options.colours ?? DVC_COLOURS);
    case 'zoom_and_pan':
      return dict({ name: 'grid', select: 'interval', bind: 'scales' });
    case 'plot_height':
    case 'plot_width':
      return SIZE;
    case 'group_by':
      return groupBy;
    case 'group_by_x':
      return [...groupBy, input.x ?? null];
    case 'group_by_y':
      return [...groupBy, input.y ?? null];
    case 'pivot_field':
      return ['rev', ...varied].map((field) => `datum.${field}`).join(` + '${SEPARATOR}' + `);
    case 'tooltip':
      return ['rev', input.x ?? null, input.y ?? null, ...(single ? [] : [key])].map((field) => dict({ field }));
    case 'row':
    case 'column':
      return single ? new Map() : dict({ field: key, sort: [] });
    default: // Dashes and shapes.
      if (single) return new Map();
      return new Map<PyKey, PyValue>([
        ...scaleOf(key, domainOf(input.series, varied), name === 'shape' ? SHAPES : DASHES),
        // Empty symbols, as the colour is that of the revision.
        ['legend', dict({ symbolFillColor: 'transparent', symbolStrokeColor: 'grey' })],
      ]);
  }
}

function domainOf(series: readonly FileField[], varied: readonly string[]): string[] {
  const names = series.map(({ file, field }) =>
    varied.length === 2 ? file + SEPARATOR + field : varied[0] === FILE ? file : field,
  );
  return [...new Set(names)].sort(byCodePoint);
}

const byCodePoint = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

function scaleOf(field: string, domain: readonly string[], values: readonly PyValue[]): Map<PyKey, PyValue> {
  const range = domain.map((_, i) => values[i % values.length] ?? null);
  return dict({ field, scale: dict({ domain, range }) });
}

const dict = (entries: Readonly<Record<string, PyValue>>): Map<PyKey, PyValue> => new Map(Object.entries(entries));

/** Leaves only the columns in which series differ; both become one. */
function tellApart({ length, columns }: Points, varied: readonly string[]): Points {
  const shown = new Map(columns);
  if (varied.length === 2) {
    const [files, fields] = [columns.get(FILE) ?? [], columns.get(FIELD) ?? []];
    const joined: Column = files.map((file, i) => `${pyStr(file ?? '')}${SEPARATOR}${pyStr(fields[i] ?? '')}`);
    shown.set(FILE + SEPARATOR + FIELD, joined);
  }
  for (const key of [FILE, FIELD]) if (varied.length === 2 || !varied.includes(key)) shown.delete(key);
  return { length, columns: shown };
}

/** Vega reads those as the way into nested data. */
const escapeField = (field: string): string => field.replace(/[.[\]]/g, '\\$&');

/** Whether an anchor stands anywhere as a whole value. */
export function hasAnchor(value: PyValue, name: string): boolean {
  if (isPyMap(value))
    return [...value.values()].some((item) =>
      isPyList(item) ? item.some((one) => !isPyList(one) && hasAnchor(one, name)) : hasAnchor(item, name),
    );
  return value === name;
}

/** A whole value is replaced by any, a part of a text only by text, and in lists only whole ones. */
function replaceAnchor(content: PyValue, name: string, value: PyValue): PyValue {
  if (isPyMap(content)) {
    const filled = new Map<PyKey, PyValue>();
    for (const [key, item] of content)
      filled.set(
        key,
        typeof item === 'string' && item !== name && typeof value === 'string'
          ? item.replaceAll(name, () => value)
          : replaceAnchor(item, name, value),
      );
    return filled;
  }
  if (isPyList(content)) return content.map((item) => replaceAnchor(item, name, value));
  return content === name ? value : content;
}
