import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { DvcError } from '../../src/engine/core/errors.ts';
import type { Backend, Source } from '../../src/engine/remote/backend.ts';
import { openBackend, type RemoteOptions } from '../../src/engine/remote/registry.ts';
import { fromBuffer, readAll } from '../../src/engine/remote/streams.ts';
import { memorySlot } from '../support/memory-slot.ts';
import { makeSandbox } from '../support/sandbox.ts';
import { makeCertificate } from '../support/servers/certificates.ts';
import { type FaultyHttp, startFaultyHttp } from '../support/servers/faulty-http.ts';
import { startOrSkip } from '../support/servers/server.ts';
import { type S3Server, startVersitygw } from '../support/servers/versitygw.ts';
import { backendContract } from './backend.contract.ts';
import { faultContract } from './faults.contract.ts';

const MIB = 1 << 20;
const { signal } = new AbortController();
const bytesOf = async (store: Backend, key: string) => readAll(await store.read(key, { signal }), signal);

describe('S3', function () {
  this.timeout(60_000);
  let server: S3Server;
  let http: FaultyHttp;
  let names = 0;
  const optionsAt = (port: number): RemoteOptions => ({
    endpointurl: `http://127.0.0.1:${port}`,
    access_key_id: server.accessKey,
    secret_access_key: server.secretKey,
  });
  const openWith = (more: RemoteOptions = {}, folder = `store-${++names}`): Promise<Backend> =>
    openBackend(`s3://${server.bucket}/some path/${folder}`, { ...optionsAt(server.port), ...more });
  before(async function () {
    server = await startOrSkip(this, startVersitygw);
    http = await startFaultyHttp(server.port);
  });
  after(() => Promise.all([server?.stop(), http?.stop()]));
  afterEach(() => {
    http.choose = undefined;
    http.seen.length = 0;
  });

  backendContract('S3', () => openWith(), { pages: true });

  faultContract('S3', {
    port: () => server.port,
    openAt: (port, name) => openWith(optionsAt(port), name),
    http: true,
    busy: {
      status: 503,
      body: '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
    },
    secrets: () => [server.secretKey, 'of-somebody-else'],
    unusable: {
      'a wrong secret key': {
        open: () => openWith({ secret_access_key: 'of-somebody-else' }),
        why: 'wrong-credentials',
        says: /does not accept the secret key/,
      },
      'an unknown access key': {
        open: () => openWith({ access_key_id: 'AKIANOBODYKNOWS' }),
        why: 'wrong-credentials',
        says: /does not know the access key/,
      },
      'a bucket that is not there': {
        open: () => openBackend('s3://not-there/x', optionsAt(server.port)),
        why: 'no-bucket',
        says: /There is no bucket 'not-there'/,
      },
      'a bucket that is not open to the public': {
        open: () => openWith({ allow_anonymous_login: 'true' }),
        why: 'no-credentials',
        says: /is not open to the public/,
      },
    },
  });

  /** @param broken Where reading fails, from which byte on. */
  const sourceOf = (bytes: Buffer, opened: number[], broken: { at: number }): Source => ({
    size: bytes.length,
    open: (from = 0, to = bytes.length) => {
      if (from >= broken.at) throw new Error('the cable was cut');
      opened.push(from / MIB);
      return fromBuffer(bytes).open(from, to);
    },
  });

  it('sends what an interrupted write has not sent, and nothing else', async () => {
    const store = await openWith();
    const bytes = randomBytes(33 * MIB);
    const [opened, broken, resume] = [[] as number[], { at: 24 * MIB }, memorySlot()];
    const source = sourceOf(bytes, opened, broken);
    await assert.rejects(store.write('k', source, { signal, resume }), /the cable was cut/);
    assert.equal(await store.stat('k', { signal }), undefined);
    assert.ok(resume.load() !== undefined);
    const before = opened.splice(0).sort((a, b) => a - b);
    broken.at = bytes.length;
    let told = 0;
    await store.write('k', source, { signal, resume, onBytes: (count) => void (told += count) });
    assert.deepEqual(
      [...before, ...opened].sort((a, b) => a - b),
      [0, 8, 16, 24, 32],
    );
    assert.equal(told, bytes.length);
    assert.equal(resume.load(), undefined);
    assert.deepEqual(await bytesOf(store, 'k'), bytes);
  });

  it('knows a large object that was put together although the answer was lost', async () => {
    const store = await openWith(optionsAt(http.port));
    const bytes = randomBytes(9 * MIB);
    const [opened, resume] = [[] as number[], memorySlot()];
    const source = sourceOf(bytes, opened, { at: bytes.length });
    let note: string | undefined;
    const spy = { ...resume, save: (text: string) => resume.save((note = text)) };
    await store.write('k', source, { signal, resume: spy });
    assert.ok(note);
    resume.save(note);
    http.seen.length = 0;
    await store.write('k', source, { signal, resume });
    assert.deepEqual(
      http.seen.filter((line) => line.startsWith('P')),
      [],
      'nothing is sent again',
    );
    assert.equal(resume.load(), undefined);
  });

  it('sweeps uploads of objects to which nothing was added for long, and no others', async () => {
    const store = await openWith();
    const bytes = randomBytes(9 * MIB);
    const object = `files/md5/ab/${'c'.repeat(30)}`;
    const slots = { [object]: memorySlot(), 'my/video.mp4': memorySlot() };
    const sendUpTo = async (at: number): Promise<number[]> => {
      const opened: number[] = [];
      for (const [key, resume] of Object.entries(slots))
        await store.write(key, sourceOf(bytes, opened, { at }), { signal, resume, atOnce: 1 }).catch((error: Error) => {
          assert.match(error.message, /the cable was cut/);
        });
      return opened;
    };
    assert.deepEqual(await sendUpTo(0), []);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const begun = Math.floor(Date.now() / 1000) * 1000; // Times of stores may be whole seconds.
    assert.deepEqual(await sendUpTo(5 * MIB), [0, 0]);
    await store.sweep?.(begun, { signal });
    assert.deepEqual(await sendUpTo(5 * MIB), [], 'both go on');
    await store.sweep?.(Date.now() + 60_000, { signal });
    assert.deepEqual(await sendUpTo(9 * MIB), [0, 5, 5]);
  });

  it('says the MD5 of what has arrived, and needs one request for each object', async () => {
    const store = await openWith(optionsAt(http.port));
    const written = await store.write('k', fromBuffer(Buffer.from('0123456789')), { signal });
    assert.equal(written.md5, createHash('md5').update('0123456789').digest('hex'));
    assert.equal((await store.stat('k', { signal }))?.etag, written.etag);
    await bytesOf(store, 'k');
    await store.remove('k', { signal });
    assert.deepEqual(
      http.seen.map((line) => line.split(' ')[0]),
      ['PUT', 'HEAD', 'GET', 'DELETE'],
    );
  });

  it('sends what the options say about access and encryption', async () => {
    const headers: Record<string, unknown>[] = [];
    http.choose = (request) => {
      headers.push(request.headers);
      return { status: 200, headers: { etag: '"x"' } };
    };
    const key = Buffer.alloc(32, 1).toString('base64');
    const store = await openWith({ ...optionsAt(http.port), acl: 'bucket-owner-full-control', sse: 'AES256' });
    await store.write('k', fromBuffer(Buffer.from('x')), { signal });
    const other = await openWith({ ...optionsAt(http.port), grant_read: 'id=me', sse_customer_key: key });
    await other.write('k', fromBuffer(Buffer.from('x')), { signal });
    await other.stat('k', { signal });
    const amz = (name: string) => headers.map((one) => one[`x-amz-${name}`]);
    assert.deepEqual(amz('acl'), ['bucket-owner-full-control', undefined, undefined]);
    assert.deepEqual(amz('server-side-encryption'), ['AES256', undefined, undefined]);
    assert.deepEqual(amz('grant-read'), [undefined, 'id=me', undefined]);
    assert.deepEqual(amz('server-side-encryption-customer-key'), [undefined, key, key]);
    assert.deepEqual(amz('server-side-encryption-customer-algorithm'), [undefined, 'AES256', 'AES256']);
  });

  it('goes to the region where the bucket is', async () => {
    const store = await openWith(optionsAt(http.port));
    const scopes: unknown[] = [];
    http.choose = ({ headers }, count) => {
      scopes.push(/Credential=[^/]+\/\d+\/([^/]+)/.exec(headers.authorization ?? '')?.[1]);
      const body = '<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-central-1</Region></Error>';
      return count === 1 ? { status: 400, body } : { status: 200, body: '<ListBucketResult></ListBucketResult>' };
    };
    for await (const _ of store.list('', { signal })) assert.fail('it is empty');
    assert.deepEqual(scopes, ['us-east-1', 'eu-central-1']);
  });

  const explained: readonly (readonly [string, number, string, string, RegExp])[] = [
    ['a wrong clock', 403, 'RequestTimeTooSkewed', 'clock-skew', /clock of this machine is wrong/],
    ['an expired token', 400, 'ExpiredToken', 'expired-credentials', /are expired/],
    ['a wrong token', 400, 'InvalidToken', 'wrong-credentials', /session token/],
    ['a denied write', 403, 'AccessDenied', 'denied', /do not allow to write to it/],
    ['a bucket elsewhere', 301, 'PermanentRedirect', 'wrong-region', /is in another region, not in 'us-east-1'/],
    ['a full server', 507, 'XMinioStorageFull', 'full', /no room left/],
    ['what a server cannot do', 501, 'NotImplemented', 'unsupported', /cannot do what is needed/],
  ];
  for (const [name, status, code, why, says] of explained)
    it(`explains ${name}`, async () => {
      http.choose = () => ({
        status,
        body: `<Error><Code>${code}</Code><Message>no ${server.secretKey}</Message></Error>`,
      });
      const store = await openWith(optionsAt(http.port));
      await assert.rejects(store.write('k', fromBuffer(Buffer.from('x')), { signal }), (error) => {
        assert.ok(DvcError.is(error, 'remote-failed'), `${error}`);
        assert.equal(error.data['why'], why, error.message);
        assert.match(error.message, says);
        const shown = [error.message, error.hint, error.stack, String(error.cause), JSON.stringify(error)].join();
        assert.ok(!shown.includes(server.secretKey), shown);
        return true;
      });
    });

  it('says who is logged in, and where the bucket is', async () => {
    const store = await openWith();
    assert.equal(await store.probe?.identity({ signal }), "access key lode…-key, from the remote's own options");
    assert.equal(await store.probe?.container({ signal }), `bucket '${server.bucket}' in us-east-1`);
    assert.deepEqual(await store.probe?.endpoint({ signal }), { host: '127.0.0.1', port: server.port });
  });

  it('checks certificates, with the authorities that are named', async function () {
    const sandbox = makeSandbox('s3-tls');
    const tls = makeCertificate(sandbox.path('tls'));
    const secure = await startOrSkip(this, () => startVersitygw({ tls }));
    try {
      const open = (more: RemoteOptions) => openWith({ ...optionsAt(0), endpointurl: secure.url, ...more });
      for (const more of [{ ssl_verify: tls.authority }, { ssl_verify: 'false' }] as RemoteOptions[]) {
        const store = await open(more);
        await store.write('k', fromBuffer(Buffer.from('x')), { signal });
        await store.close();
      }
      const failing = await open({ ssl_verify: 'true' });
      await assert.rejects(
        failing.stat('k', { signal }),
        (error) => DvcError.is(error, 'remote-failed') && error.data['why'] === 'untrusted-certificate',
      );
    } finally {
      await secure.stop();
      sandbox.dispose();
    }
  });

  it('says within seconds that there are no credentials', async () => {
    const sandbox = makeSandbox('s3-nobody');
    const names = ['HOME', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_EC2_METADATA_DISABLED'];
    const before = names.map((name) => process.env[name]);
    for (const name of names) delete process.env[name];
    Object.assign(process.env, { HOME: sandbox.root, AWS_EC2_METADATA_DISABLED: 'true' });
    try {
      const store = await openBackend('s3://bucket/x', { endpointurl: server.url });
      await assert.rejects(
        store.stat('k', { signal }),
        (error) => DvcError.is(error, 'remote-failed') && error.data['why'] === 'no-credentials' && !error.retryable,
      );
    } finally {
      names.forEach((name, i) => {
        if (before[i] === undefined) delete process.env[name];
        else process.env[name] = before[i];
      });
      sandbox.dispose();
    }
  });
});
