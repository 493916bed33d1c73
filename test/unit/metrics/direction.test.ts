import * as assert from 'node:assert/strict';
import type { PyValue } from '../../../src/engine/core/python.ts';
import { parseYaml } from '../../../src/engine/files/yaml-doc.ts';
import {
  type DirectionRule,
  declaredDirections,
  directionBy,
  directionsOf,
  guessedDirection,
} from '../../../src/engine/metrics/direction.ts';

describe('the direction of a metric', () => {
  const yaml = (text: string): PyValue => parseYaml(text, 'meta');
  const declared = (annotation: string | undefined, meta = ''): DirectionRule[] =>
    declaredDirections({
      stages: [
        {
          kind: 'pipeline',
          meta: yaml(meta),
          outs: [
            {
              kind: 'metric',
              place: { kind: 'repo', path: 'm.json' },
              ...(annotation === undefined ? {} : { annotation: yaml(annotation) }),
            },
          ],
        },
      ] as never, // No more of a stage is looked at.
    });

  it('is guessed from common names', () => {
    const known = ['val_loss', 'trainLoss', 'rmse', 'top5', 'f1', 'lossless', 'accident', 'seconds'].map((name) =>
      guessedDirection([name]),
    );
    assert.deepEqual(known, ['lower', 'lower', 'lower', 'higher', 'higher', undefined, undefined, 'lower']);
  });

  const declarations: readonly [string, DirectionRule[], (string | undefined)[]][] = [
    ['a dict by name', declared('direction: {gain: max, val: {cost: min}}'), ['higher', 'lower', undefined]],
    ['dotted names', declared('direction: {gain: max, val.cost: min}'), ['higher', 'lower', undefined]],
    ['one word for a file', declared('direction: max'), ['higher', 'higher', 'higher']],
    ['a pattern', declared('direction: {"*cost": min}'), [undefined, 'lower', undefined]],
    ["Lode's own place", declared('lode: {direction: {gain: min}}'), ['lower', undefined, undefined]],
    [
      'a stage, for metrics of no stage',
      declared(undefined, 'direction: {gain: max}'),
      ['higher', undefined, undefined],
    ],
    ['other meta', declared('[direction, 1]', 'direction: [max]'), [undefined, undefined, undefined]],
    ['what is no direction', declared('direction: {gain: up, val.cost: 3}'), [undefined, undefined, undefined]],
  ];
  for (const [what, rules, expected] of declarations)
    it(`is declared by ${what}`, () => {
      const of = directionBy(rules);
      assert.deepEqual([of('m.json', ['gain']), of('m.json', ['val', 'cost']), of('m.json', ['x'])], expected);
    });

  it('holds for its file', () => {
    assert.equal(directionBy(declared('direction: max'))('other.json', ['gain']), undefined);
  });

  it('is that of the setting first, then the declared, then the guessed one; a name goes before a pattern', () => {
    const of = directionBy(
      directionsOf({ '*': 'max', loss: 'none', 'm.json:x': 'min' }),
      declared('direction: {x: max, loss: max}'),
    );
    assert.deepEqual(
      [of('m.json', ['x']), of('n.json', ['x']), of('m.json', ['loss'])],
      ['lower', 'higher', undefined],
    );
    assert.equal(directionBy([], declared('direction: {loss: max}'))('m.json', ['loss']), 'higher');
    assert.equal(directionBy([], [])('m.json', ['loss']), 'lower');
  });

  it('matches stars anywhere, without going back over a name', () => {
    const of = (pattern: string, name: string) => directionBy(directionsOf({ [pattern]: 'max' }))('f', [name]);
    for (const [pattern, name, fits] of [
      ['a*b*c', 'aXbYc', true],
      ['a*b*c', 'abc', true],
      ['a*b*c', 'acb', false],
      ['a*a', 'a', false],
      ['*', '', true],
      [`${'*a'.repeat(50)}b`, 'a'.repeat(5000), false],
    ] as const)
      assert.equal(of(pattern, name) === 'higher', fits, `${pattern} ${name.slice(0, 9)}`);
  });
});
