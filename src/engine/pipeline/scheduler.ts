import { type Capacities, TokenPool, type Tokens } from './resources.ts';

/** One piece of work, in the order in which it would be done alone. */
export interface Task<K> {
  readonly key: K;
  /** Keys that must be settled before. Those that are no tasks are taken to be. */
  readonly needs: readonly K[];
  /** Absolute paths; two tasks never run together where one writes what the other reads or writes. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly tokens: Tokens;
}

export interface ScheduleOptions {
  readonly jobs: number;
  readonly capacities?: Capacities;
}

/**
 * Runs tasks, several at a time where nothing forbids it, always the earliest that can start. With one job that is the given order.
 *
 * `run` answers whether to go on: after the first `false` nothing more is started. What runs is awaited, also when something throws; the
 * first error is then thrown.
 */
export async function schedule<K>(
  tasks: readonly Task<K>[],
  options: ScheduleOptions,
  run: (task: Task<K>) => Promise<boolean>,
): Promise<void> {
  if (options.jobs <= 1) {
    for (const task of tasks) if (!(await run(task))) return;
    return;
  }
  const waiting = [...tasks];
  const unsettled = new Set(tasks.map(({ key }) => key));
  const running = new Map<Task<K>, Promise<void>>();
  const pool = new TokenPool(options.capacities);
  const failures: unknown[] = [];
  let isOpen = true;
  const start = (task: Task<K>): void => {
    const work = run(task)
      .then((goOn) => {
        if (!goOn) isOpen = false;
      })
      .catch((error: unknown) => {
        isOpen = false;
        failures.push(error);
      })
      .finally(() => {
        running.delete(task);
        unsettled.delete(task.key);
        pool.give(task.tokens);
      });
    running.set(task, work);
  };
  const canStart = (task: Task<K>): boolean =>
    !task.needs.some((need) => unsettled.has(need)) && ![...running.keys()].some((other) => clash(task, other));
  while (waiting.length > 0 || running.size > 0) {
    for (let i = 0; isOpen && i < waiting.length && running.size < options.jobs; i++) {
      const task = waiting[i]!;
      if (!canStart(task) || !pool.tryTake(task.tokens)) continue;
      waiting.splice(i--, 1);
      start(task);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (failures.length > 0) throw failures[0];
}

type Paths = Pick<Task<unknown>, 'reads' | 'writes'>;

/** Whether one task writes where the other reads or writes. */
const clash = (a: Paths, b: Paths): boolean =>
  a.writes.some((path) => touches(path, b.reads) || touches(path, b.writes)) ||
  b.writes.some((path) => touches(path, a.reads));

const touches = (path: string, others: readonly string[]): boolean =>
  others.some((other) => path === other || path.startsWith(`${other}/`) || other.startsWith(`${path}/`));
