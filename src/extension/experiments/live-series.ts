import * as fs from 'node:fs';
import * as path from 'node:path';
import type { ExperimentRow } from '../../engine/index.ts';
import type { Engine } from '../engine.ts';
import type { SeriesOf } from './table-of.ts';

/** As many as a cell has pixels for. */
const POINTS = 40;
/** Longer series are not read for a cell: bytes. */
const LONGEST = 4_000_000;

interface Read {
  readonly stamp: string;
  readonly series: readonly number[] | undefined;
}

const known = new Map<string, Read>();

/**
 * The steps of a metric where DVCLive writes them beside its file: `dvclive/metrics.json` has `dvclive/plots/metrics/acc.tsv`. Of rows that are
 * on the disk: the workspace, and what runs in a folder of its own. A file is read again when it has changed.
 */
export function seriesOfRuns(engine: Engine, root: string): (row: ExperimentRow) => SeriesOf | undefined {
  return (row) => {
    const folder = row.kind === 'workspace' ? root : row.status === 'running' ? row.executor?.root : null;
    if (!folder) return undefined;
    return ({ file, keys }) =>
      seriesAt(engine, path.join(folder, path.posix.dirname(file), 'plots/metrics', `${path.join(...keys)}.tsv`));
  };
}

function seriesAt(engine: Engine, file: string): readonly number[] | undefined {
  const at = fs.statSync(file, { throwIfNoEntry: false });
  if (!at?.isFile() || at.size > LONGEST) return undefined;
  const stamp = `${at.mtimeMs} ${at.size}`;
  const before = known.get(file);
  if (before?.stamp === stamp) return before.series;
  const series = thinned(engine.seriesOfTable(fs.readFileSync(file, 'utf8')));
  known.set(file, { stamp, series });
  return series;
}

/** Evenly taken points, the first and the last among them; undefined where there is no line to draw. */
export function thinned(values: readonly number[]): readonly number[] | undefined {
  if (values.length < 2) return undefined;
  if (values.length <= POINTS) return values;
  return Array.from({ length: POINTS }, (_, at) => values[Math.round((at / (POINTS - 1)) * (values.length - 1))]!);
}
