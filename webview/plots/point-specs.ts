import type { BetterDirection, HistoryContent, ScatterContent } from '../../src/protocol/plots-page.ts';

export const POINTS = 'points';

/** The name of an axis, with the way that is better: `acc ↑`. */
export const axisTitle = (name: string, better: BetterDirection): string =>
  better === undefined ? name : `${name} ${better === 'higher' ? '↑' : '↓'}`;

/** A metric against a parameter: a point for each experiment. */
export function scatterSpec({ columns: [x = '', y = ''], better, points }: ScatterContent): Record<string, unknown> {
  const isNumber = (at: number): boolean =>
    points.every(({ values }) => values[at] === undefined || typeof values[at] === 'number');
  const axis = (field: 'x' | 'y', title: string, at: number) => ({
    field,
    title: axisTitle(title, better[at]),
    ...(isNumber(at) ? { type: 'quantitative', scale: { zero: false, padding: 12 } } : { type: 'nominal' }),
  });
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: 'container',
    height: 'container',
    autosize: { type: 'fit', contains: 'padding' },
    data: { name: POINTS },
    params: isNumber(0) && isNumber(1) ? [{ name: 'zoom', select: 'interval', bind: 'scales' }] : [],
    mark: { type: 'point', filled: true, size: 80, opacity: 0.9 },
    encoding: {
      x: axis('x', x, 0),
      y: axis('y', y, 1),
      color: { field: 'color', type: 'nominal', scale: null },
      tooltip: [
        { field: 'label', type: 'nominal', title: ' ' },
        { field: 'x', title: x },
        { field: 'y', title: y },
      ],
    },
  };
}

export const scatterRows = ({ points }: ScatterContent) =>
  points.flatMap(({ rev, label, color, values: [x, y] }) =>
    x === undefined || y === undefined ? [] : [{ rev, label, color, x, y }],
  );

/** A metric along a branch; a mark below where the data changed. */
export function historySpec(
  { metric, better }: HistoryContent,
  words: { readonly dataChanged: string },
): Record<string, unknown> {
  const x = {
    field: 'at',
    type: 'ordinal',
    title: null,
    axis: { labelExpr: 'datum.label', labels: false, ticks: false },
  };
  const tooltip = [
    { field: 'label', type: 'nominal', title: ' ' },
    { field: 'date', type: 'nominal', title: '  ' },
    { field: 'value', type: 'quantitative', title: metric, format: '.6~g' },
    { field: 'note', type: 'nominal', title: '   ' },
  ];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: 'container',
    height: 'container',
    autosize: { type: 'fit', contains: 'padding' },
    data: { name: POINTS },
    layer: [
      {
        transform: [{ filter: 'datum.dataChanged' }],
        mark: { type: 'rule', strokeDash: [4, 4], opacity: 0.6 },
        encoding: { x, tooltip: { value: words.dataChanged } },
      },
      {
        mark: { type: 'line', point: { filled: true, size: 50 }, interpolate: 'monotone' },
        encoding: {
          x,
          y: { field: 'value', type: 'quantitative', title: axisTitle(metric, better), scale: { zero: false } },
          tooltip,
        },
      },
    ],
  };
}

export const historyRows = ({ commits }: HistoryContent, words: { readonly dataChanged: string }) =>
  commits.map(({ label, date, value, dataChanged }, at) => ({
    at,
    label,
    date: date.slice(0, 10),
    value: value ?? null,
    dataChanged,
    note: dataChanged ? words.dataChanged : '',
  }));
