import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { DvcError, remoteFailed } from '../../../src/engine/core/errors.ts';
import { silentLog } from '../../../src/engine/core/op-context.ts';
import type { Backend } from '../../../src/engine/remote/backend.ts';
import { memoryBackend } from '../../../src/engine/remote/memory.ts';
import { isRetryable, type RetryPolicy, retryPolicy, withRetry } from '../../../src/engine/remote/retry.ts';
import { fromBuffer, readAll } from '../../../src/engine/remote/streams.ts';
import { type Call, type Fault, faultyBackend, slowDown } from '../../support/faulty-backend.ts';

const policy: RetryPolicy = { tries: 5, firstDelay: 1, longestDelay: 2, idle: 60_000 };
const STALLS: RetryPolicy = { ...policy, idle: 200 };
const { signal } = new AbortController();
const CONTENT = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251));

/** A store with one object, whose first `failing` calls of kind `op` end in `fault`. */
async function store(op: Call['op'], failing: number, fault: Fault, inner: Backend = memoryBackend()) {
  await inner.write('k', fromBuffer(CONTENT), { signal });
  let left = failing;
  const faulty = faultyBackend(inner, (call) => (call.op === op && left-- > 0 ? fault : undefined));
  return { faulty, backend: withRetry(faulty, fault.kind === 'stall' ? STALLS : policy) };
}

const read = async (backend: Backend, offset = 0) => readAll(await backend.read('k', { signal, offset }), signal);
const denied = new DvcError('remote-failed', 'access denied.');
const refused = (error: Error): Fault => ({ kind: 'refuse', error });

describe('a store with retries', () => {
  it('repeats what may succeed later, five times at most, each said once', async () => {
    const lines: string[] = [];
    const log = { ...silentLog, info: (text: string) => void lines.push(text) };
    const { backend, faulty } = await store('stat', 4, refused(slowDown()));
    assert.equal((await backend.stat('k', { signal, log }))?.size, CONTENT.length);
    assert.deepEqual([faulty.calls.length, lines.length], [5, 4]);
    const worse = await store('stat', 5, refused(slowDown()));
    await assert.rejects(worse.backend.stat('k', { signal }), /slow down/);
    assert.equal(worse.faulty.calls.length, 5);
  });

  it('gives up a store within two seconds that has never answered and refuses connections', async () => {
    const gone = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' });
    const begun = performance.now();
    const never = faultyBackend(memoryBackend(), () => refused(gone));
    await assert.rejects(withRetry(never, retryPolicy({})).stat('k', { signal }), /ECONNREFUSED/);
    assert.ok(performance.now() - begun < 2500, `${performance.now() - begun} ms`);
    assert.equal(never.calls.length, 3);
    let down = false;
    const restarted = faultyBackend(memoryBackend(), () => (down ? refused(gone) : undefined));
    const backend = withRetry(restarted, policy);
    await backend.stat('k', { signal });
    down = true;
    await assert.rejects(backend.stat('k', { signal }), /ECONNREFUSED/);
    assert.equal(restarted.calls.length, 6, 'one that has answered may be starting again');
    const nowhere = faultyBackend(memoryBackend(), () =>
      refused(remoteFailed('connect', 'unreachable', 'x', { url: 'x', hint: 'x', retryable: true })),
    );
    await assert.rejects(withRetry(nowhere, policy).stat('k', { signal }));
    assert.equal(nowhere.calls.length, 2);
  });

  it('does not repeat what cannot', async () => {
    const { backend, faulty } = await store('stat', 1, refused(denied));
    await assert.rejects(backend.stat('k', { signal }), /access denied/);
    assert.equal(faulty.calls.length, 1);
    await assert.rejects(backend.read('none', { signal }), (error) => DvcError.is(error, 'object-missing'));
  });

  it('knows errors of the network from others', () => {
    for (const code of ['ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN'])
      assert.ok(isRetryable(Object.assign(new Error(), { code })), code);
    for (const error of [Object.assign(new Error(), { code: 'ENOTFOUND' }), new Error('x'), denied])
      assert.ok(!isRetryable(error), String(error));
  });

  it('leaves a store alone for as long as it asks', async () => {
    const { backend } = await store('stat', 1, refused(slowDown(60)));
    const begun = process.hrtime.bigint();
    await backend.stat('k', { signal });
    assert.ok(process.hrtime.bigint() - begun >= 59_000_000n);
  });

  for (const at of [0, 1, 16_383, 16_384, 100_000, CONTENT.length - 1])
    it(`reads on where it stopped, after a cut at byte ${at}`, async () => {
      const { backend, faulty } = await store('read', 1, { kind: 'cut', at });
      assert.deepEqual(await read(backend), CONTENT);
      assert.deepEqual(
        faulty.calls.map(({ offset }) => offset),
        [0, at],
      );
      assert.equal(faulty.moved.down, CONTENT.length, 'no byte twice');
    });

  for (const at of [0, 100_000])
    it(`reads on where it stopped, after a stall at byte ${at}`, async () =>
      assert.deepEqual(await read((await store('read', 1, { kind: 'stall', at })).backend), CONTENT));

  it('reads again from the start where the store has no ranges, and gives each byte once', async () => {
    const memory = memoryBackend();
    const inner = { ...memory, traits: { ...memory.traits, ranges: false } };
    const { backend } = await store('read', 2, { kind: 'cut', at: 70_000 }, inner);
    assert.deepEqual(await read(backend), CONTENT);
  });

  it('goes on with the same content only, by its mark', async () => {
    const memory = memoryBackend();
    await memory.write('k', fromBuffer(CONTENT), { signal });
    const asked: (string | undefined)[] = [];
    let cut = true;
    const inner: Backend = {
      ...memory,
      read: async (key, { etag, ...options }) => {
        asked.push(etag);
        if (etag !== undefined && etag !== 'now') throw new DvcError('remote-changed', 'it is another by now.');
        const stream = await memory.read(key, options);
        if (!cut) return stream;
        cut = false;
        return Readable.from(
          (async function* () {
            for await (const chunk of stream) {
              yield chunk;
              throw Object.assign(new Error('cut'), { code: 'ECONNRESET' });
            }
          })(),
        );
      },
    };
    const readAs = async (etag: string) => readAll(await withRetry(inner, policy).read('k', { signal, etag }), signal);
    assert.deepEqual(await readAs('now'), CONTENT);
    assert.deepEqual(asked, [undefined, 'now']);
    cut = true;
    await assert.rejects(readAs('before'), (error) => DvcError.is(error, 'remote-changed'));
  });

  it('begins at the offset it is given', async () => {
    const { backend } = await store('read', 1, { kind: 'cut', at: 10 });
    assert.deepEqual(await read(backend, 50_000), CONTENT.subarray(50_000));
  });

  it('gives up a read that gets nowhere', async () => {
    const { backend, faulty } = await store('read', 99, { kind: 'cut', at: 3 });
    await assert.rejects(read(backend), /ECONNRESET/);
    assert.equal(faulty.calls.filter(({ op }) => op === 'read').length, 5);
  });

  for (const fault of [{ kind: 'cut', at: 5 }, { kind: 'stall', at: 0 }, refused(slowDown())] as const)
    it(`writes again after: ${fault.kind}`, async () => {
      const { backend } = await store('write', 2, fault, memoryBackend());
      await backend.write('k', fromBuffer(Buffer.from('new')), { signal });
      assert.equal((await read(backend)).toString(), 'new');
    });

  it('lists again from the start', async () => {
    const { backend } = await store('list', 2, { kind: 'cut', at: 1 });
    await backend.write('l', fromBuffer(CONTENT), { signal });
    const keys = new Set<string>();
    for await (const { key } of backend.list('', { signal })) keys.add(key);
    assert.deepEqual([...keys].sort(), ['k', 'l']);
  });

  for (const op of ['stat', 'read', 'write', 'list'] as const)
    it(`lets go of a ${op} at once when it is cancelled, though the store does not listen`, async () => {
      const abort = new AbortController();
      const deaf = {
        ...memoryBackend(),
        stat: never,
        read: never,
        write: never,
        list: () => ({ [Symbol.asyncIterator]: () => ({ next: never }) }),
      };
      const backend = withRetry(deaf, { ...policy, idle: 60_000 });
      const options = { signal: abort.signal };
      const work = {
        stat: () => backend.stat('k', options),
        read: () => backend.read('k', options),
        write: () => backend.write('k', fromBuffer(CONTENT), options),
        list: () => readAll(Readable.from(backend.list('', options)), signal),
      };
      setImmediate(() => abort.abort());
      await assert.rejects(work[op](), (error) => DvcError.is(error, 'cancelled'));
    });

  describe('reading small objects at once', () => {
    const SMALL = 250_000;
    const readAtOnce = async (backend: Backend, most = SMALL) => {
      const found = await backend.readAtOnce!('k', most, { signal });
      return Buffer.isBuffer(found) ? found : readAll(found, signal);
    };

    for (const fault of [{ kind: 'cut', at: 50_000 }, { kind: 'stall', at: 0 }, refused(slowDown())] as const)
      it(`reads again after: ${fault.kind}`, async () => {
        const { backend, faulty } = await store('read', 2, fault);
        assert.deepEqual(await readAtOnce(backend), CONTENT);
        assert.equal(faulty.calls.length, 3);
      });

    for (const kind of ['cut', 'stall'] as const)
      it(`reads a long one on where it stopped, after a ${kind}`, async () => {
        const { backend, faulty } = await store('read', 1, { kind, at: 150_000 });
        assert.deepEqual(await readAtOnce(backend, 70_000), CONTENT);
        assert.deepEqual(
          faulty.calls.map(({ offset }) => offset),
          [0, 150_000],
        );
      });

    it('waits for as long as bytes come', async () => {
      const slow = { ...memoryBackend(), read: async () => Readable.from(slowly()) };
      assert.equal((await readAtOnce(withRetry(slow, { ...policy, tries: 1, idle: 150 }))).length, 10);
      async function* slowly(): AsyncGenerator<Buffer> {
        for (let i = 0; i < 10; i++) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          yield Buffer.from('x');
        }
      }
    });

    it('lets go of a stream that nobody reads', async () => {
      let opened: Readable | undefined;
      const memory = memoryBackend();
      await memory.write('k', fromBuffer(CONTENT), { signal });
      const inner: Backend = { ...memory, read: async (key, options) => (opened = await memory.read(key, options)) };
      const found = await withRetry(inner, policy).readAtOnce!('k', 10, { signal });
      assert.ok(!Buffer.isBuffer(found) && !opened?.destroyed);
      found.destroy();
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(opened?.destroyed);
    });
  });

  it('takes its times from the environment', () => {
    assert.deepEqual(retryPolicy({}).idle, 60_000);
    assert.deepEqual(retryPolicy({ LODE_REMOTE_IDLE: '500', LODE_REMOTE_DELAY: 'x' }), {
      ...retryPolicy({}),
      idle: 500,
    });
  });
});

const never = (): Promise<never> => new Promise(() => {});
