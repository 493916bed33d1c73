import * as assert from 'node:assert/strict';
import { fromPlain, type PyValue, toPlain } from '../../../src/engine/core/python.ts';
import { readCsv } from '../../../src/engine/metrics/csv.ts';
import { thinLine } from '../../../src/engine/metrics/downsample.ts';
import type { PlotProps } from '../../../src/engine/metrics/plot-definitions.ts';
import { fillTemplate, type Template } from '../../../src/engine/metrics/plot-fill.ts';
import { revisionPoints } from '../../../src/engine/metrics/plot-points.ts';
import { type PlotContent, pointsOf, rowsOf } from '../../../src/engine/metrics/points.ts';

const rows = (points: Parameters<typeof rowsOf>[0]): unknown => rowsOf(points).map((row) => toPlain(row));
const table = async (text: string, header = true, delimiter: ',' | '\t' = ','): Promise<unknown> =>
  rows(await readCsv(text, { delimiter, header }));

describe('readCsv', () => {
  // As Python's `csv.DictReader` reads them.
  const cases: readonly (readonly [name: string, text: string, expected: unknown])[] = [
    ['keeps every value a text', 'a,b\n1,2.0\n', [{ a: '1', b: '2.0' }]],
    ['passes over empty lines and takes any line end', 'a\r\n1\r\n\r\n2\r3', [{ a: '1' }, { a: '2' }, { a: '3' }]],
    [
      'fills up short lines, and collects the rest of long ones',
      'a,b\n1\n1,2,3,4\n',
      [
        { a: '1', b: null },
        { a: '1', b: '2', null: ['3', '4'] },
      ],
    ],
    ['takes the later of two columns of one name', 'a,a\n1,2\n', [{ a: '2' }]],
    ['reads quoted cells', '"a,b",c\n"x\ny","say ""hi"""\n', [{ 'a,b': 'x\ny', c: 'say "hi"' }]],
    ['keeps a byte order mark', '\ufeffa\n1\n', [{ '\ufeffa': '1' }]],
    ['has no rows without lines', '', []],
  ];
  for (const [name, text, expected] of cases) it(name, async () => assert.deepEqual(await table(text), expected));
  it('counts fields by commas where the first line is data', async () => {
    assert.deepEqual(await table('1,2\n3,4\n', false), [
      { 0: '1', 1: '2' },
      { 0: '3', 1: '4' },
    ]);
    assert.deepEqual(await table('1\t2\n', false, '\t'), [{ 0: '1', null: ['2'] }]);
  });
});

const value = (plain: unknown): PlotContent => ({ kind: 'value', value: fromPlain(plain) });

describe('points of a document', () => {
  it('are those of its lists of dicts, side by side', () =>
    assert.deepEqual(rows(pointsOf(value({ n: 1, a: [{ x: 1 }, { x: 2 }], b: { c: [{ y: 3 }] } }))), [
      { x: 1, y: 3 },
      { x: 2 },
    ]));
  it('are none in a list whose dicts have other keys than the first', () =>
    assert.equal(pointsOf(value([{ x: 1 }, { x: 1, y: 2 }])).length, 0));
});

const points = (props: Record<string, unknown>, files: Record<string, unknown>, id = 'f.json'): unknown => {
  const contents = new Map(Object.entries(files).map(([file, plain]) => [file, value(plain)]));
  const found = revisionPoints(id, fromPlain(props) as PlotProps, contents, 'r');
  return found && { rows: rows(found.points), x: found.x, y: found.y, labels: [found.xLabel, found.yLabel] };
};

describe('points of a plot', () => {
  it('are numbered by step, and y is the last field, where nothing is said', () =>
    assert.deepEqual(
      points(
        {},
        {
          'f.json': [
            { step: 9, v: 1 },
            { step: 9, v: 2 },
          ],
        },
      ),
      {
        rows: [
          { step: 0, v: 1, rev: 'r', filename: 'f.json', field: 'v' },
          { step: 1, v: 2, rev: 'r', filename: 'f.json', field: 'v' },
        ],
        x: 'step',
        y: 'v',
        labels: ['step', 'v'],
      },
    ));
  it('repeat the rows for each of several fields', () =>
    assert.deepEqual(points({ x: 's', y: ['a', 'b'] }, { 'f.json': [{ s: 1, a: 2, b: 3 }] }), {
      rows: [
        { s: 1, a: 2, b: 3, dvc_inferred_y_value: 2, rev: 'r', filename: 'f.json', field: 'a' },
        { s: 1, a: 2, b: 3, dvc_inferred_y_value: 3, rev: 'r', filename: 'f.json', field: 'b' },
      ],
      x: 's',
      y: 'dvc_inferred_y_value',
      labels: ['s', 'y'],
    }));
  it('name files without the folders in common', () => {
    const found = points(
      { y: { 'd/a.json': 'v', 'd/b.json': 'v' } },
      { 'd/a.json': [{ v: 1 }], 'd/b.json': [{ v: 2 }] },
    );
    assert.deepEqual(
      (found as { rows: { filename: string }[] }).rows.map(({ filename }) => filename),
      ['a.json', 'b.json'],
    );
  });
  it('refuse a field that is not there, and files of other lengths', () => {
    assert.throws(
      () => points({ y: 'w' }, { 'f.json': [{ v: 1 }] }),
      /Could not find provided field \('w'\) in data fields \('v'\)/,
    );
    assert.throws(
      () => points({ x: { 'g.json': 's' } }, { 'f.json': [{ v: 1 }], 'g.json': [{ s: 1 }, { s: 2 }] }),
      /Cannot join 's' from 'g.json' and 'v' from 'f.json'/,
    );
  });
});

const template = (content: unknown): Template => ({ name: 't', content: fromPlain(content) });
const fill = (content: unknown, split = false): unknown => {
  const contents = new Map([['f.json', value([{ 'a.b': 1 }])]]);
  const found = revisionPoints('f.json', new Map<string, PyValue>(), contents, '</script>')!;
  const input = { ...found, template: template(content), revs: ['</script>'], title: 'a <b>' };
  const { content: filled, anchors } = fillTemplate(input, { split });
  return split ? [toPlain(filled), [...anchors.keys()]] : toPlain(filled);
};

describe('fillTemplate', () => {
  const DATA = { data: '<DVC_METRIC_DATA>' };
  it('replaces whole values by any, parts of texts by texts, and in lists whole ones only', () =>
    assert.deepEqual(
      fill({
        data: 'none',
        d: ['<DVC_METRIC_DATA>'],
        t: 'My <DVC_METRIC_TITLE>',
        l: ['My <DVC_METRIC_TITLE>', '<DVC_METRIC_Y>'],
      }),
      {
        data: 'none',
        d: [[{ 'a.b': 1, step: 0, rev: '</script>', filename: 'f.json', field: 'a.b' }]],
        t: 'My a <b>',
        l: ['My <DVC_METRIC_TITLE>', 'a\\.b'],
      },
    ));
  it('drops what tells series apart where there is one', () =>
    assert.deepEqual(fill({ ...DATA, s: '<DVC_METRIC_SHAPE>', g: '<DVC_METRIC_GROUP_BY>' }), {
      data: [{ 'a.b': 1, step: 0, rev: '</script>' }],
      s: {},
      g: ['rev'],
    }));
  it('refuses a template without a place for data', () => assert.throws(() => fill({ t: 1 }), /is not using/));
  it('leaves what a viewer decides in a template that is split', () =>
    assert.deepEqual(fill({ ...DATA, c: '<DVC_METRIC_COLOR>', x: '<DVC_METRIC_X>' }, true), [
      { ...DATA, c: '<DVC_METRIC_COLOR>', x: 'step' },
      ['<DVC_METRIC_COLOR>', '<DVC_METRIC_TITLE>', '<DVC_METRIC_X_LABEL>', '<DVC_METRIC_Y_LABEL>', '<DVC_METRIC_DATA>'],
    ]));
});

describe('thinLine', () => {
  const count = 100_000;
  const x = Float64Array.from({ length: count }, (_, i) => i);
  const y = Float64Array.from({ length: count }, (_, i) => (i === 77_777 ? 1000 : Math.sin(i / 500)));
  it('keeps ends and every peak, in order', () => {
    const thin = thinLine(x, y, { most: 400 });
    assert.ok(thin.x.length <= 400 && thin.x.length > 200, String(thin.x.length));
    assert.equal(thin.total, count);
    assert.deepEqual([thin.x[0], thin.x.at(-1)], [0, count - 1]);
    assert.ok(thin.y.includes(1000));
    assert.ok(thin.x.every((at, i) => i === 0 || at > thin.x[i - 1]!));
  });
  it('is exact in a short range, with a neighbour beyond each end', () => {
    const thin = thinLine(x, y, { from: 77_776.5, to: 77_778.5 });
    assert.deepEqual(thin, {
      x: [77_776, 77_777, 77_778, 77_779],
      y: [77_776, 77_777, 77_778, 77_779].map((i) => y[i]),
      total: 4,
    });
  });
  it('leaves out what is no number', () =>
    assert.deepEqual(thinLine([0, 1, 2, 3], [1, Number.NaN, Number.POSITIVE_INFINITY, 4]), {
      x: [0, 3],
      y: [1, 4],
      total: 2,
    }));
  it('takes parts of the line where x goes to and fro', () => {
    const back = Float64Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1000);
    assert.ok(thinLine(back, back, { most: 40 }).x.length <= 40);
  });
});
