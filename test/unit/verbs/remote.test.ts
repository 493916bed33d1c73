import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { createOpContext } from '../../../src/engine/core/op-context.ts';
import { loadConfig } from '../../../src/engine/files/config.ts';
import { configGet, configList, parseOptionName } from '../../../src/engine/verbs/config.ts';
import { setRemoteDefault } from '../../../src/engine/verbs/remote-default.ts';
import { remoteList } from '../../../src/engine/verbs/remote-list.ts';
import { remoteRemove } from '../../../src/engine/verbs/remote-remove.ts';
import { remoteRename } from '../../../src/engine/verbs/remote-rename.ts';
import { useSandbox } from '../../support/sandbox.ts';

describe('remote verbs', () => {
  const sandbox = useSandbox('remote');
  const target = () => ({ root: sandbox().path('repo') });
  const ctx = () => createOpContext({ cwd: sandbox().path('repo') });
  const put = (name: string, text: string): void => {
    const file = sandbox().path('repo/.dvc', name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  };
  const read = (name: string): string => fs.readFileSync(sandbox().path('repo/.dvc', name), 'utf8');
  const load = () => loadConfig(target().root);
  const kept: Record<string, string | undefined> = {};
  const FOLDERS = ['DVC_GLOBAL_CONFIG_DIR', 'DVC_SYSTEM_CONFIG_DIR'];
  beforeEach(() => {
    for (const name of FOLDERS) {
      kept[name] = process.env[name];
      process.env[name] = sandbox().env[name];
    }
  });
  afterEach(() => {
    for (const name of FOLDERS)
      if (kept[name] === undefined) delete process.env[name];
      else process.env[name] = kept[name];
  });

  it('renames a remote that config.local adds to', () => {
    put('config', `[core]\n    remote = a\n['remote "a"']\n    url = ssh://h/p\n['remote "z"']\n    url = /z\n`);
    put('config.local', `['remote "a"']\n    password = pw\n`);
    remoteRename(target(), { name: 'A', newName: 'B' }, ctx());
    assert.equal(
      read('config'),
      `[core]\n    remote = B\n['remote "z"']\n    url = /z\n['remote "B"']\n    url = ssh://h/p\n`,
    );
    assert.equal(read('config.local'), `['remote "B"']\n    password = pw\n`);
    assert.deepEqual([...load().remotes.keys()], ['z', 'b']);
    assert.equal(load().remote().text('password'), 'pw');
  });

  it('refuses to rename to a name that is taken at any level', () => {
    put('config', `['remote "a"']\n    url = /a\n`);
    put('config.local', `['remote "b"']\n    url = /b\n`);
    assert.throws(() => remoteRename(target(), { name: 'a', newName: 'b' }, ctx()), /'b' already exists/);
  });

  it('removes what config.local adds to a remote, and the default', () => {
    put('config', `['remote "a"']\n    url = ssh://h/p\n`);
    put('config.local', `[core]\n    remote = a\n['remote "a"']\n    password = pw\n`);
    remoteRemove(target(), { name: 'a' }, ctx());
    assert.deepEqual([read('config'), read('config.local')], ['\n', '\n']);
    assert.equal(load().remotes.size, 0);
  });

  it('keeps a remote of config.local that has a URL of its own', () => {
    put('config', `['remote "a"']\n    url = /a\n`);
    put('config.local', `['remote "a"']\n    url = /mine\n`);
    remoteRemove(target(), { name: 'a' }, ctx());
    assert.equal(load().remote('a').url, '/mine');
  });

  it('leaves a valid configuration after every write of a rename and a removal', () => {
    const before = {
      config: `[core]\n    remote = a\n['remote "a"']\n    url = ssh://h/p\n`,
      'config.local': `['remote "a"']\n    password = pw\n`,
    };
    for (const verb of [
      () => remoteRename(target(), { name: 'a', newName: 'b' }, ctx()),
      () => remoteRemove(target(), { name: 'a' }, ctx()),
    ])
      for (let allowed = 0; allowed < 4; allowed++) {
        for (const [name, text] of Object.entries(before)) put(name, text);
        failAfter(allowed, verb);
        load();
      }
  });

  /** Runs `work` with every rename beyond the first `allowed` failing, as if the process ended there. */
  function failAfter(allowed: number, work: () => void): void {
    const rename = fs.renameSync;
    let done = 0;
    const patched = fs as { renameSync: typeof fs.renameSync };
    patched.renameSync = (from, to) => {
      if (done++ >= allowed) throw Object.assign(new Error('stopped'), { code: 'EIO' });
      rename(from, to);
    };
    try {
      work();
    } catch {
      // The stop itself; what it leaves is judged by the caller.
    } finally {
      patched.renameSync = rename;
    }
  }

  it('lets a remote of this clone be the default of the project only when no level is named', () => {
    put('config', '');
    put('config.local', `['remote "mine"']\n    url = /m\n`);
    assert.throws(() => setRemoteDefault(target(), { name: 'mine', level: 'repo' }, ctx()), /must be present/);
    setRemoteDefault(target(), { name: 'Mine' }, ctx());
    assert.equal(read('config'), '[core]\n    remote = mine\n');
  });

  it('masks secrets in lists, and shows one that is asked for', () => {
    put(
      'config',
      `['remote "a"']\n    url = ssh://me:S3CRET@h/p\n    password = S3CRET\n    passphrase = S3CRET\n` +
        `['remote "b"']\n    url = s3://b/p\n    access_key_id = S3CRET\n    secret_access_key = S3CRET\n    session_token = S3CRET\n` +
        `['remote "c"']\n    url = azure://c/p\n    account_key = S3CRET\n    sas_token = S3CRET\n    connection_string = S3CRET\n    client_secret = S3CRET\n` +
        `['remote "d"']\n    url = webdavs://S3CRET@h/p?sig=S3CRET\n    token = S3CRET\n    custom_auth_header = S3CRET\n`,
    );
    const shown = JSON.stringify([configList(target(), {}), remoteList(target(), {})]);
    assert.ok(!shown.includes('S3CRET'), shown);
    assert.ok(shown.includes('ssh://me:***@h/p'), shown);
    const name = parseOptionName('remote.a.password');
    assert.ok(name);
    assert.equal(configGet(target(), { name })?.value, 'S3CRET');
  });
});
