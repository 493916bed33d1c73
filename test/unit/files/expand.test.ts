/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: the expressions are what is tested. */
import * as assert from 'node:assert/strict';
import { isPyMap, type PyMap, type PyValue, toPlain } from '../../../src/engine/core/python.ts';
import {
  type Context,
  EMPTY_CONTEXT,
  LITERAL,
  mergeVars,
  nodeValue,
  toDict,
} from '../../../src/engine/files/context.ts';
import { foreachGroup, type Group, matrixGroup, NotIterable } from '../../../src/engine/files/expand.ts';
import { parseYaml } from '../../../src/engine/files/yaml-doc.ts';

const yaml = (text: string): PyMap => {
  const value = parseYaml(text, 'test');
  assert.ok(isPyMap(value));
  return value;
};
const contextOf = (text: string): Context => mergeVars(EMPTY_CONTEXT, toDict(yaml(text), LITERAL));
const context = contextOf(
  '{models: {us: {lr: 1}, gb: {lr: 2}}, flags: [true, null, 1.0], names: [x, y, x], n: 3, mixed: [a, {b: 1}], item: 9}',
);

const membersOf = (group: Group): [string, unknown][] =>
  group
    .members()
    .map(({ key, values }) => [
      key,
      Object.fromEntries([...values].map(([name, node]) => [name, toPlain(nodeValue(node))])),
    ]);
const foreach = (data: string): PyValue => yaml(`data: ${data}`).get('data') ?? null;

describe('foreach', () => {
  const cases: readonly [name: string, data: string, expected: [string, unknown][]][] = [
    [
      'names scalars by their text',
      '[1, 2.5, true, null, "a b", 1e-3]',
      [
        ['1', { item: 1 }],
        ['2.5', { item: 2.5 }],
        ['true', { item: true }],
        ['None', { item: null }],
        ['a b', { item: 'a b' }],
        ['0.001', { item: 0.001 }],
      ],
    ],
    [
      'names booleans from the context as Python prints them',
      '${flags}',
      [
        ['True', { item: true }],
        ['None', { item: null }],
        ['1.0', { item: 1 }],
      ],
    ],
    [
      'names a dict by its keys',
      '${models}',
      [
        ['us', { item: { lr: 1 }, key: 'us' }],
        ['gb', { item: { lr: 2 }, key: 'gb' }],
      ],
    ],
    [
      'numbers a list with a collection in it',
      '[{a: 1}, b]',
      [
        ['0', { item: { a: 1 } }],
        ['1', { item: 'b' }],
      ],
    ],
    [
      'numbers such a list from the context',
      '${mixed}',
      [
        ['0', { item: 'a' }],
        ['1', { item: { b: 1 } }],
      ],
    ],
    [
      'merges equal scalars',
      '${names}',
      [
        ['x', { item: 'x' }],
        ['y', { item: 'y' }],
      ],
    ],
    [
      'resolves what is written in place',
      '["a${n}", "${n}"]',
      [
        ['a3', { item: 'a3' }],
        ['3', { item: 3 }],
      ],
    ],
    [
      'takes keys that are no text',
      '{2: a, true: b}',
      [
        ['2', { item: 'a', key: '2' }],
        ['true', { item: 'b', key: 'true' }],
      ],
    ],
    ['makes nothing of nothing', '[]', []],
  ];
  for (const [name, data, expected] of cases) {
    it(name, () => assert.deepEqual(membersOf(foreachGroup(foreach(data), context)), expected));
  }

  it('says which names the members hide', () => {
    assert.deepEqual(foreachGroup([1], context).hidden, ['item']);
    assert.deepEqual(foreachGroup(yaml('{a: 1}'), contextOf('{item: 1, key: 2}')).hidden, ['item', 'key']);
  });

  for (const [data, type] of [
    ['"${n}"', 'int'],
    ['text', 'str'],
    ['3', 'int'],
    ['1.0', 'float'],
  ] as const) {
    it(`refuses ${data}`, () =>
      assert.throws(
        () => foreachGroup(foreach(data), context),
        (error) => error instanceof NotIterable && error.message === `expected list/dictionary, got ${type}`,
      ));
  }
});

describe('matrix', () => {
  const cases: readonly [name: string, axes: string, expected: string[]][] = [
    ['turns the last axis fastest', '{a: [1, 2], b: [x, y]}', ['1-x', '1-y', '2-x', '2-y']],
    ['names collections by axis and index', '{conf: [{a: 1}, [1, 2], c]}', ['conf0', 'conf1', 'c']],
    ['prints numbers and booleans', '{lr: [0.1, 1, 1e-3], b: [true]}', ['0.1-true', '1-true', '0.001-true']],
    ['takes an axis from the context', '{f: "${flags}", n: ["${n}"]}', ['True-3', 'None-3', '1.0-3']],
    ['takes the keys of a dict', '{m: "${models}"}', ['us', 'gb']],
    ['takes the letters of a text, as Python iterates it', '{c: xy}', ['x', 'y']],
    ['makes nothing of an empty axis', '{a: [1, 2], b: []}', []],
    ['merges equal names', '{a: [1, 1]}', ['1']],
  ];
  for (const [name, axes, expected] of cases) {
    it(name, () =>
      assert.deepEqual(
        membersOf(matrixGroup(yaml(axes), context)).map(([key]) => key),
        expected,
      ),
    );
  }

  it('gives each member its item and key', () => {
    const [first] = membersOf(matrixGroup(yaml('{a: [1], m: [{x: y}]}'), context));
    assert.deepEqual(first, ['1-m0', { key: '1-m0', item: { a: 1, m: { x: 'y' } } }]);
  });

  it('counts a product without making it', () => {
    const axis = `[${Array.from({ length: 100 }, (_, i) => i).join(', ')}]`;
    const axes = Array.from({ length: 8 }, (_, i) => `a${i}: ${axis}`).join(', ');
    assert.equal(matrixGroup(yaml(`{${axes}}`), context).count, 1e16);
  });

  it('refuses an axis that cannot be iterated', () =>
    assert.throws(() => matrixGroup(yaml('{a: "${n}"}'), context), NotIterable));
});
