import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { asOid, type Oid } from '../../src/engine/core/ids.ts';
import { createOpContext } from '../../src/engine/core/op-context.ts';
import { Tree } from '../../src/engine/hash/tree.ts';
import { encodeTree, treeOid } from '../../src/engine/hash/tree-encode.ts';
import { copyRuns } from '../../src/engine/odb/copy-runs.ts';
import type { LocalOdb } from '../../src/engine/odb/local-odb.ts';
import { type Odb, objectKey } from '../../src/engine/odb/odb.ts';
import { openRemoteOdb } from '../../src/engine/odb/open-remote.ts';
import { type TransferRoot, transferObjects } from '../../src/engine/odb/transfer.ts';
import { md5 } from '../../src/engine/platform/digest.ts';
import { IoPool } from '../../src/engine/platform/io-pool.ts';
import { OidSet } from '../../src/engine/platform/oid-set.ts';
import type { Backend } from '../../src/engine/remote/backend.ts';
import { localBackend } from '../../src/engine/remote/local.ts';
import { memoryBackend } from '../../src/engine/remote/memory.ts';
import { fromBuffer, readAll } from '../../src/engine/remote/streams.ts';
import { damage, makeCache, storeFolder, writeFiles } from '../support/cache.ts';
import { type Sandbox, useSandbox } from '../support/sandbox.ts';

const ctx = createOpContext();
const hash = (content: string | Buffer): Oid => asOid(md5(Buffer.from(content)));
const LARGE = Buffer.alloc(3_000_000, 'large');

const remotes: readonly [string, (sandbox: Sandbox) => Backend][] = [
  ['a folder', (sandbox) => localBackend(sandbox.path('remote'))],
  ['a store', () => memoryBackend()],
];

for (const [name, makeBackend] of remotes)
  describe(`Odb: ${name} as a remote`, () => {
    const sandbox = useSandbox('transfer');
    let backend: Backend;
    let remote: Odb;
    let cache: LocalOdb;
    let tree: Tree;
    let oid: Oid;
    const key = (of: Oid) => `files/md5/${objectKey(of)}`;
    const stat = (of: Oid) => backend.stat(key(of), ctx);
    const put = (of: Oid, bytes: Buffer) => backend.write(key(of), fromBuffer(bytes), ctx);
    const push = (...roots: TransferRoot[]) => transferObjects(cache, remote, roots, ctx, {});
    const files = { a: 'one', 'sub/b': 'two', 'sub/c': LARGE, twin: 'one' };

    beforeEach(async () => {
      backend = makeBackend(sandbox());
      const options = {
        privateDir: sandbox().path('private'),
        pool: new IoPool({ threads: 0 }),
        durability: 'batch',
      } as const;
      remote = openRemoteOdb(backend, 'md5', options);
      cache = makeCache(sandbox());
      writeFiles(sandbox().path('data'), files);
      tree = await storeFolder(cache, sandbox().path('data'));
      oid = treeOid(encodeTree(tree));
    });
    afterEach(() => remote.close());

    it('gets every object once, and nothing the second time', async () => {
      const result = await push({ oid });
      assert.deepEqual([result.transferred, result.present, result.missing, result.failed], [4, 0, [], []]);
      assert.deepEqual(new Set(await remote.list(ctx)), new Set([oid, hash('one'), hash('two'), hash(LARGE)]));
      assert.deepEqual(await readAll(await backend.read(key(hash(LARGE)), ctx), ctx.signal), LARGE);
      const again = await push({ oid });
      assert.deepEqual([again.transferred, again.present], [0, 4]);
      assert.ok((await remote.readTree(oid, ctx)).equals(tree));
      assert.equal((await remote.readObject(hash('one'), ctx)).toString(), 'one');
    });

    it('gives everything back, hashed', async () => {
      await push({ oid });
      const other = makeCache(sandbox(), 'other');
      const result = await transferObjects(remote, other, [{ oid }], ctx, {});
      assert.deepEqual([result.transferred, result.failed], [4, []]);
      assert.deepEqual(await other.verify(undefined, ctx), { checked: 4, corrupt: [], missing: [], unreadable: [] });
      assert.equal(fs.statSync(other.pathOf(hash(LARGE))).mode & 0o777, 0o444);
    });

    it('is asked for each file, whatever the directory object seems to promise', async () => {
      await put(oid, encodeTree(tree));
      const result = await push({ oid });
      assert.deepEqual([result.transferred, result.present], [3, 1]);
      assert.ok(await stat(hash(LARGE)));
    });

    it('gets the rest of a directory of which a part was pushed, whatever that promised', async () => {
      const part = await push({ oid, only: (path) => path === 'a' });
      assert.deepEqual([part.transferred, part.withheldTrees], [2, []], 'as DVC, the directory object goes along');
      const all = await push({ oid });
      assert.deepEqual([all.transferred, all.present], [2, 2]);
      assert.ok(await stat(hash(LARGE)));
    });

    it('is not given a directory object whose file is on neither side', async () => {
      fs.rmSync(cache.pathOf(hash('two')));
      const result = await push({ oid });
      assert.deepEqual([result.transferred, result.missing, result.withheldTrees], [2, [hash('two')], [oid]]);
      assert.equal(await stat(oid), undefined);
      await put(hash('two'), Buffer.from('two'));
      assert.deepEqual((await push({ oid })).withheldTrees, []);
    });

    it('can complete a directory whose object only it has', async () => {
      await push({ oid });
      fs.rmSync(cache.pathOf(oid));
      const result = await push({ oid });
      assert.deepEqual([result.present, result.failed, result.missing], [4, [], []]);
    });

    for (const [what, content] of [
      ['small', 'two'],
      ['large', LARGE],
    ] as const)
      it(`never gets a damaged ${what} object, nor the directory that needs it`, async () => {
        damage(cache.pathOf(hash(content)));
        const result = await push({ oid });
        assert.deepEqual(
          result.failed.map((failure) => [failure.oid, failure.error.code]),
          [[hash(content), 'object-corrupt']],
        );
        assert.deepEqual([result.withheldTrees, await stat(hash(content))], [[oid], undefined]);
        assert.ok(cache.has(hash(content)), 'nothing is deleted');
      });

    for (const [what, bytes] of [
      ['other bytes', 'xxx'],
      ['too few bytes', 'tw'],
      ['nothing', ''],
    ] as const)
      it(`is not believed when it gives ${what}`, async () => {
        await push({ oid });
        await put(hash('two'), Buffer.from(bytes));
        const other = makeCache(sandbox(), 'other');
        const result = await transferObjects(remote, other, [{ oid }], ctx, {});
        assert.deepEqual(
          result.failed.map((failure) => [failure.oid, failure.error.code]),
          [[hash('two'), 'object-corrupt']],
        );
        assert.ok(!other.has(hash('two')));
        assert.ok(await stat(hash('two')), 'a failed read deletes nothing');
        const left = fs.readdirSync(other.root, { recursive: true }) as string[];
        assert.deepEqual(
          left.filter((entry) => entry.endsWith('.tmp')),
          [],
        );
      });

    it('is not believed when a directory object was replaced by another', async () => {
      await push({ oid });
      await put(oid, encodeTree(Tree.from([{ relpath: 'evil', md5: hash('one') }])));
      const other = makeCache(sandbox(), 'other');
      const result = await transferObjects(remote, other, [{ oid }], ctx, {});
      assert.deepEqual(
        result.failed.map(({ error }) => error.code),
        ['object-corrupt'],
      );
      assert.equal((await other.list(ctx)).size, 0);
    });

    it('gives a part of a directory, with the object that names it', async () => {
      await push({ oid });
      const other = makeCache(sandbox(), 'other');
      await transferObjects(remote, other, [{ oid, only: (path) => path === 'a' }], ctx, {});
      assert.deepEqual(new Set(await other.list(ctx)), new Set([oid, hash('one')]));
    });

    it('reports what neither side has, and does the rest', async () => {
      const result = await push({ oid: hash('absent') }, { oid: asOid(`${hash('absent')}.dir`) }, { oid: hash('one') });
      assert.equal(result.transferred, 1);
      assert.deepEqual(new Set(result.missing), new Set([hash('absent'), asOid(`${hash('absent')}.dir`)]));
    });

    it('answers for many at once as for each', async () => {
      await push({ oid });
      const many = OidSet.of([oid, hash('one')]);
      for (let i = 0; i < 1500; i++) many.add(hash(`absent ${i}`));
      assert.equal((await remote.missing(many, ctx)).size, 1500);
    });

    it('takes recorded runs, each once', async () => {
      const runs = memoryBackend();
      const run = `runs/ab/${'a'.repeat(64)}/${'b'.repeat(64)}`;
      for (const path of [run, 'runs/ab/stray', 'runs/x'])
        await runs.write(path, fromBuffer(Buffer.from('cmd: x')), ctx);
      assert.deepEqual(await copyRuns(runs, backend, ctx), [run]);
      assert.deepEqual(await copyRuns(runs, backend, ctx), []);
      assert.ok(await backend.stat(run, ctx));
    });
  });
