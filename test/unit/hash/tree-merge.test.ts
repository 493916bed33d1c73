import * as assert from 'node:assert/strict';
import { Tree } from '../../../src/engine/hash/tree.ts';
import { mergeTrees } from '../../../src/engine/hash/tree-merge.ts';

/** `a1 b2` is a directory whose file `a` has content 1 and `b` content 2. */
const tree = (text: string): Tree =>
  Tree.from(
    text
      .split(' ')
      .filter(Boolean)
      .map((file) => ({ relpath: file.slice(0, -1), md5: file.at(-1)!.repeat(32) })),
  );
const show = (merged: Tree): string => [...merged.entries()].map(({ relpath, md5 }) => relpath + md5[0]).join(' ');

describe('mergeTrees', () => {
  const cases: readonly [
    what: string,
    base: string,
    ours: string,
    theirs: string,
    merged: string,
    conflicts?: string[],
  ][] = [
    ['nothing changed', 'a1', 'a1', 'a1', 'a1'],
    ['only we changed', 'a1 b1', 'a2 c1', 'a1 b1', 'a2 c1'],
    ['only they changed', 'a1 b1', 'a1 b1', 'a2 c1', 'a2 c1'],
    ['each added a file', 'a1', 'a1 b1', 'a1 c1', 'a1 b1 c1'],
    ['each changed another file', 'a1 b1', 'a2 b1', 'a1 b2', 'a2 b2'],
    ['both made the same change', 'a1 b1', 'a2 c1', 'a2 c1', 'a2 c1'],
    ['both deleted a file, beside other changes', 'a1 b1', 'b2', 'b1 c1', 'b2 c1'],
    ['one deleted, the other left it', 'a1 b1', 'b1', 'a1 b1', 'b1'],
    ['no common ancestor', '', 'a1 b1', 'a1 c1', 'a1 b1 c1'],
    ['different changes', 'a1 b1', 'a2 b2', 'a3 b1', 'b2', ['a']],
    ['changed here, deleted there', 'a1', 'a2', '', '', ['a']],
    ['both added, differently', '', 'x/y1', 'x/y2', '', ['x/y']],
    ['a file here, a folder there', '', 'd1', 'd/x1', 'd1 d/x1', ['d']],
    ['a file beside a folder of a longer name', '', 'd1', 'd!1 d.x/y1', 'd1 d!1 d.x/y1'],
  ];
  for (const [what, base, ours, theirs, merged, conflicts = []] of cases)
    it(what, () => {
      const result = mergeTrees(tree(base), tree(ours), tree(theirs));
      assert.equal(show(result.tree), merged);
      assert.deepEqual(result.conflicts, conflicts);
      const mirrored = mergeTrees(tree(base), tree(theirs), tree(ours));
      assert.deepEqual([show(mirrored.tree), mirrored.conflicts], [merged, conflicts]);
    });
});
