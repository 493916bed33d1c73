import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { checkSecret, describeViolation } from '../support/checker.ts';
import { makeRepo, type RepoBuilder } from '../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../support/sandbox.ts';

/** A secret planted in each kind of remote is found in no output and in no file but the one the user put it in. */
describe('a secret', function () {
  this.timeout(120_000);
  const SECRET = 'c4n4ry-S3cr3t';
  let sandbox: Sandbox;
  let repo: RepoBuilder;
  const said: string[] = [];
  const lode = (...args: string[]): void => {
    const { stdout, stderr } = repo.tryLode(...args);
    said.push(`$ ${args.slice(0, 2).join(' ')}\n${stdout}${stderr}`);
  };
  before(() => {
    sandbox = makeSandbox('secrets');
    fs.mkdirSync(sandbox.path('remote'));
    repo = makeRepo(sandbox);
    repo.lode('init', '-q');
    repo.write('data/a', 'alpha\n');
    repo.lode('add', 'data');
    repo.lode('remote', 'add', '-d', 'local', '../remote');
    repo.lode('remote', 'add', 's3', 's3://bucket/path');
    repo.lode('remote', 'modify', '--local', 's3', 'secret_access_key', SECRET);
    repo.lode('remote', 'add', 'ssh', 'ssh://host.invalid/path');
    repo.lode('remote', 'modify', '--local', 'ssh', 'password', SECRET);
    repo.lode('remote', 'modify', '--local', 'ssh', 'passphrase', SECRET);
    repo.lode('remote', 'add', 'dav', 'webdavs://host.invalid/path');
    repo.lode('remote', 'modify', '--local', 'dav', 'token', SECRET);
    repo.lode('remote', 'add', 'header', 'http://host.invalid/path');
    repo.lode('remote', 'modify', '--local', 'header', 'auth', 'custom');
    repo.lode('remote', 'modify', '--local', 'header', 'custom_auth_header', 'X-Key');
    repo.lode('remote', 'modify', '--local', 'header', 'password', SECRET);
    repo.lode('remote', 'add', '--local', 'web', `https://user:${SECRET}@host.invalid/path`);
  });
  after(() => sandbox.dispose());

  it('keeps config.local to its owner', () => {
    assert.equal(fs.statSync(repo.path('.dvc/config.local')).mode & 0o777, 0o600);
  });

  it('is in no output and in no other file', () => {
    for (const args of [
      ['status'],
      ['remote', 'list'],
      ['config', '--list'],
      ['doctor'],
      ['version'],
      ['push'],
      ['push', '-r', 's3'],
      ['push', '-r', 'ssh'],
      ['push', '-r', 'dav'],
      ['push', '-r', 'header'],
      ['fetch', '-r', 'web'],
      ['pull', '-r', 'web'],
      ['status', '-c', '-r', 'web'],
      ['gc', '-w', '-c', '-r', 'ssh', '-f'],
      ['remote', 'rename', 'web', 'web2'],
      ['remote', 'modify', 'nosuch', 'url', `https://u:${SECRET}@h.invalid`],
      ['cache', 'verify'],
    ])
      for (const more of [[], ['-v']]) lode(...args, ...more);
    assert.ok(
      said.some((text) => text.includes('***')),
      'masked somewhere',
    );
    const found = checkSecret(SECRET, said, [sandbox.root], (path) => path.endsWith('.dvc/config.local'));
    assert.deepEqual(found.map(describeViolation), []);
  });
});
