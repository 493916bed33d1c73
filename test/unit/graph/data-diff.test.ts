import assert from 'node:assert/strict';
import { asOid, asRepoPath } from '../../../src/engine/core/ids.ts';
import { createOpContext } from '../../../src/engine/core/op-context.ts';
import { type DataItem, detectRenames, diffData } from '../../../src/engine/graph/data-diff.ts';
import { Tree } from '../../../src/engine/hash/tree.ts';

const md5 = (letter: string) => letter.repeat(32);
const file = (path: string, letter: string): DataItem => ({
  path: asRepoPath(path),
  isDir: false,
  oid: asOid(md5(letter)),
  files: undefined,
  hash: 'md5',
});
const folder = (path: string, letter: string, files: Record<string, string> | undefined): DataItem => ({
  path: asRepoPath(path),
  isDir: true,
  oid: asOid(`${md5(letter)}.dir`),
  hash: 'md5',
  files: files && Tree.from(Object.entries(files).map(([relpath, one]) => ({ relpath, md5: md5(one) }))),
});
const changes = (old: DataItem[], now: DataItem[], options = { granular: true }) =>
  [...diffData(old, now, options)].map(({ type, old: was, new: is }) => `${type} ${(is ?? was)?.path}`);

describe('diffData', () => {
  it('says what happened to each output', () => {
    const old = [file('a', '1'), file('b', '2'), file('c', '3')];
    const now = [file('b', '2'), file('c', '4'), file('d', '5')];
    assert.deepEqual(changes(old, now), ['deleted a', 'unchanged b', 'modified c', 'added d']);
  });

  it('goes into folders, file by file', () => {
    const old = [folder('d', 'a', { x: '1', 'y/z': '2', w: '3' })];
    const now = [folder('d', 'b', { x: '1', 'y/z': '4', v: '5' })];
    assert.deepEqual(changes(old, now), ['modified d', 'added d/v', 'deleted d/w', 'modified d/y/z']);
    assert.deepEqual(changes(old, now, { granular: false }), ['modified d']);
  });

  it('lists unchanged files only when asked', () => {
    const same = [folder('d', 'a', { x: '1' })];
    assert.deepEqual(changes(same, same), ['unchanged d']);
    assert.deepEqual(changes(same, same, { granular: true, unchanged: true } as { granular: boolean }), [
      'unchanged d',
      'unchanged d/x',
    ]);
  });

  it('says nothing of files whose manifest is gone', () => {
    const now = [folder('d', 'b', { a: '1', 's/t/b': '2' })];
    assert.deepEqual(changes([folder('d', 'a', undefined)], now), [
      'modified d',
      'unknown d/a',
      'unknown d/s',
      'unknown d/s/t',
      'unknown d/s/t/b',
    ]);
  });

  it('takes no file for deleted where the new manifest is gone', () =>
    assert.deepEqual(changes([folder('d', 'a', { x: '1' })], [folder('d', 'b', undefined)]), ['modified d']));

  it('follows a folder that became a file', () =>
    assert.deepEqual(changes([folder('d', 'a', { x: '1' })], [file('d', '2')]), ['modified d', 'deleted d/x']));
});

describe('detectRenames', () => {
  it('pairs equal content once, the first paths by component first', async () => {
    const old = [file('a', '1'), file('b', '1'), file('c', '2')];
    const now = [file('x', '1'), file('y', '3')];
    const { renamed, rest } = await detectRenames(diffData(old, now, { granular: true }), createOpContext());
    assert.deepEqual(
      renamed.map((one) => `${one.old.path} -> ${one.new.path}`),
      ['a -> x'],
    );
    assert.deepEqual(rest.map((one) => `${one.type} ${(one.new ?? one.old)?.path}`).sort(), [
      'added y',
      'deleted b',
      'deleted c',
    ]);
  });
});
