import * as assert from 'node:assert/strict';
import { firstFiring, parseStopRule, type StopRule, stopRuleText } from '../../../src/engine/metrics/stop-rule.ts';

const rule = (text: string): StopRule => {
  const parsed = parseStopRule(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.rule;
};

describe('parseStopRule', () => {
  it('reads a comparison with its counts', () =>
    assert.deepEqual(rule('val_loss > 2 for 3 steps after 10'), {
      action: 'stop',
      metric: 'val_loss',
      condition: { kind: 'compare', operator: '>', limit: 2 },
      times: 3,
      after: 10,
    }));
  it('reads the other conditions', () => {
    assert.deepEqual(rule('loss is nan').condition, { kind: 'broken' });
    assert.deepEqual(rule('notify when acc stalls max by 1e-3 for 5'), {
      action: 'notify',
      metric: 'acc',
      condition: { kind: 'stalled', better: 'higher', by: 0.001 },
      times: 5,
      after: 0,
    });
  });
  it('takes any name of a metric', () => {
    assert.equal(rule('train/acc.top-1>=0.5').metric, 'train/acc.top-1');
    assert.equal(rule('"a metric (%)" < 1').metric, 'a metric (%)');
    assert.equal(rule('when > 1').metric, 'when');
    assert.equal(rule('"stop" == 1').metric, 'stop');
  });
  const wrong: readonly (readonly [text: string, problem: RegExp, at: number])[] = [
    ['', /name of a metric is missing/, 0],
    ['loss', /condition .* is missing/, 4],
    ['loss > much', /`much` is no number/, 7],
    ['loss rises', /`rises` is no condition/, 5],
    ['loss stalls', /needs `min` or `max`/, 11],
    ['loss > 1 for 0', /whole number from 1/, 13],
    ['loss > 1 for 2 for 3', /`for` is not expected/, 15],
    ['loss is fine', /goes with `broken`/, 8],
  ];
  for (const [text, problem, at] of wrong)
    it(`says what is wrong with "${text}"`, () => {
      const parsed = parseStopRule(text);
      assert.ok('problem' in parsed);
      assert.match(parsed.problem, problem);
      assert.equal(parsed.at, at);
    });
});

describe('a rule', () => {
  const cases: readonly (readonly [text: string, values: readonly number[], fires: number | undefined])[] = [
    ['v > 2 for 3', [3, 3, 1, 3, 3, 3], 5],
    ['v > 2 for 3', [3, 3, 1, 3], undefined],
    ['v > 2 after 2', [9, 9, 9], 2],
    ['v is broken', [1, Number.NaN], 1],
    ['v is broken', [1, Number.NEGATIVE_INFINITY], 1],
    ['v stalls min for 2', [5, 4, 4, 3, 3, 3], 5],
    ['v stalls min by 0.5 for 3', [5, 4.9, 4.8, 4.7, 4.6], 3],
    ['v stalls max for 1', [1, 2, Number.NaN], 2],
    ['v stalls max for 1', [1, 2, 3], undefined],
  ];
  for (const [text, values, fires] of cases)
    it(`${text} of ${values.join(' ')}: ${fires ?? 'never'}`, () =>
      assert.equal(firstFiring(rule(text), values), fires));
});

describe('the text of a stop rule', () => {
  for (const [text, shown] of [
    ['loss>10', 'loss > 10'],
    ['stop when loss is nan', 'loss is broken'],
    [
      'notify when "val loss" stalls min by 0.1 for 3 steps after 10 values',
      'notify when "val loss" stalls min by 0.1 for 3 after 10',
    ],
    ['dvclive/metrics.json:val.acc < 0.5 for 1', 'dvclive/metrics.json:val.acc < 0.5'],
  ] as const)
    it(`is read again: ${text}`, () => {
      assert.equal(stopRuleText(rule(text)), shown);
      assert.deepEqual(rule(shown), rule(text));
    });
});
