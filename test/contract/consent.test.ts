import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { DvcError } from '../../src/engine/core/errors.ts';
import type { ConsentQuestion } from '../../src/engine/core/op-context.ts';
import { importUrl } from '../../src/engine/verbs/import-url.ts';
import { pull } from '../../src/engine/verbs/pull.ts';
import { update } from '../../src/engine/verbs/update.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../support/engine-repo.ts';

describe('what a repository names and its user has not', () => {
  const sandbox = useEngineSandbox('consent');
  let repo: EngineRepo;
  let asked: ConsentQuestion[];
  let answer: boolean;
  let state: string | undefined;
  beforeEach(async () => {
    state = process.env['XDG_STATE_HOME'];
    process.env['XDG_STATE_HOME'] = sandbox().path('state');
    repo = await makeEngineRepo(sandbox());
    fs.writeFileSync(sandbox().path('private'), 'secret\n');
    asked = [];
    answer = false;
  });
  afterEach(() => {
    if (state === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = state;
    delete process.env['LODE_CONSENT'];
  });

  /** As a clone brings it along. */
  const plant = (path: string): void =>
    void repo.write('x.dvc', `frozen: true\ndeps:\n- path: ${path}\nouts:\n- path: x\n  hash: md5\n`);
  const bring = () =>
    repo.open((opened, ctx) =>
      update(
        opened,
        { targets: ['x.dvc'] },
        {
          ...ctx,
          async consent(question) {
            asked.push(question);
            return answer;
          },
        },
      ),
    );

  it('a path outside is read once the user agrees, and is not asked about again', async () => {
    const place = fs.realpathSync(sandbox().path('private'));
    plant('../private');
    await assert.rejects(bring(), (error) => DvcError.is(error, 'consent') && error.message.includes(place));
    assert.equal(repo.exists('x'), false);
    assert.equal(repo.exists('.dvc/cache/files'), false, 'nothing of it was taken');
    answer = true;
    await bring();
    assert.equal(repo.read('x'), 'secret\n');
    fs.writeFileSync(place, 'newer\n');
    answer = false;
    await bring();
    assert.equal(repo.read('x'), 'newer\n');
    assert.deepEqual(asked, Array(2).fill({ kind: 'path', place, by: 'x.dvc' }));
    assert.equal(fs.statSync(sandbox().path('state/lode/consents')).mode & 0o777, 0o600);
    plant('../repo/../private2');
    await assert.rejects(bring(), (error) => DvcError.is(error, 'consent'), 'another path is another question');
  });

  it('a path that a link inside leads out by is one outside', async () => {
    fs.symlinkSync(sandbox().path('private'), repo.path('link'));
    plant('link');
    await assert.rejects(bring(), (error) => DvcError.is(error, 'consent'));
    assert.equal(repo.exists('x'), false);
  });

  it('a server is asked about without a request to it, a path inside not at all', async () => {
    plant('http://user:pw@169.254.169.254/latest/meta-data');
    await assert.rejects(bring(), (error) => DvcError.is(error, 'consent') && !error.message.includes('pw'));
    assert.equal(asked[0]?.place.includes('169.254.169.254'), true);
    repo.write('inside', 'data\n');
    plant('inside');
    await bring();
    assert.equal(asked.length, 1);
  });

  it('the user who names a place has agreed to it', async () => {
    await repo.open((opened, ctx) =>
      importUrl(opened, { url: '../private', out: 'x' }, { ...ctx, consent: async () => false }),
    );
    fs.writeFileSync(sandbox().path('private'), 'newer\n');
    await bring();
    assert.equal(repo.read('x'), 'newer\n');
    assert.deepEqual(asked, []);
  });

  it('nobody can be asked in a script: it may be used unless the environment refuses', async () => {
    plant('../private');
    const quietly = () => repo.open((opened, ctx) => pull(opened, { targets: ['x.dvc'] }, ctx));
    process.env['LODE_CONSENT'] = 'refuse';
    await assert.rejects(quietly(), /have not agreed/);
    delete process.env['LODE_CONSENT'];
    await repo.open((opened, ctx) => update(opened, { targets: ['x.dvc'] }, ctx));
    assert.equal(repo.read('x'), 'secret\n');
  });
});
