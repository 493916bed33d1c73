import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError } from '../../src/engine/core/errors.ts';
import { add } from '../../src/engine/verbs/add.ts';
import { get } from '../../src/engine/verbs/get.ts';
import { getUrl } from '../../src/engine/verbs/get-url.ts';
import { importFrom } from '../../src/engine/verbs/import.ts';
import { importUrl } from '../../src/engine/verbs/import-url.ts';
import { ls } from '../../src/engine/verbs/ls.ts';
import { pull } from '../../src/engine/verbs/pull.ts';
import { push } from '../../src/engine/verbs/push.ts';
import { remoteAdd } from '../../src/engine/verbs/remote-add.ts';
import { update } from '../../src/engine/verbs/update.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../support/engine-repo.ts';

const hasCode = (code: string, text?: RegExp) => (error: unknown) =>
  DvcError.is(error) && error.code === code && (text === undefined || text.test(error.message));

describe('data of other repositories', function () {
  this.timeout(30_000);
  const sandbox = useEngineSandbox('sources');
  let repo: EngineRepo;
  let source: EngineRepo;
  const at = (file: string): string => path.join(repo.root, file);
  const read = (file: string): string => fs.readFileSync(at(file), 'utf8');
  const git = (folder: string, ...args: string[]): string =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();

  beforeEach(async () => {
    source = await makeEngineRepo(sandbox(), 'source');
    repo = await makeEngineRepo(sandbox(), 'repo');
    fs.mkdirSync(path.join(source.root, 'data/s'), { recursive: true });
    fs.writeFileSync(path.join(source.root, 'data/a'), 'a1\n');
    fs.writeFileSync(path.join(source.root, 'data/s/b'), 'b1\n');
    fs.writeFileSync(path.join(source.root, 'code.py'), 'print(1)\n');
    await source.open((opened, ctx) => add(opened, { targets: ['data'] }, ctx));
    commit('one');
  });

  function commit(message: string): string {
    git(source.root, 'add', '-A');
    git(source.root, 'commit', '-qm', message);
    return git(source.root, 'rev-parse', 'HEAD');
  }
  const bring = (url: string, from: string, more: object = {}): Promise<unknown> =>
    repo.open((opened, ctx) => importFrom(opened, { url, path: from, ...more }, ctx));

  it('imports a folder, a file in it and a file of Git, with the commit that they are from', async () => {
    const head = git(source.root, 'rev-parse', 'HEAD');
    await bring('../source', 'data');
    await bring('../source', 'data/s/b', { out: 'one' });
    await bring('../source', 'code.py', { rev: 'HEAD' });
    assert.deepEqual(
      [read('data/a'), read('data/s/b'), read('one'), read('code.py')],
      ['a1\n', 'b1\n', 'b1\n', 'print(1)\n'],
    );
    assert.match(read('data.dvc'), new RegExp(`url: \\.\\./source\\n {4}rev_lock: ${head}\\n`));
    assert.match(read('code.py.dvc'), new RegExp(`rev: HEAD\\n {4}rev_lock: ${head}\\n`));
  });

  it('brings what is newer, of another revision too, and knows when nothing is', async () => {
    await bring('../source', 'data', { rev: 'HEAD' });
    fs.writeFileSync(path.join(source.root, 'data/a'), 'a2\n');
    await source.open((opened, ctx) => add(opened, { targets: ['data'] }, ctx));
    const head = commit('two');
    const run = (options: object = {}) =>
      repo.open((opened, ctx) => update(opened, { targets: ['data.dvc'], ...options }, ctx));
    assert.deepEqual((await run()).imports, [{ pointer: 'data.dvc', changed: true }]);
    assert.equal(read('data/a'), 'a2\n');
    assert.match(read('data.dvc'), new RegExp(`rev_lock: ${head}`));
    assert.deepEqual((await run()).imports, [{ pointer: 'data.dvc', changed: false }]);
    await run({ rev: 'HEAD~1' });
    assert.equal(read('data/a'), 'a1\n');
  });

  it('clones what has no work tree here, and gets its data from its remote', async () => {
    const store = sandbox().path('store');
    await source.open(async (opened, ctx) => remoteAdd(opened, { name: 'st', url: store, asDefault: true }, ctx));
    commit('remote');
    await source.open((opened, ctx) => push(opened, {}, ctx));
    git(path.dirname(source.root), 'clone', '-q', '--bare', 'source', 'source.git');
    await bring('../source.git', 'data');
    assert.equal(read('data/s/b'), 'b1\n');
    fs.rmSync(at('.dvc/cache'), { recursive: true });
    fs.rmSync(at('data'), { recursive: true });
    await repo.open((opened, ctx) => pull(opened, {}, ctx));
    assert.equal(read('data/a'), 'a1\n');
    const listed = await repo.open((_, ctx) => ls({ url: '../source.git', recursive: true, dvcOnly: true }, ctx));
    assert.deepEqual(
      listed.map((entry) => entry.path),
      ['data/a', 'data/s/b'],
    );
  });

  it('gets without tracking, and says what is not there', async () => {
    await repo.open((_, ctx) => get({ url: '../source', path: 'data/s', out: 'got' }, ctx));
    assert.equal(read('got/b'), 'b1\n');
    const none = repo.open((_, ctx) => get({ url: '../source', path: 'nosuch' }, ctx));
    await assert.rejects(none, hasCode('output-missing', /nosuch/));
    const twice = repo.open((_, ctx) => get({ url: '../source', path: 'data/s', out: 'got/b' }, ctx));
    await assert.rejects(twice, hasCode('output-missing', /already exists/));
    assert.deepEqual(
      fs.readdirSync(repo.root).filter((name) => name.endsWith('.tmp')),
      [],
    );
  });

  it('imports what its source has imported', async () => {
    const middle = await makeEngineRepo(sandbox(), 'middle');
    await middle.open((opened, ctx) => importFrom(opened, { url: '../source', path: 'data' }, ctx));
    git(middle.root, 'add', '-A');
    git(middle.root, 'commit', '-qm', 'one');
    fs.rmSync(path.join(middle.root, 'data'), { recursive: true });
    fs.rmSync(path.join(middle.root, '.dvc/cache'), { recursive: true });
    await bring('../middle', 'data', { rev: 'HEAD' });
    assert.equal(read('data/s/b'), 'b1\n');
  });

  it('runs nothing that a repository or its address brings along', async () => {
    const canary = sandbox().path('canary');
    for (const url of [`ext::sh -c touch% ${canary}`, `--upload-pack=touch ${canary}`, `-u${canary}`])
      await assert.rejects(bring(url, 'x'), hasCode('usage', /no address/));
    const script = `#!/bin/sh\ntouch ${canary}\n`;
    fs.mkdirSync(path.join(source.root, '.git/hooks'), { recursive: true });
    for (const hook of ['post-checkout', 'reference-transaction', 'post-index-change'])
      fs.writeFileSync(path.join(source.root, '.git/hooks', hook), script, { mode: 0o755 });
    git(source.root, 'config', 'core.fsmonitor', `touch ${canary}`);
    git(source.root, 'config', 'uploadpack.packObjectsHook', `touch ${canary}`);
    git(source.root, 'config', 'filter.bad.smudge', `touch ${canary}`);
    fs.mkdirSync(path.join(source.root, '.git/info'), { recursive: true });
    fs.writeFileSync(path.join(source.root, '.git/info/attributes'), '* filter=bad\n');
    await bring('../source', 'code.py', { rev: 'HEAD' });
    assert.equal(fs.existsSync(canary), false);
  });

  it('leaves no trace of an import that fails', async () => {
    const before = fs.readdirSync(repo.root).sort();
    await assert.rejects(bring('../source', 'nosuch'), hasCode('output-missing'));
    await assert.rejects(bring('../source', 'data', { rev: 'nosuch' }), hasCode('unknown-revision'));
    await assert.rejects(bring('../nowhere', 'data'), hasCode('output-missing', /'..\/nowhere' does not exist/));
    await assert.rejects(bring('https://127.0.0.1:9/a.git', 'data'), hasCode('git-failed', /Failed to clone/));
    await assert.rejects(bring('../source', 'data', { out: '../outside' }), hasCode('output-outside-repo'));
    await assert.rejects(bring('../source', 'data', { out: '.git/hooks' }), hasCode('output-reserved'));
    assert.deepEqual(fs.readdirSync(repo.root).sort(), before);
  });
});

describe('data from URLs', function () {
  this.timeout(30_000);
  const sandbox = useEngineSandbox('urls');
  let repo: EngineRepo;
  const at = (file: string): string => path.join(repo.root, file);
  const read = (file: string): string => fs.readFileSync(at(file), 'utf8');
  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox(), 'repo');
    fs.writeFileSync(sandbox().path('file'), 'one\n', { mode: 0o755 });
  });
  const bring = (url: string, more: object = {}): Promise<unknown> =>
    repo.open((opened, ctx) => importUrl(opened, { url, ...more }, ctx));

  it('records a path as it was typed, from the pointer file where it has to', async () => {
    fs.mkdirSync(at('sub'));
    await bring('../file', { out: 'near' });
    await bring('../file', { out: 'sub/far' });
    assert.match(
      read('near.dvc'),
      /deps:\n- md5: \w+\n {2}size: 4\n {2}isexec: true\n {2}hash: md5\n {2}path: \.\.\/file\n/,
    );
    assert.match(read('sub/far.dvc'), /path: \.\.\/\.\.\/file\n/);
    assert.equal(fs.statSync(at('near')).mode & 0o111, 0);
  });

  it('keeps the user’s own words when an import is made again', async () => {
    await bring('../file', { out: 'x', desc: 'mine' });
    fs.appendFileSync(at('x.dvc'), '# a comment\n');
    await bring('../file', { out: 'x', force: true });
    assert.match(read('x.dvc'), /^desc: mine\n/);
    assert.match(read('x.dvc'), /# a comment\n$/);
  });

  it('sends data to the remote and keeps none of it', async () => {
    const store = sandbox().path('store');
    await repo.open(async (opened, ctx) => remoteAdd(opened, { name: 'st', url: store, asDefault: true }, ctx));
    await bring('../file', { out: 'x', toRemote: true });
    assert.equal(fs.existsSync(at('x')), false);
    assert.deepEqual(fs.existsSync(at('.dvc/cache/files')), false);
    assert.ok(
      fs.existsSync(path.join(store, 'files/md5/5b')) || fs.readdirSync(path.join(store, 'files/md5')).length === 1,
    );
    await repo.open((opened, ctx) => pull(opened, {}, ctx));
    assert.equal(read('x'), 'one\n');
  });

  it('records without downloading, and downloads later', async () => {
    await bring('../file', { out: 'x', noDownload: true });
    assert.match(read('x.dvc'), /outs:\n- hash: md5\n {2}path: x\n$/);
    await repo.open((opened, ctx) => pull(opened, {}, ctx));
    assert.equal(read('x'), 'one\n');
    await repo.open((opened, ctx) => update(opened, { targets: ['x.dvc'] }, ctx));
    assert.match(read('x.dvc'), /path: x\n {2}md5: \w+\n {2}size: 4\n$/);
  });

  it('updates file by file: what has not changed, and what is ignored, stays', async () => {
    const folder = sandbox().path('folder');
    const write = (file: string, text: string): void => {
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, text);
    };
    for (const name of ['same', 'changed', 'gone/whole/a', 'gone/b', 'part/c']) write(path.join(folder, name), name);
    fs.writeFileSync(at('.dvcignore'), 'mine\n');
    await bring('../folder', { out: 'got' });
    write(at('got/part/mine'), 'my own\n');
    const before = fs.statSync(at('got/same')).ino;
    write(path.join(folder, 'changed'), 'new\n');
    for (const name of ['gone', 'part']) fs.rmSync(path.join(folder, name), { recursive: true });
    await repo.open((opened, ctx) => update(opened, { targets: ['got.dvc'] }, ctx));
    assert.deepEqual(fs.readdirSync(at('got'), { recursive: true }).sort(), ['changed', 'part', 'part/mine', 'same']);
    assert.equal(fs.statSync(at('got/same')).ino, before);
    assert.equal(read('got/changed'), 'new\n');
    assert.equal(read('got/part/mine'), 'my own\n');
    assert.deepEqual(fs.readdirSync(at('.dvc/tmp/lode/scratch')), []);
  });

  it('refuses what is not there and leaves nothing', async () => {
    await assert.rejects(bring('../nosuch'), hasCode('output-missing', /does not exist/));
    const got = repo.open((_, ctx) => getUrl({ url: '../nosuch', out: 'y' }, ctx));
    await assert.rejects(got, hasCode('output-missing'));
    assert.equal(fs.existsSync(at('nosuch.dvc')) || fs.existsSync(at('.gitignore')) || fs.existsSync(at('y')), false);
  });
});
