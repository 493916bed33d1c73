import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { type DataDiff, type DiffOptions, diff, TEXT_DIFF_LIMIT } from '../../../src/engine/verbs/diff.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../../support/engine-repo.ts';

describe('diff', () => {
  const sandbox = useEngineSandbox('diff');
  let repo: EngineRepo;
  const compare = (options: DiffOptions = {}): Promise<DataDiff | undefined> =>
    repo.open((open, ctx) => diff(open, options, ctx));
  /** `A path`, `M path`, `D path`, `R old new`, `? path`. */
  const lines = (found: DataDiff | undefined): string[] =>
    found === undefined
      ? []
      : [
          ...found.added.map(({ path }) => `A ${path}`),
          ...found.modified.map(({ path }) => `M ${path}`),
          ...found.deleted.map(({ path }) => `D ${path}`),
          ...found.renamed.map(({ path }) => `R ${path.old} ${path.new}`),
          ...found['not in cache'].map(({ path }) => `? ${path}`),
        ];
  const commit = (tag: string): void => {
    repo.commitAll(tag);
    repo.git('tag', tag);
  };
  const object = (text: string): string => {
    const oid = /md5: (\S+)/.exec(repo.read(`${text}.dvc`))?.[1] ?? '';
    return repo.path('.dvc/cache/files/md5', oid.slice(0, 2), oid.slice(2));
  };

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
  });

  it('has nothing to say before the first commit', async () => {
    repo.write('f', 'f');
    await repo.add('f');
    assert.equal(await compare(), undefined);
  });

  describe('of two versions', () => {
    beforeEach(async () => {
      repo.writeAll([
        ['d/a', 'a'],
        ['d/b', 'b'],
        ['d/s/c', 'c'],
        ['f', 'one\ntwo\n'],
        ['gone', 'gone'],
      ]);
      await repo.add('d', 'f', 'gone');
      commit('v1');
      repo
        .write('d/a', 'A')
        .write('d/new', 'new')
        .write('f', 'one\n2\n')
        .remove('d/b')
        .remove('gone')
        .remove('gone.dvc');
      fs.renameSync(repo.path('d/s/c'), repo.path('d/moved'));
      await repo.add('d', 'f');
      commit('v2');
    });

    it('tells added, changed, deleted and moved files, folders with a slash', async () => {
      const expected = ['A d/new', 'M d/', 'M d/a', 'M f', 'D d/b', 'D gone', 'R d/s/c d/moved'];
      assert.deepEqual(lines(await compare({ a: 'v1', b: 'v2' })), expected);
      assert.deepEqual(lines(await compare({ a: 'v1' })), expected);
      assert.equal(await compare(), undefined);
      assert.equal(await compare({ a: 'v1', b: 'v1' }), undefined);
    });

    it('takes outputs, and paths inside them, as targets', async () => {
      const targets = async (...given: string[]) => lines(await compare({ a: 'v1', b: 'v2', targets: given }));
      assert.deepEqual(await targets('d/a'), ['M d/a']);
      assert.deepEqual(await targets('f', 'gone'), ['M f', 'D gone']);
      assert.deepEqual(await targets('d/s'), ['D d/s/c']);
    });

    it('names what neither side tracks, and unknown revisions', async () => {
      await assert.rejects(compare({ a: 'v1', b: 'v2', targets: ['nosuch'] }), {
        code: 'target-not-found',
        message: "failed to get diff - 'nosuch' is tracked neither in 'v1' nor in 'v2'",
      });
      await assert.rejects(compare({ a: 'nosuch' }), { message: "failed to get diff - unknown Git revision 'nosuch'" });
    });

    it('says nothing of files whose manifest is gone', async () => {
      fs.rmSync(object('d'));
      assert.deepEqual(lines(await compare({ a: 'v1', b: 'v2' })), ['M d/', 'M f', 'D gone']);
      assert.deepEqual(lines(await compare({ a: 'v2', b: 'v1' })), ['A gone', 'M d/', 'M f']);
    });

    it('says what the cache lacks of the old side, against the workspace only', async () => {
      fs.rmSync(object('f'));
      assert.deepEqual(lines(await compare()), ['? f']);
      assert.deepEqual(
        lines(await compare({ a: 'v2', b: 'v1' })).filter((line) => line.startsWith('?')),
        [],
      );
    });

    it('shows how lines differ', async () => {
      const found = await compare({ a: 'v1', b: 'v2', text: true });
      const f = found?.modified.find(({ path }) => path === 'f');
      assert.equal(f?.text, '--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n');
      const added = found?.added.find(({ path }) => path === 'd/new');
      assert.equal(added?.text, '--- /dev/null\n+++ b/d/new\n@@ -0,0 +1,1 @@\n+new\n\\ No newline at end of file\n');
      assert.equal(found?.modified.find(({ path }) => path === 'd/')?.text, undefined);
    });

    it('says why lines are not compared', async () => {
      repo.write('f', Buffer.from([1, 0, 2])).write('d/a', Buffer.alloc(TEXT_DIFF_LIMIT + 1, 'x'));
      fs.rmSync(object('f'));
      const found = await compare({ text: true });
      const reasons = found?.modified.map(({ path, noText }) => `${path} ${noText}`);
      assert.deepEqual(reasons, ['d/ undefined', 'd/a too-big', 'f not-in-cache']);
    });
  });
});
