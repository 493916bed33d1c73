/** JSON of a Vega-Lite specification, before and after its anchors are filled. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The string in a template that stands for something of the plot's. */
export const anchor = (name: string): string => `<DVC_METRIC_${name.toUpperCase()}>`;

const X = anchor('x');
const Y = anchor('y');
const ZOOM = anchor('zoom_and_pan');
const X_AXIS = { field: X, type: 'quantitative', title: anchor('x_label') };
const Y_AXIS = { field: Y, type: 'quantitative', title: anchor('y_label') };
const NOT_FROM_ZERO = { scale: { zero: false } };
const BY_REV = { color: { field: 'rev', type: 'nominal' } };

/** What all templates begin with. */
const HEAD = {
  $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
  data: { values: anchor('data') },
  title: { text: anchor('title'), anchor: 'middle' },
};
const SIZE = { width: anchor('plot_width'), height: anchor('plot_height') };
const POINT = { type: 'point', tooltip: { content: 'data' } };

const simple: Json = {
  ...HEAD,
  params: [ZOOM],
  ...SIZE,
  mark: { type: 'line', tooltip: { content: 'data' } },
  encoding: {
    x: X_AXIS,
    y: { ...Y_AXIS, ...NOT_FROM_ZERO },
    color: anchor('color'),
    strokeDash: anchor('stroke_dash'),
    tooltip: anchor('tooltip'),
  },
};

/** A line that a slider smooths, the raw one faintly behind it, and a rule that tells all values at the pointer. */
const linear: Json = {
  ...HEAD,
  ...SIZE,
  params: [{ name: 'smooth', value: 0.001, bind: { input: 'range', min: 0.001, max: 1, step: 0.001 } }],
  encoding: { x: X_AXIS, color: anchor('color'), strokeDash: anchor('stroke_dash') },
  layer: [
    {
      layer: [
        { params: [ZOOM], mark: 'line' },
        { transform: [{ filter: { param: 'hover', empty: false } }], mark: 'point' },
      ],
      encoding: { y: { ...Y_AXIS, ...NOT_FROM_ZERO }, ...BY_REV },
      transform: [{ loess: Y, on: X, groupby: anchor('group_by'), bandwidth: { signal: 'smooth' } }],
    },
    {
      mark: { type: 'line', opacity: 0.2 },
      encoding: { x: X_AXIS, y: { ...Y_AXIS, ...NOT_FROM_ZERO }, ...BY_REV },
    },
    {
      mark: { type: 'circle', size: 10 },
      encoding: {
        x: { aggregate: 'max', ...X_AXIS },
        y: { aggregate: { argmax: X }, ...Y_AXIS, ...NOT_FROM_ZERO },
        ...BY_REV,
      },
    },
    {
      transform: [
        { calculate: anchor('pivot_field'), as: 'pivot_field' },
        { pivot: 'pivot_field', op: 'mean', value: Y, groupby: [X] },
      ],
      mark: { type: 'rule', tooltip: { content: 'data' }, stroke: 'grey' },
      encoding: { opacity: { condition: { value: 0.3, param: 'hover', empty: false }, value: 0 } },
      params: [
        { name: 'hover', select: { type: 'point', fields: [X], nearest: true, on: 'mouseover', clear: 'mouseout' } },
      ],
    },
  ],
};

interface ConfusionLook {
  /** How counts become shares: a transform, the name of the share, and where a text turns white. */
  readonly total: Json;
  readonly share: string;
  readonly formula: string;
  readonly groupByY: Json;
  readonly colour: Json;
  readonly tooltip: Json;
  readonly text: { readonly [key: string]: Json };
}

/** A heat map of how often each pair of x and y is there, one for each revision. */
const confusionOf = (look: ConfusionLook, params: { readonly [key: string]: Json } = {}): Json => ({
  ...HEAD,
  facet: { column: { field: 'rev', sort: [] }, row: anchor('row') },
  ...params,
  spec: {
    transform: [
      { aggregate: [{ op: 'count', as: 'xy_count' }], groupby: [Y, X] },
      { impute: 'xy_count', groupby: look.groupByY, key: X, value: 0 },
      { impute: 'xy_count', groupby: anchor('group_by_x'), key: Y, value: 0 },
      look.total,
      { calculate: look.formula, as: look.share },
    ],
    encoding: {
      x: { field: X, type: 'nominal', sort: 'ascending', title: anchor('x_label') },
      y: { field: Y, type: 'nominal', sort: 'ascending', title: anchor('y_label') },
    },
    layer: [
      { mark: 'rect', ...SIZE, encoding: { color: look.colour } },
      {
        selection: {
          label: { type: 'single', on: 'mouseover', encodings: ['x', 'y'], empty: 'none', clear: 'mouseout' },
        },
        mark: 'rect',
        encoding: {
          tooltip: [{ field: X, type: 'nominal' }, { field: Y, type: 'nominal' }, look.tooltip],
          opacity: { condition: { selection: 'label', value: 1 }, value: 0 },
        },
      },
      { transform: [{ filter: { selection: 'label' } }], layer: [{ mark: { type: 'rect', color: 'lightpink' } }] },
      {
        mark: 'text',
        encoding: {
          ...look.text,
          color: { condition: { test: `datum.${look.share} > 0.5`, value: 'white' }, value: 'black' },
        },
      },
    ],
  },
});

const COUNT = { field: 'xy_count', type: 'quantitative' };

const confusion = confusionOf(
  {
    total: { joinaggregate: [{ op: 'max', field: 'xy_count', as: 'max_count' }], groupby: [] },
    share: 'percent_of_max',
    formula: 'datum.xy_count / datum.max_count',
    groupByY: anchor('group_by_y'),
    colour: { ...COUNT, title: '', scale: { domainMin: 0, nice: true } },
    tooltip: COUNT,
    text: { text: { condition: { param: 'showValues', ...COUNT } } },
  },
  { params: [{ name: 'showValues', bind: { input: 'checkbox' } }] },
);

const SHARE = { field: 'percent_of_y', type: 'quantitative' };

const confusionNormalized = confusionOf({
  total: { joinaggregate: [{ op: 'sum', field: 'xy_count', as: 'sum_y' }], groupby: [Y] },
  share: 'percent_of_y',
  formula: 'datum.xy_count / datum.sum_y',
  groupByY: ['rev', Y],
  colour: { ...SHARE, title: '', scale: { domain: [0, 1] } },
  tooltip: { ...SHARE, format: '.2f' },
  text: {},
});

const scatter: Json = {
  ...HEAD,
  ...SIZE,
  mark: POINT,
  params: [ZOOM],
  encoding: { x: X_AXIS, y: Y_AXIS, color: anchor('color'), shape: anchor('shape'), tooltip: anchor('tooltip') },
};

/** Points of few values, each moved a little so that none hides another. */
const scatterJitter: Json = {
  ...HEAD,
  ...SIZE,
  transform: [
    { calculate: 'random()', as: 'randomX' },
    { calculate: 'random()', as: 'randomY' },
  ],
  mark: POINT,
  encoding: {
    x: { field: X, title: anchor('x_label') },
    y: { field: Y, title: anchor('y_label') },
    color: anchor('color'),
    shape: anchor('shape'),
    tooltip: anchor('tooltip'),
    xOffset: { field: 'randomX', type: 'quantitative' },
    yOffset: { field: 'randomY', type: 'quantitative' },
  },
};

const bars = (order: { readonly [key: string]: Json }): Json => ({
  ...HEAD,
  ...SIZE,
  mark: { type: 'bar' },
  params: [ZOOM],
  encoding: {
    x: { ...X_AXIS, ...NOT_FROM_ZERO },
    y: { field: Y, type: 'nominal', title: anchor('y_label'), ...order },
    yOffset: { field: 'rev', sort: [] },
    color: anchor('color'),
    column: anchor('column'),
  },
});

/** DVC's own templates by name, in the order in which it lists them. Source: dvc-format 11.4, 11.7. */
export const BUILT_IN_TEMPLATES: ReadonlyMap<string, Json> = new Map([
  ['simple', simple],
  ['linear', linear],
  ['confusion', confusion],
  ['confusion_normalized', confusionNormalized],
  ['scatter', scatter],
  ['scatter_jitter', scatterJitter],
  ['smooth', linear],
  ['bar_horizontal_sorted', bars({ sort: '-x' })],
  ['bar_horizontal', bars({})],
]);

/** Drawn with where a plot names none. */
export const DEFAULT_TEMPLATE = 'linear';
