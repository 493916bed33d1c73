import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { toPlain } from '../core/python.ts';
import { readMetrics } from '../metrics/read-metrics.ts';
import { Repo } from '../repo.ts';
import { openRevision, WORKSPACE } from '../repo-revision.ts';
import { LiveSeries, type SeriesPoints } from './live-series.ts';
import type { RunValues } from './stop-rule-watch.ts';
import type { FileValues, PlainValue } from './table-rows.ts';

/** One experiment that runs, and what was seen of its files. */
export class LiveRun {
  readonly #running: { readonly name: string; readonly root: string };
  readonly #series = new Map<string, LiveSeries>();
  readonly #stamps = new Map<RepoPath, string>();
  #repo: Repo | undefined;

  /** @param running Its folder, absolute, and a name for the log. */
  constructor(running: { readonly name: string; readonly root: string }) {
    this.#running = running;
  }

  /** What is new since the last look: all metrics where a file of them has changed, and what was added to series. Undefined where nothing is. */
  async look(ctx: OpContext): Promise<RunValues | undefined> {
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
      const changed = new Set(files.filter((file) => this.#isAnother(file, stamp(repo.absolute(file)))));
      const series = this.#newPoints(
        repo,
        index.allOutputs.flatMap(({ kind, place }) => (kind === 'plot' && place.kind === 'repo' ? [place.path] : [])),
        files,
      );
      if (changed.size === 0 && series.size === 0) return undefined;
      return { series, changed, ...(changed.size > 0 ? { metrics: await metricsOf(repo, ctx) } : {}) };
    } catch (error) {
      if (DvcError.is(error, 'cancelled')) throw error;
      ctx.log.debug(`'${this.#running.name}' cannot be followed now: ${String(error)}`);
      // Its folder may be gone already, or a stage file half written: the next look sees more.
      return undefined;
    }
  }

  async close(): Promise<void> {
    await this.#repo?.[Symbol.asyncDispose]();
    this.#repo = undefined;
  }

  #isAnother(file: RepoPath, now: string): boolean {
    const before = this.#stamps.get(file) ?? '';
    this.#stamps.set(file, now);
    return before !== now;
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
}

/** Of files that are there: what the cache has in place of a missing one is of another run. */
async function metricsOf(repo: Repo, ctx: OpContext): Promise<FileValues[]> {
  const found = await readMetrics(await openRevision(repo, WORKSPACE, ctx), {}, ctx);
  const there = [...found].filter(([file]) => fs.existsSync(repo.absolute(file)));
  return there.map(([file, one]) =>
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
