import * as assert from 'node:assert/strict';
import type { ExperimentRow, PlainValue } from '../../../src/engine/index.ts';
import { guessedDirection } from '../../../src/engine/metrics/direction.ts';
import {
  around,
  differs,
  historyOf,
  runsJudgedBy,
  runsOf,
  seriesOf,
  sparkline,
  valueAt,
} from '../../../src/extension/experiments/run-values.ts';

const row = (name: string, created: number, params: PlainValue, metrics: PlainValue): ExperimentRow => ({
  id: name,
  kind: name === 'HEAD' ? 'commit' : 'experiment',
  parent: null,
  key: name,
  rev: name,
  name,
  ref: null,
  branches: [],
  tags: [],
  created,
  author: null,
  message: null,
  status: name === 'HEAD' ? null : name.startsWith('run') ? 'running' : 'success',
  executor: null,
  error: null,
  params: [{ path: 'params.yaml', values: params }],
  metrics: [{ path: 'm.json', values: metrics }],
  deps: [],
  outs: [],
  marks: { starred: false, labels: [], note: '' },
  rules: [],
});
const byName = (_: string, keys: readonly string[]) => guessedDirection(keys);

describe('values over the runs', () => {
  const rows = [
    row('HEAD', 1, { lr: 0.5, seed: 1 }, { step: 3, val: { acc: 0.5 } }),
    row('running', 9, { lr: 9, seed: 1 }, { step: 1, val: { acc: 0.99 } }),
    row('c', 4, { lr: 0.3, seed: 1 }, { step: 3, val: { acc: Number.NaN } }),
    row('b', 3, { lr: 0.2, seed: 1 }, { step: 3, val: { acc: 0.9 } }),
    row('a', 2, { lr: 0.1, seed: 1 }, { step: 3, val: { acc: 0.7 } }),
  ];
  const names = (runs: readonly { readonly row: ExperimentRow }[]) => runs.map((one) => one.row.name);

  it('are those of finished runs: the best by the first metric with a direction, and the last', () => {
    const lr = historyOf(runsOf({ rows }, byName), 'params', { file: 'params.yaml', name: 'lr' });
    assert.deepEqual(lr.judge, { file: 'm.json', name: 'val.acc', better: 'higher' });
    assert.deepEqual([lr.head?.value, names(lr.best), names(lr.last)], [0.5, ['b', 'a'], ['c', 'b', 'a']]);
    assert.deepEqual(
      lr.best.map(({ value, metric }) => [value, metric]),
      [
        [0.2, 0.9],
        [0.1, 0.7],
      ],
    );
    assert.deepEqual(seriesOf(lr), [0.7, 0.9]);
  });

  it('go by the declared direction', () => {
    const lower = historyOf(
      runsOf({ rows }, (_, keys) => (keys.join('.') === 'val.acc' ? 'lower' : undefined)),
      'params',
      { file: 'params.yaml', name: 'lr' },
    );
    assert.deepEqual(names(lower.best), ['a', 'b']);
    assert.deepEqual(runsOf({ rows }, () => undefined).best, []);
  });

  it('of a metric are judged by itself', () => {
    const acc = { file: 'm.json', name: 'val.acc' };
    assert.deepEqual(names(historyOf(runsJudgedBy({ rows }, acc, byName), 'metrics', acc).best), ['b', 'a']);
    const step = { file: 'm.json', name: 'step' };
    const steps = historyOf(runsJudgedBy({ rows }, step, byName), 'metrics', step);
    assert.deepEqual([steps.best, seriesOf(steps)], [[], [3, 3, 3]]);
  });

  it('tell apart only what differs', () => {
    const of = (name: string) => historyOf(runsOf({ rows }, byName), 'params', { file: 'params.yaml', name });
    assert.deepEqual([differs(of('lr')), differs(of('seed')), differs(of('none'))], [true, false, false]);
  });

  it('are found under keys that have dots', () => {
    const files = [{ path: 'p', values: { 'a.b': { c: 1 }, a: { 'b.d': 2 }, n: null } }];
    assert.deepEqual(
      ['a.b.c', 'a.b.d', 'n', 'a.x'].map((name) => valueAt(files, { file: 'p', name })),
      [1, 2, null, undefined],
    );
  });

  it('are drawn from the least to the greatest', () => {
    assert.deepEqual([sparkline([1]), sparkline([0, 1, 2]), sparkline([3, 3])], ['', '▁▅█', '▄▄']);
  });

  it('are swept around what is there', () => {
    assert.deepEqual([0.1, 64, 1, true, 'adam', 1e-5].map(around), [
      '0.05,0.1,0.2',
      '32,64,128',
      '1,2',
      'true,false',
      'adam',
      '0.000005,0.00001,0.00002',
    ]);
  });

  it('of 5,000 runs and 300 parameters are there at once', () => {
    const params = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`p${i}`, i]));
    const many = Array.from({ length: 5000 }, (_, i) => row(`r${i}`, i, params, { val: { acc: (i * 7919) % 5000 } }));
    const times = [0, 1, 2].map(() => {
      const before = process.cpuUsage();
      const runs = runsOf({ rows: many }, byName);
      for (let i = 0; i < 300; i++) historyOf(runs, 'params', { file: 'params.yaml', name: `p${i}` });
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    });
    assert.ok(Math.min(...times) < 50, `${times.join(', ')} ms`);
  });
});
