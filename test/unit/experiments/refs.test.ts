import * as assert from 'node:assert/strict';
import { DvcError } from '../../../src/engine/core/errors.ts';
import {
  checkExperimentName,
  experimentRef,
  findByName,
  parseExperimentRef,
} from '../../../src/engine/experiments/refs.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

describe('refs of experiments', () => {
  it('are read as they are written', () => {
    const made = experimentRef(A, 'calm-otter');
    assert.equal(made.ref, `refs/exps/aa/${'a'.repeat(38)}/calm-otter`);
    assert.deepEqual(parseExperimentRef(made.ref), made);
  });

  for (const ref of [
    'refs/exps/exec/EXEC_HEAD',
    'refs/exps/apply/stash',
    'refs/exps/stash',
    'refs/exps/celery/stash',
    'refs/exps/celery/failed',
    'refs/exps/temp/head-1',
    'refs/exps/weird',
    `refs/exps/aa/${'a'.repeat(38)}/x/y`,
    `refs/exps/aa/${'a'.repeat(37)}/x`,
    'refs/heads/main',
  ])
    it(`are not what ${ref} is`, () => assert.equal(parseExperimentRef(ref), undefined));

  it('are found by name: the one that started here goes before others', () => {
    const all = [experimentRef(A, 'one'), experimentRef(B, 'one'), experimentRef(A, 'two')];
    assert.equal(findByName(all, 'one', B), all[1]);
    assert.equal(findByName(all, 'two', undefined), all[2]);
    assert.equal(findByName(all, all[0]!.ref, B), all[0]);
    assert.equal(findByName(all, 'three', A), undefined);
    assert.throws(() => findByName(all, 'one', undefined), /Ambiguous name 'one'/);
  });

  for (const name of ['a', 'calm-otter', 'x.y', '@', 'ü', '日本', 'a@b', 'lr=0.1', '-x'])
    it(`take '${name}' for a name`, () => checkExperimentName(name));
  for (const name of [
    '',
    'a/b',
    'a b',
    'a..b',
    '.a',
    'a.',
    'a.lock',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    'a@{b',
    'a\nb',
  ])
    it(`do not take ${JSON.stringify(name)} for a name`, () =>
      assert.throws(
        () => checkExperimentName(name),
        (error: unknown) => DvcError.is(error, 'bad-name'),
      ));
});
