import * as assert from 'node:assert/strict';
import { valueTable } from '../../../src/cli/value-table.ts';
import { roundAsPython, valueText } from '../../../src/cli/value-text.ts';
import { pyFloat } from '../../../src/engine/core/python.ts';

describe('valueText', () => {
  // What Python's `round` gives.
  const cases: readonly (readonly [value: number, digits: number, expected: number])[] = [
    [2.675, 2, 2.67],
    [0.125, 2, 0.12],
    [0.375, 2, 0.38],
    [-0.125, 2, -0.12],
    [0.5, 1, 0.5],
    [123456.7890123, 5, 123456.78901],
    [123456.7890123, -1, 123460],
    [25, -1, 20],
    [35, -1, 40],
    [1e-7, 5, 0],
    [1e22, 3, 1e22],
    [1.5, 200, 1.5],
    [-0, 5, -0],
    [-1e-9, 5, -0],
  ];
  for (const [value, digits, expected] of cases)
    it(`rounds ${value} to ${digits} digits`, () => assert.ok(Object.is(roundAsPython(value, digits), expected)));
  it('leaves integers and texts as they are', () =>
    assert.deepEqual(
      [123456789, 2n ** 70n, 'a|b', true, null, [1.23456], Number.NaN, pyFloat(1)].map((value) => valueText(value, 2)),
      ['123456789', '1180591620717411303424', 'a|b', 'True', '-', '[1.23456]', 'nan', '1.0'],
    ));
});

describe('valueTable', () => {
  it('gives a cell of several lines several rows', () =>
    assert.equal(valueTable(['a', 'b'], [['x\ny', ' 1 ']]), 'a    b\nx    1\ny'));
  it('has a header without rows only in Markdown', () => {
    assert.equal(valueTable(['a'], []), '');
    assert.equal(valueTable(['a'], [], { markdown: true }), '| a   |\n|-----|\n');
  });
  it('counts characters, not units of UTF-16', () => assert.equal(valueTable(['😀'], [['x']]), '😀\nx'));
});
