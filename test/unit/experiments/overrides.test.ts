import * as assert from 'node:assert/strict';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { parseOverride } from '../../../src/engine/experiments/override-grammar.ts';
import { overrideParams, overridesByFile } from '../../../src/engine/experiments/params-edit.ts';
import { expandSweeps } from '../../../src/engine/experiments/sweeps.ts';
import vectors from '../../fixtures/override-vectors.json';

type Overrides = Record<string, string[]>;

describe('overrides of params', () => {
  const texts: Readonly<Record<string, string>> = vectors.texts;

  for (const [file, ...rest] of vectors.cases as [string, ...unknown[]][]) {
    if (file === 'sweep') continue;
    const [text, overrides, verdict, expected] = rest as [string, string[], 'ok' | 'error', string | undefined];
    it(`writes ${file} (${text}) with ${overrides.join(' ')} as DVC does`, () => {
      const write = () => overrideParams(file, texts[text] ?? '', overrides.map(parseOverride));
      if (verdict === 'ok') assert.equal(write(), expected);
      else assert.throws(write, DvcError);
    });
  }

  for (const [file, ...rest] of vectors.cases as [string, ...unknown[]][]) {
    if (file !== 'sweep') continue;
    const [given, verdict, expected] = rest as [Overrides, 'ok' | 'error', Overrides[] | undefined];
    it(`expands ${JSON.stringify(given)} as DVC does`, () => {
      const expand = () =>
        expandSweeps(new Map(Object.entries(given))).map(({ overrides }) => Object.fromEntries(overrides));
      if (verdict === 'ok') assert.deepEqual(expand(), expected);
      else assert.throws(expand, DvcError);
    });
  }

  it('splits files off before the equals sign only', () => {
    const given = ['lr=a:b', 'p.json:z=5', 'p.json:y=c:d', '+k=1'];
    assert.deepEqual(
      [...overridesByFile(given)],
      [
        ['params.yaml', ['lr=a:b', '+k=1']],
        ['p.json', ['z=5', 'y=c:d']],
      ],
    );
  });

  for (const [given, hint] of [
    ['lr', /-S 'lr=VALUE'/],
    ['lr: 5', /-S 'lr=5'/],
    ['lr = 5', /-S 'lr=5'/],
    ['l[0]=1', /-S 'l\.0=1'/],
    ['path=(a b)', /-S 'path="\(a b\)"'/],
    ['lr=choise(1,2)', /choice/],
  ] as const)
    it(`says what '${given}' was meant to be`, () => {
      assert.throws(
        () => parseOverride(given),
        (error: unknown) => DvcError.is(error, 'bad-override') && hint.test(error.hint ?? ''),
      );
    });

  it('names keys that look like the one that is not there', () => {
    assert.throws(
      () => overrideParams('params.yaml', 'train:\n  epochs: 3\n', [parseOverride('train.epoch=5')]),
      (error: unknown) => DvcError.is(error, 'bad-override') && error.hint === "Did you mean 'train.epochs'?",
    );
  });

  it('leaves no way to make millions of experiments by mistake', () => {
    const sweep = (to: number) => () => expandSweeps(new Map([['params.yaml', [`a=range(${to})`, `b=range(${to})`]]]));
    assert.throws(sweep(1000), /more than 10000 experiments/);
    assert.throws(sweep(1_000_000_000), /more than 100000 values/);
  });
});
