import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { DvcError, remoteFailed } from '../../src/engine/core/errors.ts';
import { createOpContext } from '../../src/engine/core/op-context.ts';
import type { Backend, Endpoint, Probe } from '../../src/engine/remote/backend.ts';
import { memoryBackend } from '../../src/engine/remote/memory.ts';
import { openBackend } from '../../src/engine/remote/registry.ts';
import { fromBuffer } from '../../src/engine/remote/streams.ts';
import type { Repo } from '../../src/engine/repo.ts';
import { type RemoteTestOptions, remoteTest } from '../../src/engine/verbs/remote-test.ts';

import { useSandbox } from '../support/sandbox.ts';
import { makeCertificate } from '../support/servers/certificates.ts';

const ctx = createOpContext();
const denied = remoteFailed('write', 'denied', 'writing is not allowed.', { hint: 'Ask.', url: 'memory://' });

describe('a test of a remote', function () {
  this.timeout(30_000);
  const sandbox = useSandbox('remote-test');
  let server: net.Server;
  let endpoint: Endpoint;
  const probe = (more: Partial<Probe> = {}): Probe => ({
    endpoint: async () => endpoint,
    identity: async () => 'somebody',
    container: async () => 'a bucket',
    ...more,
  });
  /** What `remote test` says of a store, in one line: the steps that passed, then the one that failed. */
  const test = async (backend: Backend, options: RemoteTestOptions = {}) => {
    const config = { url: 'https://user:hunter2@store/x' };
    // Of a repository it asks for the remote only.
    const repo = { remote: async () => ({ name: 'store', config, backend }) } as unknown as Repo;
    const result = await remoteTest(repo, options, ctx);
    assert.doesNotMatch(JSON.stringify(result), /hunter2/);
    const passed = result.steps.filter(({ outcome }) => outcome === 'passed').map(({ step }) => step);
    return { ...result, passed };
  };

  beforeEach(async () => {
    server = net.createServer((socket) =>
      socket
        .on('error', () => {})
        .end('not TLS')
        .resume(),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = { host: 'localhost', port: (server.address() as net.AddressInfo).port };
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('goes all the way, and leaves nothing', async () => {
    const store = { ...memoryBackend(), probe: probe() };
    await store.write('files/md5/ab/c', fromBuffer(Buffer.from('x')), ctx);
    const { passed, failure } = await test(store);
    assert.deepEqual(passed, ['name', 'connect', 'identity', 'bucket', 'list', 'read', 'write']);
    assert.equal(failure, undefined);
    const keys: string[] = [];
    for await (const { key } of store.list('', ctx)) keys.push(key);
    assert.deepEqual(keys, ['files/md5/ab/c']);
  });

  it('writes nothing where that is not wanted', async () => {
    const store = { ...memoryBackend(), write: () => Promise.reject(denied) };
    assert.equal((await test(store, { readOnly: true })).failure, undefined);
    assert.deepEqual((await test(store)).failedStep, 'write');
  });

  it('says that a name is not known', async () => {
    endpoint = { ...endpoint, host: 'nowhere.invalid' };
    const { failedStep, failure, steps } = await test({ ...memoryBackend(), probe: probe() });
    assert.deepEqual([failedStep, failure?.data['why']], ['name', 'unknown-host']);
    assert.ok(failure?.hint);
    assert.equal(steps.filter(({ outcome }) => outcome === 'skipped').length, 7);
  });

  it('says that nobody listens', async () => {
    await new Promise((resolve) => server.close(resolve));
    const { failedStep, failure } = await test({ ...memoryBackend(), probe: probe() });
    assert.equal(failedStep, 'connect');
    assert.match(failure?.message ?? '', /ECONNREFUSED/);
  });

  it('says that a server does not speak TLS, and whose certificate is not trusted', async () => {
    endpoint = { ...endpoint, tls: {} };
    const plain = await test({ ...memoryBackend(), probe: probe() });
    assert.deepEqual([plain.failedStep, plain.failure?.data['step']], ['tls', 'tls']);
    const { key, certificate, authority } = makeCertificate(sandbox().path('certificates'));
    const certified = { key: fs.readFileSync(key), cert: fs.readFileSync(certificate) };
    const secure = tls.createServer(certified, (socket) => socket.on('error', () => {}).end());
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const there = { host: '127.0.0.1', port: (secure.address() as net.AddressInfo).port };
    try {
      endpoint = { ...there, tls: {} };
      const untrusted = await test({ ...memoryBackend(), probe: probe() });
      assert.deepEqual([untrusted.failedStep, untrusted.failure?.data['why']], ['tls', 'untrusted-certificate']);
      endpoint = { ...there, tls: { ca: fs.readFileSync(authority, 'utf8'), serverName: 'localhost' } };
      assert.ok((await test({ ...memoryBackend(), probe: probe() })).passed.includes('tls'));
      endpoint = { ...there, tls: { verify: false } };
      assert.ok((await test({ ...memoryBackend(), probe: probe() })).passed.includes('tls'));
      for (const scheme of ['https', 'webdavs'])
        for (const [trust, passes] of [
          [undefined, false],
          ['false', true],
          [authority, true],
        ] as const) {
          const options = trust === undefined ? {} : { ssl_verify: trust };
          const store = await openBackend(`${scheme}://localhost:${there.port}/x`, options);
          const { steps } = await test(store);
          await store.close();
          const outcome = steps.find(({ step }) => step === 'tls')?.outcome;
          assert.equal(outcome, passes ? 'passed' : 'failed', `${scheme}, ssl_verify ${trust}`);
        }
    } finally {
      secure.close();
    }
  });

  for (const [step, hook] of [
    ['identity', 'identity'],
    ['bucket', 'container'],
  ] as const)
    it(`says why it fails at the ${step}`, async () => {
      const refuse = () => Promise.reject(denied);
      const { failedStep, failure } = await test({ ...memoryBackend(), probe: probe({ [hook]: refuse }) });
      assert.deepEqual([failedStep, failure], [step, denied]);
    });

  it('says that content comes back as something else', async () => {
    const memory = memoryBackend();
    const store: Backend = {
      ...memory,
      write: (key, _, options) => memory.write(key, fromBuffer(Buffer.alloc(9)), options),
    };
    const { failedStep, failure } = await test(store);
    assert.deepEqual([failedStep, DvcError.is(failure, 'remote-failed')], ['write', true]);
  });

  it('does not take a bug for a failure of the remote', () =>
    assert.rejects(
      test({ ...memoryBackend(), probe: probe({ identity: () => Promise.reject(new TypeError('bug')) }) }),
      TypeError,
    ));
});
