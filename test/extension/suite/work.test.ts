import * as assert from 'node:assert/strict';
import { coalesce } from '../../../src/extension/coalesce.ts';
import { type Job, verb, type Work } from '../../../src/extension/command.ts';
import { formatBytes } from '../../../src/extension/format.ts';
import { OperationQueue } from '../../../src/extension/operation-queue.ts';
import { describeProgress } from '../../../src/extension/progress-text.ts';

const later = (ms = 5): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('the queue of a repository', () => {
  const operation = (title: string, waits: string[] = [], abort = new AbortController()) => ({
    title,
    signal: abort.signal,
    onWait: (other: string) => void waits.push(`${title} for ${other}`),
  });

  it('lets one verb after another work, and says who waits for whom', async () => {
    const queue = new OperationQueue();
    const [order, waits]: [string[], string[]] = [[], []];
    const work = (name: string) => async () => {
      order.push(`${name} begins`);
      await later();
      order.push(`${name} ends`);
    };
    await Promise.all([
      queue.run(operation('push', waits), work('push')),
      queue.run(operation('add', waits), work('add')),
    ]);
    assert.deepEqual(order, ['push begins', 'push ends', 'add begins', 'add ends']);
    assert.deepEqual(waits, ['add for push']);
    assert.deepEqual(queue.operations, []);
  });

  it('never starts what was cancelled while it waited, nor what is behind it before its turn', async () => {
    const queue = new OperationQueue();
    const order: string[] = [];
    const abort = new AbortController();
    const first = queue.run(operation('first'), async () => {
      await later(30);
      order.push('first');
    });
    const second = queue.run(operation('second', [], abort), async () => void order.push('second'));
    const third = queue.run(operation('third'), async () => void order.push('third'));
    abort.abort();
    await assert.rejects(second);
    await Promise.all([first, third]);
    assert.deepEqual(order, ['first', 'third']);
  });

  it('goes on after a failure', async () => {
    const queue = new OperationQueue();
    await assert.rejects(
      queue.run(operation('bad'), () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(await queue.run(operation('good'), async () => 'yes'), 'yes');
  });
});

describe('a command', () => {
  it('does its work whether or not it has something to say about it', async () => {
    const did: string[] = [];
    const spec = { title: () => '', ask: () => ({}), run: async () => void did.push('work') };
    for (const command of [verb(spec), verb({ ...spec, done: () => 'said' })]) {
      const job = await (command.start as (call: unknown) => Promise<Job>)({});
      did.push((await job.run({} as Work)) ?? 'silent');
    }
    assert.deepEqual(did, ['work', 'silent', 'work', 'said']);
  });
});

describe('coalesced work', () => {
  it('runs once for many calls, and once more for those during the run', async () => {
    let runs = 0;
    const work = coalesce(
      async () => {
        runs += 1;
        await later(10);
      },
      { quiet: 1, atMost: 5 },
    );
    for (let i = 0; i < 100; i++) work();
    await later(6);
    work();
    work();
    await work.flush();
    assert.equal(runs, 2);
  });

  it('is not put off for ever by calls that go on', async () => {
    let runs = 0;
    const work = coalesce(
      async () => {
        runs += 1;
      },
      { quiet: 40, atMost: 60 },
    );
    for (let i = 0; i < 12; i++) {
      work();
      await later(10);
    }
    assert.ok(runs >= 1, `${runs} runs`);
  });
});

describe('progress in words', () => {
  const cases: readonly [name: string, progress: Parameters<typeof describeProgress>[0], text: string][] = [
    ['counts alone', { task: 'add', files: 12, bytes: 0 }, '12 files'],
    [
      'totals',
      { task: 'add', files: 1204, totalFiles: 10_000, bytes: 120e6, totalBytes: 1.2e9 },
      '1,204 of 10,000 files · 120 MB of 1.2 GB',
    ],
    [
      'rate and time left',
      { task: 'push', files: 1, totalFiles: 2, bytes: 50e6, totalBytes: 100e6, rate: 5e6 },
      '1 of 2 files · 50 MB of 100 MB · 5 MB/s · 10 s left',
    ],
    [
      'no rate while it is held',
      { task: 'push', files: 1, totalFiles: 2, bytes: 50e6, totalBytes: 100e6, rate: 5e6, paused: true },
      '1 of 2 files · 50 MB of 100 MB',
    ],
  ];
  for (const [name, progress, text] of cases) it(`has ${name}`, () => assert.equal(describeProgress(progress), text));

  it('has sizes as file managers show them', () =>
    assert.deepEqual([0, 999, 1000, 1_500_000, 99.96e6, 12e9].map(formatBytes), [
      '0 B',
      '999 B',
      '1 KB',
      '1.5 MB',
      '100 MB',
      '12 GB',
    ]));
});
