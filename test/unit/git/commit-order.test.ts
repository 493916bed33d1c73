import assert from 'node:assert/strict';
import { inOneOrder, walkedCommit } from '../../../src/engine/git/commit-order.ts';

describe('the order of commits', () => {
  const walk = async (lines: readonly string[], starts: readonly string[]): Promise<string> =>
    (await inOneOrder(lines.map(walkedCommit), async () => starts)).map(({ id }) => id).join(' ');

  it('is that of Git where no two are of one second', async () => {
    assert.equal(await walk(['3 c a', '2 b a', '1 a'], []), 'c b a');
  });

  it('is by id where they are, among those that were reached so far', async () => {
    // d and c lie on a; z lies on c. All but d are of the same second.
    const lines = ['9 d a', '5 z c', '5 c a', '5 a'];
    assert.equal(await walk(lines, ['z', 'd']), 'd a z c');
    assert.equal(await walk(lines, ['z']), 'z c a');
  });

  it('meets each commit once, newest first', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => `${Math.floor(i / 3)} ${String(i).padStart(3, '0')}`);
    const found = (await walk(lines, lines.map((line) => line.split(' ')[1]!).reverse())).split(' ');
    const times = found.map((id) => Math.floor(Number(id) / 3));
    assert.equal(new Set(found).size, 200);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => b - a),
    );
    assert.equal(found[1], '199');
  });
});
