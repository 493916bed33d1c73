import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { DvcError } from '../../src/engine/core/errors.ts';
import type { Backend } from '../../src/engine/remote/backend.ts';
import { openBackend, type RemoteOptions } from '../../src/engine/remote/registry.ts';
import { withRetry } from '../../src/engine/remote/retry.ts';
import { fromBuffer, readAll } from '../../src/engine/remote/streams.ts';
import { memorySlot } from '../support/memory-slot.ts';
import { makeSandbox, type Sandbox } from '../support/sandbox.ts';
import { type GcsServer, startFakeGcsServer } from '../support/servers/fake-gcs-server.ts';
import { everyNth, type FaultyHttp, startFaultyHttp } from '../support/servers/faulty-http.ts';
import { startOrSkip } from '../support/servers/server.ts';
import { type StrictGcs, startStrictGcs } from '../support/servers/strict-gcs.ts';
import { backendContract } from './backend.contract.ts';

const MIB = 1 << 20;
const { signal } = new AbortController();
const text = async (store: Backend, key: string, more: { offset?: number; version?: string; etag?: string } = {}) =>
  (await readAll(await store.read(key, { signal, ...more }), signal)).toString();

describe('Google Cloud Storage', () => {
  let emulator: GcsServer;
  let strict: StrictGcs;
  let proxy: FaultyHttp;
  let sandbox: Sandbox;
  let names = 0;
  let options: RemoteOptions;
  before(async function () {
    sandbox = makeSandbox('gcs');
    strict = await startStrictGcs();
    emulator = await startOrSkip(this, startFakeGcsServer);
    proxy = await startFaultyHttp(Number(new URL(strict.url).port));
    options = { endpointurl: strict.url, credentialpath: strict.keyFile(sandbox.path('key.json')) };
  });
  after(async () => {
    await Promise.all([emulator?.stop(), strict?.stop(), proxy?.stop()]);
    sandbox?.dispose();
  });
  afterEach(() => {
    proxy.choose = undefined;
    strict.forbid = undefined;
    strict.cutAfter = undefined;
  });
  const fresh = (more: RemoteOptions = {}): Promise<Backend> =>
    openBackend(`gs://${strict.bucket}/folder-${++names}`, { ...options, ...more });

  backendContract('Google Cloud Storage, emulated', async () => {
    const bucket = `bucket-${++names}`;
    await emulator.addBucket(bucket);
    return openBackend(`gs://${bucket}/some/path`, { endpointurl: emulator.url, allow_anonymous_login: 'true' });
  });
  backendContract('Google Cloud Storage, strict', () => fresh());

  it('tells versions apart, and a changed object from a whole one', async () => {
    const store = await fresh();
    const first = await store.write('k', fromBuffer(Buffer.from('0123456789')), { signal });
    assert.equal(first.md5, createHash('md5').update('0123456789').digest('hex'));
    const { etag, version } = (await store.stat('k', { signal }))!;
    assert.deepEqual([etag, version], [first.etag, first.version]);
    assert.equal(await text(store, 'k', { offset: 4, etag: etag! }), '456789');
    assert.equal(await text(store, 'k', { offset: 10 }), '');
    await store.write('k', fromBuffer(Buffer.from('another')), { signal });
    assert.equal(await text(store, 'k'), 'another');
    assert.equal(await text(store, 'k', { version: version! }), '0123456789');
    await assert.rejects(text(store, 'k', { offset: 4, etag: etag! }), (error) => DvcError.is(error, 'remote-changed'));
  });

  it('goes on with an upload where it was cut, and begins again where it was given up', async () => {
    const store = await fresh();
    const bytes = randomBytes(9 * MIB + 5);
    const resume = memorySlot();
    strict.cutAfter = 5 * MIB;
    await assert.rejects(store.write('k', fromBuffer(bytes), { signal, resume }), (error) => {
      assert.ok(DvcError.is(error, 'remote-failed') && error.retryable, String(error));
      return error.data['why'] === 'cut';
    });
    assert.equal(await store.stat('k', { signal }), undefined);
    assert.ok(resume.load() !== undefined && !resume.load()?.includes(strict.token));
    strict.seen.length = 0;
    let told = 0;
    const onBytes = (count: number) => {
      told += count;
    };
    const { md5 } = await store.write('k', fromBuffer(bytes), { signal, resume, onBytes });
    assert.equal(md5, createHash('md5').update(bytes).digest('hex'));
    assert.equal(told, bytes.length);
    const puts = strict.seen.filter((line) => line.startsWith('PUT')).map((line) => /bytes (\S+)/.exec(line)?.[1]);
    assert.equal(puts[0], `*/${bytes.length}`);
    const from = Number(puts[1]?.split('-')[0]);
    assert.ok(puts.length === 2 && from >= 4 * MIB && from % (256 << 10) === 0, String(puts));
    assert.equal(resume.load(), undefined);

    strict.cutAfter = 2 * MIB;
    await assert.rejects(store.write('l', fromBuffer(bytes), { signal, resume }));
    strict.forgetUploads();
    await store.write('l', fromBuffer(bytes), { signal, resume });
    assert.deepEqual(await readAll(await store.read('l', { signal }), signal), bytes);
  });

  it('gets through where every third request fails', async () => {
    const policy = { tries: 4, firstDelay: 1, longestDelay: 5, idle: 5000 };
    const store = withRetry(await fresh({ endpointurl: proxy.url }), policy);
    proxy.choose = everyNth(3, 503);
    for (let i = 0; i < 6; i++) await store.write(`k${i}`, fromBuffer(Buffer.from(`${i}`)), { signal });
    for (let i = 0; i < 6; i++) assert.equal(await text(store, `k${i}`), `${i}`);
  });

  const failures: readonly {
    readonly name: string;
    readonly url?: string;
    readonly options?: () => RemoteOptions;
    readonly before?: () => void;
    readonly call?: (store: Backend) => Promise<unknown>;
    readonly why: string;
    readonly says: RegExp;
    readonly retryable?: boolean;
  }[] = [
    {
      name: 'nobody who asks for what is not public',
      options: () => ({ endpointurl: strict.url, allow_anonymous_login: 'true' }),
      why: 'no-credentials',
      says: /No Google credentials were found, and 'bucket' is not public/,
    },
    {
      name: 'a token that is refused',
      options: () => ({ endpointurl: strict.url, credentialpath: strict.keyFile(sandbox.path('bad.json'), false) }),
      why: 'wrong-credentials',
      says: /does not accept the identity of credentialpath/,
    },
    {
      name: 'a key file that is not there',
      options: () => ({ endpointurl: strict.url, credentialpath: sandbox.path('none.json') }),
      why: 'no-credentials',
      says: /key file '.*none.json' does not exist/,
    },
    {
      name: 'a key file that is none',
      options: () => {
        fs.writeFileSync(sandbox.path('text.json'), 'no key');
        return { endpointurl: strict.url, credentialpath: sandbox.path('text.json') };
      },
      why: 'wrong-credentials',
      says: /is not a key file/,
    },
    {
      name: 'a bucket that is not there',
      url: 'gs://elsewhere/x',
      why: 'no-bucket',
      says: /no bucket 'elsewhere'/,
    },
    {
      name: 'a write that is denied',
      before: () => {
        strict.forbid = 'write';
      },
      call: (store) => store.write('k', fromBuffer(Buffer.from('x')), { signal }),
      why: 'denied',
      says: /'bucket' does not allow the identity of credentialpath to write to it/,
    },
    {
      name: 'a server that nobody runs',
      options: () => ({ ...options, endpointurl: 'http://127.0.0.1:9' }),
      why: 'unreachable',
      says: /'127.0.0.1:9' refuses connections/,
      retryable: true,
    },
    {
      name: 'a connection that is cut',
      options: () => ({ ...options, endpointurl: proxy.url }),
      before: () => {
        proxy.choose = () => 'cut';
      },
      why: 'cut',
      says: /was cut/,
      retryable: true,
    },
    {
      name: 'a server that has failed',
      options: () => ({ ...options, endpointurl: proxy.url }),
      before: () => {
        proxy.choose = everyNth(1, 502);
      },
      why: 'server',
      says: /failed to answer \(502\)/,
      retryable: true,
    },
    {
      name: 'a busy server',
      options: () => ({ ...options, endpointurl: proxy.url }),
      before: () => {
        proxy.choose = everyNth(1, 429, { 'retry-after': '2' });
      },
      why: 'throttled',
      says: /asked too much/,
      retryable: true,
    },
  ];
  for (const { name, url, options: given, before: prepare, call, why, says, retryable = false } of failures)
    it(`explains ${name}`, async () => {
      const store = await openBackend(url ?? `gs://${strict.bucket}/x`, given?.() ?? options);
      prepare?.();
      await assert.rejects((call ?? (() => store.stat('k', { signal })))(store), (error) => {
        assert.ok(DvcError.is(error, 'remote-failed'), String(error));
        assert.equal(error.data['why'], why, error.message);
        assert.match(error.message, says);
        assert.equal(error.retryable, retryable);
        const shown = JSON.stringify([error, error.message, error.hint, error.stack, String(error.cause)]);
        assert.ok(!shown.includes(strict.token), shown);
        return true;
      });
    });

  it('says who is logged in, and which bucket', async () => {
    const { probe } = await fresh();
    assert.equal(await probe?.identity({ signal }), 'the identity of credentialpath');
    assert.equal(await probe?.container({ signal }), "bucket 'bucket'");
    assert.deepEqual(await probe?.endpoint({ signal }), { host: '127.0.0.1', port: Number(new URL(strict.url).port) });
  });
});
