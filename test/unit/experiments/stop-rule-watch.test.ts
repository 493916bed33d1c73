import * as assert from 'node:assert/strict';
import type { SeriesPoints } from '../../../src/engine/experiments/live-series.ts';
import { StopRuleWatch } from '../../../src/engine/experiments/stop-rule-watch.ts';
import type { PlainValue } from '../../../src/engine/experiments/table-rows.ts';
import { readStopRule, stopRuleText } from '../../../src/engine/metrics/stop-rule.ts';

describe('rules over a run', () => {
  const none = new Map<string, SeriesPoints>();
  const written = (values: PlainValue, file = 'm.json') => ({
    metrics: [{ path: file, values }],
    changed: new Set([file]),
    series: none,
  });
  const points = (file: string, columns: Record<string, number[]>, fresh = false) => ({
    changed: new Set<string>(),
    series: new Map([[file, { x: 'step', steps: [], columns, fresh }]]),
  });
  const watch = (...texts: string[]) => {
    const [rules, own] = [texts.map(readStopRule), new StopRuleWatch()];
    return (values: Parameters<StopRuleWatch['next']>[1]) =>
      own.next(rules, values).map(({ rule, value }) => [stopRuleText(rule), value]);
  };

  it('each rewriting of a metrics file is a value, and a rule is met once', () => {
    const next = watch('val.loss > 2 for 2');
    assert.deepEqual(next(written({ val: { loss: 3 } })), []);
    assert.deepEqual(next(written({ val: { loss: 4 } })), [['val.loss > 2 for 2', 4]]);
    assert.deepEqual(next(written({ val: { loss: 5 } })), []);
  });

  it('a file that was not written is no value', () => {
    const next = watch('loss > 2');
    assert.deepEqual(next({ ...written({ loss: 3 }), changed: new Set(['other.json']) }), []);
  });

  it('every step DVCLive writes counts, and its summary does not count again', () => {
    const next = watch('val.acc stalls max for 3');
    assert.deepEqual(next(points('dvclive/plots/metrics/val/acc.tsv', { acc: [0.5, 0.5] }, true)), []);
    assert.deepEqual(next(written({ val: { acc: 0.5 } }, 'dvclive/metrics.json')), []);
    assert.deepEqual(next(written({ val: { acc: 0.5 } }, 'dvclive/metrics.json')), []);
    assert.deepEqual(next(points('dvclive/plots/metrics/val/acc.tsv', { acc: [0.4, 0.3] })), [
      ['val.acc stalls max for 3', 0.3],
    ]);
  });

  it('a series that begins anew begins its rules anew', () => {
    const next = watch('loss > 2 for 3');
    assert.deepEqual(next(points('loss.csv', { loss: [3, 3] }, true)), []);
    assert.deepEqual(next(points('loss.csv', { loss: [3, 3] }, true)), []);
    assert.deepEqual(next(points('loss.csv', { loss: [3] })), [['loss > 2 for 3', 3]]);
  });

  it('a rule names its file where it wants one', () => {
    const next = watch('a/m.json:loss > 2', 'loss.csv:loss > 2', 'live/metrics.json:loss is broken');
    assert.deepEqual(next(written({ loss: 3 }, 'b/m.json')), []);
    assert.deepEqual(next(written({ loss: 3 }, 'a/m.json')), [['a/m.json:loss > 2', 3]]);
    assert.deepEqual(next(points('loss.csv', { loss: [4] })), [['loss.csv:loss > 2', 4]]);
    assert.deepEqual(next(points('live/plots/metrics/loss.tsv', { loss: [Number.NaN] })), [
      ['live/metrics.json:loss is broken', Number.NaN],
    ]);
  });
});
