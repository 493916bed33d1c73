import * as assert from 'node:assert/strict';
import { plotColor } from '../../../src/protocol/plot-colors.ts';
import type { PlotRevision, SeriesContent } from '../../../src/protocol/plots-page.ts';
import { separated, tableOf } from '../../../webview/plots/export-data.ts';
import { inOrder, moved, readKept } from '../../../webview/plots/kept-state.ts';
import { axisOf, toUnit, withinAll } from '../../../webview/plots/parallel-axes.ts';
import { lineRows, PLAIN } from '../../../webview/plots/series-spec.ts';
import { bandOf, smoothed } from '../../../webview/plots/smoothing.ts';

describe('smoothing', () => {
  it('leaves lines alone without a weight, and constants with any', () => {
    assert.deepEqual(smoothed([1, 5, 2], 0), [1, 5, 2]);
    for (const value of smoothed([3, 3, 3, 3], 0.9)) assert.ok(Math.abs(value - 3) < 1e-12);
  });
  it('starts at the first value and goes over gaps', () => {
    const [first, gap, last] = smoothed([4, Number.NaN, 8], 0.5);
    assert.equal(first, 4);
    assert.ok(Number.isNaN(gap));
    assert.ok(last! > 4 && last! < 8);
  });
  it('gives mean and spread where two lines have a value', () => {
    const band = bandOf([
      { x: [0, 1, 2], y: [1, 2, 3] },
      { x: [1, 0, 9], y: [4, 3, 5] },
    ]);
    assert.deepEqual(
      band.map(({ x, mean, low, high, count }) => [x, mean, low, high, count]),
      [
        [0, 2, 1, 3, 2],
        [1, 3, 2, 4, 2],
      ],
    );
  });
});

describe('lines of a plot', () => {
  const revision = (id: string): PlotRevision => ({
    id,
    label: id.toUpperCase(),
    detail: '',
    color: '#000000',
    isRunning: false,
    problem: undefined,
  });
  const content: SeriesContent = {
    kind: 'series',
    xLabel: 'step',
    yLabel: 'loss',
    series: [
      { rev: 'a', source: '', x: [0, 1, 2], y: [3, -1, 2], total: 3 },
      { rev: 'hidden', source: '', x: [0], y: [1], total: 1 },
    ],
  };
  it('are those of the shown revisions, by their labels', () =>
    assert.deepEqual(
      lineRows(content, [revision('a')], PLAIN).map(({ label, x, y }) => [label, x, y]),
      [
        ['A', 0, 3],
        ['A', 1, -1],
        ['A', 2, 2],
      ],
    ));
  it('leave out what a logarithm cannot take', () => {
    const xs = (look: Partial<typeof PLAIN>) =>
      lineRows(content, [revision('a')], { ...PLAIN, ...look }).map(({ x }) => x);
    assert.deepEqual(xs({ logX: true }), [1, 2]);
    assert.deepEqual(xs({ logY: true }), [0, 2]);
  });
  it('are exported as a table whose cells cannot break it', () => {
    const rows = tableOf({ ...content, yLabel: 'a,"b"', problems: [] });
    assert.equal(rows.length, 4);
    assert.equal(separated(rows.slice(0, 1), ','), 'rev,step,"a,""b"""\na,0,3\n');
    assert.equal(separated([{ a: 'x\ty', b: undefined }], '\t'), 'a\tb\n"x\ty"\t\n');
  });
});

describe('axes of parallel coordinates', () => {
  const numbers = axisOf('lr', [1, 3, undefined, 2]);
  const words = axisOf('optimizer', ['sgd', 'adam', 3]);
  it('place numbers between the least and the greatest, and words in order', () => {
    assert.deepEqual(
      [1, 2, 3].map((value) => toUnit(numbers, value)),
      [0, 0.5, 1],
    );
    assert.deepEqual(
      ['3', 'adam', 'sgd'].map((value) => toUnit(words, value)),
      [0, 0.5, 1],
    );
    assert.equal(toUnit(numbers, undefined), undefined);
    assert.equal(toUnit(axisOf('one', [7]), 7), 0.5);
  });
  it('choose what lies in every range, never what has no value there', () => {
    const ranges = new Map([['lr', { from: 0.4, to: 1 }]]);
    assert.deepEqual(
      [
        [1, 'sgd'],
        [2, 'sgd'],
        [undefined, 'sgd'],
      ].map((values) => withinAll([numbers, words], values as never, ranges)),
      [false, true, false],
    );
  });
});

describe('what the page of plots keeps', () => {
  it('is read whatever wrote it', () => {
    for (const value of [undefined, null, 3, 'x', [], { columns: 'a', looks: 3, order: [1, 'a'] }]) readKept(value);
    assert.deepEqual(readKept({ columns: 99, order: [1, 'a'], steps: { a: 2, b: 'x' } }).order, ['a']);
    assert.equal(readKept({ columns: 99 }).columns, 4);
    assert.deepEqual(readKept({ looks: { a: { smoothing: 5, logX: true } } }).looks, {
      a: { smoothing: 0.99, logX: true, logY: false, bands: false },
    });
  });
  it('orders plots, new ones behind', () => {
    const plots = ['a', 'b', 'c'].map((id) => ({ id }));
    assert.deepEqual(
      inOrder(plots, ['c', 'gone', 'a']).map(({ id }) => id),
      ['c', 'a', 'b'],
    );
    assert.deepEqual(moved(['a', 'b', 'c'], 'c', 'a'), ['c', 'a', 'b']);
    assert.deepEqual(moved(['a', 'b', 'c'], 'a', undefined), ['b', 'c', 'a']);
  });
});

describe('colours of plots', () => {
  it('begin with those of DVC, and never end', () => {
    assert.equal(plotColor(0), '#945dd6');
    const colors = Array.from({ length: 60 }, (_, i) => plotColor(i));
    for (const color of colors) assert.match(color, /^#[0-9a-f]{6}$/);
    assert.equal(new Set(colors).size, colors.length);
  });
});
