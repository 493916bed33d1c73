import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { asOid, type Oid } from '../../../src/engine/core/ids.ts';
import { createOpContext } from '../../../src/engine/core/op-context.ts';
import { Tree } from '../../../src/engine/hash/tree.ts';
import type { LocalOdb } from '../../../src/engine/odb/local-odb.ts';
import { digestHex, md5, newDigests, writeDigest } from '../../../src/engine/platform/digest.ts';
import { IoPool } from '../../../src/engine/platform/io-pool.ts';
import { SMALL_FILE } from '../../../src/engine/platform/io-thread.ts';
import type { LinkType } from '../../../src/engine/platform/links.ts';
import { OidSet } from '../../../src/engine/platform/oid-set.ts';
import { PathList } from '../../../src/engine/platform/path-list.ts';
import { TempJournal } from '../../../src/engine/platform/temp-journal.ts';
import { walkFiles } from '../../../src/engine/platform/walk.ts';
import { damage, makeCache, storeFolder, withFs, writeFiles } from '../../support/cache.ts';
import { useSandbox } from '../../support/sandbox.ts';

const ctx = createOpContext();
const hash = (content: string | Buffer): Oid => asOid(md5(Buffer.from(content)));
const LARGE = Buffer.alloc(SMALL_FILE + 10, 'large file ');

describe('LocalOdb', () => {
  const sandbox = useSandbox('odb');
  const data = (): string => sandbox().path('data');
  const quarantined = (): string[] => {
    const folder = sandbox().path('private/quarantine');
    return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  };
  const temps = (root: string): string[] =>
    (fs.readdirSync(root, { recursive: true }) as string[]).filter((name) => name.endsWith('.tmp'));
  const modeOf = (path: string): string => (fs.statSync(path).mode & 0o7777).toString(8);

  describe('storing', () => {
    it('puts each content where DVC looks for it, read-only, and leaves the files alone', async () => {
      writeFiles(data(), { a: 'x', 'sub/b': 'y', same: 'x', empty: '', large: LARGE });
      const before = fs.statSync(`${data()}/a`);
      const odb = makeCache(sandbox());
      const tree = await storeFolder(odb, data());
      for (const content of ['x', 'y', '', LARGE]) {
        const oid = hash(content);
        const path = sandbox().path('cache/files/md5', oid.slice(0, 2), oid.slice(2));
        assert.deepEqual(fs.readFileSync(path), Buffer.from(content));
        assert.equal(modeOf(path), '444');
      }
      const after = fs.statSync(`${data()}/a`);
      assert.deepEqual([after.ctimeMs, after.ino], [before.ctimeMs, before.ino]);
      assert.equal((await odb.list(ctx)).size, 5);
      assert.deepEqual(temps(odb.root), []);
      const oid = odb.addTree(tree);
      assert.equal(modeOf(odb.pathOf(oid)), '444');
      assert.ok((await odb.readTree(oid, ctx)).equals(tree));
    });

    it('sets the modes of a cache shared by a group', async () => {
      writeFiles(data(), { a: 'x' });
      const odb = makeCache(sandbox(), 'cache', { shared: true });
      await storeFolder(odb, data());
      assert.equal(modeOf(odb.root), '2775');
      assert.equal(modeOf(odb.pathOf(hash('x')).replace(/\/[^/]*$/, '')), '2775');
      assert.equal(modeOf(odb.pathOf(hash('x'))), '444');
    });

    for (const [name, content] of [
      ['small', 'content'],
      ['large', LARGE],
    ] as const) {
      it(`does not write a ${name} object again`, async () => {
        writeFiles(data(), { a: content });
        await storeFolder(makeCache(sandbox()), data());
        const odb = makeCache(sandbox());
        const before = fs.statSync(odb.pathOf(hash(content)));
        await storeFolder(odb, data());
        assert.equal(fs.statSync(odb.pathOf(hash(content))).ino, before.ino);
        assert.deepEqual([quarantined(), temps(odb.root)], [[], []]);
      });

      for (const [what, change] of [
        ['flipped', undefined],
        ['cut', (bytes: Buffer) => bytes.subarray(0, -1)],
      ] as const)
        it(`heals a ${what} ${name} object from the file, keeping the damaged one`, async () => {
          writeFiles(data(), { a: content });
          const odb = makeCache(sandbox());
          await storeFolder(odb, data());
          const path = odb.pathOf(hash(content));
          damage(path, change);
          await storeFolder(makeCache(sandbox()), data());
          assert.deepEqual(fs.readFileSync(path), Buffer.from(content));
          assert.deepEqual(
            quarantined().map((name) => name.slice(0, 32)),
            [hash(content)],
          );
        });
    }

    describe('many objects into an empty folder', () => {
      const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}`, `content ${i % 290}`]));
      const leftovers = (): string[] => fs.readdirSync(sandbox().path('cache/files')).filter((name) => name !== 'md5');

      for (const threads of [0, 3])
        it(`makes them aside and moves them in (${threads} threads)`, async () => {
          writeFiles(data(), { ...many, large: LARGE, twin: LARGE });
          await using pool = new IoPool({ threads });
          const odb = makeCache(sandbox(), 'cache', { pool, shared: true });
          await storeFolder(odb, data(), createOpContext({ interactive: threads > 0 }));
          assert.deepEqual(await odb.verify(undefined, ctx), {
            checked: 292,
            corrupt: [],
            missing: [],
            unreadable: [],
          });
          assert.equal(modeOf(odb.pathOf(hash('content 0'))), '444');
          assert.equal(modeOf(odb.pathOf(hash('content 0')).replace(/\/[^/]*$/, '')), '2775');
          assert.deepEqual([leftovers(), temps(odb.root)], [[], []]);
        });

      it('merges them with what another process has put there meanwhile', async () => {
        writeFiles(data(), many);
        const odb = makeCache(sandbox());
        const other = makeCache(sandbox());
        const { files } = await walkFiles(data(), {}, ctx);
        let once = false;
        await withFs(
          'fstatSync',
          (fstat) =>
            ((file: number) => {
              if (!once) {
                once = true;
                for (let i = 0; i < 100; i++) other.addBytes(Buffer.from(`content ${i * 5}`));
              }
              return fstat(file);
            }) as typeof fs.fstatSync,
          () => odb.store({ root: data(), files }, ctx),
        );
        assert.ok(once);
        const { checked, corrupt } = await odb.verify(undefined, ctx);
        assert.deepEqual([checked, corrupt, leftovers()], [290 + 42, [], []]);
      });

      it('lets nothing in whose writing failed, even if it could not be taken away', async () => {
        writeFiles(data(), many);
        const odb = makeCache(sandbox());
        const { files } = await walkFiles(data(), {}, ctx);
        const bad = hash('content 7');
        const module = require('node:fs') as { unlinkSync: typeof fs.unlinkSync };
        const { unlinkSync } = module;
        module.unlinkSync = ((path: string) => {
          if (path.includes(bad.slice(2))) throw Object.assign(new Error('EIO'), { code: 'EIO' });
          unlinkSync(path);
        }) as typeof unlinkSync;
        try {
          const { failures } = await withFs(
            'writeSync',
            (write) =>
              ((file: number, bytes: Buffer, ...more: [number, number, number]) => {
                if (bytes.subarray(0, 9).toString() !== 'content 7' || more[1] !== 9)
                  return write(file, bytes, ...more);
                write(file, bytes, 0, 3, 0);
                throw Object.assign(new Error('EIO'), { code: 'EIO' });
              }) as typeof fs.writeSync,
            () => odb.store({ root: data(), files }, ctx),
          );
          assert.deepEqual(
            failures.map(({ code }) => code),
            ['EIO', 'EEXIST'].slice(0, failures.length),
          );
        } finally {
          module.unlinkSync = unlinkSync;
        }
        assert.ok(!odb.has(bad));
        assert.deepEqual(await odb.verify(undefined, ctx), { checked: 289, corrupt: [], missing: [], unreadable: [] });
      });
    });

    it('keeps holes', async () => {
      writeFiles(data(), { a: 'x' });
      fs.truncateSync(`${data()}/a`, 64 * SMALL_FILE);
      const odb = makeCache(sandbox());
      const tree = await storeFolder(odb, data());
      const stats = fs.statSync(odb.pathOf(tree.oid(0)));
      assert.equal(stats.size, 64 * SMALL_FILE);
      assert.ok(stats.blocks * 512 < 8 * SMALL_FILE, `${stats.blocks} blocks`);
      assert.deepEqual(await odb.verify(undefined, ctx), { checked: 2, corrupt: [], missing: [], unreadable: [] });
    });

    it('ends at a full disk, leaving no temporary file', async () => {
      writeFiles(data(), { a: 'x', b: LARGE });
      const odb = makeCache(sandbox());
      const { files } = await walkFiles(data(), {}, ctx);
      const full = () => (): never => {
        throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      };
      const { failures } = await withFs('writeSync', full as never, () => odb.store({ root: data(), files }, ctx));
      assert.deepEqual(
        failures.map(({ code }) => code),
        ['ENOSPC', 'ENOSPC'],
      );
      assert.deepEqual([temps(odb.root), (await odb.list(ctx)).size], [[], 0]);
    });

    it('refuses before the first byte what cannot fit', async () => {
      writeFiles(data(), { a: 'x' });
      const { files } = await walkFiles(data(), {}, ctx);
      files.size[0] = 2 ** 60;
      await assert.rejects(makeCache(sandbox()).store({ root: data(), files }, ctx), (e) => DvcError.is(e, 'no-space'));
    });

    it('flushes content before names, and each folder once', async () => {
      writeFiles(data(), { a: 'x', b: 'y' });
      const odb = makeCache(sandbox(), 'cache', { durability: 'batch' });
      odb.addBytes(Buffer.from('made before, as the folders of a new cache are flushed too'));
      await odb.flush(ctx);
      let flushes = 0;
      await withFs(
        'fsyncSync',
        (flush) => (file) => {
          flushes++;
          flush(file);
        },
        async () => {
          await storeFolder(odb, data());
          assert.equal(flushes, 3);
          await odb.flush(ctx);
        },
      );
      assert.equal(flushes, 3 + 3 + 1); // Three objects, their three folders, and the folder of those.
    });
  });

  describe('reading', () => {
    it('says what is missing and what is damaged', async () => {
      writeFiles(data(), { a: 'x' });
      const odb = makeCache(sandbox());
      await storeFolder(odb, data());
      await assert.rejects(odb.readObject(hash('nope'), ctx), (error) => DvcError.is(error, 'object-missing'));
      damage(odb.pathOf(hash('x')));
      await assert.rejects(odb.readObject(hash('x'), ctx), (error) => DvcError.is(error, 'object-corrupt'));
      assert.ok(odb.has(hash('x')), 'reading deletes nothing');
    });

    it('hashes a directory object before parsing it', async () => {
      const odb = makeCache(sandbox());
      const oid = odb.addTree(Tree.from([{ relpath: 'a', md5: hash('x') }]));
      const other = odb.addTree(Tree.from([{ relpath: '../a', md5: hash('x') }]));
      fs.chmodSync(odb.pathOf(oid), 0o644);
      fs.copyFileSync(odb.pathOf(other), odb.pathOf(oid));
      await assert.rejects(odb.readTree(oid, ctx), (error) => DvcError.is(error, 'object-corrupt'));
      await assert.rejects(odb.readTree(other, ctx), (error) => DvcError.is(error, 'invalid-tree'));
    });

    it('verifies all objects, finding the damaged ones', async () => {
      writeFiles(data(), { a: 'x', b: LARGE, c: 'z' });
      const odb = makeCache(sandbox());
      await storeFolder(odb, data());
      damage(odb.pathOf(hash(LARGE)));
      damage(odb.pathOf(hash('z')), () => Buffer.alloc(0));
      const wanted = await odb.list(ctx);
      wanted.add(hash('gone'));
      const result = await odb.verify(wanted, ctx);
      assert.equal(result.checked, 2);
      assert.deepEqual(new Set(result.corrupt), new Set([hash(LARGE), hash('z')]));
      assert.deepEqual(result.missing, [hash('gone')]);
    });

    it('verifies DVC 2 objects by their own hash', async () => {
      const root = sandbox().path('legacy');
      const oid = hash('a\nb\n'); // What the text with DOS line ends hashes to.
      writeFiles(root, { [`${oid.slice(0, 2)}/${oid.slice(2)}`]: 'a\r\nb\r\n', 'files/md5/ab/x': '', 'runs/ab/y': '' });
      const odb = makeCache(sandbox(), 'x', { root, hash: 'md5-dos2unix' });
      assert.deepEqual([...(await odb.list(ctx))], [oid]);
      assert.deepEqual(await odb.verify(undefined, ctx), { checked: 1, corrupt: [], missing: [], unreadable: [] });
    });
  });

  describe('listing', () => {
    it('passes over strays and sees every change', async () => {
      writeFiles(data(), { a: 'x', b: 'y' });
      const odb = makeCache(sandbox());
      await storeFolder(odb, data());
      writeFiles(odb.root, { 'ab/.0123456789abcdefghijkl.tmp': '', 'ab/README': '', 'ab/CDEF': '', stray: '' });
      const count = async (cache: LocalOdb) => (await cache.list(ctx)).size;
      assert.equal(await count(odb), 3);
      assert.equal(await count(makeCache(sandbox())), 3);
      fs.unlinkSync(odb.pathOf(hash('x')));
      for (const cache of [odb, makeCache(sandbox())]) assert.equal(await count(cache), 2);
    });

    it('is read again, folder by folder, only where something changed', async () => {
      writeFiles(data(), Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, `${i}`])));
      const odb = makeCache(sandbox());
      await storeFolder(odb, data());
      await new Promise((resolve) => setTimeout(resolve, 50)); // A folder has to be older than its clock's step.
      await odb.list(ctx);
      const module = require('node:fs') as { readdirSync: typeof fs.readdirSync };
      const { readdirSync } = module;
      const read: string[] = [];
      module.readdirSync = ((path: string, ...more: []) => {
        read.push(path);
        return readdirSync(path, ...more);
      }) as typeof readdirSync;
      try {
        const again = makeCache(sandbox());
        assert.equal((await again.list(ctx)).size, 41);
        assert.deepEqual(read, []);
        fs.unlinkSync(odb.pathOf(hash('0')));
        assert.equal((await again.list(ctx)).size, 40);
        assert.deepEqual(read, [odb.pathOf(hash('0')).replace(/\/[^/]*$/, '')]);
      } finally {
        module.readdirSync = readdirSync;
      }
    });

    it('tells which of few or many are missing', async () => {
      writeFiles(data(), { a: 'x', b: 'y' });
      const odb = makeCache(sandbox());
      const tree = odb.addTree(await storeFolder(odb, data()));
      for (const extra of [1, 500]) {
        const absent = Array.from({ length: extra }, (_, i) => hash(`absent ${i}`));
        const twin = asOid(`${hash('x')}.dir`); // A file's object is not a directory's.
        const missing = await odb.missing(OidSet.of([hash('x'), hash('y'), tree, twin, ...absent]), ctx);
        assert.deepEqual(new Set(missing), new Set([twin, ...absent]));
      }
    });

    it('remembers which directories are whole until something changes', async () => {
      writeFiles(data(), { a: 'x', b: 'y' });
      const odb = makeCache(sandbox());
      const oid = odb.addTree(await storeFolder(odb, data()));
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.deepEqual([...(await odb.lacking(oid, ctx))], []);
      damage(odb.pathOf(oid)); // Nobody reads the manifest again, so nobody notices.
      for (const cache of [odb, makeCache(sandbox())]) assert.deepEqual([...(await cache.lacking(oid, ctx))], []);
      damage(odb.pathOf(oid));
      fs.unlinkSync(odb.pathOf(hash('x')));
      for (const cache of [odb, makeCache(sandbox())])
        assert.deepEqual([...(await cache.lacking(oid, ctx))], [hash('x')]);
      fs.unlinkSync(odb.pathOf(oid));
      assert.deepEqual([...(await odb.lacking(oid, ctx))], [oid]);
    });

    it('survives damage to what it remembers', async () => {
      writeFiles(data(), { a: 'x' });
      await storeFolder(makeCache(sandbox()), data());
      await makeCache(sandbox()).list(ctx);
      const folder = sandbox().path('private/odb');
      for (const name of fs.readdirSync(folder)) {
        const whole = fs.readFileSync(`${folder}/${name}`);
        for (let at = 0; at < whole.length; at += 997) {
          const torn = Buffer.from(whole);
          torn[at]! ^= 0x10;
          fs.writeFileSync(`${folder}/${name}`, torn);
          assert.equal((await makeCache(sandbox()).list(ctx)).size, 2, `${name} byte ${at}`);
        }
      }
    });
  });

  describe('placing', () => {
    const place = async (odb: LocalOdb, files: Record<string, string | Buffer>, more = {}) => {
      const names = Object.keys(files);
      const digests = newDigests(names.length);
      for (const [i, name] of names.entries()) writeDigest(digests, i, hash(Buffer.from(files[name]!)));
      return odb.place({ root: sandbox().root, folder: 'out', paths: PathList.from(names), digests, ...more }, ctx);
    };
    const FILES = { 'a b': 'x', 'deep/er/c': 'y', large: LARGE };

    it('refuses to place anything where no link type is left', async () => {
      writeFiles(data(), FILES);
      const odb = makeCache(sandbox());
      await storeFolder(odb, data());
      await assert.rejects(place(odb, FILES, { types: [] }), { code: 'no-link-type' });
      assert.equal(fs.existsSync(`${sandbox().root}/out`), false);
    });

    for (const type of ['copy', 'hardlink', 'symlink'] as const)
      it(`makes ${type} files, with folders as needed`, async () => {
        writeFiles(data(), FILES);
        const odb = makeCache(sandbox(), 'cache', { linkTypes: [type] });
        await storeFolder(odb, data());
        for (let time = 0; time < 2; time++) {
          const result = await place(odb, FILES, { exec: Uint8Array.of(1, 0, 0) });
          assert.deepEqual([result.failures, result.links, result.done], [[], { [type]: 3 }, 3]);
          for (const [i, [name, content]] of Object.entries(FILES).entries()) {
            const path = sandbox().path('out', name);
            assert.deepEqual(fs.readFileSync(path), Buffer.from(content));
            const kind = fs.lstatSync(path).isSymbolicLink()
              ? 'symlink'
              : fs.statSync(path).nlink > 1
                ? 'hardlink'
                : 'copy';
            assert.equal(kind, type);
            assert.equal(modeOf(path), type !== 'copy' ? '444' : i === 0 ? '744' : '644');
            assert.equal(result.files.ctime[i], fs.statSync(path).ctimeMs);
          }
        }
        assert.deepEqual(temps(sandbox().root), []);
      });

    it('takes the next type where one does not work', async () => {
      writeFiles(data(), FILES);
      const odb = makeCache(sandbox());
      await storeFolder(odb, data());
      const { links } = await place(odb, FILES, { types: ['reflink', 'hardlink'] satisfies LinkType[] });
      assert.ok(links.hardlink === 3 || links.reflink === 3);
    });

    for (const type of ['copy', 'hardlink', 'symlink'] as const)
      for (const [name, content] of [
        ['small', 'x'],
        ['large', LARGE],
      ] as const)
        it(`stops a damaged ${name} object before the workspace (${type}), and keeps the file that is there`, async () => {
          writeFiles(data(), { a: content, b: 'good' });
          const odb = makeCache(sandbox(), 'cache', { linkTypes: [type] });
          await storeFolder(odb, data());
          damage(odb.pathOf(hash(content)));
          writeFiles(sandbox().path('out'), { a: 'old' });
          const { failures, done } = await place(odb, { a: content, b: 'good' });
          assert.deepEqual([failures.map(({ index, code }) => [index, code]), done], [[[0, 'object-corrupt']], 1]);
          assert.equal(fs.readFileSync(sandbox().path('out/a'), 'utf8'), 'old');
          assert.ok(odb.has(hash(content)), 'nothing is deleted');
          assert.deepEqual(temps(sandbox().root), []);
        });

    it('reports objects that are not there', async () => {
      const { failures } = await place(makeCache(sandbox()), { a: 'absent' });
      assert.deepEqual(
        failures.map(({ code }) => code),
        ['object-missing'],
      );
    });

    it('never goes through a link', async () => {
      writeFiles(data(), { a: 'x' });
      const odb = makeCache(sandbox());
      await storeFolder(odb, data());
      fs.mkdirSync(sandbox().path('out'));
      fs.symlinkSync(sandbox().path('home'), sandbox().path('out/sub'));
      fs.writeFileSync(sandbox().path('home/precious'), 'mine');
      fs.symlinkSync(sandbox().path('home/precious'), sandbox().path('out/link'));
      const { failures } = await place(odb, { 'sub/precious': 'x', link: 'x' });
      assert.deepEqual(
        failures.map(({ code }) => code),
        ['link-in-path'],
      );
      assert.equal(fs.readFileSync(sandbox().path('home/precious'), 'utf8'), 'mine');
      assert.equal(fs.readFileSync(sandbox().path('out/link'), 'utf8'), 'x');
    });

    it('does not read a large object again before linking it, unless it changed', async () => {
      writeFiles(data(), { a: LARGE });
      const odb = makeCache(sandbox(), 'cache', { linkTypes: ['hardlink'] });
      await storeFolder(odb, data());
      await new Promise((resolve) => setTimeout(resolve, 50));
      await odb.flush(ctx);
      const later = makeCache(sandbox(), 'cache', { linkTypes: ['hardlink'] });
      assert.ok(later.isVerified(hash(LARGE)));
      damage(odb.pathOf(hash(LARGE)));
      assert.ok(!later.isVerified(hash(LARGE)));
      assert.deepEqual(
        (await place(later, { a: LARGE })).failures.map(({ code }) => code),
        ['object-corrupt'],
      );
    });
  });

  describe('after a kill', () => {
    it('takes away what dead processes left, and nothing else', () => {
      const folder = sandbox().path('cache');
      const journals = sandbox().path('private/temps');
      const dead = spawnSync(process.execPath, ['-e', '']).pid;
      writeFiles(folder, {
        '.DeadDeadDeadDead000000.tmp': '',
        'ab/.DeadDeadDeadDead000001.tmp': '',
        'ab/.LiveLiveLiveLive000000.tmp': '',
        'ab/.0123456789abcdefghijkl.tmp': '',
        'ab/object': '',
        'abc/.DeadDeadDeadDead000002.tmp': '',
      });
      const journal = (pid: number, prefix: string) =>
        writeFiles(journals, {
          [`${prefix}.json`]: JSON.stringify({ owner: { host: os.hostname(), pid }, prefix, folders: [folder] }),
        });
      journal(dead, 'DeadDeadDeadDead');
      journal(process.ppid, 'LiveLiveLiveLive');
      writeFiles(journals, {
        'torn.json': '{"own',
        'evil.json': JSON.stringify({ owner: { host: os.hostname(), pid: dead }, prefix: '', folders: ['/'] }),
      });
      const own = new TempJournal(journals, 'SelfSelfSelfSelf');
      own.use(folder);
      assert.deepEqual(
        (fs.readdirSync(folder, { recursive: true }) as string[])
          .filter((name) => !fs.statSync(`${folder}/${name}`).isDirectory())
          .sort(),
        [
          'ab/.0123456789abcdefghijkl.tmp',
          'ab/.LiveLiveLiveLive000000.tmp',
          'ab/object',
          'abc/.DeadDeadDeadDead000002.tmp',
        ],
      );
      assert.deepEqual(fs.readdirSync(journals).sort(), ['LiveLiveLiveLive.json', 'SelfSelfSelfSelf.json']);
      own.close();
      assert.deepEqual(fs.readdirSync(journals), ['LiveLiveLiveLive.json']);
    });
  });

  it('counts what it removes', async () => {
    writeFiles(data(), { a: 'xyz', b: 'y' });
    const odb = makeCache(sandbox());
    await storeFolder(odb, data());
    const { done, bytes } = await odb.remove(OidSet.of([hash('xyz'), hash('gone')]), ctx);
    assert.deepEqual([done, bytes, odb.has(hash('xyz')), odb.has(hash('y'))], [1, 3, false, true]);
  });

  it('keeps digests in the order of the selection', async () => {
    writeFiles(data(), { a: '1', b: '2', c: '3' });
    const { files } = await walkFiles(data(), {}, ctx);
    const { digests } = await makeCache(sandbox()).store({ root: data(), files, only: Uint32Array.of(0, 2) }, ctx);
    assert.deepEqual(
      [0, 1].map((i) => digestHex(digests, i)),
      [hash('1'), hash('3')],
    );
  });
});
