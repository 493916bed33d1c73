import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { checkoutMissing, DvcError, type FailedObject } from '../../src/engine/core/errors.ts';
import type { RepoPath } from '../../src/engine/core/ids.ts';
import { chooseSome } from '../../src/engine/objects/chosen-parts.ts';
import { TransferControl } from '../../src/engine/odb/transfer-control.ts';
import { checkout } from '../../src/engine/verbs/checkout.ts';
import { type PullOptions, pull } from '../../src/engine/verbs/pull.ts';
import { push } from '../../src/engine/verbs/push.ts';
import { remoteAdd } from '../../src/engine/verbs/remote-add.ts';
import { repro } from '../../src/engine/verbs/repro.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../support/engine-repo.ts';

describe('a part of the data', () => {
  const sandbox = useEngineSandbox('part');
  let repo: EngineRepo;
  /** The files that a pull brings into an empty workspace and cache. */
  const pulled = async (options: PullOptions): Promise<string[]> => {
    for (const path of ['data', 'big', 'small', 'm.json', '.dvc/cache'])
      fs.rmSync(`${repo.root}/${path}`, { recursive: true, force: true });
    await repo.open((open, ctx) => pull(open, options, ctx));
    const there = (fs.readdirSync(repo.root, { recursive: true }) as string[]).filter(
      (path) => !/^\.|\.dvc$|^dvc\.|gitignore/.test(path) && fs.statSync(`${repo.root}/${path}`).isFile(),
    );
    return there.sort();
  };

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
    for (let i = 0; i < 8; i++) repo.write(`data/${i % 2 === 0 ? 'even' : 'odd'}/${i}.txt`, `file ${i}`);
    repo.write('big', 'x'.repeat(5000));
    repo.write('small', 'x');
    await repo.add('data', 'big', 'small');
    repo.write(
      'dvc.yaml',
      'stages:\n  train:\n    cmd: python train.py\n    deps:\n    - train.py\n    - data/odd\n    - small\n  other:\n    cmd: x\n    deps:\n    - big\n',
    );
    await repo.open(async (open, ctx) =>
      remoteAdd({ root: open.root }, { name: 'r', url: sandbox().path('remote'), asDefault: true }, ctx),
    );
    await repo.open((open, ctx) => push(open, {}, ctx));
  });

  it('is chosen by targets, patterns, sizes, stages and by chance', async function () {
    this.timeout(20_000); // Ten pulls.
    assert.deepEqual(await pulled({ targets: ['data/odd/3.txt'] }), ['data/odd/3.txt']);
    assert.deepEqual(await pulled({ targets: ['data/*/[02].txt', 's*'], glob: true }), [
      'data/even/0.txt',
      'data/even/2.txt',
      'small',
    ]);
    assert.deepEqual(
      (await pulled({ maxSize: 5000 })).filter((path) => !path.startsWith('data')),
      ['small'],
    );
    assert.deepEqual(await pulled({ depsOf: 'train' }), [...[1, 3, 5, 7].map((i) => `data/odd/${i}.txt`), 'small']);
    assert.deepEqual(await pulled({ types: ['metric'] }), []);
    const sample = await pulled({ sample: 4 });
    assert.equal(sample.length, 4);
    assert.deepEqual(await pulled({ sample: 4 }), sample);
    assert.notDeepEqual(await pulled({ sample: 4, seed: 7 }), sample);
    assert.equal((await pulled({ sample: 99 })).length, 10);
    assert.equal(
      (await pulled({ targets: ['data/even'], sample: 3 })).filter((path) => path.startsWith('data/even/')).length,
      3,
    );
  });

  it('comes first into the workspace when somebody waits for it, while the rest is held', async () => {
    for (const path of ['data', 'big', 'small', '.dvc/cache'])
      fs.rmSync(`${repo.root}/${path}`, { recursive: true, force: true });
    const control = new TransferControl();
    control.pause();
    const first = control.first('data/odd/3.txt' as RepoPath);
    void first.then(() => control.pause());
    let atFirst: string[] = [];
    const pulling = repo.open((open, ctx) => pull(open, { control, jobs: 1 }, ctx));
    setTimeout(() => control.resume(), 100);
    assert.equal(await first, true);
    atFirst = fs.readdirSync(repo.path('data/odd'));
    const later = control.first('small' as RepoPath);
    control.resume();
    assert.equal(await later, true);
    const { fetched } = await pulling;
    control.end();
    assert.deepEqual(atFirst, ['3.txt']);
    assert.equal(fetched, 11, 'ten files and a folder, none of them twice');
    assert.equal(repo.read('data/even/2.txt'), 'file 2');
    assert.equal(await control.first('big' as RepoPath), false);
  });

  it('is named when it is nowhere: path, hash, remote and answer', async () => {
    fs.rmSync(sandbox().path('remote/files/md5/ff'), { recursive: true });
    let failure: unknown;
    await pulled({}).catch((error: unknown) => {
      failure = error;
    });
    assert.ok(DvcError.is(failure, 'transfer-failed'));
    const failed = failure.data['failed'] as FailedObject[];
    assert.match(failure.message, /failed to pull data from the cloud - \d files? failed to download/);
    assert.match(failure.message, /'data\/odd\/1.txt' \(md5 ff1e\w+\) is not on the remote 'r' \(.*remote\)/);
    assert.equal(failed.length, 1);
    for (const { oid, path, asked } of failed) {
      assert.deepEqual([oid, path], ['ff1e0283123d14cf8bd52ac449770017', 'data/odd/1.txt']);
      assert.deepEqual(
        asked.map(({ remote, url, answer }) => [remote, url, answer]),
        [['r', sandbox().path('remote'), 'object-missing']],
      );
    }
  });

  it('that the cache lacks is named by a checkout, which asks no remote', async () => {
    for (const path of ['data', '.dvc/cache/files/md5/ff'])
      fs.rmSync(`${repo.root}/${path}`, { recursive: true, force: true });
    const { failed } = await repo.open((open, ctx) => checkout(open, {}, ctx));
    const { message, hint } = checkoutMissing(failed);
    assert.match(
      message,
      /^ {2}data: odd\/1.txt \(md5 ff1e0283123d14cf8bd52ac449770017\) missing or damaged in the cache$/m,
    );
    assert.match(hint ?? '', /No remote was asked/);
  });

  it('is brought by a run from the remote of its own', async () => {
    const second = sandbox().path('second');
    await repo.open(async (open, ctx) => remoteAdd({ root: open.root }, { name: 'own', url: second }, ctx));
    repo.write(
      'dvc.yaml',
      'stages:\n  copy:\n    cmd: cat small small > made; echo >> runs\n    deps:\n    - small\n    outs:\n    - made:\n        remote: own\n',
    );
    const run = () => repo.open((open, ctx) => repro(open, { pull: true, runCache: false }, ctx));
    assert.equal((await run()).failure, undefined);
    await repo.open((open, ctx) => push(open, { targets: ['made'] }, ctx));
    for (const path of ['made', '.dvc/cache/files']) fs.rmSync(repo.path(path), { recursive: true, force: true });
    assert.equal((await run()).failure, undefined);
    assert.equal(repo.read('made'), 'xx');
    assert.equal(repo.read('runs'), '\n', 'nothing has run again');
  });

  it('is a set of different numbers, equally likely', () => {
    const counts = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 2000; seed++)
      for (const number of chooseSome(10, 3, seed)) counts[number] = (counts[number] ?? 0) + 1;
    assert.ok(
      counts.every((count) => Math.abs(count - 600) < 120),
      counts.join(),
    );
    assert.deepEqual(chooseSome(3, 5, 0), [0, 1, 2]);
    assert.equal(new Set(chooseSome(1000, 500, 1)).size, 500);
  });
});
