import * as assert from 'node:assert/strict';
import * as path from 'node:path';
import { asRepoPath } from '../../../src/engine/core/ids.ts';
import { placeOf } from '../../../src/engine/graph/place.ts';

describe('placeOf', () => {
  const root = path.resolve('/work/repo');
  const at = (wdir: string, written: string): string => {
    const place = placeOf(root, asRepoPath(wdir), written);
    return `${place.kind} ${place.kind === 'url' ? place.url : place.path}`;
  };

  it('resolves what is written against the folder', () => {
    const cases: readonly (readonly [wdir: string, written: string, place: string])[] = [
      ['', 'a', 'repo a'],
      ['sub', 'a/b.c', 'repo sub/a/b.c'],
      ['sub', '.hidden/..b/c..', 'repo sub/.hidden/..b/c..'],
      ['sub', '...', 'repo sub/...'],
      ['sub', './a', 'repo sub/a'],
      ['sub', 'a/', 'repo sub/a'],
      ['sub', 'a//b', 'repo sub/a/b'],
      ['sub', 'a/./b', 'repo sub/a/b'],
      ['sub', 'a/../b', 'repo sub/b'],
      ['sub', 'a/..', 'repo sub'],
      ['sub', '..', 'repo '],
      ['sub', '.', 'repo sub'],
      ['', '', 'repo '],
      ['sub', '../../out', `outside ${path.resolve('/work/out')}`],
      ['sub', path.join(root, 'x/y'), 'repo x/y'],
      ['sub', 's3://bucket/key', 'url s3://bucket/key'],
      ['sub', 'a:b', process.platform === 'win32' ? at('sub', 'a:b') : 'repo sub/a:b'],
    ];
    for (const [wdir, written, expected] of cases) assert.equal(at(wdir, written), expected, `${wdir} ${written}`);
  });
});
