import type { DirectionOf, ExperimentRow, ExperimentsTable, FileValues, PlainValue } from '../../engine/index.ts';

/** A value of a file, by its dotted name. */
export interface ValueName {
  /** From the root. */
  readonly file: string;
  readonly name: string;
}

/** The metric that runs are judged by. */
export interface Judge extends ValueName {
  readonly better: 'higher' | 'lower';
}

/** What one run has of a value. */
export interface RunValue {
  readonly row: ExperimentRow;
  readonly value: PlainValue | undefined;
  /** Of the metric that runs are judged by. */
  readonly metric: number | undefined;
}

/** A value over the runs. */
export interface ValueHistory extends ValueName {
  readonly judge: Judge | undefined;
  readonly head: RunValue | undefined;
  /** The best first. */
  readonly best: readonly RunValue[];
  /** The newest first. */
  readonly last: readonly RunValue[];
}

const MOST_BEST = 3;
const MOST_LAST = 12;

/** Finished runs of a table, the newest first; looked through once for each table. */
export interface Runs {
  readonly head: ExperimentRow | undefined;
  readonly judge: Judge | undefined;
  readonly best: readonly ExperimentRow[];
  readonly last: readonly ExperimentRow[];
}

export function runsOf({ rows }: Pick<ExperimentsTable, 'rows'>, directionOf: DirectionOf): Runs {
  const head = rows.find(({ kind }) => kind === 'commit');
  const finished = rows.filter(({ kind, status }) => kind === 'experiment' && status === 'success');
  const judge = judgeOf([...finished.slice(0, 1), ...(head ? [head] : [])], directionOf);
  return { head, judge, best: judge ? bestOf(finished, judge) : [], last: newest(finished) };
}

/** What the runs have of one value: of a param with the metric it led to, of a metric with itself. */
export function historyOf({ head, judge, best, last }: Runs, what: 'params' | 'metrics', of: ValueName): ValueHistory {
  const read = (row: ExperimentRow): RunValue => ({
    row,
    value: valueAt(row[what], of),
    metric: judge && numberOf(valueAt(row.metrics, judge)),
  });
  return { ...of, judge, head: head && read(head), best: best.map(read), last: last.map(read) };
}

/** A metric is judged by itself where it has a direction. */
export function runsJudgedBy(table: Pick<ExperimentsTable, 'rows'>, of: ValueName, directionOf: DirectionOf): Runs {
  const better = directionOf(of.file, of.name.split('.'));
  const runs = runsOf(table, () => undefined);
  const judge: Judge = { ...of, better: better ?? 'higher' };
  const finished = table.rows.filter(({ kind, status }) => kind === 'experiment' && status === 'success');
  return { ...runs, judge, best: better === undefined ? [] : bestOf(finished, judge) };
}

/** Whether there is more than one value to tell apart. */
export function differs({ head, best, last }: ValueHistory): boolean {
  const values = [...(head ? [head] : []), ...best, ...last].map(({ value }) => JSON.stringify(value ?? null));
  return new Set(values).size > 1;
}

/** The metric of the last runs, the oldest first. */
export const seriesOf = ({ last }: ValueHistory): number[] =>
  last.flatMap(({ metric }) => (metric === undefined || !Number.isFinite(metric) ? [] : [metric])).reverse();

const BARS = '▁▂▃▄▅▆▇█';

/** A line of bars, from the least to the greatest; empty where there is nothing to compare. */
export function sparkline(values: readonly number[]): string {
  if (values.length < 2) return '';
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const at = (value: number): number => (most === least ? 3 : Math.round(((value - least) / (most - least)) * 7));
  return values.map((value) => BARS[at(value)]).join('');
}

/** The first metric, as files have them, of which it is known what is better. */
function judgeOf(rows: readonly ExperimentRow[], directionOf: DirectionOf): Judge | undefined {
  for (const { metrics } of rows)
    for (const { path: file, values } of metrics)
      for (const keys of numbersIn(values, [])) {
        const better = directionOf(file, keys);
        if (better !== undefined) return { file, name: keys.join('.'), better };
      }
  return undefined;
}

function bestOf(rows: readonly ExperimentRow[], judge: Judge): ExperimentRow[] {
  const judged = rows.flatMap((row): [ExperimentRow, number][] => {
    const metric = numberOf(valueAt(row.metrics, judge));
    return metric === undefined || Number.isNaN(metric) ? [] : [[row, metric]];
  });
  const sign = judge.better === 'higher' ? -1 : 1;
  return judged
    .sort(([, a], [, b]) => sign * (a - b))
    .slice(0, MOST_BEST)
    .map(([row]) => row);
}

const newest = (rows: readonly ExperimentRow[]): ExperimentRow[] =>
  [...rows].sort((a, b) => (b.created ?? 0) - (a.created ?? 0)).slice(0, MOST_LAST);

const numberOf = (value: PlainValue | undefined): number | undefined => (typeof value === 'number' ? value : undefined);

function numbersIn(value: PlainValue | undefined, keys: readonly string[]): (readonly string[])[] {
  if (typeof value === 'number') return [keys];
  if (!isNested(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => numbersIn(below, [...keys, key]));
}

export function valueAt(files: readonly FileValues[], { file, name }: ValueName): PlainValue | undefined {
  const found = files.find(({ path }) => path === file)?.values;
  return found === undefined ? undefined : at(found, name);
}

/** A key may have dots itself. */
function at(value: PlainValue, name: string): PlainValue | undefined {
  if (!isNested(value)) return undefined;
  if (Object.hasOwn(value, name)) return value[name];
  for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
    const inner = Object.hasOwn(value, name.slice(0, dot)) ? value[name.slice(0, dot)] : undefined;
    const found = inner === undefined ? undefined : at(inner, name.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

export const isNested = (value: PlainValue | undefined): value is { readonly [key: string]: PlainValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Six digits that say something; of what is nested its JSON, cut. */
export function shortValue(value: PlainValue | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}

/** Values to begin with: half of it, it, twice of it. */
export function around(value: PlainValue | undefined): string {
  if (typeof value === 'boolean') return 'true,false';
  if (typeof value !== 'number' || value === 0) return shortValue(value);
  const values = Number.isInteger(value) && Math.abs(value) < 2 ? [value, value + 1] : [value / 2, value, value * 2];
  return [...new Set(values.map((one) => (Number.isInteger(value) ? Math.round(one) : one)))].map(shortValue).join(',');
}
