import * as assert from 'node:assert/strict';
import type { ExperimentRow } from '../../../src/engine/index.ts';
import { columnsOf, valuesOf } from '../../../src/extension/plots/columns.ts';

describe('columns of plots', () => {
  const row = (params: unknown, metrics: unknown) =>
    ({
      params: [{ path: 'params.yaml', values: params }],
      metrics: [
        { path: 'metrics.json', values: metrics },
        { path: 'broken.json', error: { message: 'broken', type: 'Error' } },
      ],
    }) as unknown as ExperimentRow;
  const one = row({ lr: 0.1, net: { depth: 3, act: 'relu' }, list: [1, 2], none: null }, { acc: 0.9, ok: true });

  it('are the single values of params and metrics, by file and name', () =>
    assert.deepEqual(
      [...valuesOf(one)],
      [
        ['params.yaml:lr', 0.1],
        ['params.yaml:net.depth', 3],
        ['params.yaml:net.act', 'relu'],
        ['metrics.json:acc', 0.9],
        ['metrics.json:ok', 'true'],
      ],
    ));

  it('are those of any row', () =>
    assert.deepEqual(columnsOf([one, row({ wd: 1 }, {})], 'params'), [
      'params.yaml:lr',
      'params.yaml:net.depth',
      'params.yaml:net.act',
      'params.yaml:wd',
    ]));
});
