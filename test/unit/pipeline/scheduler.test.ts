import * as assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { tokensOf } from '../../../src/engine/pipeline/resources.ts';
import { schedule, type Task } from '../../../src/engine/pipeline/scheduler.ts';
import { runSeed, seededRandom } from '../../support/random.ts';

const task = (key: string, more: Partial<Task<string>> = {}): Task<string> => ({
  key,
  needs: [],
  reads: [],
  writes: [],
  tokens: new Map(),
  ...more,
});

/** Runs tasks that take a moment each. @returns starts in order, and every set that ran together */
async function watch(
  tasks: readonly Task<string>[],
  jobs: number,
  { capacities = new Map<string, number>(), fails = [] as readonly string[] } = {},
) {
  const started: string[] = [];
  const running = new Set<string>();
  const together = new Set<string>();
  const run = async ({ key }: Task<string>): Promise<boolean> => {
    started.push(key);
    running.add(key);
    for (const other of running) if (other !== key) together.add([other, key].sort().join('+'));
    await sleep(3);
    running.delete(key);
    return !fails.includes(key);
  };
  await schedule(tasks, { jobs, capacities }, run);
  return { started, together };
}

describe('schedule', () => {
  it('keeps the order with one job, and stops at a failure', async () => {
    const tasks = ['a', 'b', 'c'].map((key) => task(key));
    assert.deepEqual((await watch(tasks, 1, { fails: ['b'] })).started, ['a', 'b']);
  });

  it('runs what nothing forbids side by side, never more than the jobs', async () => {
    const { together } = await watch(
      ['a', 'b', 'c'].map((key) => task(key)),
      2,
    );
    assert.ok(together.has('a+b'));
    assert.ok(!together.has('a+b+c'));
  });

  const apart: readonly [name: string, a: Partial<Task<string>>, b: Partial<Task<string>>][] = [
    ['a task and what needs it', {}, { needs: ['a'] }],
    ['two that write one path', { writes: ['/r/x'] }, { writes: ['/r/x'] }],
    ['one that writes into what the other reads', { writes: ['/r/d/x'] }, { reads: ['/r/d'] }],
    ['one that reads in what the other writes', { reads: ['/r/d/x'] }, { writes: ['/r/d'] }],
    ['two of one mutex', { tokens: new Map([['mutex m', 1]]) }, { tokens: new Map([['mutex m', 1]]) }],
    [
      'more than there is of a resource',
      { tokens: new Map([['resource gpu', 2]]) },
      { tokens: new Map([['resource gpu', 1]]) },
    ],
  ];
  for (const [name, a, b] of apart)
    it(`keeps apart ${name}`, async () => {
      const capacities = new Map([['gpu', 2]]);
      const { started, together } = await watch([task('a', a), task('b', b)], 4, { capacities });
      assert.deepEqual(started, ['a', 'b']);
      assert.equal(together.size, 0);
    });

  it('lets readers of one path, and neighbours of like names, run together', async () => {
    const tasks = [task('a', { reads: ['/r/x'], writes: ['/r/o'] }), task('b', { reads: ['/r/x'], writes: ['/r/o2'] })];
    assert.deepEqual([...(await watch(tasks, 2)).together], ['a+b']);
  });

  it('gives a task that asks for more than there is all there is', async () => {
    const greedy = task('a', { tokens: new Map([['resource gpu', 99]]) });
    assert.deepEqual((await watch([greedy], 2)).started, ['a']);
  });

  it('starts nothing after a failure, and awaits what runs', async () => {
    const tasks = [task('a'), task('b'), task('c', { needs: ['b'] })];
    assert.deepEqual((await watch(tasks, 2, { fails: ['a'] })).started, ['a', 'b']);
  });

  it('throws the first error once nothing runs', async () => {
    let ended = false;
    const run = async ({ key }: Task<string>): Promise<boolean> => {
      if (key === 'a') throw new Error('broken');
      await sleep(10);
      ended = true;
      return true;
    };
    await assert.rejects(schedule([task('a'), task('b')], { jobs: 2 }, run), /broken/);
    assert.ok(ended);
  });

  it('runs every task of a random graph once, after what it needs', async () => {
    const random = seededRandom(runSeed());
    const keys = Array.from({ length: 40 }, (_, i) => `t${i}`);
    const tasks = keys.map((key, i) => task(key, { needs: keys.slice(0, i).filter(() => random.int(6) === 0) }));
    const { started } = await watch(tasks, 4);
    assert.deepEqual([...started].sort(), [...keys].sort(), `seed ${random.seed}`);
    for (const { key, needs } of tasks)
      for (const need of needs)
        assert.ok(started.indexOf(need) < started.indexOf(key), `seed ${random.seed}: ${need} before ${key}`);
  });
});

describe('tokensOf', () => {
  const cases: readonly [
    name: string,
    meta: Parameters<typeof tokensOf>[0]['meta'],
    tokens: readonly [string, number][],
  ][] = [
    ['nothing', null, []],
    ['a text', 'gpu', []],
    ['a mutex', new Map([['mutex', 'db']]), [['mutex db', 1]]],
    [
      'mutexes',
      new Map([['mutex', ['a', 'b']]]),
      [
        ['mutex a', 1],
        ['mutex b', 1],
      ],
    ],
    [
      'amounts',
      new Map([
        [
          'resources',
          new Map([
            ['gpu', 2],
            ['ram', 0],
          ]),
        ],
      ]),
      [['resource gpu', 2]],
    ],
    ['names of resources', new Map([['resources', ['gpu']]]), [['resource gpu', 1]]],
  ];
  for (const [name, meta, tokens] of cases)
    it(`reads ${name}`, () => assert.deepEqual([...tokensOf({ meta })], tokens));
});
