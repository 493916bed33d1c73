import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { DvcError } from '../../src/engine/core/errors.ts';
import type { Backend, BackendOptions, Source } from '../../src/engine/remote/backend.ts';
import { withRetry } from '../../src/engine/remote/retry.ts';
import { fromBuffer, readAll } from '../../src/engine/remote/streams.ts';

const opts = (): BackendOptions => ({ signal: new AbortController().signal });

/**
 * What every store does alike. @param open Gives an empty store. @param more `pages` writes more keys than a listing's page holds.
 */
export function backendContract(name: string, open: () => Promise<Backend>, more: { pages?: boolean } = {}): void {
  describe(`Backend: ${name}`, () => {
    let backend: Backend;
    beforeEach(async () => {
      backend = await open();
    });
    afterEach(() => backend.close());
    const read = async (key: string) => readAll(await backend.read(key, opts()), opts().signal);
    const write = (key: string, text: string) => backend.write(key, fromBuffer(Buffer.from(text)), opts());
    const keys = async (prefix: string) => {
      const found: string[] = [];
      for await (const { key } of backend.list(prefix, opts())) found.push(key);
      return found.sort();
    };
    /** Exactly these keys, in a store that lists; at least these in one that does not. */
    const holds = async (expected: readonly string[], prefix = '') => {
      if (backend.traits.lists) return assert.deepEqual(await keys(prefix), expected);
      for (const key of expected) assert.ok(await backend.stat(key, opts()), key);
    };
    const isCode = (code: string) => (error: unknown) => error instanceof DvcError && error.code === code;

    for (const size of [0, 1, 65_536, 5_242_881])
      it(`gives back the ${size} bytes it was given`, async () => {
        const bytes = randomBytes(size);
        await backend.write('ab/cd', fromBuffer(bytes), opts());
        assert.deepEqual(await read('ab/cd'), bytes);
        assert.equal((await backend.stat('ab/cd', opts()))?.size, size);
      });

    it('gives small objects in one piece, and longer ones as a stream', async () => {
      const { readAtOnce } = withRetry(backend);
      const most = 70_000;
      for (const size of [0, 1, 65_536, most, most + 1, 1 << 20]) {
        const bytes = randomBytes(size);
        await backend.write('ab/cd', fromBuffer(bytes), opts());
        const found = await readAtOnce!('ab/cd', most, opts());
        assert.equal(Buffer.isBuffer(found), size <= most, `${size} bytes`);
        assert.deepEqual(Buffer.isBuffer(found) ? found : await readAll(found, opts().signal), bytes);
      }
      await assert.rejects(readAtOnce!('no/where', most, opts()), isCode('object-missing'));
      if (!backend.traits.ranges) return;
      const rest = await readAtOnce!('ab/cd', most, { ...opts(), offset: (1 << 20) - 10 });
      assert.equal((rest as Buffer).length, 10);
    });

    it('answers undefined for a key it does not have', async () => {
      for (const key of ['no', 'no/where', 'ab']) assert.equal(await backend.stat(key, opts()), undefined);
      await write('ab/cd', 'x');
      for (const key of ['ab', 'ab/cd/ef', 'ab/c']) assert.equal(await backend.stat(key, opts()), undefined, key);
    });

    it('says that it does not have what is read', () => assert.rejects(read('no/where'), isCode('object-missing')));

    it('replaces what is there', async () => {
      await write('k', 'long before');
      await write('k', 'now');
      assert.equal((await read('k')).toString(), 'now');
      await holds(['k']);
    });

    it('keeps odd keys apart', async () => {
      const odd = ['a b', 'a%20b', 'a+b', 'é', 'e\u0301', '日本 😀', '#?&=', '%', "it's (1)!*", '~-._', 'A', 'a'];
      for (const key of odd) await write(`x/${key}`, key);
      for (const key of odd) assert.equal((await read(`x/${key}`)).toString(), key);
      for (const key of odd) assert.equal((await backend.stat(`x/${key}`, opts()))?.size, Buffer.byteLength(key), key);
      await holds(odd.map((key) => `x/${key}`).sort(), 'x/');
      for (const key of odd) await backend.remove(`x/${key}`, opts());
      await holds([], 'x/');
    });

    it('reads from the middle on', async () => {
      if (!backend.traits.ranges) return;
      const bytes = randomBytes(100_000);
      await backend.write('k', fromBuffer(bytes), opts());
      for (const offset of [1, 65_536, 99_999, 100_000])
        assert.deepEqual(
          await readAll(await backend.read('k', { ...opts(), offset }), opts().signal),
          bytes.subarray(offset),
        );
    });

    it('reads on only in the content that was begun, where it marks contents', async () => {
      await write('k', 'the first one');
      const before = await backend.stat('k', opts());
      if (before?.etag === undefined || !backend.traits.ranges) return;
      const { etag } = before;
      assert.ok(!etag.includes('"'), etag);
      assert.equal(
        (await readAll(await backend.read('k', { ...opts(), offset: 4, etag }), opts().signal)).toString(),
        'first one',
      );
      await write('k', 'another one');
      await assert.rejects(backend.read('k', { ...opts(), offset: 4, etag }), isCode('remote-changed'));
    });

    it('lets go of a read that is cancelled', async () => {
      await backend.write('k', fromBuffer(Buffer.alloc(4 << 20)), opts());
      const abort = new AbortController();
      const stream = await backend.read('k', { signal: abort.signal });
      await assert.rejects(
        async () => {
          for await (const _ of stream) abort.abort();
          throw new Error('it was read to its end');
        },
        (error) => error instanceof Error && !/to its end/.test(error.message),
      );
    });

    it('says how many bytes have arrived', async () => {
      let told = 0;
      const onBytes = (bytes: number): void => {
        told += bytes;
      };
      await backend.write('k', fromBuffer(Buffer.alloc(300_000)), { ...opts(), onBytes });
      assert.ok(told === 300_000 || told === 0, `${told}`);
    });

    it('takes 32 objects at once, also in one folder that is not there yet', async () => {
      const all = Array.from({ length: 32 }, (_, i) => `new/folder/${i}`).sort();
      const bytes = new Map(all.map((key) => [key, randomBytes(1000)]));
      await Promise.all(all.map((key) => backend.write(key, fromBuffer(bytes.get(key)!), opts())));
      await holds(all, 'new/');
      await Promise.all(all.map(async (key) => assert.deepEqual(await read(key), bytes.get(key))));
    });

    if (more.pages)
      it('lists more keys than one page holds', async function () {
        this.timeout(60_000);
        const all = Array.from({ length: 1003 }, (_, i) => `p/${i}`).sort();
        const waiting = [...all];
        const lane = async (): Promise<void> => {
          for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) await write(key, key);
        };
        await Promise.all(Array.from({ length: 16 }, lane));
        assert.deepEqual(await keys('p/'), all);
        const removeMany = backend.removeMany;
        if (!removeMany) return;
        assert.deepEqual(await removeMany(all.slice(0, 1000), opts()), []);
        assert.deepEqual(await keys(''), all.slice(1000));
      });

    it('lists by prefix, whether or not it ends at a slash', async () => {
      if (!backend.traits.lists) return assert.rejects(keys(''), isCode('remote-failed'));
      const all = ['files/md5/00/1', 'files/md5/01/2', 'files/x', 'runs/a', 'top'];
      for (const key of all) await write(key, key);
      assert.deepEqual(await keys(''), all);
      assert.deepEqual(await keys('files/md5/'), all.slice(0, 2));
      assert.deepEqual(await keys('files/md5/00'), all.slice(0, 1));
      assert.deepEqual(await keys('fil'), all.slice(0, 3));
      assert.deepEqual(await keys('none/'), []);
    });

    it('lists an empty store', () => holds([], 'files/'));

    it('removes, also what is not there', async () => {
      await write('a/b', 'x');
      await backend.remove('a/b', opts());
      await backend.remove('a/b', opts());
      await backend.remove('no/where', opts());
      assert.equal(await backend.stat('a/b', opts()), undefined);
    });

    it('leaves the old bytes, and nothing else, when a write fails in its middle', async () => {
      await write('k', 'old');
      const broken: Source = {
        size: 1 << 20,
        open: () =>
          Readable.from(
            (async function* () {
              yield Buffer.alloc(1 << 16);
              throw new Error('the source broke');
            })(),
          ),
      };
      await assert.rejects(backend.write('k', broken, opts()), /the source broke/);
      await assert.rejects(backend.write('new', broken, opts()), /the source broke/);
      assert.equal((await read('k')).toString(), 'old');
      await holds(['k']);
    });

    it('does nothing once it is cancelled', async () => {
      const abort = new AbortController();
      abort.abort();
      const { signal } = abort;
      await assert.rejects(backend.write('k', fromBuffer(Buffer.from('x')), { signal }), isCode('cancelled'));
      await assert.rejects(backend.stat('k', { signal }), isCode('cancelled'));
      await assert.rejects(backend.read('k', { signal }), isCode('cancelled'));
      await assert.rejects(backend.remove('k', { signal }), isCode('cancelled'));
      await holds([]);
    });

    it('stops a write that is cancelled in its middle', async () => {
      const abort = new AbortController();
      const endless: Source = {
        size: 1 << 30,
        open: () =>
          Readable.from(
            (async function* () {
              for (let i = 0; ; i++) {
                if (i === 3) abort.abort();
                yield Buffer.alloc(1 << 16);
                await new Promise((resolve) => setImmediate(resolve));
              }
            })(),
          ),
      };
      await assert.rejects(backend.write('k', endless, { signal: abort.signal }), isCode('cancelled'));
      await holds([]);
    });
  });
}
