import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { type DoctorCheck, doctor } from '../../../src/engine/verbs/doctor.ts';
import { install } from '../../../src/engine/verbs/install.ts';
import { remoteAdd } from '../../../src/engine/verbs/remote-add.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../../support/engine-repo.ts';

describe('doctor', () => {
  const sandbox = useEngineSandbox('doctor');
  let repo: EngineRepo;
  const check = async (id: string): Promise<DoctorCheck | undefined> =>
    (await repo.open((open, ctx) => doctor(open, ctx))).checks.find((one) => one.id === id);
  const status = async (id: string) => (await check(id))?.status;

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
    repo.write('f', 'f');
    await repo.add('f');
  });

  it('finds nothing wrong with a new repository, and leaves nothing behind', async () => {
    const names = () => fs.readdirSync(repo.path('.dvc'), { recursive: true, encoding: 'utf8' }).sort();
    const before = names();
    const { checks } = await repo.open((open, ctx) => doctor(open, ctx));
    assert.deepEqual(
      checks.filter((one) => one.status === 'error'),
      [],
    );
    assert.deepEqual(names(), before);
  });

  it('says who holds the lock', () =>
    repo.open(async (open, ctx) => {
      await using _held = await open.lock(ctx);
      const lock = await check('lock');
      assert.equal(lock?.status, 'warning');
      assert.match(lock?.detail ?? '', new RegExp(`PID ${process.pid}`));
    }));

  it('warns of hooks that call a program nobody finds', async () => {
    assert.equal((await check('hooks'))?.fix?.command, 'lode install');
    await repo.open((open, ctx) => install(open, { usePreCommitTool: false }, ctx));
    const path = process.env['PATH'];
    repo.write('bin/lode', '#!/bin/sh\n', 0o755);
    try {
      process.env['PATH'] = `${repo.path('bin')}:${path}`;
      assert.equal(await status('hooks'), 'ok');
      fs.chmodSync(repo.path('bin/lode'), 0o644);
      process.env['PATH'] = `${repo.path('bin')}:/usr/bin:/bin`;
      assert.equal(await status('hooks'), 'error');
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('looks at remotes that are folders', async () => {
    remoteAdd({ root: repo.root }, { name: 'here', url: sandbox().path('remote') }, repo.ctx);
    assert.equal(await status('remote here'), 'warning');
    assert.equal(await status('remotes'), 'warning');
    fs.mkdirSync(sandbox().path('remote'));
    assert.equal(await status('remote here'), 'ok');
  });

  it('tells of damaged objects, of a .gitignore that lets secrets through, and of a repository without its Git', async () => {
    repo.write('.dvc/tmp/lode/quarantine/abc.1', 'damaged').write('.dvc/.gitignore', '/tmp\n');
    assert.match((await check('leftovers'))?.detail ?? '', /^1 damaged object \(7 B\)/);
    assert.match((await check('gitignore'))?.detail ?? '', /^\/config\.local, \/cache are not/);
    repo.remove('.git');
    assert.equal((await check('git'))?.fix?.command, 'lode config core.no_scm true');
  });
});
