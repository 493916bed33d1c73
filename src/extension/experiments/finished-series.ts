import type { ExperimentRow } from '../../engine/index.ts';
import { loadEngine } from '../engine.ts';
import type { ExtensionLog } from '../log.ts';
import { quietContext } from '../op-context.ts';
import type { RepoModel } from '../repo-model.ts';
import { thinned } from './live-series.ts';
import type { SeriesOf } from './table-of.ts';

/** Commits whose series are remembered. */
const REMEMBERED = 2000;

type Series = ReadonlyMap<string, readonly number[]>;

const keyOf = (file: string, keys: readonly string[]): string => [file, ...keys].join('\n');

/** Metrics step by step of what is committed, read for the rows that somebody sees and then known by commit. */
export class FinishedSeries {
  readonly #log: ExtensionLog;
  readonly #changed: () => void;
  readonly #known = new Map<string, Series>();
  #wanted: readonly ExperimentRow[] = [];
  #isReading = false;

  /** @param changed Called when more of them is known. */
  constructor(log: ExtensionLog, changed: () => void) {
    this.#log = log;
    this.#changed = changed;
  }

  readonly of = ({ rev, kind }: ExperimentRow): SeriesOf | undefined => {
    const series = rev === null || kind === 'workspace' ? undefined : this.#known.get(rev);
    return series && series.size > 0 ? ({ file, keys }) => series.get(keyOf(file, keys)) : undefined;
  };

  /** Reads those of these rows that are not known; what was wanted before and is not read yet is forgotten. */
  want(model: RepoModel, rows: readonly ExperimentRow[]): void {
    this.#wanted = rows;
    if (!this.#isReading) void this.#read(model);
  }

  async #read(model: RepoModel): Promise<void> {
    this.#isReading = true;
    try {
      for (let row = this.#next(); row?.rev && !model.isDisposed; row = this.#next()) {
        this.#keep(row.rev, await this.#seriesAt(model, row.rev, row));
        await new Promise((resume) => setImmediate(resume)); // Others get their turn between two rows.
      }
    } finally {
      this.#isReading = false;
    }
  }

  /** Nothing of a commit that cannot be read: its row says what is wrong with it. */
  async #seriesAt(model: RepoModel, rev: string, { metrics }: ExperimentRow): Promise<Series> {
    try {
      const [engine, repo] = [await loadEngine(), await model.repo()];
      const ctx = quietContext(engine, this.#log, model.root, new AbortController().signal);
      const found = await engine.metricSeries(repo, { rev, files: metrics.map(({ path }) => path) }, ctx);
      return new Map(
        found.flatMap(({ file, keys, values }) => {
          const points = thinned(values);
          return points ? [[keyOf(file, keys), points] as const] : [];
        }),
      );
    } catch (error) {
      this.#log.error(`The series of ${rev} in ${model.root} cannot be read.`, error);
      return new Map();
    }
  }

  #next(): ExperimentRow | undefined {
    return this.#wanted.find(
      ({ rev, kind, status, metrics }) =>
        rev !== null &&
        metrics.length > 0 &&
        !this.#known.has(rev) &&
        (kind === 'commit' || (kind === 'experiment' && status === 'success')),
    );
  }

  #keep(rev: string, series: Series): void {
    this.#known.set(rev, series);
    if (this.#known.size > REMEMBERED) this.#known.delete(this.#known.keys().next().value ?? '');
    if (series.size > 0) this.#changed();
  }
}
