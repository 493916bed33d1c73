import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { checkSecret, describeViolation } from '../support/checker.ts';
import { openRepo, type RepoBuilder } from '../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../support/sandbox.ts';

/** A secret planted in each kind of remote is found in no output and in no file but the one the user put it in. */
describe('a secret', function () {
  this.timeout(120_000);
  const SECRET = 'c4n4ry-S3cr3t';
  /** The same for what has to be Base64. */
  const KEY = Buffer.from(`${SECRET}:${SECRET}`).toString('base64');
  /** Where nobody listens. */
  const NOBODY = 'http://127.0.0.1:1';
  const GOOGLE = { type: 'service_account', client_email: 'me@host.invalid', private_key_id: 'id' };
  /** Where the user has put it. */
  const isStore = (path: string): boolean => path.endsWith('.dvc/config.local') || /^(?:key|bad)\.json$/.test(path);
  let sandbox: Sandbox;
  let repo: RepoBuilder;
  const said: string[] = [];
  const lode = (...args: string[]): void => {
    const { stdout, stderr } = repo.tryLode(...args);
    said.push(`$ ${args.slice(0, 2).join(' ').replaceAll(SECRET, '(typed)')}\n${stdout}${stderr}`);
  };
  before(() => {
    sandbox = makeSandbox('secrets');
    fs.mkdirSync(sandbox.path('remote'));
    fs.mkdirSync(sandbox.path('repo'));
    repo = openRepo(sandbox.path('repo'), { ...sandbox.env, LODE_REMOTE_DELAY: '1', AZURE_CONFIG_DIR: sandbox.root });
    repo.git('init', '-q', '-b', 'main', '--template=');
    repo.lode('init', '-q');
    repo.write('data/a', 'alpha\n');
    repo.lode('add', 'data');
    repo.lode('remote', 'add', '-d', 'local', '../remote');
    repo.lode('remote', 'add', 's3', 's3://bucket/path');
    const set = (name: string, options: Readonly<Record<string, string>>): void => {
      for (const [option, value] of Object.entries(options))
        repo.lode('remote', 'modify', '--local', name, option, value);
    };
    set('s3', { endpointurl: NOBODY, access_key_id: `AK${SECRET}`, secret_access_key: SECRET, session_token: SECRET });
    const [azure, account] = ['azure://container/path', { account_name: 'someone' }];
    for (const [name, url, options] of [
      ['azure-key', azure, { connection_string: `AccountName=a;AccountKey=${KEY};BlobEndpoint=${NOBODY}/a` }],
      ['azure-bad', azure, { connection_string: `AccountName=a;AccountKey${KEY}` }],
      ['azure-sas', azure, { ...account, sas_token: `sv=1&sig=${SECRET}` }],
      ['azure-id', azure, { ...account, tenant_id: 't', client_id: 'c', client_secret: SECRET }],
      ['gs', 'gs://bucket/path', { endpointurl: NOBODY, credentialpath: sandbox.path('key.json') }],
      ['gs-bad', 'gs://bucket/path', { endpointurl: NOBODY, credentialpath: sandbox.path('bad.json') }],
      ['basic', `${NOBODY}/path`, { auth: 'basic', user: 'me', password: SECRET }],
      ['command', 'webdav://127.0.0.1:1/path', { bearer_token_command: `sh -c "echo ${SECRET}; exit 3"` }],
      ['dav-basic', 'webdav://127.0.0.1:1/path', { user: 'me', password: SECRET }],
    ] as const) {
      repo.lode('remote', 'add', name, url);
      set(name, options);
    }
    repo.lode('remote', 'add', '--local', 'ssh-url', `ssh://me:${SECRET}@127.0.0.1:1/path`);
    fs.writeFileSync(sandbox.path('key.json'), JSON.stringify({ ...GOOGLE, private_key: SECRET }));
    fs.writeFileSync(sandbox.path('bad.json'), `{"private_key": "${SECRET}", `);
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
      ...[
        'azure-key',
        'azure-bad',
        'azure-sas',
        'azure-id',
        'gs',
        'gs-bad',
        'basic',
        'command',
        'dav-basic',
        'ssh-url',
      ].map((name) => ['remote', 'test', name]),
      ['push', '-r', 'azure-key'],
      ['push', '-r', 'gs'],
      ['push', '-r', 'command'],
      ['import-url', `https://me:${SECRET}@host.invalid/x?sig=${SECRET}`, '--no-download'],
      ['get-url', `ssh://me:${SECRET}@127.0.0.1:1/x`],
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
    const asked = said.join('\n');
    for (const words of ['azure-key', 'azure-id', 'gs', 'command']) assert.ok(asked.includes(words), words);
    for (const secret of [SECRET, KEY])
      assert.deepEqual(checkSecret(secret, said, [sandbox.root], isStore).map(describeViolation), []);
  });
});
