import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { DvcError, type RemoteCause } from '../../src/engine/core/errors.ts';
import type { Backend, BackendOptions } from '../../src/engine/remote/backend.ts';
import { type RetryPolicy, withRetry } from '../../src/engine/remote/retry.ts';
import { fromBuffer, readAll } from '../../src/engine/remote/streams.ts';
import { everyNth, type FaultyHttp, startFaultyHttp } from '../support/servers/faulty-http.ts';
import { startOrSkip } from '../support/servers/server.ts';
import { type FaultProxy, type FaultProxyServer, startToxiproxy } from '../support/servers/toxiproxy.ts';

/** What a store's suite knows of its server. What it does not give, its server cannot show. */
export interface FaultyStore {
  /** The port of its server, on the loopback interface. */
  readonly port: () => number;
  /** A store whose requests go to another port: that of a proxy in front of the server. Empty, unless `name` was opened before. */
  readonly openAt: (port: number, name?: string) => Promise<Backend>;
  /** True where single requests can be answered otherwise: HTTP without TLS. */
  readonly http?: boolean;
  /** The server's own way to say that it is busy: 503 unless told. */
  readonly busy?: { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };
  /** Stores that cannot be used, and why not. */
  readonly unusable?: Readonly<Record<string, UnusableStore>>;
  /** Texts that no error may show, known when the server runs. */
  readonly secrets?: () => readonly string[];
}

export interface UnusableStore {
  readonly open: () => Promise<Backend>;
  readonly why: RemoteCause;
  /** In the sentence. */
  readonly says: RegExp;
  /** What fails; all three unless told. */
  readonly calls?: readonly ('write' | 'list' | 'stat')[];
}

/** Quick, as nobody else is on the line. A time without life is long enough for a busy machine. */
const POLICY: RetryPolicy = { tries: 6, firstDelay: 5, longestDelay: 50, idle: 20_000 };
const SILENCE: RetryPolicy = { ...POLICY, tries: 1, idle: 500 };
const { signal } = new AbortController();
const opts = (): BackendOptions => ({ signal });
const MIB = 1 << 20;
const CALLS = ['write', 'list', 'stat'] as const;

/** How every store behaves when something is wrong: with its server, with the way to it, or with who asks. */
export function faultContract(name: string, store: FaultyStore): void {
  describe(`Faults: ${name}`, function () {
    this.timeout(60_000);
    let toxiproxy: FaultProxyServer | undefined;
    let proxy: FaultProxy;
    let http: FaultyHttp | undefined;
    const opened: Backend[] = [];
    const open = async (port: number, called?: string): Promise<Backend> => {
      const backend = await store.openAt(port, called);
      opened.push(backend);
      return backend;
    };
    before(async function () {
      toxiproxy = await startOrSkip(this, startToxiproxy);
      proxy = await toxiproxy.inFrontOf(store.port());
      if (store.http) http = await startFaultyHttp(store.port());
    });
    afterEach(async () => {
      if (http) http.choose = undefined;
      await proxy.heal();
      for (const backend of opened.splice(0)) await backend.close();
    });
    after(() => Promise.all([toxiproxy?.stop(), http?.stop()]));

    const writeText = (backend: Backend, key: string, options = opts()) =>
      backend.write(key, fromBuffer(Buffer.from(key)), options);
    const readText = async (backend: Backend, key: string) =>
      (await readAll(await backend.read(key, opts()), signal)).toString();
    const explains = (why: RemoteCause, says: RegExp, retryable: boolean) => (error: unknown) => {
      assert.ok(DvcError.is(error, 'remote-failed'), `${error}`);
      assert.equal(error.data['why'], why, error.message);
      assert.match(error.message, says);
      assert.equal(error.retryable, retryable, error.message);
      assert.ok(error.hint, 'there is no next step');
      const shown = [error.message, error.hint, error.stack, String(error.cause), JSON.stringify(error)].join('\n');
      for (const secret of store.secrets?.() ?? []) assert.ok(!shown.includes(secret), `a secret is shown: ${shown}`);
      return true;
    };

    it('reads on behind the bytes that arrived before the connection was cut', async () => {
      const backend = await open(proxy.port, 'cut-read');
      const bytes = randomBytes(3 * MIB);
      await backend.write('k', fromBuffer(bytes), opts());
      await backend.close();
      let cuts = 0;
      await proxy.cutAfter(1.5 * MIB, 'down');
      const again = withRetry(await open(proxy.port, 'cut-read'), POLICY);
      const onRetry = async (): Promise<void> => {
        if (++cuts === 3) await proxy.heal();
      };
      assert.deepEqual(
        await readAll(await again.read('k', { ...opts(), onRetry: () => void onRetry() }), signal),
        bytes,
      );
      assert.ok(cuts > 0, 'nothing was cut');
    });

    it('writes again what a cut has kept from arriving, and shows nothing of it before', async () => {
      const backend = withRetry(await open(proxy.port), POLICY);
      const bytes = randomBytes(3 * MIB);
      await writeText(backend, 'there');
      await proxy.cutAfter(1.5 * MIB, 'up');
      let seen: string[] | undefined;
      const onRetry = (): void => {
        seen ??= [];
        void proxy.heal();
      };
      await backend.write('k', fromBuffer(bytes), { ...opts(), onRetry });
      assert.ok(seen, 'nothing was cut');
      assert.deepEqual(await readAll(await backend.read('k', opts()), signal), bytes);
    });

    it('repeats after resets', async () => {
      const backend = withRetry(await open(proxy.port), POLICY);
      await proxy.reset();
      let resets = 0;
      await writeText(backend, 'k', { ...opts(), onRetry: () => void (++resets === 2 && proxy.heal()) });
      assert.equal(await readText(backend, 'k'), 'k');
      assert.ok(resets >= 2, `${resets}`);
    });

    it('gives up a server that has gone silent, and goes on with it later', async () => {
      const backend = withRetry(await open(proxy.port), SILENCE);
      await writeText(backend, 'k');
      await proxy.stall();
      await assert.rejects(
        backend.stat('k', opts()),
        (error) => DvcError.is(error, 'remote-failed') && error.retryable,
      );
      await proxy.heal();
      const again = withRetry(await open(proxy.port), POLICY);
      await writeText(again, 'later');
      assert.equal(await readText(again, 'later'), 'later');
    });

    it('is cancelled while a server is silent', async () => {
      const backend = withRetry(await open(proxy.port), POLICY);
      await writeText(backend, 'k');
      await proxy.stall();
      for (const call of [
        (within: AbortSignal) => backend.stat('k', { signal: within }),
        (within: AbortSignal) => backend.write('w', fromBuffer(Buffer.alloc(MIB)), { signal: within }),
        (within: AbortSignal) => backend.read('k', { signal: within }),
      ]) {
        const abort = new AbortController();
        const running = call(abort.signal);
        setTimeout(() => abort.abort(), 20);
        await assert.rejects(running, (error) => DvcError.is(error, 'cancelled'));
      }
    });

    it('says that nobody listens there, after few tries where nobody ever did', async () => {
      const backend = withRetry(await open(proxy.port), POLICY);
      await proxy.down();
      let tries = 1;
      const where = new RegExp(`'(?:127\\.0\\.0\\.1|localhost)(?::|' \\(port )${proxy.port}\\b`);
      const stat = backend.stat('k', { ...opts(), onRetry: () => void tries++ });
      await assert.rejects(stat, explains('unreachable', where, true));
      assert.equal(tries, 3);
    });

    if (store.http) {
      it('gets through where every third request fails', async () => {
        const backend = withRetry(await open(http!.port), POLICY);
        http!.choose = everyNth(3, 500);
        const all = Array.from({ length: 8 }, (_, i) => `k/${i}`);
        await Promise.all(all.map((key) => writeText(backend, key)));
        for (const key of all) assert.equal(await readText(backend, key), key);
        const keys: string[] = [];
        if (backend.traits.lists) for await (const { key } of backend.list('k/', opts())) keys.push(key);
        if (backend.traits.lists) assert.deepEqual([...new Set(keys)].sort(), all);
      });

      it('says that the server failed, is busy, or cut the line', async () => {
        const backend = await open(http!.port);
        const { status, headers = {}, body = '' } = store.busy ?? { status: 503 };
        const fails: readonly (readonly [FaultyHttp['choose'], RemoteCause, RegExp])[] = [
          [everyNth(1, 500), 'server', /failed to answer/],
          [everyNth(1, status, { ...headers, 'retry-after': '2' }, body), 'throttled', /is busy/],
          [() => 'cut', 'cut', /was cut/],
        ];
        for (const [choose, why, says] of fails) {
          http!.choose = choose;
          await assert.rejects(writeText(backend, 'k'), explains(why, says, true));
        }
      });

      it('says that the proxy on the way wants a login', async () => {
        const backend = await open(http!.port);
        http!.choose = everyNth(1, 407);
        await assert.rejects(writeText(backend, 'k'), explains('proxy', /proxy/, false));
      });
    }

    for (const [what, { open: openIt, why, says, calls = CALLS }] of Object.entries(store.unusable ?? {}))
      it(`explains ${what}`, async () => {
        const backend = await openIt();
        opened.push(backend);
        const failing = {
          write: () => writeText(backend, 'k'),
          stat: () => backend.stat('k', opts()),
          list: async () => {
            for await (const _ of backend.list('', opts()));
          },
        };
        for (const call of calls) await assert.rejects(failing[call](), explains(why, says, false), call);
      });
  });
}
