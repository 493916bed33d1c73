import type { OpContext } from '../core/op-context.ts';
import { activeRuns, runKey } from '../experiments/active-runs.ts';
import { LiveRun } from '../experiments/live-run.ts';
import type { SeriesPoints } from '../experiments/live-series.ts';
import { QueueStore } from '../experiments/queue-store.ts';
import { type MetRule, type RunValues, StopRuleWatch } from '../experiments/stop-rule-watch.ts';
import type { FileValues } from '../experiments/table-rows.ts';
import { type StopRule, stopRuleText } from '../metrics/stop-rule.ts';
import type { Repo } from '../repo.ts';

export type { SeriesPoints } from '../experiments/live-series.ts';
export type { MetRule } from '../experiments/stop-rule-watch.ts';

/** What is new of one running experiment. */
export interface LiveUpdate {
  /** As {@link ExperimentRow.id} of its row. */
  readonly id: string;
  readonly name: string;
  /** All of its metrics, where a file of them has changed. */
  readonly metrics?: readonly FileValues[];
  /** What was added to series below its folders of plots, by path from the root. */
  readonly series: ReadonlyMap<string, SeriesPoints>;
  /** Rules that are met now for the first time. */
  readonly rules: readonly MetRule[];
  /** True once, when it runs no longer: the table says what has become of it. */
  readonly ended: boolean;
}

export interface FollowOptions {
  /** A met one with `action: 'stop'` ends an experiment of the queue; of others the caller is told. */
  readonly rules?: readonly StopRule[];
  /** Ends when nothing runs, instead of waiting for what starts next. */
  readonly untilIdle?: boolean;
}

/** How often files are looked at: ms. */
const LOOK_MS = 120;

/** Follows every experiment that runs, wherever it does, until the signal is aborted. A broken file is an error of its values, never the end. */
export async function* expFollow(repo: Repo, options: FollowOptions, ctx: OpContext): AsyncGenerator<LiveUpdate> {
  const followed = new Map<string, Running & { readonly live: LiveRun; readonly rules: StopRuleWatch }>();
  try {
    while (!ctx.signal.aborted) {
      const running = runningNow(repo);
      for (const [id, one] of running)
        if (!followed.has(id)) followed.set(id, { ...one, live: new LiveRun(one), rules: new StopRuleWatch() });
      for (const [id, { name, task, live, rules }] of followed) {
        const ended = !running.has(id);
        // Whose folder goes away has its values in the table.
        const values = ended ? NOTHING : await live.look(ctx);
        if (ended) {
          followed.delete(id);
          await live.close();
        }
        if (!values) continue;
        const met = ended ? [] : rules.next(options.rules ?? [], values);
        const stop = met.find(({ rule }) => rule.action === 'stop');
        if (stop && task !== null) new QueueStore(repo).askToKill(task, `stopped, as ${stopRuleText(stop.rule)}`);
        const { metrics, series } = values;
        yield { id, name, series, rules: met, ended, ...(metrics ? { metrics } : {}) };
      }
      // One that has just begun has no folder yet, and is about to have one.
      if (options.untilIdle && running.size === 0 && !isBusy(repo)) return;
      await pause(ctx.signal);
    }
  } finally {
    for (const { live } of followed.values()) await live.close();
  }
}

const NOTHING: RunValues = { series: new Map(), changed: new Set() };

interface Running {
  readonly name: string;
  readonly root: string;
  readonly task: string | null;
}

function runningNow(repo: Repo): Map<string, Running> {
  const running = new Map<string, Running>();
  for (const { name, kind, root, owner } of activeRuns(repo))
    running.set(`task:${runKey({ name, kind, owner })}`, { name, root, task: null });
  for (const { id, name, state, root } of new QueueStore(repo).list())
    if (state === 'running' && root !== null) running.set(`task:${id}`, { name, root, task: id });
  return running;
}

const isBusy = (repo: Repo): boolean => new QueueStore(repo).list().some(({ state }) => state === 'running');

const pause = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    const timer = setTimeout(end, LOOK_MS);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      done();
    }
    signal.addEventListener('abort', end, { once: true });
  });
