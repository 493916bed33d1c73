import type { DataDiff, DeclaredEnvironment, ExperimentRow } from '../../engine/index.ts';
import type { ChangedFile, ComparedCell, ComparedLine, CompareSection } from '../../protocol/compare-page.ts';
import type { CellValue, ExperimentColumn, ExperimentsTable } from '../../protocol/experiments-page.ts';
import { formatBytes } from '../../protocol/size-text.ts';

type PageRow = ExperimentsTable['rows'][number];

/** A column of the page and, for an experiment that has run, what the engine says of it. */
export interface Compared {
  readonly page: PageRow;
  readonly row: ExperimentRow;
}

export interface SectionTitles {
  readonly metrics: string;
  readonly params: string;
  readonly data: string;
  readonly dependency: string;
  readonly output: string;
}

/** What a comparison shows of values: a pure function. @param baseline Place of the column the others are compared with. */
export function compareSections(
  table: ExperimentsTable,
  compared: readonly Compared[],
  baseline: number,
  titles: SectionTitles,
): { readonly sections: readonly CompareSection[]; readonly explains: readonly ComparedLine[] } {
  const linesOf = (kind: ExperimentColumn['kind']): ComparedLine[] =>
    table.columns.flatMap((column, at) => (column.kind === kind ? (line(column, at, compared, baseline) ?? []) : []));
  const [metrics, params] = [linesOf('metric'), linesOf('param')];
  const deps = dataLines(compared, baseline, 'deps', titles.dependency);
  const outs = dataLines(compared, baseline, 'outs', titles.output);
  return {
    sections: [
      { id: 'metrics', title: titles.metrics, lines: metrics },
      { id: 'params', title: titles.params, lines: params },
      { id: 'data', title: titles.data, lines: [...deps, ...outs] },
    ],
    explains: [...params, ...deps].filter(({ differs }) => differs),
  };
}

/** Undefined where none of them has a value. */
function line(
  column: ExperimentColumn,
  at: number,
  compared: readonly Compared[],
  baseline: number,
): ComparedLine | undefined {
  const values = compared.map(({ page }) => page.values[at] ?? null);
  const errors = compared.map(({ page }) => page.errors[at]);
  if (values.every((value) => value === null) && errors.every((error) => error === undefined)) return undefined;
  const reference = values[baseline] ?? null;
  const differs = values.some((value) => textOf(value) !== textOf(reference));
  const cells = values.map(
    (value, place): ComparedCell => ({
      text: shortOf(value),
      full: textOf(value),
      error: errors[place],
      ...(place === baseline ? { delta: undefined, verdict: undefined } : against(reference, value, column)),
    }),
  );
  return { label: column.keys.join('.'), group: column.file, differs, cells };
}

function against(
  before: CellValue,
  value: CellValue,
  { kind, better }: ExperimentColumn,
): Pick<ComparedCell, 'delta' | 'verdict'> {
  if (textOf(before) === textOf(value)) return { delta: undefined, verdict: 'same' };
  if (typeof before !== 'number' || typeof value !== 'number') return { delta: undefined, verdict: 'other' };
  const difference = value - before;
  const delta = `${difference > 0 ? '+' : '−'}${shortOf(Math.abs(difference))}`;
  if (kind !== 'metric') return { delta: undefined, verdict: 'other' };
  if (better === undefined) return { delta, verdict: 'other' };
  return { delta, verdict: difference > 0 === (better === 'higher') ? 'better' : 'worse' };
}

function dataLines(
  compared: readonly Compared[],
  baseline: number,
  of: 'deps' | 'outs',
  group: string,
): ComparedLine[] {
  const paths = [...new Set(compared.flatMap(({ row }) => row[of].map(({ path }) => path)))].sort();
  return paths.map((path) => {
    const facts = compared.map(({ row }) => row[of].find((fact) => fact.path === path));
    const reference = facts[baseline]?.hash ?? null;
    const cells = facts.map((fact, place): ComparedCell => {
      const hash = fact?.hash ?? null;
      const size = fact?.size === null || fact?.size === undefined ? '' : formatBytes(fact.size);
      return {
        text: hash === null ? '' : [hash.slice(0, 7), size].filter((text) => text !== '').join(' · '),
        full: hash ?? '',
        delta: undefined,
        verdict: place === baseline ? undefined : hash === reference ? 'same' : 'other',
        error: undefined,
      };
    });
    return { label: path, group, differs: facts.some((fact) => (fact?.hash ?? null) !== reference), cells };
  });
}

/** What each declares of its environment: runtimes first, then packages by name. @param environments Undefined while one is not known. */
export function environmentLines(
  environments: readonly (DeclaredEnvironment | undefined)[],
  baseline: number,
  packages: string,
): ComparedLine[] {
  const linesOf = (group: string, of: (one: DeclaredEnvironment) => ReadonlyMap<string, string>): ComparedLine[] => {
    const all = environments.map((one) => (one ? of(one) : new Map<string, string>()));
    const names = [...new Set(all.flatMap((values) => [...values.keys()]))].sort();
    return names.map((label) => {
      const texts = all.map((values) => values.get(label) ?? '');
      const cells = texts.map((text, place): ComparedCell => {
        const verdict = place === baseline ? undefined : text === texts[baseline] ? 'same' : 'other';
        return { text, full: text, delta: undefined, verdict, error: undefined };
      });
      return { label, group, differs: new Set(texts).size > 1, cells };
    });
  };
  return [...linesOf('', ({ runtimes }) => runtimes), ...linesOf(packages, (one) => one.packages)];
}

const textOf = (value: CellValue): string =>
  value === null ? '' : typeof value === 'object' ? value.text : String(value);

/** Five digits that say something. */
export const shortOf = (value: CellValue): string =>
  typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(5))) : textOf(value);

/** Files of `git diff --name-status -z`. */
export function codeChanges(output: string): ChangedFile[] {
  const words = output.split('\0').filter((word) => word !== '');
  const files: ChangedFile[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const [status = '', path = ''] = words.slice(at, at + 2);
    const change = status.startsWith('A') ? 'added' : status.startsWith('D') ? 'deleted' : 'modified';
    files.push({ path, change, note: '' });
  }
  return files;
}

/** Files of tracked data, folders themselves left out. @param rowsText Says how many rows came and went. */
export function dataChanges(
  diff: DataDiff | undefined,
  rowsText: (added: number, removed: number) => string,
): ChangedFile[] {
  if (!diff) return [];
  const isFile = ({ path }: { readonly path: string }): boolean => !path.endsWith('/');
  return [
    ...diff.added.filter(isFile).map(({ path }) => ({ path, change: 'added' as const, note: '' })),
    ...diff.modified.filter(isFile).map(({ path, text }) => {
      const [added, removed] = rowsOf(text ?? '');
      return { path, change: 'modified' as const, note: added + removed > 0 ? rowsText(added, removed) : '' };
    }),
    ...diff.renamed
      .filter(({ path }) => !path.new.endsWith('/'))
      .map(({ path }) => ({ path: path.new, change: 'renamed' as const, note: path.old })),
    ...diff.deleted.filter(isFile).map(({ path }) => ({ path, change: 'deleted' as const, note: '' })),
  ];
}

/** Lines a unified diff adds and takes away. */
function rowsOf(text: string): [added: number, removed: number] {
  const lines = text.split('\n');
  const count = (sign: string): number =>
    lines.filter((one) => one.startsWith(sign) && !one.startsWith(sign.repeat(3))).length;
  return [count('+'), count('-')];
}

/** A comparison for the text of a pull request: what changed, and what came of it. */
export function comparisonMarkdown(
  names: readonly string[],
  { sections, explains }: ReturnType<typeof compareSections>,
  titles: { readonly explains: string; readonly metrics: string },
): string {
  const metrics = sections.find(({ id }) => id === 'metrics')?.lines ?? [];
  const tableOf = (lines: readonly ComparedLine[]): string => {
    const rows = [
      ['', ...names],
      ...lines.map(({ label, cells }) => [
        label,
        ...cells.map(({ text, delta }) => [text, delta && `(${delta})`].filter(Boolean).join(' ')),
      ]),
    ].map((row) => `| ${row.map(escaped).join(' | ')} |`);
    return [rows[0], `|${' --- |'.repeat(names.length + 1)}`, ...rows.slice(1)].join('\n');
  };
  const parts = [`## ${names.map(escaped).join(' · ')}`];
  if (metrics.length > 0) parts.push(`### ${titles.metrics}`, tableOf(metrics));
  if (explains.length > 0) parts.push(`### ${titles.explains}`, tableOf(explains));
  return `${parts.join('\n\n')}\n`;
}

/** What Markdown or HTML would make something else of stands as it is. */
const escaped = (text: string): string => text.replace(/[\\|`*_<>[\]]/g, '\\$&').replace(/\s+/g, ' ');
