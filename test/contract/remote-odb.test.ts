import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { DvcError } from '../../src/engine/core/errors.ts';
import type { EngineEvent } from '../../src/engine/core/events.ts';
import { asOid, type Oid } from '../../src/engine/core/ids.ts';
import { createOpContext } from '../../src/engine/core/op-context.ts';
import { Tree } from '../../src/engine/hash/tree.ts';
import { encodeTree, treeOid } from '../../src/engine/hash/tree-encode.ts';
import { pagesOf } from '../../src/engine/odb/existence.ts';
import type { LocalOdb } from '../../src/engine/odb/local-odb.ts';
import { objectKey } from '../../src/engine/odb/odb.ts';
import { RemoteOdb } from '../../src/engine/odb/remote-odb.ts';
import { transferObjects } from '../../src/engine/odb/transfer.ts';
import { md5 } from '../../src/engine/platform/digest.ts';
import { IoPool } from '../../src/engine/platform/io-pool.ts';
import { OidSet } from '../../src/engine/platform/oid-set.ts';
import type { Backend } from '../../src/engine/remote/backend.ts';
import { memoryBackend } from '../../src/engine/remote/memory.ts';
import { withRetry } from '../../src/engine/remote/retry.ts';
import { fromBuffer, readAll } from '../../src/engine/remote/streams.ts';
import { makeCache, storeFolder, writeFiles } from '../support/cache.ts';
import { type Call, type Fault, type FaultyBackend, faultyBackend, slowDown } from '../support/faulty-backend.ts';
import { runSeed, seededRandom } from '../support/random.ts';
import { useSandbox } from '../support/sandbox.ts';

const policy = { tries: 5, firstDelay: 1, longestDelay: 2, idle: 300 };
const hash = (content: string | Buffer): Oid => asOid(md5(Buffer.from(content)));
const keyOf = (oid: Oid): string => `files/md5/${objectKey(oid)}`;
const LARGE = Buffer.from(Array.from({ length: 700_000 }, (_, i) => (i * 7) % 251));

describe('objects behind a store that fails', function () {
  this.timeout(30_000);
  const sandbox = useSandbox('remote-odb');
  const ctx = createOpContext();
  let memory: Backend;
  let tree: Tree;
  let oid: Oid;

  const open = (
    script: (call: Call) => Fault | undefined,
    backend = memory,
  ): { odb: RemoteOdb; store: FaultyBackend } => {
    const store = faultyBackend(backend, script);
    const privateDir = sandbox().path('private');
    return { odb: new RemoteOdb({ backend: withRetry(store, policy), hash: 'md5', privateDir, jobs: 4 }), store };
  };
  const fill = async (cache: LocalOdb) => {
    writeFiles(sandbox().path('data'), { a: 'one', b: 'two', c: LARGE, d: Buffer.alloc(70_000, 'd'), empty: '' });
    tree = await storeFolder(cache, sandbox().path('data'));
    oid = treeOid(encodeTree(tree));
  };
  /** Every name on the store and in the cache is of its content. */
  const nothingIsWrong = async (cache: LocalOdb) => {
    for await (const { key } of memory.list('files/md5/', ctx)) {
      const bytes = await readAll(await memory.read(key, ctx), ctx.signal);
      assert.equal(key, keyOf(asOid(md5(bytes) + (key.endsWith('.dir') ? '.dir' : ''))));
    }
    assert.deepEqual((await cache.verify(undefined, ctx)).corrupt, []);
  };

  beforeEach(() => {
    memory = memoryBackend();
  });

  const every = (n: number, fault: (call: Call) => Fault) => (call: Call) =>
    call.index % n === 0 ? fault(call) : undefined;
  const scripts: readonly [string, (call: Call) => Fault | undefined][] = [
    ['every third request is refused', every(3, () => ({ kind: 'refuse', error: slowDown(1) }))],
    [
      'every second read and write is cut',
      (call) => (call.index % 2 === 0 ? { kind: 'cut', at: (call.index * 7919) % 80_000 } : undefined),
    ],
  ];
  for (const [what, script] of scripts)
    it(`go there and back whole where ${what}`, async () => {
      const cache = makeCache(sandbox());
      await fill(cache);
      const { odb } = open(script);
      const up = await transferObjects(cache, odb, [{ oid }], ctx, {});
      assert.deepEqual([up.transferred, up.failed], [6, []]);
      const other = makeCache(sandbox(), 'other');
      const down = await transferObjects(odb, other, [{ oid }], ctx, {});
      assert.deepEqual([down.transferred, down.failed], [6, []]);
      await nothingIsWrong(other);
    });

  const lies: readonly [string, (at: number) => Fault][] = [
    ['a flipped bit', (at) => ({ kind: 'flip', at })],
    ['an end before the end', (at) => ({ kind: 'short', at })],
    ['a login page', () => ({ kind: 'other', bytes: Buffer.from('<html>please log in') })],
    ['nothing', () => ({ kind: 'other', bytes: Buffer.alloc(0) })],
  ];
  for (const [what, lie] of lies)
    for (const at of [0, 100, 300_000, LARGE.length - 1])
      it(`never get ${what} into the cache (at ${at}): it is fetched once more, then refused by name`, async () => {
        await memory.write(keyOf(hash(LARGE)), fromBuffer(LARGE), ctx);
        const warnings: string[] = [];
        const told = createOpContext({ emit: (event) => void (event.type === 'said' && warnings.push(event.text)) });
        const cache = makeCache(sandbox());
        let lying = 1;
        const { odb, store } = open(({ op }) => (op === 'read' && lying-- > 0 ? lie(at) : undefined));
        const healed = await transferObjects(odb, cache, [{ oid: hash(LARGE) }], told, {});
        assert.deepEqual([healed.transferred, healed.failed, warnings.length], [1, [], 1]);
        await cache.remove(OidSet.of([hash(LARGE)]), ctx);
        lying = 99;
        const refused = await transferObjects(odb, cache, [{ oid: hash(LARGE) }], ctx, {});
        const { error } = refused.failed[0]!;
        assert.equal(error.code, 'object-corrupt');
        assert.equal(error.data['expected'], hash(LARGE));
        assert.match(error.message, new RegExp(`memory://.*${hash(LARGE)}.*found [0-9a-f]{32}`));
        assert.deepEqual(store.calls.filter(({ op }) => op === 'read').length, 4);
        assert.ok(!cache.has(hash(LARGE)) && (await memory.stat(keyOf(hash(LARGE)), ctx)));
        assert.deepEqual(
          fs.existsSync(sandbox().path('private/transfers')) ? fs.readdirSync(sandbox().path('private/transfers')) : [],
          [],
        );
      });

  it('are sent again when the store says it has them and does not', async () => {
    const cache = makeCache(sandbox());
    await fill(cache);
    let wrong = 1;
    const { odb } = open(({ op }) => (op === 'write' && wrong-- > 0 ? { kind: 'short', at: 1 } : undefined));
    const up = await transferObjects(cache, odb, [{ oid }], ctx, {});
    assert.deepEqual([up.transferred, up.failed], [6, []]);
    await nothingIsWrong(cache);
  });

  it('are not called sent where that does not help, and the directory is held back', async () => {
    const cache = makeCache(sandbox());
    await fill(cache);
    const { odb } = open(({ op, key }) =>
      op === 'write' && key === keyOf(hash('one')) ? { kind: 'short', at: 1 } : undefined,
    );
    const up = await transferObjects(cache, odb, [{ oid }], ctx, {});
    assert.deepEqual(
      [up.transferred, up.failed.map(({ error }) => error.code), up.withheldTrees],
      [4, ['transfer-failed'], [oid]],
    );
  });

  it('count as lacking nowhere when the store cannot be asked', async () => {
    const cache = makeCache(sandbox());
    await fill(cache);
    const { odb } = open(({ op }) =>
      op === 'stat' ? { kind: 'refuse', error: new DvcError('remote-failed', 'no.') } : undefined,
    );
    await assert.rejects(transferObjects(cache, odb, [{ oid }], ctx, {}), /no\./);
    assert.equal((await odb.list(ctx)).size, 0);
  });

  it('go on where an earlier run stopped, if the object is still the same', async () => {
    const huge = Buffer.concat(Array.from({ length: 16 }, (_, i) => Buffer.alloc(1 << 20, i)));
    const big = hash(huge);
    const marked = (mark: string): Backend => ({
      ...memory,
      stat: async (key, options) => {
        const entry = await memory.stat(key, options);
        return entry && { ...entry, etag: mark };
      },
    });
    await memory.write(keyOf(big), fromBuffer(huge), ctx);
    const cache = makeCache(sandbox());
    const stop = async (mark: string) => {
      const plain = faultyBackend(marked(mark), ({ op }) => (op === 'read' ? { kind: 'cut', at: 7 << 20 } : undefined));
      const remote = new RemoteOdb({
        backend: withRetry(plain, { ...policy, tries: 1 }),
        hash: 'md5',
        privateDir: sandbox().path('private'),
      });
      const result = await transferObjects(remote, cache, [{ oid: big }], ctx, {});
      assert.equal(result.failed.length, 1);
    };
    await stop('first');
    const { odb, store } = open(() => undefined, marked('first'));
    const rest = await transferObjects(odb, cache, [{ oid: big }], ctx, {});
    assert.deepEqual([rest.transferred, rest.failed, store.moved.down], [1, [], huge.length - (7 << 20)]);
    await cache.remove(OidSet.of([big]), ctx);
    await stop('first');
    const changed = open(() => undefined, marked('second'));
    const again = await transferObjects(changed.odb, cache, [{ oid: big }], ctx, {});
    assert.deepEqual([again.transferred, changed.store.moved.down], [1, huge.length]);
    await nothingIsWrong(cache);
  });

  describe('many small ones', () => {
    const contents = Array.from({ length: 300 }, (_, i) => `content ${i}`);
    const roots = contents.map((content) => ({ oid: hash(content) }));
    const filesIn = (root: string): string[] =>
      (fs.readdirSync(root, { recursive: true, withFileTypes: true }) as fs.Dirent[])
        .filter((entry) => entry.isFile())
        .map(({ name }) => name);
    let pool: IoPool;
    beforeEach(async () => {
      pool = new IoPool({ threads: 2 });
      assert.ok(pool.threads > 0, 'the worker is built');
      for (const content of contents) await memory.write(keyOf(hash(content)), fromBuffer(Buffer.from(content)), ctx);
    });
    afterEach(() => pool[Symbol.asyncDispose]());

    it('are written by threads; what cannot be written is told by name, and the rest is there', async () => {
      const cache = makeCache(sandbox(), 'cache', { pool, durability: 'batch' });
      const blocked = hash(contents[0]!).slice(0, 2);
      fs.mkdirSync(cache.root, { recursive: true });
      fs.writeFileSync(`${cache.root}/${blocked}`, 'a file where a folder belongs');
      const flipped = roots.find(({ oid }) => !oid.startsWith(blocked))!.oid;
      const gone = roots.findLast(({ oid }) => !oid.startsWith(blocked))!.oid;
      await memory.remove(keyOf(gone), ctx);
      let flips = 1;
      const { odb, store } = open(({ op, key }) =>
        op === 'read' && key === keyOf(flipped) && flips-- > 0 ? { kind: 'flip', at: 3 } : undefined,
      );
      const { transferred, failed, missing } = await transferObjects(odb, cache, roots, ctx, {});
      const expected = roots.filter(({ oid }) => oid.startsWith(blocked)).map(({ oid }) => oid);
      assert.deepEqual(failed.map(({ oid }) => oid).sort(), expected.sort());
      assert.deepEqual([...new Set(failed.map(({ error }) => error.code))], ['io']);
      assert.deepEqual(missing, [gone]);
      assert.equal(transferred, contents.length - expected.length - 1);
      assert.equal(store.calls.filter(({ op, key }) => op === 'read' && key === keyOf(flipped)).length, 2);
      const { checked, corrupt } = await cache.verify(undefined, ctx);
      assert.deepEqual([checked, corrupt], [transferred, []]);
      assert.equal(filesIn(cache.root).length, transferred + 1, 'no temporary file');
      assert.equal(fs.statSync(cache.pathOf(flipped)).mode & 0o777, 0o444);
    });

    it('are left alone once they are cancelled: each is whole or not there, and no more come', async () => {
      const cache = makeCache(sandbox(), 'cache', { pool });
      const abort = new AbortController();
      let reads = 0;
      const { odb } = open(({ op }) => {
        if (op === 'read' && ++reads === 150) abort.abort();
        return undefined;
      });
      const cancelled = createOpContext({ signal: abort.signal });
      await assert.rejects(transferObjects(odb, cache, roots, cancelled, {}), (error) =>
        DvcError.is(error, 'cancelled'),
      );
      const then = fs.existsSync(cache.root) ? filesIn(cache.root) : [];
      assert.ok(then.length < contents.length && then.every((name) => !name.endsWith('.tmp')), `${then.length}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.deepEqual(fs.existsSync(cache.root) ? filesIn(cache.root) : [], then);
      assert.deepEqual((await cache.verify(undefined, ctx)).corrupt, []);
    });
  });

  it('show files, bytes and totals while they move', async () => {
    const cache = makeCache(sandbox());
    await fill(cache);
    const seen: EngineEvent[] = [];
    const { startProgress } = await import('../../src/engine/core/progress.ts');
    const progress = startProgress(createOpContext({ emit: (event) => void seen.push(event) }), 'push');
    await transferObjects(cache, open(() => undefined).odb, [{ oid }], ctx, { progress });
    progress.done();
    const last = seen.filter((event) => event.type === 'progressed').at(-1)!.progress;
    const bytes = LARGE.length + 70_000 + 6 + encodeTree(tree).length;
    assert.deepEqual([last.files, last.totalFiles, last.bytes, last.totalBytes], [6, 6, bytes, bytes]);
  });
});

describe('what a remote is known to hold', function () {
  this.timeout(30_000);
  const sandbox = useSandbox('known');
  const ctx = createOpContext();
  const COUNT = 3000;
  let store: FaultyBackend;
  let cache: LocalOdb;
  let oid: Oid;
  let files: Oid[];
  const open = (url = 'memory://') =>
    new RemoteOdb({ backend: store, hash: 'md5', privateDir: sandbox().path('private'), store: url });
  const push = async (remembered = true, remote = open()) => {
    const before = store.calls.length;
    const result = await transferObjects(cache, remote, [{ oid }], ctx, { remembered });
    return { sent: result.transferred, requests: store.calls.length - before };
  };

  beforeEach(async () => {
    store = faultyBackend(memoryBackend(), () => undefined);
    cache = makeCache(sandbox());
    files = Array.from({ length: COUNT }, (_, i) => cache.addBytes(Buffer.from(`file ${i}`)));
    oid = cache.addTree(Tree.from(files.map((md5, i) => ({ relpath: `f${i}`, md5 }))));
    assert.equal((await push()).sent, COUNT + 1);
  });

  it('saves all but two requests of a push with nothing to send', async () => {
    assert.deepEqual(await push(), { sent: 0, requests: 2 });
    const more = cache.addBytes(Buffer.from('one more'));
    oid = cache.addTree(Tree.from([...files, more].map((md5, i) => ({ relpath: `f${i}`, md5 }))));
    const { sent, requests } = await push();
    assert.equal(sent, 2);
    assert.ok(requests < 10, String(requests));
  });

  it('is of no use when it is not asked for, is damaged, or is of another store', async () => {
    assert.ok((await push(false)).requests > 2);
    const folder = sandbox().path('private/remotes');
    for (const file of fs.readdirSync(folder)) fs.writeFileSync(`${folder}/${file}`, 'lode known 1\nrubbish');
    assert.ok((await push()).requests > 2);
    assert.ok((await push(true, open('memory://elsewhere'))).requests > 2);
  });

  it('is dropped when the directory object is gone, and what is missing goes again', async () => {
    await store.remove(keyOf(oid), ctx);
    await store.remove(keyOf(files[7]!), ctx);
    assert.equal((await push()).sent, 2);
  });

  it('is dropped when the remote was emptied behind its back', async () => {
    for (const file of files) await store.remove(keyOf(file), ctx);
    assert.equal((await push()).sent, COUNT);
  });

  it('is dropped when one file is found gone by a look at everything, or by a download', async () => {
    await store.remove(keyOf(files[7]!), ctx);
    assert.equal((await open().missing(OidSet.of(files), ctx)).size, 1);
    assert.equal((await push()).sent, 1);
    await store.remove(keyOf(files[8]!), ctx);
    await transferObjects(open(), makeCache(sandbox(), 'other'), [{ oid: files[8]! }], ctx, {});
    assert.equal((await push()).sent, 1);
  });
});

describe('looking for objects', function () {
  this.timeout(30_000);
  it('divides a listing by how long it is', () => {
    assert.deepEqual(pagesOf(0), { all: 1, digits: 0 });
    assert.deepEqual(pagesOf(7), { all: 2, digits: 0 });
    assert.deepEqual(pagesOf(200), { all: 52, digits: 1 });
    assert.deepEqual(pagesOf(2000), { all: 512, digits: 2 });
  });

  const seed = runSeed();
  for (const [there, wanted] of [
    [0, 500],
    [40, 500],
    [3000, 100],
    [3000, 2000],
    [6000, 20],
    [6000, 300],
  ] as const)
    for (const folders of [false, true])
      it(`finds out which of ${wanted} are among ${there}${folders ? ' in folders' : ''} (seed ${seed})`, async () => {
        const random = seededRandom(seed + there + wanted);
        const name = (): Oid => asOid(random.bytes(16).toString('hex') + (random.int(20) === 0 ? '.dir' : ''));
        const held = Array.from({ length: there }, name);
        const memory = memoryBackend();
        const { signal } = new AbortController();
        const ctx = createOpContext({ signal });
        for (const oid of held) await memory.write(keyOf(oid), fromBuffer(Buffer.alloc(0)), { signal });
        const store = faultyBackend({ ...memory, traits: { ...memory.traits, folders } }, () => undefined);
        const odb = new RemoteOdb({ backend: store, hash: 'md5', privateDir: '/nowhere' });
        const asked = Array.from({ length: wanted }, (_, i) => (i % 2 === 0 && there > 0 ? held[i % there]! : name()));
        const told = new Set<Oid>();
        const missing = await odb.missing(OidSet.of(asked), ctx, { onMissing: (oid) => told.add(oid) });
        const expected = new Set(asked.filter((oid) => !held.includes(oid)));
        assert.deepEqual(new Set(missing), expected);
        assert.deepEqual(told, expected);
        assert.ok(store.calls.length <= Math.max(wanted, 64) + 4, `${store.calls.length} requests`);
      });
});
