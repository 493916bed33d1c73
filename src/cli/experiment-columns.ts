import { DvcError } from '../engine/core/errors.ts';
import {
  asFloat,
  compareCodePoints,
  isPyList,
  isPyMap,
  type PyMap,
  type PyValue,
  pyStr,
} from '../engine/core/python.ts';
import {
  type FactKind,
  factsOf,
  localIso,
  type ShownCommit,
  type ShownExperiment,
  type ShownRev,
} from '../engine/verbs/exp-show.ts';
import { generalFormat } from './value-text.ts';

/** A table by columns, as DVC builds it: columns may go, and some may not. */
export interface Columns {
  readonly names: readonly string[];
  readonly cells: ReadonlyMap<string, readonly string[]>;
  readonly rows: number;
}

export interface ColumnsLook {
  /** What stands for nothing: a dash, or nothing in CSV. */
  readonly fill: string;
  /** Significant digits of floats; all of them unless told. */
  readonly precision: number | undefined;
  /** Times as in ISO 8601, else as people read them. */
  readonly iso: boolean;
  readonly sortBy: string | undefined;
  readonly descending: boolean;
  readonly now: Date;
}

const FIXED = ['Experiment', 'rev', 'typ', 'Created', 'parent', 'State', 'Executor'] as const;

/** Keys of values by file, in the order in which they were met. */
type Names = Map<string, Set<string>>;
type Facts = ReturnType<typeof factsOf>;

/** The table of `exp show`: a row for each commit and each experiment. @throws `usage` for a column that is not there */
export function experimentColumns(commits: readonly ShownCommit[], look: ColumnsLook): Columns {
  const facts = new Map<ShownRev, Facts>();
  const of = (rev: ShownRev): Facts => {
    let known = facts.get(rev);
    if (!known) facts.set(rev, (known = factsOf(rev)));
    return known;
  };
  const revs = commits.flatMap((commit) => [commit, ...commit.experiments.flatMap((one) => one.revs)]);
  const metrics = namesIn(revs, of, 'metrics');
  const params = namesIn(revs, of, 'params');
  const deps = [...new Set(revs.flatMap((rev) => [...of(rev)('deps').keys()].map(pyStr)))].sort(compareCodePoints);
  const count = new Map<string, number>();
  for (const name of [...new Map([...metrics, ...params]).values()].flatMap((set) => [...set]).concat(FIXED))
    count.set(name, (count.get(name) ?? 0) + 1);
  const header = (file: string, name: string): string => (count.get(name) === 1 ? name : `${file}:${name}`);
  const headersOf = (names: Names): string[] =>
    [...names].flatMap(([file, keys]) => [...keys].map((name) => header(file, name)));
  const names = [...new Set([...FIXED, ...headersOf(metrics), ...headersOf(params), ...deps])];

  const valueCells = (row: Map<string, string>, rev: ShownRev): void => {
    for (const [kind, known] of [
      ['metrics', metrics],
      ['params', params],
    ] as const)
      for (const [file, one] of of(rev)(kind)) {
        const path = pyStr(file);
        const values = flat(isPyMap(one) ? one.get('data') : undefined);
        const missing = isPyMap(one) && one.has('error') ? '!' : look.fill;
        for (const name of known.get(path) ?? []) {
          const value = values.get(name);
          row.set(
            header(path, name),
            value === undefined || value === null ? missing : fieldText(value, look.precision),
          );
        }
      }
    for (const [path, dep] of of(rev)('deps')) {
      const hash = isPyMap(dep) ? dep.get('hash') : undefined;
      row.set(pyStr(path), hash === undefined || hash === null ? look.fill : pyStr(hash));
    }
  };
  const rows: Map<string, string>[] = [];
  const start = (given: Partial<Record<(typeof FIXED)[number], string>>, rev: ShownRev): void => {
    const row = new Map<string, string>(names.map((name) => [name, look.fill]));
    row.set('parent', '');
    for (const [name, text] of Object.entries(given)) row.set(name, text);
    if (typeof rev.facts === 'string') {
      row.set('Created', timeText(rev.time, look));
      valueCells(row, rev);
    }
    rows.push(row);
  };
  const short = (rev: string): string => (/^[0-9a-f]{40,}$/.test(rev) ? rev.slice(0, 7) : rev);
  for (const commit of commits) {
    start({ Experiment: '', rev: commit.name ?? short(commit.rev), typ: 'baseline' }, commit);
    const children =
      look.sortBy === undefined || commit.experiments.length === 0
        ? commit.experiments
        : sorted(commit.experiments, of, metrics, params, look);
    for (const [i, { revs: own, executor }] of children.entries()) {
      const [tip] = own;
      if (!tip) continue;
      const state = executor ? { State: capitalized(executor.state), Executor: capitalized(executor.name) } : {};
      const typ = i === children.length - 1 ? 'branch_base' : 'branch_commit';
      start({ Experiment: tip.name ?? '', rev: short(tip.rev), typ, ...state }, tip);
    }
  }
  return {
    names,
    cells: new Map(names.map((name) => [name, rows.map((row) => row.get(name) ?? look.fill)])),
    rows: rows.length,
  };
}

export interface ColumnsChoice {
  readonly fill: string;
  readonly drop: readonly string[];
  readonly keep: readonly string[];
  readonly onlyChanged: boolean;
  /** The columns that say which experiment it is become one, with the lines of a tree. */
  readonly tree: boolean;
}

/** Leaves out what was asked to be left out, and what is empty. @throws `usage` for what is no pattern */
export function chooseColumns(columns: Columns, choice: ColumnsChoice): Columns {
  const isKept = matcher(choice.keep);
  const isDropped = matcher(choice.drop);
  const cells = new Map(columns.cells);
  let names = [...columns.names];
  const drop = (gone: (name: string) => boolean): void => {
    names = names.filter((name) => isKept(name) || !gone(name));
  };
  const isEmpty = (name: string): boolean => (cells.get(name) ?? []).every((cell) => cell === choice.fill);
  names = names.filter((name) => isKept(name) || !((name === 'State' || name === 'Executor') && isEmpty(name)));
  if (choice.tree) {
    const [experiments, revs, types, parents] = ['Experiment', 'rev', 'typ', 'parent'].map(
      (name) => cells.get(name) ?? [],
    );
    cells.set(
      'Experiment',
      (types ?? []).map((typ, i) => treeCell(typ, experiments?.[i] ?? '', revs?.[i] ?? '', parents?.[i] ?? '')),
    );
    drop((name) => name === 'rev' || name === 'typ' || name === 'parent');
  }
  if (choice.onlyChanged) drop((name) => new Set(cells.get(name)).size === 1);
  if (choice.drop.length > 0) drop(isDropped);
  return { names, cells, rows: columns.rows };
}

export const columnRows = ({ names, cells, rows }: Columns): string[][] =>
  Array.from({ length: rows }, (_, i) => names.map((name) => cells.get(name)?.[i] ?? ''));

const TREE: Readonly<Record<string, string>> = { branch_commit: '├── ', branch_base: '└── ' };

function treeCell(typ: string, name: string, rev: string, parent: string): string {
  const own = typ === 'baseline' || name === '' ? name || rev : `${rev} [${name}]`;
  return `${TREE[typ] ?? ''}${own}${parent === '' ? '' : ` (${parent})`}`;
}

function matcher(patterns: readonly string[]): (name: string) => boolean {
  if (patterns.length === 0) return () => false;
  try {
    const pattern = new RegExp(`^(?:${patterns.join('|')})`);
    return (name) => pattern.test(name);
  } catch (error) {
    throw new DvcError('usage', `'${patterns.join('|')}' is not a regular expression.`, {
      cause: error,
      exitCode: 255,
    });
  }
}

function namesIn(revs: readonly ShownRev[], of: (rev: ShownRev) => Facts, kind: FactKind): Names {
  const names: Names = new Map();
  for (const rev of revs)
    for (const [file, one] of of(rev)(kind)) {
      const data = isPyMap(one) ? one.get('data') : undefined;
      if (data !== undefined && !isPyMap(data)) continue;
      const known = names.get(pyStr(file)) ?? new Set<string>();
      for (const name of flat(data).keys()) known.add(name);
      names.set(pyStr(file), known);
    }
  return names;
}

/** Nested dicts by dotted keys; lists stay whole. */
function flat(value: PyValue | undefined): Map<string, PyValue> {
  const found = new Map<string, PyValue>();
  const visit = (map: PyMap, prefix: string): void => {
    for (const [key, item] of map)
      if (isPyMap(item)) visit(item, `${prefix}${pyStr(key)}.`);
      else found.set(prefix + pyStr(key), item);
  };
  if (isPyMap(value)) visit(value, '');
  return found;
}

/** As DVC formats a cell: floats with so many significant digits, in lists too. */
function fieldText(value: PyValue, precision: number | undefined): string {
  const format = (item: PyValue): PyValue => {
    const float = asFloat(item);
    if (float !== undefined && precision) return generalFormat(float, precision);
    if (isPyMap(item)) return new Map([...item].map(([key, one]) => [key, format(one)]));
    return isPyList(item) ? item.map(format) : item;
  };
  return pyStr(format(value));
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** The time of today, the day of any other. */
export function timeText(
  time: number | undefined,
  { iso, fill, now }: Pick<ColumnsLook, 'iso' | 'fill' | 'now'>,
): string {
  if (time === undefined) return fill;
  if (iso) return localIso(time);
  const date = new Date(time * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (date.toDateString() === now.toDateString())
    return `${two(date.getHours() % 12 || 12)}:${two(date.getMinutes())} ${date.getHours() < 12 ? 'AM' : 'PM'}`;
  return `${MONTHS[date.getMonth()]} ${two(date.getDate())}, ${date.getFullYear()}`;
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();

function sorted(
  experiments: readonly ShownExperiment[],
  of: (rev: ShownRev) => Facts,
  metrics: Names,
  params: Names,
  look: ColumnsLook,
): ShownExperiment[] {
  const { file, name, kind } = sortColumn(look.sortBy ?? '', metrics, params);
  const keyed = experiments.map((one) => {
    const [tip] = one.revs;
    const result = tip ? of(tip)(kind).get(file) : undefined;
    return { one, value: flat(isPyMap(result) ? result.get('data') : undefined).get(name) ?? null };
  });
  const order = look.descending ? -1 : 1;
  return keyed.sort((a, b) => order * compareValues(a.value, b.value)).map(({ one }) => one);
}

/** Nothing comes last; numbers before texts, which Python would not compare. */
function compareValues(a: PyValue, b: PyValue): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return x - y || 0;
  if (x !== undefined || y !== undefined) return x === undefined ? 1 : -1;
  return compareCodePoints(pyStr(a), pyStr(b));
}

const numberOf = (value: PyValue): number | undefined =>
  typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' ? Number(value) : asFloat(value);

function sortColumn(sortBy: string, metrics: Names, params: Names): { file: string; name: string; kind: FactKind } {
  const matches = new Map<string, { file: string; name: string; kind: FactKind }>();
  const add = (file: string, name: string, kind: FactKind): void =>
    void matches.set(`${file}\0${name}\0${kind}`, { file, name, kind });
  const parts = sortBy.split(':');
  let plain = sortBy;
  for (let split = 0; split < parts.length; split++) {
    const file = parts.slice(0, split).join(':');
    const name = parts.slice(split).join(':');
    if (file === '') plain = name;
    if (metrics.get(file)?.has(name)) add(file, name, 'metrics');
    if (params.get(file)?.has(name)) add(file, name, 'params');
  }
  if (matches.size === 0) {
    for (const [file, names] of metrics) if (names.has(plain)) add(file, plain, 'metrics');
    for (const [file, names] of params) if (names.has(plain)) add(file, plain, 'params');
  }
  const [only, ...others] = matches.values();
  if (only && others.length === 0) return only;
  const list = [...matches.values()].map(({ file, name }) => `${file}:${name}`).join(', ');
  throw new DvcError(
    'usage',
    only ? `Ambiguous sort column '${sortBy}' matched '${list}'` : `Unknown sort column '${sortBy}'`,
    { exitCode: 255, ...(only ? { hint: 'Put the file before it: `--sort-by file:name`.' } : {}) },
  );
}
