import * as assert from 'node:assert/strict';
import { fromPlain, type PyValue, pyFloat, toPlain } from '../../../src/engine/core/python.ts';
import { diffValues } from '../../../src/engine/metrics/value-diff.ts';

const diff = (old: unknown, current: unknown, unchanged = false): unknown =>
  [...diffValues(new Map([['f', fromPlain(old)]]), new Map([['f', fromPlain(current)]]), { unchanged })].map(
    ([path, changes]) => [path, ...[...changes].map(([key, change]) => [key, change])],
  );

describe('diffValues', () => {
  it('compares nested keys, with a difference between numbers only', () =>
    assert.deepEqual(diff({ a: { b: 1, c: 'x' }, d: 2 }, { a: { b: 3, c: 'y' }, d: 2 }), [
      ['f', ['a.b', { old: 1, new: 3, diff: 2 }], ['a.c', { old: 'x', new: 'y' }]],
    ]));
  it('shows lists as Python prints them', () =>
    assert.deepEqual(diff({ l: [1, 'a'] }, { l: [1, 'b'] }), [['f', ['l', { old: "[1, 'a']", new: "[1, 'b']" }]]]));
  it('has null where a key is not there', () =>
    assert.deepEqual(diff({}, { k: 1 }), [['f', ['k', { old: null, new: 1 }]]]));
  it('counts booleans, as Python does, and drops empty dicts', () =>
    assert.deepEqual(diff({ b: true, e: {} }, { b: false, e: {} }, true), [
      ['f', ['b', { old: true, new: false, diff: -1 }]],
    ]));
  it('leaves out what is equal, 1 and 1.0 too', () => assert.deepEqual(diff({ a: 1 }, { a: pyFloat(1) }), []));
  it('makes a float of a difference with a float', () => {
    const files = diffValues(
      new Map([['f', new Map<string, PyValue>([['k', 1]])]]),
      new Map([['f', new Map<string, PyValue>([['k', pyFloat(3)]])]]),
      {
        unchanged: false,
      },
    );
    assert.deepEqual(toPlain(files.get('f')?.get('k')?.diff ?? null), toPlain(pyFloat(2)));
  });
  it('compares bare values, texts as the JSON they may be', () => {
    assert.deepEqual(diff(0.5, 0.75), [['f', ['', { old: 0.5, new: 0.75, diff: 0.25 }]]]);
    assert.deepEqual(diff('1', '3'), [['f', ['', { old: 1, new: 3, diff: 2 }]]]);
    assert.deepEqual(diff('a', 'b'), [['f', ['', { old: 'a', new: 'b' }]]]);
  });
  it('cannot compare a bare value with a dict', () =>
    assert.deepEqual(diff(0.5, { a: 1 }), [['f', ['a', { old: 'unable to parse', new: 1 }]]]));
  it('shows nothing of a bare value that is on one side only', () =>
    assert.deepEqual(diffValues(new Map(), new Map([['f', 0.5]]), { unchanged: true }).size, 0));
  it('keeps every digit of a difference of integers', () =>
    assert.deepEqual(diff({ a: 1n }, { a: 123456789012345678901234567890n }), [
      ['f', ['a', { old: 1n, new: 123456789012345678901234567890n, diff: 123456789012345678901234567889n }]],
    ]));
  it('takes NaN for something else than NaN', () =>
    assert.deepEqual(diff({ a: Number.NaN }, { a: Number.NaN }), [
      ['f', ['a', { old: Number.NaN, new: Number.NaN, diff: Number.NaN }]],
    ]));
});
