import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { DataChanges } from '../../../src/extension/snapshot.ts';
import {
  git,
  inWorkspace,
  lodeApi,
  remove,
  run,
  snapshotOf,
  startOver,
  until,
  untilState,
  uriOf,
  write,
} from './support/host.ts';
import { longestPause } from './support/pauses.ts';

const FILES = 10_000;
/** ms of computing without a pause. Own work aims at 50; other extensions share the host, and an old Node counts all threads. */
const LIMIT = 'threadCpuUsage' in process ? 120 : 1000;

describe(`with ${FILES} tracked files`, function () {
  this.timeout(180_000);
  const assertResponsive = (ms: number, limit = LIMIT): void => {
    assert.ok(ms < limit, `${ms} ms`);
  };

  before(async () => {
    git('tag', '-f', 'start');
    await lodeApi();
    await startOver();
    // Without this line Git's own extension, which shares the host, would list them all while they are untracked.
    fs.appendFileSync(inWorkspace('.git/info/exclude'), '/many/\n');
    fs.mkdirSync(inWorkspace('many/deep'), { recursive: true });
    for (let i = 0; i < FILES; i++)
      fs.writeFileSync(inWorkspace(i % 2 ? 'many' : 'many/deep', `${i}.txt`), `file ${i}`);
  });
  after(async () => {
    remove('many');
    remove('many.dvc');
    await startOver();
  });

  it('the host answers while they are added', async () => {
    const ms = await longestPause(async () => {
      assert.equal(await run('lode.add', uriOf('many')), true);
      await untilState('many', 'stored-added');
    });
    assertResponsive(ms);
  });

  it('the host answers while everything is read again', async () => {
    const ms = await longestPause(() => Promise.resolve(run('lode.refresh')));
    assertResponsive(ms);
  });

  it('one saved file has its badge soon, and the host answers', async () => {
    let took = 0;
    const ms = await longestPause(async () => {
      const startedAt = performance.now();
      write('many/deep/4000.txt', 'saved');
      await untilState('many/deep/4000.txt', 'modified');
      took = Math.round(performance.now() - startedAt);
    });
    assert.ok(took < 5000, `${took} ms`); // An old VS Code tells of files in batches, and ten thousand were just written.
    assertResponsive(ms);
  });

  it('ten thousand new files are few refreshes, and the host answers', async () => {
    const api = await lodeApi();
    const before = api.refreshes();
    fs.mkdirSync(inWorkspace('many/new'));
    const ms = await longestPause(async () => {
      for (let i = 0; i < 10; i++) {
        for (let j = 0; j < 1000; j++) fs.writeFileSync(inWorkspace('many/new', `${i}-${j}.txt`), `${i} ${j}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await until('all to be shown', async () => (await snapshotOf()).changes.uncommitted.length > 10_000);
    });
    assertResponsive(ms, 10 * LIMIT); // With the writing itself.
    assert.ok(api.refreshes() - before < 12, `${api.refreshes() - before} refreshes`);
    remove('many/new');
    await untilState('many/new/1-1.txt', undefined);
  });

  it('the host answers while they are checked out', async () => {
    git('add', '-A');
    git('commit', '-q', '-m', 'Many files');
    remove('many');
    await untilState('many', 'deleted');
    const ms = await longestPause(async () => {
      assert.equal(await run('lode.checkout', uriOf('many')), true);
      await until(
        'all to be as recorded',
        async () => (await snapshotOf()).states.get('many')?.state === 'unpushed',
        async () => ({
          head: (await snapshotOf()).head,
          now: git('log', '-1', '--format=%H'),
          refreshes: (await lodeApi()).refreshes(),
          ...counts((await snapshotOf()).changes),
        }),
      );
    });
    assertResponsive(ms);
  });
});

const counts = (changes: DataChanges): object =>
  Object.fromEntries(Object.entries(changes).map(([list, items]) => [list, (items as unknown[]).length]));
