import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { commit } from '../../../src/engine/verbs/commit.ts';
import { destroy } from '../../../src/engine/verbs/destroy.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../../support/engine-repo.ts';

describe('destroy', () => {
  const sandbox = useEngineSandbox('destroy');
  let repo: EngineRepo;
  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
  });

  for (const type of ['copy', 'symlink', 'hardlink'])
    it(`leaves data and nothing of DVC: cache.type ${type}`, async () => {
      repo.write('.dvc/config', `[cache]\n    type = ${type}\n`);
      repo.write('d/x', 'x').write('sub/y', 'y').write('o', 'o').write('code.py', 'pass');
      repo.write('p/dvc.yaml', 'stages:\n  s:\n    cmd: echo o > o\n    wdir: ..\n    outs: [o]\n');
      await repo.add('d', 'sub/y');
      await repo.open((open, ctx) => commit(open, { force: true, targets: ['p/dvc.yaml'] }, ctx));
      await repo.open((open, ctx) => destroy(open, { force: true }, ctx));
      const names = fs
        .readdirSync(repo.root, { recursive: true, encoding: 'utf8' })
        .filter((name) => !name.startsWith('.git/') && name !== '.git');
      assert.deepEqual(names.sort(), ['.gitignore', 'code.py', 'd', 'd/x', 'o', 'p', 'sub', 'sub/.gitignore', 'sub/y']);
      for (const file of ['d/x', 'sub/y', 'o']) {
        const stats = fs.lstatSync(repo.path(file));
        assert.deepEqual([stats.isFile(), stats.nlink, stats.mode & 0o777], [true, 1, 0o644], file);
        assert.equal(repo.read(file), file.at(-1));
      }
    });

  it('copies links of data that is no longer tracked', async () => {
    repo.write('.dvc/config', '[cache]\n    type = symlink\n').write('a', 'a');
    await repo.add('a');
    repo.remove('a.dvc');
    await repo.open((open, ctx) => destroy(open, { force: true }, ctx));
    assert.equal(repo.read('a'), 'a');
  });

  it('asks, and does nothing when the answer is no', async () => {
    repo.write('a', 'a');
    await repo.add('a');
    const questions: string[] = [];
    const answer = (yes: boolean) =>
      repo.open((open, ctx) =>
        destroy(open, {}, { ...ctx, confirm: async (question) => questions.push(question) > 0 && yes }),
      );
    await assert.rejects(answer(false), /cannot destroy without a confirmation from the user/);
    assert.equal(repo.exists('a.dvc') && repo.exists('.dvc/cache'), true);
    await answer(true);
    assert.equal(repo.exists('.dvc'), false);
    assert.match(questions[0] ?? '', /Are you sure you want to continue\?$/);
  });

  it('changes nothing where a stage file cannot be read', async () => {
    repo.write('a', 'a').write('bad.dvc', '');
    await repo.open(async () => {});
    await assert.rejects(
      repo.open((open, ctx) => destroy(open, { force: true }, ctx)),
      { code: 'torn-file' },
    );
    assert.equal(repo.exists('.dvc') && repo.exists('.dvcignore'), true);
  });
});
