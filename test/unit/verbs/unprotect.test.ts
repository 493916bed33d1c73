import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { type UnprotectResult, unprotect } from '../../../src/engine/verbs/unprotect.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../../support/engine-repo.ts';

describe('unprotect', () => {
  const sandbox = useEngineSandbox('unprotect');
  let repo: EngineRepo;
  const run = (...targets: string[]): Promise<UnprotectResult> =>
    repo.open((open, ctx) => unprotect(open, { targets }, ctx));
  const modeOf = (file: string): number => fs.lstatSync(repo.path(file)).mode & 0o777;
  const isOwn = (file: string): boolean => {
    const stats = fs.lstatSync(repo.path(file));
    return stats.isFile() && stats.nlink === 1;
  };

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
  });

  for (const type of ['symlink', 'hardlink'])
    it(`turns ${type}s of a folder into copies that can be written, the objects staying read-only`, async () => {
      repo.write('.dvc/config', `[cache]\n    type = ${type}\n`).write('d/x', 'x').write('d/s/y', 'y');
      await repo.add('d');
      const object = repo.path('.dvc/cache/files/md5/9d/d4e461268c8034f5c8564e155c67a6');
      assert.equal(fs.readFileSync(object, 'utf8'), 'x');
      assert.deepEqual((await run('d')).copied.toSorted(), ['d/s/y', 'd/x']);
      assert.deepEqual([isOwn('d/x'), isOwn('d/s/y'), modeOf('d/x'), repo.read('d/s/y')], [true, true, 0o644, 'y']);
      fs.writeFileSync(repo.path('d/x'), 'changed');
      assert.equal(fs.readFileSync(object, 'utf8'), 'x');
      assert.equal(fs.statSync(object).mode & 0o777, 0o444);
      assert.deepEqual((await run('d')).copied, [], 'nothing is left to do');
    });

  it('makes a read-only file writable and keeps an executable one executable', async () => {
    repo.write('a', 'a', 0o444).write('run.sh', 'echo', 0o555);
    await run('a', 'run.sh');
    assert.deepEqual([modeOf('a'), modeOf('run.sh')], [0o644, 0o755]);
  });

  it('copies through links of the user, and leaves dangling ones and links to folders', async () => {
    fs.writeFileSync(sandbox().path('far'), 'far');
    fs.mkdirSync(repo.path('d'));
    fs.symlinkSync(sandbox().path('far'), repo.path('d/far'));
    fs.symlinkSync('nowhere', repo.path('d/dangling'));
    fs.symlinkSync('..', repo.path('d/up'));
    await run('d');
    assert.deepEqual([isOwn('d/far'), repo.read('d/far')], [true, 'far']);
    assert.equal(fs.readlinkSync(repo.path('d/dangling')), 'nowhere');
    assert.equal(fs.readlinkSync(repo.path('d/up')), '..');
  });

  it('leaves no temporary file', async () => {
    repo.write('.dvc/config', '[cache]\n    type = symlink\n').write('d/x', 'x');
    await repo.add('d');
    await run('d');
    const names = fs.readdirSync(repo.root, { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      names.filter((name) => name.endsWith('.tmp')),
      [],
    );
  });

  it('refuses what is not there, what is outside, and what belongs to others', async () => {
    fs.writeFileSync(sandbox().path('far'), 'far', { mode: 0o444 });
    fs.symlinkSync('.dvc', repo.path('way'));
    await assert.rejects(run('nosuch'), /failed to unprotect 'nosuch' - can't unprotect non-existing data 'nosuch'/);
    await assert.rejects(run('../far'), { code: 'output-outside-repo' });
    await assert.rejects(run('way/cache'), { code: 'output-in-symlink' });
    for (const target of ['.', '.dvc', '.dvc/cache', '.git'])
      await assert.rejects(run(target), { code: 'output-reserved' }, target);
    assert.equal(fs.statSync(sandbox().path('far')).mode & 0o777, 0o444);
  });

  it('stops when it is cancelled, every file being a link or a whole copy', async () => {
    repo.write('.dvc/config', '[cache]\n    type = symlink\n');
    for (let i = 0; i < 50; i++) repo.write(`d/${i}`, `${i}`);
    await repo.add('d');
    const abort = new AbortController();
    const stopping = repo.open((open, ctx) =>
      unprotect(
        open,
        { targets: ['d'] },
        { ...ctx, signal: abort.signal, emit: (event) => event.type === 'progressed' && abort.abort() },
      ),
    );
    await assert.rejects(stopping, { code: 'cancelled' });
    for (let i = 0; i < 50; i++) assert.equal(repo.read(`d/${i}`), `${i}`);
  });
});
