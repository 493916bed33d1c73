import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { makeRepo, type RepoBuilder } from '../support/repo-builder.ts';
import { useSandbox } from '../support/sandbox.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** DVC is the reference for formats, not for its bugs: what it gets wrong, and what holds here instead. */
describe('Where Lode does better than DVC', function () {
  this.timeout(60_000);
  const sandbox = useSandbox('better');
  let repo: RepoBuilder;
  const object = (text: string, store = '.dvc/cache'): string =>
    repo.path(store, 'files/md5', md5(text).slice(0, 2), md5(text).slice(2));

  beforeEach(() => {
    repo = makeRepo(sandbox());
    repo.lode('init', '-q');
    repo.write('data/a', 'alpha\n').write('data/b', 'beta\n').write('data/sub/c', 'gamma\n');
    repo.lode('add', '-q', 'data');
  });

  it('a full push after a push of one path sends the rest', () => {
    repo.lode('remote', 'add', '-q', '-d', 'store', '../store');
    repo.lode('push', 'data/a');
    assert.equal(fs.existsSync(object('beta\n', '../store')), false);
    repo.lode('push');
    for (const text of ['alpha\n', 'beta\n', 'gamma\n']) assert.ok(fs.existsSync(object(text, '../store')), text);
  });

  it('a forced checkout with one object missing leaves the folder as it is', () => {
    repo.write('data/a', 'mine\n');
    fs.rmSync(object('beta\n'), { force: true });
    repo.remove('data/b');
    const { code, stderr } = repo.tryLode('checkout', '-f');
    assert.notEqual(code, 0);
    assert.match(stderr, /data/);
    assert.equal(repo.read('data/a'), 'mine\n');
    assert.equal(repo.read('data/sub/c'), 'gamma\n');
  });

  it('an empty or cut-off pointer is an error, never nothing tracked', () => {
    const whole = repo.read('data.dvc');
    for (const torn of ['', '\n', 'out', 'outs:\n', whole.slice(0, 20)]) {
      repo.write('data.dvc', torn);
      for (const verb of [['status'], ['checkout'], ['push'], ['gc', '-w', '-f']]) {
        const { code, stderr } = repo.tryLode(...verb);
        assert.notEqual(code, 0, `${verb} accepted ${JSON.stringify(torn)}`);
        assert.match(stderr, /data\.dvc/);
      }
      assert.equal(repo.read('data/a'), 'alpha\n');
      assert.ok(fs.existsSync(object('alpha\n')));
    }
  });

  it('a flipped byte in the cache is neither checked out nor pushed', () => {
    const file = object('alpha\n');
    const { atime, mtime } = fs.statSync(file);
    fs.chmodSync(file, 0o644);
    fs.writeFileSync(file, 'blpha\n');
    fs.chmodSync(file, 0o444);
    fs.utimesSync(file, atime, mtime);
    repo.lode('remote', 'add', '-q', '-d', 'store', '../store');
    assert.notEqual(repo.tryLode('push').code, 0);
    assert.equal(fs.existsSync(object('alpha\n', '../store')), false);
    repo.remove('data');
    assert.notEqual(repo.tryLode('checkout').code, 0);
    assert.equal(repo.exists('data/a'), false);
  });

  it('an edit of the same size with its old modification time is seen', () => {
    repo.lode('status');
    const { atime, mtime } = fs.statSync(repo.path('data/a'));
    fs.writeFileSync(repo.path('data/a'), 'ALPHA\n');
    fs.utimesSync(repo.path('data/a'), atime, mtime);
    assert.match(repo.lode('status', '--json'), /modified/);
  });

  it('a remote with a section in config.local is renamed and removed in both', () => {
    repo.lode('remote', 'add', '-q', 'one', '../store');
    repo.lode('remote', 'modify', '--local', 'one', 'jobs', '3');
    repo.lode('remote', 'rename', 'one', 'two');
    assert.match(repo.read('.dvc/config.local'), /\['remote "two"'\]\n {4}jobs = 3/);
    assert.doesNotMatch(repo.read('.dvc/config.local'), /one/);
    repo.lode('remote', 'remove', 'two');
    assert.doesNotMatch(repo.read('.dvc/config.local'), /two/);
    repo.lode('status');
  });

  it('dates in params are values like others', () => {
    repo
      .write('params.yaml', 'from: 2020-01-01\n')
      .write('dvc.yaml', 'stages:\n  s:\n    cmd: echo\n    params: [from]\n    deps: [data]\n');
    assert.deepEqual(JSON.parse(repo.lode('status', '--json')).s, [
      { 'changed deps': { data: 'modified', 'params.yaml': 'new' } },
    ]);
  });

  it('a file with a secret is its owner’s alone, and lists and -v mask what is in it', () => {
    repo.lode('remote', 'add', '-q', 'web', 'https://user:hunter2@example.com/path');
    repo.lode('remote', 'modify', '--local', 'web', 'password', 'hunter2');
    assert.equal(fs.statSync(repo.path('.dvc/config.local')).mode & 0o777, 0o600);
    for (const args of [
      ['remote', 'list'],
      ['config', '--list'],
      ['-v', 'remote', 'list'],
      ['push', '-v', '-r', 'web'],
    ]) {
      const { stdout, stderr } = repo.tryLode(...args);
      assert.doesNotMatch(stdout + stderr, /hunter2/, args.join(' '));
    }
  });
});
