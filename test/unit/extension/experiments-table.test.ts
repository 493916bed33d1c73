import * as assert from 'node:assert/strict';
import type { ExperimentRow, ExperimentsTable } from '../../../src/engine/index.ts';
import { guessedDirection } from '../../../src/engine/metrics/direction.ts';
import { seriesOfTable } from '../../../src/engine/verbs/metric-series.ts';
import {
  codeChanges,
  compareSections,
  comparisonMarkdown,
  dataChanges,
  environmentLines,
} from '../../../src/extension/experiments/comparison.ts';
import { thinned } from '../../../src/extension/experiments/live-series.ts';
import { overrideOf, PageTables, pagePatch, type TableFacts } from '../../../src/extension/experiments/table-of.ts';

const row = (given: Partial<ExperimentRow> & Pick<ExperimentRow, 'id' | 'kind'>): ExperimentRow => ({
  parent: null,
  key: given.id,
  rev: null,
  name: null,
  ref: null,
  branches: [],
  tags: [],
  created: null,
  author: null,
  message: null,
  status: given.kind === 'experiment' ? 'success' : null,
  executor: null,
  error: null,
  params: [],
  metrics: [],
  deps: [],
  outs: [],
  marks: { starred: false, labels: [], note: '' },
  rules: [],
  ...given,
});

const values = (lr: number, acc: number, data: string): Pick<ExperimentRow, 'params' | 'metrics' | 'deps'> => ({
  params: [{ path: 'params.yaml', values: { train: { lr, layers: [1, 2] }, seed: null } }],
  metrics: [{ path: 'metrics.json', values: { acc, val: { loss: Number.NaN } } }],
  deps: [{ path: 'data', hash: data, size: 10, files: 1 }],
});

const TABLE: ExperimentsTable = {
  hasMore: false,
  directions: [],
  rows: [
    row({ id: 'workspace', kind: 'workspace', ...values(0.1, 0.5, 'aaaaaaaaaa') }),
    row({
      id: 'c1',
      kind: 'commit',
      rev: 'c1c1c1c1c1',
      branches: ['main'],
      message: 'Train\n\nmore',
      ...values(0.2, 0.5, 'aaaaaaaaaa'),
    }),
    row({
      id: 'refs/exps/x/one',
      kind: 'experiment',
      parent: 'c1',
      rev: 'e1e1e1e1e1',
      name: 'one',
      ref: 'refs/exps/x/one',
      ...values(0.3, 0.75, 'bbbbbbbbbb'),
    }),
    row({
      id: 'c0',
      kind: 'commit',
      rev: 'c0c0c0c0c0',
      metrics: [{ path: 'metrics.json', error: { message: 'no JSON', type: 'X' } }],
    }),
  ],
};

const byName: TableFacts['directionOf'] = (_, keys) => guessedDirection(keys);

const facts = (version: number): TableFacts => ({
  version,
  queue: { queued: 0, running: 0, isStarted: false },
  canShowLess: false,
  factsOf: () => [],
  pushed: new Set(['refs/exps/x/one']),
  colours: new Map(),
  seriesOf: () => undefined,
  directionOf: byName,
});

describe('the table of experiments for its page', () => {
  it('has a column for each value, branches above their commits, and what differs from the baseline', () => {
    const table = new PageTables().next(TABLE, facts(1));
    assert.deepEqual(
      table.columns.map(({ id, better }) => [id, better]),
      [
        ['metric:metrics.json:acc', 'higher'],
        ['metric:metrics.json:val.loss', 'lower'],
        ['param:params.yaml:train.lr', undefined],
        ['param:params.yaml:train.layers', undefined],
        ['param:params.yaml:seed', undefined],
        ['dep:data', undefined],
      ],
    );
    assert.deepEqual(
      table.rows.map(({ id, parent, name, branch, changed }) => [id, parent, name, branch, changed]),
      [
        ['workspace', undefined, 'workspace', '', [2]],
        ['branch:main', undefined, 'main', 'main', []],
        ['c1', 'branch:main', 'c1c1c1c', 'main', []],
        ['refs/exps/x/one', 'c1', 'one', 'main', [2, 5]],
        ['c0', 'branch:main', 'c0c0c0c', 'main', []],
      ],
    );
    assert.deepEqual(table.rows[3]?.values, [
      0.75,
      { text: 'nan' },
      0.3,
      { text: '[1,2]' },
      { text: 'null' },
      'bbbbbbbbbb',
    ]);
    assert.deepEqual(table.rows[4]?.errors, { 0: 'metrics.json: no JSON', 1: 'metrics.json: no JSON' });
    assert.equal(table.rows[3]?.pushed, true);
  });

  it('tells only the rows that are others now', () => {
    const tables = new PageTables();
    const before = tables.next(TABLE, facts(1));
    const changed = { ...TABLE.rows[2]!, key: 'new', ...values(0.3, 0.8, 'bbbbbbbbbb') };
    const after = tables.next({ ...TABLE, rows: TABLE.rows.with(2, changed) }, facts(2));
    const patch = pagePatch(before, after);
    assert.deepEqual([patch?.base, patch?.version, patch?.order, patch?.removed], [1, 2, undefined, []]);
    assert.deepEqual(
      patch?.rows.map(({ id, values: [acc] }) => [id, acc]),
      [['refs/exps/x/one', 0.8]],
    );
    const added = row({ id: 'task:1', kind: 'experiment', parent: 'c1', name: 'two', status: 'queued' });
    const third = tables.next({ ...TABLE, rows: [...TABLE.rows.slice(0, 2), added, ...TABLE.rows.slice(2)] }, facts(3));
    assert.deepEqual(pagePatch(after, third)?.order, [
      'workspace',
      'branch:main',
      'c1',
      'task:1',
      'refs/exps/x/one',
      'c0',
    ]);
  });

  it('is told whole where a column is new', () => {
    const tables = new PageTables();
    const before = tables.next(TABLE, facts(1));
    const metrics = [{ path: 'metrics.json', values: { f1: 1 } }];
    const after = tables.next(
      { ...TABLE, rows: TABLE.rows.with(0, { ...TABLE.rows[0]!, key: 'k', metrics }) },
      facts(2),
    );
    assert.equal(pagePatch(before, after), undefined);
    assert.equal(after.rows[3]?.values.length, after.columns.length);
  });

  it('makes overrides of parameters that are typed over', () => {
    const { columns } = new PageTables().next(TABLE, facts(1));
    assert.equal(overrideOf(columns, 'param:params.yaml:train.lr', '0.1,0.2'), 'train.lr=0.1,0.2');
    assert.equal(overrideOf(columns, 'metric:metrics.json:acc', '1'), undefined);
    assert.equal(overrideOf([{ ...columns[2]!, id: 'x', file: 'other.toml' }], 'x', '1'), 'other.toml:train.lr=1');
  });

  it('takes directions that are declared anew', () => {
    const tables = new PageTables();
    const betterOf = (directionOf: TableFacts['directionOf']) =>
      tables.next(TABLE, { ...facts(1), directionOf }).columns.find(({ keys }) => keys[0] === 'acc')?.better;
    assert.equal(
      betterOf(() => 'lower'),
      'lower',
    );
    assert.equal(
      betterOf(() => undefined),
      undefined,
    );
  });

  it('draws the steps DVCLive writes, as many as a cell can show', () => {
    assert.deepEqual(seriesOfTable('step\tacc\n0\t0.1\n1\tnan\n2\t0.3\n'), [0.1, 0.3]);
    const many = thinned(Array.from({ length: 1000 }, (_, at) => at));
    assert.deepEqual([many?.length, many?.[0], many?.at(-1)], [40, 0, 999]);
    assert.equal(thinned([1]), undefined);
  });
});

describe('environments of a comparison', () => {
  it('stand by name, with what is another than in the baseline', () => {
    const environment = (python: string, packages: readonly (readonly [string, string])[]) => ({
      runtimes: new Map([['Python', python]]),
      packages: new Map(packages),
    });
    const lines = environmentLines(
      [
        environment('3.11', [['torch', '2.1']]),
        undefined,
        environment('3.11', [
          ['numpy', '1'],
          ['torch', '2.2'],
        ]),
      ],
      0,
      'Packages',
    );
    assert.deepEqual(
      lines.map(({ label, group, differs, cells }) => [label, group, differs, ...cells.map(({ text }) => text)]),
      [
        ['Python', '', true, '3.11', '', '3.11'],
        ['numpy', 'Packages', true, '', '', '1'],
        ['torch', 'Packages', true, '2.1', '', '2.2'],
      ],
    );
    assert.equal(lines[2]?.cells[2]?.verdict, 'other');
  });
});

describe('a comparison of experiments', () => {
  const table = new PageTables().next(TABLE, facts(1));
  const compared = ['c1', 'refs/exps/x/one'].map((id) => ({
    page: table.rows.find((one) => one.id === id)!,
    row: TABLE.rows.find((one) => one.id === id)!,
  }));
  const titles = { metrics: 'Metrics', params: 'Parameters', data: 'Data', dependency: 'deps', output: 'outs' };
  const found = compareSections(table, compared, 0, titles);

  it('says what is better, what is other, and what explains it', () => {
    const [metrics] = found.sections;
    assert.deepEqual(metrics?.lines[0]?.cells[1], {
      text: '0.75',
      full: '0.75',
      error: undefined,
      delta: '+0.25',
      verdict: 'better',
    });
    assert.deepEqual(
      found.explains.map(({ label, cells }) => [label, ...cells.map(({ text }) => text)]),
      [
        ['train.lr', '0.2', '0.3'],
        ['data', 'aaaaaaa · 10 B', 'bbbbbbb · 10 B'],
      ],
    );
  });

  it('is Markdown for a pull request, in which nothing of a name is markup', () => {
    const text = comparisonMarkdown(['a|b', '<i>'], found, { explains: 'Why', metrics: 'Metrics' });
    assert.match(
      text,
      /^## a\\\|b · \\<i\\>\n\n### Metrics\n\n\| {2}\| a\\\|b \| \\<i\\> \|\n\| --- \| --- \| --- \|\n\| acc \| 0\.5 \| 0\.75 \(\+0\.25\) \|/,
    );
  });

  it('lists files of code and of data', () => {
    assert.deepEqual(codeChanges('M\0src/a b.py\0A\0new.py\0D\0old.py\0'), [
      { path: 'src/a b.py', change: 'modified', note: '' },
      { path: 'new.py', change: 'added', note: '' },
      { path: 'old.py', change: 'deleted', note: '' },
    ]);
    const diff = {
      added: [{ path: 'data/', hash: 'x' }],
      deleted: [],
      modified: [{ path: 'data/a.csv', hash: 'x', text: '--- a\n+++ b\n@@ -1 +1,2 @@\n-1\n+2\n+3\n' }],
      renamed: [],
      'not in cache': [],
    };
    assert.deepEqual(
      dataChanges(diff, (added, removed) => `+${added} -${removed}`),
      [{ path: 'data/a.csv', change: 'modified', note: '+2 -1' }],
    );
  });
});
