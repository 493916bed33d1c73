import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { createOpContext } from '../../../src/engine/core/op-context.ts';
import { digestHex } from '../../../src/engine/platform/digest.ts';
import { formatBytes, requireSpace } from '../../../src/engine/platform/disk-space.ts';
import { durabilityOf, flushFileSystem } from '../../../src/engine/platform/flush.ts';
import { FolderChain } from '../../../src/engine/platform/folder-chain.ts';
import { IoProblem } from '../../../src/engine/platform/io-batch.ts';
import { ioFailureError } from '../../../src/engine/platform/io-failure.ts';
import { hashFiles } from '../../../src/engine/platform/io-jobs.ts';
import { IoPool } from '../../../src/engine/platform/io-pool.ts';
import { SMALL_FILE } from '../../../src/engine/platform/io-thread.ts';
import { usableLinkTypes } from '../../../src/engine/platform/links.ts';
import { walkFiles } from '../../../src/engine/platform/walk.ts';
import { withFs, writeFiles } from '../../support/cache.ts';
import { useSandbox } from '../../support/sandbox.ts';

const md5 = (bytes: string | Buffer): string => createHash('md5').update(bytes).digest('hex');
const ctx = createOpContext();

describe('hashFiles', () => {
  const sandbox = useSandbox('io');
  const root = (): string => sandbox().path('data');
  const large = Buffer.alloc(2 * SMALL_FILE + 7, 'large');
  const content: Record<string, string | Buffer> = {
    a: 'x',
    empty: '',
    'sub/exact': Buffer.alloc(SMALL_FILE, 'e'),
    z: large,
  };
  const hash = async (pool = new IoPool({ threads: 0 }), during?: () => void) => {
    const { files } = await walkFiles(root(), {}, ctx);
    during?.();
    const result = await hashFiles(pool, { root: root(), files }, 'md5', ctx);
    return { files, ...result, hexes: [...files.paths].map((_, i) => digestHex(result.digests, i)) };
  };

  it('digests files of every size', async () => {
    writeFiles(root(), content);
    assert.deepEqual((await hash()).hexes, Object.values(content).map(md5));
  });

  for (const [what, most] of [
    ['short reads', 1000],
    ['reads of one byte', 1],
  ] as const)
    it(`goes on after ${what}`, async () => {
      writeFiles(root(), { a: 'x'.repeat(2500) });
      const { hexes } = await withFs(
        'readSync',
        (read) =>
          ((file: number, buffer: Buffer, at: number, length: number, position: null) =>
            read(file, buffer, at, Math.min(length, most), position)) as typeof fs.readSync,
        () => hash(),
      );
      assert.deepEqual(hexes, [md5('x'.repeat(2500))]);
    });

  it('goes on after interruptions', async () => {
    writeFiles(root(), content);
    let calls = 0;
    const interrupted =
      (call: (...args: never[]) => unknown) =>
      (...args: never[]) => {
        if (++calls % 2 === 1) throw Object.assign(new Error('EINTR'), { code: 'EINTR' });
        return call(...args);
      };
    const { hexes } = await withFs(
      'readSync',
      (read) => interrupted(read as never) as never,
      () => hash(),
    );
    assert.deepEqual(hexes, Object.values(content).map(md5));
  });

  it('takes the content and stats a file has when it is read, not those of the walk', async () => {
    writeFiles(root(), { a: 'old' });
    const { hexes, files, failures } = await hash(undefined, () => fs.writeFileSync(`${root()}/a`, 'newer'));
    assert.deepEqual([hexes, failures], [[md5('newer')], []]);
    assert.equal(files.ctime[0], fs.statSync(`${root()}/a`).ctimeMs);
    assert.equal(files.size[0], 5);
  });

  for (const [size, name] of [
    [10, 'small'],
    [SMALL_FILE * 2, 'large'],
  ] as const)
    it(`fails, naming it, for a ${name} file that goes on changing`, async () => {
      writeFiles(root(), { a: Buffer.alloc(size), b: 'still' });
      const path = `${root()}/a`;
      let clock = 1e9;
      const { failures, hexes } = await withFs(
        'readSync',
        (read) =>
          ((...args: Parameters<typeof fs.readSync>) => {
            fs.utimesSync(path, ++clock, clock);
            return read(...args);
          }) as typeof fs.readSync,
        () => hash(),
      );
      assert.deepEqual(
        failures.map(({ path, code }) => [path, code]),
        [[path, 'file-changing']],
      );
      assert.equal(hexes[1], md5('still'));
      assert.ok(ioFailureError(failures[0]!, 'read').retryable);
    });

  it('reports what cannot be read and does the rest', async () => {
    writeFiles(root(), { a: 'x', b: 'y', c: 'z' });
    const failing = (error: string) => (open: typeof fs.openSync) =>
      ((path: string, ...more: [number]) => {
        if (path.endsWith('/b')) throw Object.assign(new Error(error), { code: error, syscall: 'open' });
        return open(path, ...more);
      }) as typeof fs.openSync;
    for (const [errno, code] of [
      ['EACCES', 'permission'],
      ['EIO', 'io'],
      ['EMFILE', 'io'],
      ['EXOTIC', 'io'],
    ] as const) {
      const { failures, hexes } = await withFs('openSync', failing(errno), () => hash());
      assert.deepEqual(
        failures.map(({ index, code }) => [index, code]),
        [[1, errno]],
      );
      assert.equal(ioFailureError(failures[0]!, 'read').code, code);
      assert.deepEqual([hexes[0], hexes[2]], [md5('x'), md5('z')]);
    }
  });

  it('does not wait for a pipe that took a file’s place', async () => {
    writeFiles(root(), { a: 'x' });
    const { spawnSync } = await import('node:child_process');
    const { failures } = await hash(undefined, () => {
      fs.unlinkSync(`${root()}/a`);
      spawnSync('mkfifo', [`${root()}/a`]);
    });
    assert.equal(failures.length, 1);
  });

  it('gives the same on threads', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 700 }, (_, i) => [`f${String(i).padStart(4, '0')}`, `content ${i}`]),
    );
    writeFiles(root(), { ...many, z: large });
    await using pool = new IoPool({ threads: 2 });
    assert.equal(pool.threads, 2, 'the worker is built beside the tests');
    const { files } = await walkFiles(root(), {}, ctx);
    const seen = { files: 0, bytes: 0 };
    const result = await hashFiles(
      pool,
      { root: root(), files },
      'md5',
      { ...ctx, interactive: true },
      (items, bytes) => {
        seen.files += items;
        seen.bytes += bytes;
      },
    );
    assert.deepEqual(
      [...files.paths].map((_, i) => digestHex(result.digests, i)),
      [...Object.values(many), large].map(md5),
    );
    assert.deepEqual(seen, { files: 701, bytes: files.totalSize() });
  });

  it('stops on threads when it is cancelled, also within a large file', async () => {
    writeFiles(root(), { z: Buffer.alloc(1) });
    fs.truncateSync(`${root()}/z`, 2 ** 36);
    await using pool = new IoPool({ threads: 1 });
    const abort = new AbortController();
    const { files } = await walkFiles(root(), {}, ctx);
    setTimeout(() => abort.abort(), 50);
    await assert.rejects(
      hashFiles(pool, { root: root(), files }, 'md5', createOpContext({ signal: abort.signal, interactive: true })),
      (error) => DvcError.is(error, 'cancelled'),
    );
  });
});

describe('usableLinkTypes', () => {
  const sandbox = useSandbox('links');

  it('keeps the order, leaves out what does not work, and leaves nothing behind', () => {
    const [from, to] = [sandbox().path('home'), sandbox().path('tmp')];
    assert.deepEqual(usableLinkTypes(['symlink', 'hardlink', 'copy'], from, to), ['symlink', 'hardlink', 'copy']);
    assert.ok(usableLinkTypes(['reflink', 'copy'], from, to).includes('copy'));
    assert.deepEqual([fs.readdirSync(from), fs.readdirSync(to)], [[], []]);
  });
});

describe('FolderChain', () => {
  const sandbox = useSandbox('chain');

  it('makes folders and gives a way into them', () => {
    using chain = new FolderChain(sandbox().path('tmp'));
    for (const folder of ['a/b', 'a/c', '', 'd']) {
      fs.writeFileSync(`${chain.enter(folder)}/file`, folder);
      assert.equal(fs.readFileSync(sandbox().path('tmp', folder, 'file'), 'utf8'), folder);
    }
  });

  it('refuses links and files on the way, wherever they lead', () => {
    const [root, outside] = [sandbox().path('tmp'), sandbox().path('home')];
    fs.symlinkSync(outside, `${root}/link`);
    fs.mkdirSync(`${root}/in`);
    fs.symlinkSync('.', `${root}/in/self`);
    fs.writeFileSync(`${root}/file`, '');
    using chain = new FolderChain(root);
    for (const folder of ['link', 'link/x', 'in/self', 'file', 'file/x'])
      assert.throws(
        () => chain.enter(folder),
        (error) => error instanceof IoProblem && error.code === 'link-in-path',
        folder,
      );
    assert.deepEqual(fs.readdirSync(outside), []);
  });

  it('stays in the folder it entered when that is swapped for a link', function () {
    if (process.platform !== 'linux') this.skip();
    const [root, outside] = [sandbox().path('tmp'), sandbox().path('home')];
    using chain = new FolderChain(root);
    const way = chain.enter('a/b');
    fs.renameSync(`${root}/a`, `${root}/moved`);
    fs.symlinkSync(outside, `${root}/a`);
    fs.writeFileSync(`${way}/file`, '');
    assert.deepEqual([fs.readdirSync(outside), fs.readdirSync(`${root}/moved/b`)], [[], ['file']]);
  });
});

describe('disk space and durability', () => {
  const sandbox = useSandbox('space');

  it('says what is needed and what is there', () => {
    requireSpace(sandbox().root, 1, 'store the data');
    assert.throws(
      () => requireSpace(sandbox().root, 2 ** 60, 'store the data'),
      (error) =>
        DvcError.is(error, 'no-space') &&
        /needs 1 EiB|needs 1024 PiB/.test(error.message) &&
        /free/.test(error.message),
    );
  });

  it('prints sizes with few digits', () => {
    const sizes = [0, 1023, 1024, 1536, 150 * 1024, 1.25 * 2 ** 30];
    assert.deepEqual(sizes.map(formatBytes), ['0 B', '1023 B', '1 KiB', '1.5 KiB', '150 KiB', '1.3 GiB']);
  });

  it('takes the environment over the option, and batch over nothing', () => {
    assert.equal(durabilityOf(undefined, {}), 'batch');
    assert.equal(durabilityOf('off', {}), 'off');
    assert.equal(durabilityOf('off', { LODE_DURABILITY: 'full' }), 'full');
    assert.equal(durabilityOf('nonsense', {}), 'batch');
  });

  it('flushes a file system, or says that it cannot', async () =>
    assert.equal(await flushFileSystem(sandbox().root), process.platform === 'linux'));
});
