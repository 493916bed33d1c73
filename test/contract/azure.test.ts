import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { DvcError } from '../../src/engine/core/errors.ts';
import type { Backend, Source } from '../../src/engine/remote/backend.ts';
import { openBackend, type RemoteOptions } from '../../src/engine/remote/registry.ts';
import { withRetry } from '../../src/engine/remote/retry.ts';
import { fromBuffer, readAll } from '../../src/engine/remote/streams.ts';
import { memorySlot } from '../support/memory-slot.ts';
import { type AzureServer, startAzurite } from '../support/servers/azurite.ts';
import { everyNth, type FaultyHttp, startFaultyHttp } from '../support/servers/faulty-http.ts';
import { startOrSkip } from '../support/servers/server.ts';
import { backendContract } from './backend.contract.ts';

const MIB = 1 << 20;
const { signal } = new AbortController();

describe('Azure Blob Storage', function () {
  this.timeout(20_000);
  let server: AzureServer;
  let proxy: FaultyHttp;
  let names = 0;
  const fresh = async (options: RemoteOptions = {}): Promise<Backend> => {
    const name = `container-${++names}`;
    await server.addContainer(name);
    return openBackend(`azure://${name}/some/path`, { connection_string: server.connectionString(), ...options });
  };
  before(async function () {
    server = await startOrSkip(this, startAzurite);
    proxy = await startFaultyHttp(server.port);
  });
  after(() => Promise.all([server?.stop(), proxy?.stop()]));
  afterEach(() => {
    proxy.choose = undefined;
  });

  backendContract('Azure Blob Storage', () => fresh());

  it('gives a request the time that the options say', async () => {
    await server.addContainer('slow');
    const at = { connection_string: server.connectionString(proxy.url), read_timeout: '1' };
    const store = await openBackend('azure://slow', at);
    proxy.choose = () => 'hang';
    const begun = performance.now();
    await assert.rejects(
      store.stat('k', { signal }),
      (error) => DvcError.is(error, 'remote-failed') && error.retryable && error.data['why'] === 'stalled',
    );
    assert.ok(performance.now() - begun < 10_000);
    await store.close();
  });

  it('describes an object by its mark, which a range is read with', async () => {
    const store = await fresh();
    const written = await store.write('k', fromBuffer(Buffer.from('0123456789')), { signal });
    const found = await store.stat('k', { signal });
    assert.ok(found?.etag && !found.etag.includes('"') && found.etag === written.etag, found?.etag);
    assert.equal(written.md5, createHash('md5').update('0123456789').digest('hex'));
    for await (const { etag } of store.list('', { signal })) assert.equal(etag, found.etag);
    const read = async (offset: number) =>
      (await readAll(await store.read('k', { signal, offset, etag: found.etag! }), signal)).toString();
    assert.equal(await read(4), '456789');
    assert.equal(await read(10), '');
    await store.write('k', fromBuffer(Buffer.from('another one')), { signal });
    await assert.rejects(read(4), (error) => DvcError.is(error, 'remote-changed'));
  });

  it('sends what an interrupted write has not sent, and nothing else', async () => {
    const store = await fresh();
    const bytes = randomBytes(33 * MIB);
    const opened: number[] = [];
    let broken = true;
    const source: Source = {
      size: bytes.length,
      open: (from = 0, to = bytes.length) => {
        if (broken && from >= 24 * MIB) throw new Error('the cable was cut');
        opened.push(from / MIB);
        return fromBuffer(bytes).open(from, to);
      },
    };
    const notes = memorySlot();
    await assert.rejects(store.write('k', source, { signal, resume: notes }), /the cable was cut/);
    assert.equal(await store.stat('k', { signal }), undefined);
    assert.deepEqual(opened.sort(), [0, 16, 8]);
    assert.ok(notes.load() !== undefined);
    broken = false;
    opened.length = 0;
    let told = 0;
    const onBytes = (count: number) => {
      told += count;
    };
    await store.write('k', source, { signal, resume: notes, onBytes });
    assert.deepEqual(opened.sort(), [24, 32]);
    assert.equal(told, bytes.length);
    assert.equal(notes.load(), undefined);
    assert.deepEqual(await readAll(await store.read('k', { signal }), signal), bytes);
  });

  it('gets through where every third request fails', async () => {
    const store = withRetry(await fresh({ connection_string: server.connectionString(proxy.url) }), {
      tries: 4,
      firstDelay: 1,
      longestDelay: 5,
      idle: 5000,
    });
    proxy.choose = everyNth(3, 503, { 'x-ms-error-code': 'ServerBusy' });
    for (let i = 0; i < 6; i++) await store.write(`k${i}`, fromBuffer(Buffer.from(`${i}`)), { signal });
    for (let i = 0; i < 6; i++)
      assert.equal((await readAll(await store.read(`k${i}`, { signal }), signal)).toString(), `${i}`);
    assert.ok(proxy.seen.length > 12);
  });

  const failures: readonly {
    readonly name: string;
    readonly options: () => RemoteOptions | Promise<RemoteOptions>;
    readonly url?: string;
    readonly fault?: FaultyHttp['choose'];
    readonly call?: (store: Backend) => Promise<unknown>;
    readonly why: string;
    readonly says: RegExp;
    readonly retryable?: boolean;
  }[] = [
    {
      name: 'a wrong key',
      options: () => ({
        connection_string: server.connectionString().replace(server.accountKey, Buffer.alloc(32, 7).toString('base64')),
      }),
      why: 'wrong-credentials',
      says: /does not accept the connection string/,
    },
    {
      name: 'a container that is not there',
      url: 'azure://not-there/x',
      options: () => ({ connection_string: server.connectionString() }),
      why: 'no-bucket',
      says: /no container 'not-there' in 'lodetest'/,
    },
    {
      name: 'an expired SAS token',
      options: () => sas(-60_000),
      why: 'expired-credentials',
      says: /SAS token for 'lodetest' is expired/,
    },
    {
      name: 'a SAS token that does not allow to write',
      options: () => sas(600_000),
      call: (store) => store.write('k', fromBuffer(Buffer.from('x')), { signal }),
      why: 'denied',
      says: /do not allow to write to it/,
    },
    {
      name: 'a server that nobody runs',
      options: () => ({ connection_string: server.connectionString('http://127.0.0.1:9') }),
      why: 'unreachable',
      says: /'127.0.0.1:9' refuses connections/,
      retryable: true,
    },
    {
      name: 'a connection that is cut',
      options: () => ({ connection_string: server.connectionString(proxy.url) }),
      fault: () => 'cut',
      why: 'cut',
      says: /was cut/,
      retryable: true,
    },
    {
      name: 'a server that has failed',
      options: () => ({ connection_string: server.connectionString(proxy.url) }),
      fault: everyNth(1, 500),
      why: 'server',
      says: /failed to answer \(500\)/,
      retryable: true,
    },
    {
      name: 'a busy server',
      options: () => ({ connection_string: server.connectionString(proxy.url) }),
      fault: everyNth(1, 503, { 'x-ms-error-code': 'ServerBusy', 'retry-after': '2' }),
      why: 'throttled',
      says: /is busy/,
      retryable: true,
    },
    {
      name: 'a clock that is wrong',
      options: () => ({ connection_string: server.connectionString(proxy.url) }),
      fault: everyNth(1, 403, { 'x-ms-error-code': 'AuthenticationFailed', date: 'Sat, 01 Jan 2000 00:00:00 GMT' }),
      why: 'clock-skew',
      says: /clock of this machine is wrong/,
    },
    {
      name: 'a proxy that wants a login',
      options: () => ({ connection_string: server.connectionString(proxy.url) }),
      fault: everyNth(1, 407),
      why: 'proxy',
      says: /wants a login/,
    },
  ];

  /** For reading and listing in a container of its own. */
  async function sas(forMs: number): Promise<RemoteOptions> {
    const container = `sas-${++names}`;
    await server.addContainer(container);
    const token = await server.sasToken(container, 'rl', forMs);
    const connection = `BlobEndpoint=${server.url}/${server.account};SharedAccessSignature=${token};`;
    return { connection_string: connection, url: `azure://${container}/x` };
  }

  for (const { name, options, url, fault, call, why, says, retryable = false } of failures)
    it(`explains ${name}`, async () => {
      const given = await options();
      if (url === undefined && given['url'] === undefined) await server.addContainer(`fails-${++names}`);
      const store = await openBackend(url ?? given['url'] ?? `azure://fails-${names}/x`, given);
      proxy.choose = fault;
      const failing = call ?? (() => store.stat('k', { signal }));
      await assert.rejects(failing(store), (error) => {
        assert.ok(DvcError.is(error, 'remote-failed'), String(error));
        assert.equal(error.data['why'], why, error.message);
        assert.match(error.message, says);
        assert.equal(error.retryable, retryable);
        const shown = JSON.stringify([error, error.message, error.hint, error.stack, String(error.cause)]);
        for (const secret of [server.accountKey, /sig=([^&;]+)/.exec(given['connection_string'] ?? '')?.[1]])
          assert.ok(secret === undefined || !shown.includes(secret), shown);
        return true;
      });
    });

  it('says who is logged in, and which container', async () => {
    const store = await fresh();
    assert.equal(await store.probe?.identity({ signal }), "connection string of the account 'lodetest'");
    assert.equal(await store.probe?.container({ signal }), `container 'container-${names}' in the account 'lodetest'`);
    assert.deepEqual(await store.probe?.endpoint({ signal }), { host: '127.0.0.1', port: server.port });
  });
});
