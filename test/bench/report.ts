import * as fs from 'node:fs';
import * as os from 'node:os';
import { dirname } from 'node:path';
import type { Cost } from './measure.ts';
import type { Row } from './rows.ts';

/** What one row came to; a tool that was not there is left out. */
export interface Result {
  readonly id: string;
  readonly title: string;
  readonly dvc?: Cost;
  readonly lode: Cost;
  /** Without flushing, as DVC works. */
  readonly off?: Cost;
  readonly limit: Cost;
}

const COLUMNS = [
  'row',
  'DVC cpu',
  'wall',
  'MiB',
  'Lode cpu',
  'wall',
  'MiB',
  'cpu ×',
  'wall ×',
  'unflushed cpu ×',
  'wall ×',
  '÷ limit',
  'wanted',
];

const seconds = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(value < 10 ? 2 : 1));
const ratio = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(value < 10 ? 1 : 0));
const over = (a: number | undefined, b: number): number | undefined =>
  a === undefined ? undefined : a / Math.max(b, 0.005);

/** Whether a row reached what is wanted of it, by CPU time; without DVC only what needs none is judged. */
export const isReached = (row: Row, result: Result): boolean => reaches(row, result, 'cpu');

function reaches(row: Row, result: Result, by: 'cpu' | 'wall'): boolean {
  const { dvc, lode, off, limit } = result;
  // DVC flushes nothing: like is compared with like.
  if (row.factor !== undefined && dvc !== undefined && dvc[by] / (off ?? lode)[by] < row.factor) return false;
  const saved = overheads(row, result);
  if (row.overhead !== undefined && saved !== undefined && saved < row.overhead) return false;
  if (row.ofLimit !== undefined && lode.wall / limit.wall > row.ofLimit) return false;
  if (row.seconds !== undefined && lode.wall > row.seconds) return false;
  if (row.memory !== undefined && lode.memory > row.memory) return false;
  return dvc === undefined || row.set === undefined || lode.memory < dvc.memory;
}

/** How many times more CPU time DVC takes beyond what no program could do without. */
function overheads({ overhead }: Row, { dvc, lode, off, limit }: Result): number | undefined {
  if (overhead === undefined || dvc === undefined) return undefined;
  return over(dvc.cpu - limit.cpu, (off ?? lode).cpu - limit.cpu);
}

const wanted = ({ factor, overhead, ofLimit, seconds: most, memory }: Row): string =>
  [
    factor && `≥ ${factor} × DVC`,
    overhead && `≥ ${overhead} × DVC beyond the limit`,
    ofLimit && `≤ ${ratio(ofLimit)} × limit`,
    most && `≤ ${most} s`,
    memory && `≤ ${memory} MiB`,
  ]
    .filter(Boolean)
    .join(', ');

/** One line of the table, in the order of the columns. */
export function line(row: Row, result: Result): string[] {
  const { dvc, lode, off, limit, title } = result;
  return [
    title,
    seconds(dvc?.cpu),
    seconds(dvc?.wall),
    dvc === undefined ? '–' : dvc.memory.toFixed(0),
    seconds(lode.cpu),
    seconds(lode.wall),
    lode.memory.toFixed(0),
    ratio(over(dvc?.cpu, lode.cpu)),
    ratio(over(dvc?.wall, lode.wall)),
    ratio(off && over(dvc?.cpu, off.cpu)),
    ratio(off && over(dvc?.wall, off.wall)),
    `${ratio(over(lode.wall, limit.wall))} (${row.limit})`,
    verdict(row, result),
  ];
}

function verdict(row: Row, result: Result): string {
  if (wanted(row) === '') return '';
  const saved = overheads(row, result);
  const said = saved === undefined ? '' : ` (${ratio(saved)})`;
  const word = isReached(row, result) ? 'reached' : reaches(row, result, 'wall') ? 'reached by wall only' : 'MISSED';
  return `${word}: ${wanted(row)}${said}`;
}

export function table(lines: readonly (readonly string[])[]): string {
  const all = [COLUMNS, ...lines];
  const widths = COLUMNS.map((_, i) => Math.max(...all.map((cells) => cells[i]!.length)));
  const isText = (i: number): boolean => i === 0 || i >= COLUMNS.length - 2;
  const print = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (isText(i) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd();
  return all.map(print).join('\n');
}

/** Keeps the results beside those of other rows, with the machine they are from, and says what became slower by a quarter. */
export function record(file: string, results: readonly Result[]): string[] {
  const before: { results?: Record<string, Result> } = fs.existsSync(file)
    ? JSON.parse(fs.readFileSync(file, 'utf8'))
    : {};
  const slower = results.flatMap(({ id, title, lode }) => {
    const old = before.results?.[id]?.lode;
    return old !== undefined && lode.cpu > old.cpu * 1.25 + 0.05
      ? [`${title}: ${seconds(lode.cpu)} s of CPU, ${seconds(old.cpu)} before`]
      : [];
  });
  const machine = {
    cpus: os.cpus().length,
    model: os.cpus()[0]?.model,
    node: process.version,
    platform: process.platform,
  };
  const kept = { ...before.results, ...Object.fromEntries(results.map((result) => [result.id, result])) };
  fs.mkdirSync(dirname(file), { recursive: true });
  fs.writeFileSync(
    file,
    `${JSON.stringify({ date: new Date().toISOString(), machine, results: kept }, undefined, 1)}\n`,
  );
  return slower;
}
