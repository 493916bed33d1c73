import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DvcError, type RemoteCause } from '../../src/engine/core/errors.ts';
import type { Backend } from '../../src/engine/remote/backend.ts';
import { openStore } from '../../src/engine/remote/http.ts';
import type { RemoteOptions } from '../../src/engine/remote/registry.ts';
import { fromBuffer, readAll } from '../../src/engine/remote/streams.ts';
import { makeSandbox, type Sandbox } from '../support/sandbox.ts';
import { makeCertificate } from '../support/servers/certificates.ts';
import { startNginx, WEB_TOKEN, WEB_USER, type WebServer } from '../support/servers/nginx.ts';
import { startOrSkip } from '../support/servers/server.ts';
import { backendContract } from './backend.contract.ts';
import { faultContract } from './faults.contract.ts';

const { signal } = new AbortController();

describe('HTTP', function () {
  this.timeout(20_000);
  let sandbox: Sandbox;
  let server: WebServer;
  let authority: string;
  let count = 0;
  const opened: Backend[] = [];
  const open = (place: string, options: RemoteOptions = {}, origin = server.url): Backend => {
    const store = openStore(`${origin}/${place}`, options);
    opened.push(store);
    return store;
  };
  const put = { method: 'PUT' };
  const text = async (store: Backend, key: string, offset = 0): Promise<string> =>
    (await readAll(await store.read(key, { signal, offset }), signal)).toString();
  const write = (store: Backend, key: string, content = key) =>
    store.write(key, fromBuffer(Buffer.from(content)), { signal });
  const fails = (promise: Promise<unknown>, why: RemoteCause, words: RegExp) =>
    assert.rejects(promise, (error) => {
      assert.ok(DvcError.is(error, 'remote-failed'), String(error));
      const shown = [error.message, error.hint, JSON.stringify(error.data), String(error.cause)].join('\n');
      assert.equal(error.data['why'], why, shown);
      assert.match(shown, words);
      assert.doesNotMatch(shown, /hunter2|tok-123|p:w/);
      return true;
    });
  before(async function () {
    sandbox = makeSandbox('http');
    const tls = makeCertificate(sandbox.path('tls'));
    authority = tls.authority;
    server = await startOrSkip(this, () => startNginx({ tls }));
    fs.writeFileSync(join(server.data, 'there'), '0123456789');
  });
  after(async () => {
    await server?.stop();
    sandbox?.dispose();
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  const options = { ...put, auth: 'basic', ...WEB_USER };
  backendContract('HTTP', async () => openStore(`${server.url}/put/${++count}`, options));

  faultContract('HTTP', {
    port: () => server.port,
    openAt: async (port, name = String(++count)) => openStore(`http://127.0.0.1:${port}/put/${name}`, options),
    http: true,
    secrets: () => [WEB_USER.password, 'hunter2'],
    unusable: {
      'a wrong password': {
        open: async () => openStore(`${server.url}/put`, { ...options, password: 'hunter2' }),
        why: 'wrong-credentials',
        says: /refused the login: wrong user name or password for 'me'/,
        calls: ['write', 'stat'],
      },
      'that a login is wanted': {
        open: async () => openStore(`${server.url}/put`, put),
        why: 'no-credentials',
        says: /asks for a login/,
        calls: ['write', 'stat'],
      },
      'that nothing can be listed': {
        open: async () => openStore(`${server.url}/put`, options),
        why: 'unsupported',
        says: /cannot be listed/,
        calls: ['list'],
      },
      'a server that is read-only': {
        open: async () => openStore(`${server.url}/ro`, put),
        why: 'denied',
        says: /does not let you write|takes no uploads/,
        calls: ['write'],
      },
      'a way of uploading that is not taken': {
        open: async () => openStore(`${server.url}/open`, {}),
        why: 'denied',
        says: /takes no uploads with POST/,
        calls: ['write'],
      },
      'a full disk': {
        open: async () => openStore(`${server.url}/full`, put),
        why: 'full',
        says: /no space left/,
        calls: ['write'],
      },
      'what is forbidden': {
        open: async () => openStore(`${server.url}/secret`, put),
        why: 'denied',
        says: /does not let you/,
        calls: ['write', 'stat'],
      },
    },
  });

  it('takes logins from the options, a header, or the URL', async () => {
    await write(open('put', options), 'k');
    const user = `${WEB_USER.user}:${encodeURIComponent(WEB_USER.password)}@`;
    const inUrl = open('put', put, server.url.replace('//', `//${user}`));
    assert.equal(await text(inUrl, 'k'), 'k');
    assert.ok(!inUrl.url.includes('p%3Aw'), inUrl.url);
    const header = { auth: 'custom', custom_auth_header: WEB_TOKEN.header, password: WEB_TOKEN.value };
    assert.equal(await text(open('token', header), 'k'), 'k');
    await fails(
      text(open('token', { ...header, password: 'hunter2' }), 'k'),
      'wrong-credentials',
      /login header is wrong/,
    );
    assert.match((await open('put', options).probe?.identity({ signal })) ?? '', /user 'me'/);
  });

  it('refuses logins that are not whole', () => {
    for (const half of [{ auth: 'basic', user: 'me' }, { auth: 'custom', password: 'x' }, { auth: 'digest' }])
      assert.throws(
        () => open('put', half),
        (error) => DvcError.is(error, 'config') && /authentication requires both/.test(error.message),
      );
  });

  it('trusts the authority it is given, and no other', async () => {
    const there = (option?: string) =>
      open('ro', option === undefined ? {} : { ssl_verify: option }, server.secureUrl).stat('there', { signal });
    assert.equal((await there(authority))?.size, 10);
    assert.equal((await there('false'))?.size, 10);
    await fails(there(), 'untrusted-certificate', /ssl_verify/);
    assert.throws(() => openStore(`${server.secureUrl}/ro`, { ssl_verify: '/no/file' }), /cannot be read/);
  });

  it('follows redirects, at most five, and never to where nothing is encrypted', async () => {
    await write(open('put', options), 'k');
    assert.equal(await text(open('redir', options), 'k'), 'k');
    await fails(text(open('loop'), 'k'), 'other', /without an end/);
    await fails(text(open('plain', { ssl_verify: authority }, server.secureUrl), 'k'), 'other', /without encryption/);
  });

  it('sends uploads on only where it is told to repeat them', async () => {
    await write(open('kept', put), 'sent-on');
    assert.equal(await text(open('ro'), 'sent-on'), 'sent-on');
    await fails(write(open('moved', put), 'k'), 'other', /sends uploads elsewhere/);
  });

  it('gives no login to another server', async () => {
    const header = { auth: 'custom', custom_auth_header: WEB_TOKEN.header, password: WEB_TOKEN.value };
    assert.equal(await text(open('elsewhere', options), 'k'), '.');
    assert.equal(await text(open('elsewhere', header), 'k'), '.');
  });

  it('does without ranges, and without HEAD', async () => {
    assert.equal(await text(open('norange'), 'there', 4), '456789');
    assert.equal((await open('nohead').stat('there', { signal }))?.size, 10);
    assert.equal(await open('nohead').stat('not-there', { signal }), undefined);
    fs.writeFileSync(join(server.data, 'nothing'), '');
    assert.equal((await open('nohead').stat('nothing', { signal }))?.size, 0);
  });

  it('takes no web page for data, and data that is a page for data', async () => {
    await fails(text(open('page'), 'k'), 'no-credentials', /web page in place of 'k'/);
    await fails(open('page').stat('k', { signal }), 'no-credentials', /web page/);
    await fails(text(open('login'), 'k'), 'no-credentials', /web page/);
    await fails(write(open('small', put), 'k', 'x'.repeat(2000)), 'full', /larger than/);
    const page = 'page.html';
    fs.writeFileSync(join(server.data, page), '<html>');
    assert.equal(await text(open('ro'), page), '<html>');
  });

  it('is told how long to wait', () =>
    assert.rejects(
      open('limited').stat('k', { signal }),
      (error) => DvcError.is(error) && error.data['retryAfter'] === 7000 && error.data['throttled'] === true,
    ));

  it('leaves a large upload unsent that is refused', async () => {
    let sent = 0;
    const large = { size: 64 << 20, open: () => fromBuffer(Buffer.alloc(64 << 20)).open() };
    const store = open('put', { ...options, password: 'hunter2' });
    const writing = store.write('k', large, { signal, onBytes: (bytes) => void (sent += bytes) });
    await fails(writing, 'wrong-credentials', /password/);
    assert.equal(sent, 0);
  });

  describe('with digest authentication', () => {
    /** Nonces are good for three requests. */
    const serve = (algorithm: string) => {
      let nonces = 0;
      let uses = 0;
      const sum = (value: string) =>
        createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
          .update(value)
          .digest('hex');
      return http.createServer((request, response) => {
        const given = Object.fromEntries(
          [...(request.headers.authorization ?? '').matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)].map(
            ([, name, quoted, plain]) => [name, quoted ?? plain],
          ),
        );
        const key = sum(`${WEB_USER.user}:a, "b":${WEB_USER.password}`);
        const asked = sum(`${request.method}:${request.url}`);
        const wanted = sum(`${key}:n${nonces}:${given['nc']}:${given['cnonce']}:auth:${asked}`);
        const stale = uses++ > 2;
        if (given['response'] === wanted && !stale) return void response.end('secret data');
        [uses, nonces] = [0, nonces + 1];
        const challenge = `Basic realm="x", Digest realm="a, \\"b\\"", qop="auth,auth-int", algorithm=${algorithm}, nonce="n${nonces}"${stale ? ', stale=true' : ''}`;
        response.writeHead(401, { 'WWW-Authenticate': challenge }).end();
      });
    };
    for (const algorithm of ['MD5', 'SHA-256'])
      it(`answers challenges with ${algorithm}, new ones too`, async () => {
        const digests = serve(algorithm);
        await new Promise<void>((resolve) => digests.listen(0, '127.0.0.1', resolve));
        const origin = `http://127.0.0.1:${(digests.address() as AddressInfo).port}`;
        try {
          const store = open('', { auth: 'digest', ...WEB_USER }, origin);
          for (let i = 0; i < 8; i++) assert.equal(await text(store, 'k'), 'secret data');
          const wrong = open('', { auth: 'digest', user: WEB_USER.user, password: 'hunter2' }, origin);
          await fails(text(wrong, 'k'), 'wrong-credentials', /password/);
        } finally {
          digests.closeAllConnections();
          digests.close();
        }
      });
  });
});
