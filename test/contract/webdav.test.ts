import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { DvcError, type RemoteCause } from '../../src/engine/core/errors.ts';
import type { Backend } from '../../src/engine/remote/backend.ts';
import type { RemoteOptions } from '../../src/engine/remote/registry.ts';
import { fromBuffer, readAll } from '../../src/engine/remote/streams.ts';
import { openStore } from '../../src/engine/remote/webdav.ts';
import { gc } from '../../src/engine/verbs/gc.ts';
import { push } from '../../src/engine/verbs/push.ts';
import { makeEngineRepo, useEngineSandbox } from '../support/engine-repo.ts';
import { type FaultyHttp, startFaultyHttp } from '../support/servers/faulty-http.ts';
import { startNginx, WEB_USER, type WebServer } from '../support/servers/nginx.ts';
import { type DavServer, startRcloneWebdav } from '../support/servers/rclone-webdav.ts';
import { startOrSkip } from '../support/servers/server.ts';
import { backendContract } from './backend.contract.ts';
import { faultContract } from './faults.contract.ts';

const { signal } = new AbortController();

describe('WebDAV', function () {
  this.timeout(20_000);
  const sandbox = useEngineSandbox('webdav');
  let rclone: DavServer;
  let nginx: WebServer;
  let proxy: FaultyHttp;
  let count = 0;
  const login = (): RemoteOptions => ({ user: rclone.user, password: rclone.password });
  const write = (store: Backend, key: string) => store.write(key, fromBuffer(Buffer.from(key)), { signal });
  const fails = (promise: Promise<unknown>, why: RemoteCause, words: RegExp) =>
    assert.rejects(promise, (error) => {
      assert.ok(DvcError.is(error, 'remote-failed'), String(error));
      const shown = [error.message, error.hint, JSON.stringify(error.data), String(error.cause)].join('\n');
      assert.equal(error.data['why'], why, shown);
      assert.match(shown, words);
      assert.doesNotMatch(shown, /hunter2|p w:/);
      return true;
    });
  before(async function () {
    rclone = await startOrSkip(this, () => startRcloneWebdav());
    nginx = await startOrSkip(this, () => startNginx());
    proxy = await startFaultyHttp(rclone.port);
  });
  after(() => Promise.all([rclone?.stop(), nginx?.stop(), proxy?.stop()]));
  afterEach(() => {
    proxy.choose = undefined;
    proxy.seen.length = 0;
  });

  backendContract('WebDAV (rclone)', async () => openStore(`${rclone.davUrl}/${++count}`, login()));
  backendContract('WebDAV (nginx)', async () => {
    fs.mkdirSync(join(nginx.dav, String(++count)));
    return openStore(`${nginx.url.replace('http', 'webdav')}/dav/${count}`, WEB_USER);
  });

  faultContract('WebDAV', {
    port: () => rclone.port,
    openAt: async (port, name = String(++count)) => openStore(`webdav://127.0.0.1:${port}/${name}`, login()),
    http: true,
    secrets: () => [rclone.password, 'hunter2'],
    unusable: {
      'a wrong password': {
        open: async () => openStore(`${rclone.davUrl}/x`, { user: 'me', password: 'hunter2' }),
        why: 'wrong-credentials',
        says: /refused the login: wrong user name or password for 'me'/,
      },
      'a wrong token': {
        open: async () => openStore(`${rclone.davUrl}/x`, { token: 'hunter2' }),
        why: 'wrong-credentials',
        says: /the token is wrong or has expired/,
      },
      'that a login is wanted': {
        open: async () => openStore(`${rclone.davUrl}/x`, {}),
        why: 'no-credentials',
        says: /asks for a login/,
      },
      'a folder whose parent is not there': {
        open: async () => openStore(`${rclone.davUrl}/no/such/folder`, login()),
        why: 'no-bucket',
        says: /is not on the WebDAV server/,
        calls: ['write'],
      },
      'a web server without WebDAV': {
        open: async () => openStore(`${nginx.url.replace('http', 'webdav')}/ro`, {}),
        why: 'denied',
        says: /does not let you/,
        calls: ['list', 'stat'],
      },
    },
  });

  it('writes under another name first, and straight where nothing can be moved', async () => {
    const store = openStore(`webdav://127.0.0.1:${proxy.port}/${++count}`, login());
    await write(store, 'a/b');
    assert.ok(
      proxy.seen.some((line) => /^PUT .*\.lode[^/]*\.tmp$/.test(line)),
      proxy.seen.join('\n'),
    );
    assert.ok(!proxy.seen.some((line) => /^PUT .*\/a\/b$/.test(line)));
    proxy.choose = ({ method }) => (method === 'MOVE' ? { status: 502 } : undefined);
    await write(store, 'a/c');
    await write(store, 'a/d');
    assert.equal(proxy.seen.filter((line) => line.startsWith('MOVE')).length, 2);
    for (const key of ['a/b', 'a/c', 'a/d'])
      assert.equal((await readAll(await store.read(key, { signal }), signal)).toString(), key);
    assert.deepEqual(fs.readdirSync(join(rclone.data, String(count), 'a')).sort(), ['b', 'c', 'd']);
    await store.close();
  });

  it('makes each folder once', async () => {
    const store = openStore(`webdav://127.0.0.1:${proxy.port}/${++count}`, login());
    for (let i = 0; i < 5; i++) await write(store, `files/md5/00/${i}`);
    const made = proxy.seen.filter((line) => line.startsWith('MKCOL'));
    assert.ok(made.length <= 8, made.join('\n'));
    await store.close();
  });

  it('sweeps what writes left behind', async () => {
    const store = openStore(`${rclone.davUrl}/${++count}`, login());
    await write(store, 'a/b');
    const folder = join(rclone.data, String(count), 'a');
    const names = [`.lode${'x'.repeat(18)}.tmp`, `.${'y'.repeat(22)}.tmp`];
    for (const name of names) {
      fs.writeFileSync(join(folder, name), '');
      fs.utimesSync(join(folder, name), 1000, 1000);
    }
    await store.sweep?.(2_000_000, { signal });
    assert.deepEqual(fs.readdirSync(folder).sort(), [names[1], 'b']);
    await store.close();
  });

  it('is rid of what interrupted writes left, with a push once a day and with each collection', async () => {
    const repo = await makeEngineRepo(sandbox());
    const folder = join(rclone.data, String(++count), 'files/md5/aa');
    const temp = join(folder, `.lode${'x'.repeat(18)}.tmp`);
    const leave = (): void => {
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(temp, 'half');
      fs.utimesSync(temp, 1000, 1000);
    };
    const options = { url: `${rclone.davUrl}/${count}`, ...login() };
    const lines = Object.entries(options).map(([key, value]) => `    ${key} = ${value}\n`);
    repo.write('.dvc/config.local', `[core]\n    remote = r\n['remote "r"']\n${lines.join('')}`);
    const pushNew = async (text: string): Promise<void> => {
      repo.write('f', text);
      await repo.add('f');
      assert.equal((await repo.open((open, ctx) => push(open, {}, ctx))).pushed, 1);
    };
    leave();
    await pushNew('one');
    assert.ok(!fs.existsSync(temp));
    leave();
    await pushNew('two');
    assert.ok(fs.existsSync(temp), 'a second time on one day nobody looks');
    await repo.open((open, ctx) => gc(open, { workspace: true, cloud: true, dry: true }, ctx));
    assert.ok(fs.existsSync(temp));
    await repo.open((open, ctx) => gc(open, { workspace: true, cloud: true, force: true }, ctx));
    assert.ok(!fs.existsSync(temp));
  });

  it('has a program make the token, and again when it has expired', async () => {
    const script = sandbox().path('token.cjs');
    const made = sandbox().path('made');
    fs.writeFileSync(
      script,
      `const fs = require('node:fs'); fs.appendFileSync(${JSON.stringify(made)}, '.');
console.log('token-' + fs.statSync(${JSON.stringify(made)}).size + process.argv[2]);`,
    );
    const given: (string | undefined)[] = [];
    proxy.choose = ({ headers }) => {
      given.push(headers.authorization);
      return { status: 404 };
    };
    const command = `"${process.execPath}" ${script} 'a b'`;
    const store = openStore(`webdav://127.0.0.1:${proxy.port}/x`, { bearer_token_command: command });
    for (const key of ['a', 'b']) assert.equal(await store.stat(key, { signal }), undefined);
    assert.deepEqual(given, ['Bearer token-1a b', 'Bearer token-1a b']);
    const broken = openStore(`${rclone.davUrl}/x`, { bearer_token_command: `${process.execPath} -e process.exit(3)` });
    await fails(broken.stat('a', { signal }), 'no-credentials', /token .* failed: it ended with 3/);
  });

  it('tells where its folder is', async () => {
    const store = openStore(`${rclone.davUrl}/${++count}`, login());
    assert.match((await store.probe?.container({ signal })) ?? '', /first push makes/);
    await write(store, 'a');
    assert.match((await store.probe?.container({ signal })) ?? '', /^the folder '\/\d+'$/);
    assert.match((await store.probe?.identity({ signal })) ?? '', /user 'me'/);
    await store.close();
  });
});
