import * as assert from 'node:assert/strict';
import { conflictSides, mergeLockfiles } from '../../../src/engine/files/lock-merge.ts';
import { parseLockfile } from '../../../src/engine/files/lockfile.ts';

type Runs = Readonly<Record<string, string>>;

const lock = (runs: Runs): string =>
  `schema: '2.0'\nstages:\n${Object.entries(runs)
    .map(([name, cmd]) => `  ${name}:\n    cmd: '${cmd}'\n`)
    .join('')}`;

const runsOf = (text: string): Runs =>
  Object.fromEntries([...parseLockfile(text, 'dvc.lock').stages].map(([name, { cmd }]) => [name, String(cmd)]));

describe('the sides of a merge conflict', () => {
  const text =
    'a\n<<<<<<< HEAD\nb\n||||||| 1234567\nc\n=======\nd\n>>>>>>> topic\ne\n<<<<<<< HEAD\n=======\nf\n>>>>>>> topic\n';
  it('are whole texts, and the base one where all conflicts have it', () => {
    assert.deepEqual(conflictSides('a\n<<<<<<< HEAD\nb\n=======\nd\n>>>>>>> topic\ne\n'), {
      ours: 'a\nb\ne\n',
      theirs: 'a\nd\ne\n',
      base: undefined,
    });
    assert.deepEqual(conflictSides(text), { ours: 'a\nb\ne\n', theirs: 'a\nd\ne\nf\n', base: 'a\nc\ne\n' });
  });
  it('are none in a text without markers', () => {
    assert.equal(conflictSides(lock({ a: 'x' })), undefined);
    assert.equal(conflictSides('a\n=======\nb\n'), undefined);
  });
});

describe('a merge of lock files', () => {
  const merge = (ours: Runs, theirs: Runs, base?: Runs, prefer?: 'ours' | 'theirs') => {
    const merged = mergeLockfiles(
      { ours: lock(ours), theirs: lock(theirs), base: base && lock(base) },
      'dvc.lock',
      prefer,
    );
    return {
      runs: Object.entries(runsOf(merged.text)).map((run) => run.join('=')),
      conflicts: merged.conflicts,
      taken: merged.taken,
    };
  };

  it('has the stages of both sides, ours first', () =>
    assert.deepEqual(merge({ a: '1', b: '1' }, { c: '1', a: '1' }), {
      runs: ['a=1', 'b=1', 'c=1'],
      conflicts: [],
      taken: ['c'],
    }));
  it('takes what one side alone has changed, where the base is known', () =>
    assert.deepEqual(merge({ a: '2', b: '1' }, { a: '1', b: '2' }, { a: '1', b: '1' }), {
      runs: ['a=2', 'b=2'],
      conflicts: [],
      taken: ['b'],
    }));
  it('lets go of what one side removed and the other left alone', () =>
    assert.deepEqual(merge({ a: '1', b: '1' }, { a: '1' }, { a: '1', b: '1' }), {
      runs: ['a=1'],
      conflicts: [],
      taken: ['b'],
    }));
  it('names what both sides changed, and takes the side it is told', () => {
    assert.deepEqual(merge({ a: '2' }, { a: '3' }, { a: '1' }), { runs: ['a=2'], conflicts: ['a'], taken: [] });
    assert.deepEqual(merge({ a: '2' }, { a: '3' }, { a: '1' }, 'theirs').runs, ['a=3']);
    assert.deepEqual(merge({ a: '2', z: '1' }, { z: '1' }, { a: '1', z: '1' }).conflicts, ['a']);
    assert.deepEqual(merge({ a: '2' }, { a: '3' }).conflicts, ['a'], 'without a base');
  });
  it('leaves every byte of ours where theirs adds nothing', () => {
    const ours = "# by hand\nschema: '2.0'\nstages:\n    a: {cmd: x}\n";
    assert.equal(mergeLockfiles({ ours, theirs: lock({ a: 'x' }), base: undefined }, 'dvc.lock').text, ours);
  });
  it('keeps datasets of ours, and names them where theirs are others', () => {
    const withData = (rev: string) => `${lock({ a: '1' })}datasets:\n- name: d\n  rev: ${rev}\n`;
    const sides = { ours: withData('x'), theirs: withData('y'), base: undefined };
    assert.deepEqual(mergeLockfiles(sides, 'dvc.lock').conflicts, ['datasets']);
    assert.equal(mergeLockfiles(sides, 'dvc.lock', 'theirs').text, withData('y'));
  });
});
