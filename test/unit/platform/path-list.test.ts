import assert from 'node:assert/strict';
import { compareCodePoints } from '../../../src/engine/core/paths.ts';
import { comparePaths, mergePaths, PathList, sortNames } from '../../../src/engine/platform/path-list.ts';
import { runSeed, seededRandom } from '../../support/random.ts';

const ODD = ['a', 'a!', 'a b', 'a.txt', 'a/x', 'a0', 'é', 'e\u0301', '\uffee', '😀', '日本', 'z/é/😀'];

describe('PathList', () => {
  it('gives back what was put in, in order', () => assert.deepEqual([...PathList.from(ODD)], ODD));

  it('sorts by code point, where UTF-16 order differs', () =>
    assert.deepEqual([...PathList.sorted(['😀', '\uffee', 'b', 'a'])], ['a', 'b', '\uffee', '😀']));

  it('finds what is in a sorted list, and nothing else', () => {
    const list = PathList.sorted(ODD);
    for (const path of ODD) assert.equal(list.at(list.indexOf(path)), path);
    for (const path of ['', 'a/', 'a1', 'zz', '😁']) assert.equal(list.indexOf(path), -1);
    assert.equal(PathList.from([]).indexOf('a'), -1);
  });

  it('slices and picks', () => {
    const list = PathList.from(ODD);
    assert.deepEqual([...list.slice(2, 5)], ODD.slice(2, 5));
    assert.deepEqual([...list.slice(3, 3)], []);
    assert.deepEqual([...list.pick([9, 0, 9])], ['😀', 'a', '😀']);
  });

  it('is equal to a list of the same paths only', () => {
    assert.ok(PathList.from(['ab', 'c']).equals(PathList.from(['ab', 'c'])));
    assert.ok(!PathList.from(['ab', 'c']).equals(PathList.from(['a', 'bc'])));
    assert.ok(!PathList.from(['ab']).equals(PathList.from(['ab', 'c'])));
  });

  it('refuses an index beyond its end', () => assert.throws(() => PathList.from(['a']).at(1), RangeError));
});

describe('mergePaths', () => {
  it('visits every path of two lists once, in order, as a set would say', () => {
    const random = seededRandom(runSeed());
    const path = () =>
      Array.from({ length: 1 + random.int(3) }, () => random.pick(['a', 'b', 'é', '😀', '\uffee', '-'])).join('/');
    for (let round = 0; round < 50; round++) {
      const [a, b] = [0, 1].map(() => new Set(Array.from({ length: random.int(20) }, path))) as [
        Set<string>,
        Set<string>,
      ];
      const [left, right] = [PathList.sorted(a), PathList.sorted(b)];
      const seen: string[] = [];
      mergePaths(left, right, (i, j) => {
        const name = i === -1 ? right.at(j) : left.at(i);
        assert.equal(i !== -1, a.has(name), `seed ${random.seed}`);
        assert.equal(j !== -1, b.has(name), `seed ${random.seed}`);
        seen.push(name);
      });
      assert.deepEqual(seen, [...new Set([...a, ...b])].sort(compareCodePoints), `seed ${random.seed}`);
    }
  });
});

describe('orders of names', () => {
  it('agree between bytes and code points', () => {
    const list = PathList.from(ODD);
    for (let i = 0; i < ODD.length; i++)
      for (let j = 0; j < ODD.length; j++)
        assert.equal(Math.sign(comparePaths(list, i, list, j)), Math.sign(compareCodePoints(ODD[i]!, ODD[j]!)));
  });

  it('agree with and without characters beyond the BMP', () => {
    assert.deepEqual(sortNames(['b', 'a']), ['a', 'b']);
    assert.deepEqual(sortNames(['😀', '\uffee', 'a']), ['a', '\uffee', '😀']);
  });
});
