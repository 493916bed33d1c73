import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { toPlain } from '../core/python.ts';
import { activeRuns } from '../experiments/active-runs.ts';
import { LiveSeries, type SeriesPoints } from '../experiments/live-series.ts';
import { QueueStore } from '../experiments/queue-store.ts';
import { rulesMet, ruleText, type StopRule } from '../experiments/stop-rules.ts';
import type { FileValues, PlainValue } from '../experiments/table-rows.ts';
import { readMetrics } from '../metrics/read-metrics.ts';
import { Repo } from '../repo.ts';
import { openRevision, WORKSPACE } from '../repo-revision.ts';

export type { SeriesPoints } from '../experiments/live-series.ts';
export type { StopRule as LiveRule } from '../experiments/stop-rules.ts';

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
  readonly rules: readonly StopRule[];
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
  const followed = new Map<string, Followed>();
  try {
    while (!ctx.signal.aborted) {
      const running = runningNow(repo);
      for (const [id, one] of running)
        if (!followed.has(id)) followed.set(id, new Followed(id, one, options.rules ?? []));
      for (const [id, one] of followed) {
        const ended = !running.has(id);
        const update = await one.look(ctx, ended);
        if (ended) {
          followed.delete(id);
          await one.close();
        }
        if (!update) continue;
        const stop = update.rules.find(({ action }) => action === 'stop');
        if (stop && one.task !== null) new QueueStore(repo).askToKill(one.task, `stopped, as ${ruleText(stop)}`);
        yield update;
      }
      // One that has just begun has no folder yet, and is about to have one.
      if (options.untilIdle && running.size === 0 && !isBusy(repo)) return;
      await pause(ctx.signal);
    }
  } finally {
    for (const one of followed.values()) await one.close();
  }
}

interface Running {
  readonly name: string;
  readonly root: string;
  readonly task: string | null;
}

function runningNow(repo: Repo): Map<string, Running> {
  const running = new Map<string, Running>();
  for (const { name, kind, root, owner } of activeRuns(repo))
    running.set(`task:${kind}-${owner.pid}-${name}`, { name, root, task: null });
  for (const { id, name, state, root } of new QueueStore(repo).list())
    if (state === 'running' && root !== null) running.set(`task:${id}`, { name, root, task: id });
  return running;
}

const isBusy = (repo: Repo): boolean => new QueueStore(repo).list().some(({ state }) => state === 'running');

/** One experiment, and what was seen of its files. */
class Followed {
  readonly task: string | null;
  readonly #id: string;
  readonly #running: Running;
  readonly #rules: readonly StopRule[];
  readonly #met = new Set<StopRule>();
  readonly #series = new Map<string, LiveSeries>();
  #repo: Repo | undefined;
  #seen = '';

  constructor(id: string, running: Running, rules: readonly StopRule[]) {
    this.#id = id;
    this.#running = running;
    this.#rules = rules;
    this.task = running.task;
  }

  async look(ctx: OpContext, ended: boolean): Promise<LiveUpdate | undefined> {
    const base = { id: this.#id, name: this.#running.name };
    try {
      const repo = (this.#repo ??= await Repo.open(
        this.#running.root,
        { ...ctx, cwd: this.#running.root },
        { trusted: false },
      ));
      const index = await repo.index();
      const files = metricFiles(
        repo,
        [...index.allOutputs.filter(({ kind }) => kind === 'metric')].flatMap(({ place }) =>
          place.kind === 'repo' ? [place.path] : [],
        ),
        index.topLevels,
      );
      const seen = files.map((file) => stamp(repo.absolute(file))).join('\n');
      const changed = seen !== this.#seen;
      this.#seen = seen;
      const series = this.#newPoints(
        repo,
        index.allOutputs.flatMap(({ kind, place }) => (kind === 'plot' && place.kind === 'repo' ? [place.path] : [])),
        files,
      );
      if (!changed && series.size === 0 && !ended) return undefined;
      // Whose folder goes away has its values in the table.
      const metrics = changed && !ended ? await metricsOf(repo, ctx) : undefined;
      return { ...base, series, rules: metrics ? this.#newlyMet(metrics) : [], ended, ...(metrics ? { metrics } : {}) };
    } catch (error) {
      if (DvcError.is(error, 'cancelled')) throw error;
      ctx.log.debug(`'${this.#running.name}' cannot be followed now: ${String(error)}`);
      // Its folder may be gone already, or a stage file half written: the next look sees more.
      return ended ? { ...base, series: new Map(), rules: [], ended } : undefined;
    }
  }

  async close(): Promise<void> {
    await this.#repo?.[Symbol.asyncDispose]();
    this.#repo = undefined;
  }

  /** Of tables in folders of plots, and beside metrics as DVCLive has them. */
  #newPoints(repo: Repo, plots: readonly RepoPath[], metrics: readonly RepoPath[]): Map<string, SeriesPoints> {
    const folders = [
      ...plots,
      ...metrics.map((file) => asRepoPath(path.posix.join(path.posix.dirname(file), 'plots'))),
    ];
    const points = new Map<string, SeriesPoints>();
    for (const file of new Set(folders.flatMap((folder) => tablesBelow(repo, folder, 0)))) {
      let series = this.#series.get(file);
      if (!series) this.#series.set(file, (series = new LiveSeries(repo.absolute(file))));
      const found = series.read();
      if (found) points.set(file, found);
    }
    return points;
  }

  #newlyMet(metrics: readonly FileValues[]): StopRule[] {
    const values = new Map(
      metrics.flatMap(({ path: file, values: one }): [string, PlainValue][] =>
        one === undefined ? [] : [[file, one]],
      ),
    );
    const met = rulesMet(this.#rules, values).filter((rule) => !this.#met.has(rule));
    for (const rule of met) this.#met.add(rule);
    return met;
  }
}

async function metricsOf(repo: Repo, ctx: OpContext): Promise<FileValues[]> {
  const found = await readMetrics(await openRevision(repo, WORKSPACE, ctx), {}, ctx);
  return [...found].map(([file, one]) =>
    'data' in one
      ? { path: file, values: toPlain(one.data) as PlainValue } // What Python's values become is plain.
      : { path: file, error: { message: one.error.detail, type: one.error.type } },
  );
}

function metricFiles(
  repo: Repo,
  outs: readonly RepoPath[],
  topLevels: readonly { readonly file: RepoPath; readonly metrics: readonly string[] }[],
): RepoPath[] {
  const named = topLevels.flatMap(({ file, metrics }) =>
    metrics.map((metric) => asRepoPath(path.posix.normalize(path.posix.join(path.posix.dirname(file), metric)))),
  );
  return [...new Set([...outs, ...named])].filter((file) => repo.absolute(file).startsWith(repo.root));
}

const stamp = (file: string): string => {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs} ${stat.size} ${stat.ino}` : '';
};

const DEEPEST = 5;

function tablesBelow(repo: Repo, place: RepoPath, depth: number): RepoPath[] {
  const stat = fs.statSync(repo.absolute(place), { throwIfNoEntry: false });
  if (stat?.isFile()) return /\.(tsv|csv)$/.test(place) ? [place] : [];
  if (!stat?.isDirectory() || depth > DEEPEST) return [];
  return fs
    .readdirSync(repo.absolute(place), { withFileTypes: true })
    .flatMap((entry) => tablesBelow(repo, asRepoPath(`${place}/${entry.name}`), depth + 1));
}

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
