import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { createOpContext } from '../../../src/engine/core/op-context.ts';
import { type DuOptions, du } from '../../../src/engine/verbs/du.ts';
import { type LsOptions, type LsTree, ls, lsTree } from '../../../src/engine/verbs/ls.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../../support/engine-repo.ts';
import { makeRepo } from '../../support/repo-builder.ts';

describe('ls', () => {
  const sandbox = useEngineSandbox('ls');
  let repo: EngineRepo;
  const paths = async (options: Partial<LsOptions> = {}): Promise<string[]> =>
    (await ls({ url: '.', ...options }, repo.ctx)).map(({ path }) => path);

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
    repo.writeAll([
      ['data/a', 'aa'],
      ['data/deep/b', 'b'],
      ['data.txt', 'git'],
      ['models/m.bin', 'mmm'],
    ]);
    await repo.add('data', 'models/m.bin');
    repo.commitAll('one');
  });

  it('lists one level: files, tracked data and stage files', async () => {
    assert.deepEqual(await paths(), ['.dvcignore', '.gitignore', 'data', 'data.dvc', 'data.txt', 'models']);
    assert.deepEqual(await paths({ path: 'models' }), ['.gitignore', 'm.bin', 'm.bin.dvc']);
    assert.deepEqual(await paths({ path: 'data/deep' }), ['b']);
    assert.deepEqual(await paths({ path: 'data/a' }), ['a']);
  });

  it('lists data that is not on disk, and what is tracked only', async () => {
    repo.remove('data').remove('models/m.bin');
    assert.deepEqual(await paths({ dvcOnly: true }), ['data', 'models']);
    assert.deepEqual(await paths({ dvcOnly: true, recursive: true }), ['data/a', 'data/deep/b', 'models/m.bin']);
    assert.deepEqual(await paths({ path: 'data' }), ['a', 'deep']);
  });

  it('lists files below, sorted by their whole paths, as deep as asked', async () => {
    const all = ['.dvcignore', '.gitignore', 'data.dvc', 'data.txt', 'data/a', 'data/deep/b'];
    const models = ['models/.gitignore', 'models/m.bin', 'models/m.bin.dvc'];
    assert.deepEqual(await paths({ recursive: true }), [...all, ...models]);
    assert.deepEqual(await paths({ recursive: true, level: 2, path: 'data' }), ['a', 'deep/b']);
    assert.deepEqual(await paths({ recursive: true, level: 1, path: 'data' }), ['a', 'deep']);
    assert.deepEqual(await paths({ recursive: true, level: 0 }), ['.']);
  });

  it('knows sizes, hashes, and what is tracked', async () => {
    repo.write('data/x', 'x');
    const [a, deep, added] = await ls({ url: '.', path: 'data' }, repo.ctx);
    assert.deepEqual([a?.isOut, a?.size, a?.oid], [true, 2, '4124bc0a9335c27f086f24ba207a4912']);
    assert.deepEqual([deep?.isOut, deep?.isDir, deep?.oid], [true, true, undefined]);
    assert.deepEqual([added?.isOut, added?.path], [false, 'x']);
  });

  it('shows a revision as it was', async () => {
    repo.remove('data.txt').write('data/later', 'later').write('new.txt', 'new');
    await repo.add('data');
    const old = await ls({ url: '.', rev: 'HEAD', recursive: true }, repo.ctx);
    assert.ok(old.some(({ path, size }) => path === 'data.txt' && size === 3));
    assert.ok(!old.some(({ path }) => path === 'data/later' || path === 'new.txt'));
    assert.ok(old.some(({ path, isOut }) => path === 'data/deep/b' && isOut));
    await assert.rejects(paths({ rev: 'nosuch' }), { message: "failed to list '.' - unknown Git revision 'nosuch'" });
  });

  it('shows the disk where it disagrees with what is tracked', async () => {
    repo.remove('models/m.bin').write('models/m.bin/inside', '1');
    const found = await ls({ url: '.', path: 'models', recursive: true }, repo.ctx);
    const inside = found.find(({ path }) => path === 'm.bin/inside');
    assert.equal(inside?.isOut, false);
  });

  it('leaves out what is ignored and nested repositories, but looks into one by name', async () => {
    repo.write('.dvcignore', '*.tmp\n').write('x.tmp', '').write('nested/.dvc/config', '').write('nested/n', '');
    fs.symlinkSync('nowhere', repo.path('dangling'));
    assert.ok((await paths()).includes('dangling'));
    assert.ok(!(await paths()).some((path) => path === 'x.tmp' || path === 'nested'));
    assert.deepEqual(await paths({ path: 'nested' }), ['n']);
  });

  it('lists another repository, and one without DVC', async () => {
    const plain = makeRepo(sandbox(), 'plain').write('f', 'f').commitAll();
    const ctx = createOpContext({ cwd: sandbox().root });
    assert.ok((await ls({ url: 'repo' }, ctx)).some(({ path }) => path === 'data'));
    assert.deepEqual(
      (await ls({ url: 'plain' }, ctx)).map(({ path }) => path),
      ['f'],
    );
    assert.deepEqual(
      (await ls({ url: plain.root, rev: 'HEAD' }, ctx)).map(({ path }) => path),
      ['f'],
    );
  });

  it('says what is not there', async () => {
    await assert.rejects(paths({ path: 'nosuch' }), {
      code: 'output-missing',
      message: /'nosuch' does not exist in '\.'/,
    });
    await assert.rejects(paths({ path: '../outside' }), { code: 'output-missing' });
    await assert.rejects(paths({ url: 'nowhere' }), { code: 'output-missing' });
    await assert.rejects(paths({ url: 'https://127.0.0.1:9/a.git' }), { code: 'git-failed' });
  });

  it('grows a tree', async () => {
    const names = ({ path, contents }: LsTree): unknown => (contents ? { [path]: contents.map(names) } : path);
    assert.deepEqual(names(await lsTree({ url: '.', path: 'data' }, repo.ctx)), { data: ['a', { deep: ['b'] }] });
    assert.deepEqual(names(await lsTree({ url: '.', path: 'data', level: 1 }, repo.ctx)), { data: ['a', 'deep'] });
  });

  it('adds up what data takes, on disk or as recorded', async () => {
    const sizes = async (options: Partial<DuOptions> = {}) =>
      (await du({ url: '.', ...options }, repo.ctx)).map(({ path, size }) => `${path} ${size}`);
    assert.deepEqual(
      (await sizes()).filter((line) => !line.startsWith('.git')),
      ['data 3', 'data.txt 3', 'models 10', ' 22'],
    );
    repo.remove('data');
    assert.deepEqual(await sizes({ path: 'data', summarize: true }), ['data 3']);
    assert.deepEqual(await sizes({ path: 'models/m.bin' }), ['models/m.bin 3']);
  });
});
