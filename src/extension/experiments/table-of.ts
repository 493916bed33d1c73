import type {
  DirectionOf,
  ExperimentsTable as EngineTable,
  ExperimentRow,
  FileValues,
  PlainValue,
} from '../../engine/index.ts';
import type {
  CellValue,
  ColumnKind,
  ExperimentColumn,
  ExperimentsTable,
  ExperimentRow as PageRow,
  QueueState,
  TablePatch,
} from '../../protocol/experiments-page.ts';

/** A metric step by step, as many points as a cell can show. */
export type SeriesOf = (column: ExperimentColumn) => readonly number[] | undefined;

export interface TableFacts {
  readonly version: number;
  readonly queue: QueueState;
  readonly canShowLess: boolean;
  /** What is said of a row on hovering, in words of the display language. */
  readonly factsOf: (row: ExperimentRow) => readonly (readonly [label: string, value: string])[];
  /** Refs of experiments that the Git remote has. */
  readonly pushed: ReadonlySet<string>;
  /** Colours of what is plotted, by id. */
  readonly colours: ReadonlyMap<string, string>;
  /** Metrics of a row step by step, where they are known. */
  readonly seriesOf: (row: ExperimentRow) => SeriesOf | undefined;
  /** Another function where directions were declared anew. */
  readonly directionOf: DirectionOf;
}

interface Known {
  readonly key: string;
  readonly cells: Cells;
  /** What else the row was made from. */
  sign: string;
  page: PageRow | undefined;
}

/**
 * The engine's tables as a page shows them: one column for each value, values by place. What has not changed since the last table is the
 * same object again, so that a change of one row costs no more than that row.
 */
export class PageTables {
  #columns = new Columns(() => undefined);
  #known = new Map<string, Known>();

  next({ rows, hasMore }: EngineTable, facts: TableFacts): ExperimentsTable {
    const ids = new Set(rows.map(({ id }) => id));
    // Columns that only rows had which are gone now are not kept.
    if (this.#columns.directionOf !== facts.directionOf || [...this.#known.keys()].some((id) => !ids.has(id))) {
      this.#columns = new Columns(facts.directionOf);
      this.#known = new Map();
    }
    const known = rows.map((row) => this.#read(row));
    const { columns, slots } = this.#columns.list();
    const keys = new Map(rows.map(({ id, key }) => [id, key]));
    const head = rows.find(({ kind }) => kind === 'commit');
    const shown: PageRow[] = [];
    let branch = '';
    rows.forEach((row, at) => {
      if (row.kind === 'commit' && row.branches[0] !== undefined) {
        branch = row.branches[0];
        shown.push(branchRow(branch));
      }
      const own = known[at]!;
      const baseline = row.kind === 'workspace' ? head?.id : (row.parent ?? '');
      const isPushed = row.ref !== null && facts.pushed.has(row.ref);
      const series = seriesOf(row, columns, facts);
      const colour = facts.colours.get(row.id);
      const facets = [row.key, keys.get(baseline ?? ''), branch, isPushed, colour, columns.length, series];
      const sign = JSON.stringify(facets);
      if (!own.page || own.sign !== sign) {
        own.sign = sign;
        const before = baseline === undefined ? undefined : this.#known.get(baseline)?.cells;
        own.page = {
          ...namesOf(row),
          id: row.id,
          kind: row.kind,
          parent: row.parent ?? (row.kind === 'commit' && branch !== '' ? `branch:${branch}` : undefined),
          facts: facts.factsOf(row),
          state: row.status ?? 'success',
          problem: row.error?.message,
          created: row.created ?? undefined,
          branch: row.kind === 'workspace' ? '' : branch,
          values: slots.map((slot) => own.cells.values[slot] ?? null),
          errors: errorsOf(own.cells, columns),
          changed: row.kind === 'commit' || !before ? [] : changesOf(own.cells, before, this.#columns.list(), row.kind),
          series,
          starred: row.marks.starred,
          pushed: isPushed,
          rules: rulesOf(row),
          progress: undefined,
          colour,
        };
      }
      shown.push(own.page);
    });
    const { version, queue, canShowLess } = facts;
    return { version, columns, rows: shown, queue, history: { hasMore, canShowLess }, warnings: warningsOf(rows) };
  }

  #read(row: ExperimentRow): Known {
    const before = this.#known.get(row.id);
    if (before?.key === row.key) return before;
    const known = { key: row.key, cells: this.#columns.read(row), sign: '', page: undefined };
    this.#known.set(row.id, known);
    return known;
  }
}

const errorsOf = ({ errors }: Cells, columns: readonly ExperimentColumn[]): PageRow['errors'] =>
  Object.fromEntries(
    errors.flatMap(({ kind, file, message }) =>
      columns.flatMap((column, at) => (column.kind === kind && column.file === file ? [[at, message] as const] : [])),
    ),
  );

/** Parameters and dependencies against the row it started from; of the workspace metrics too. */
function changesOf(own: Cells, before: Cells, { columns, slots }: ColumnList, kind: PageRow['kind']): number[] {
  const changed: number[] = [];
  columns.forEach((column, at) => {
    if (column.kind === 'metric' && kind !== 'workspace') return;
    const slot = slots[at] ?? -1;
    const value = own.values[slot];
    if (value !== undefined && !isSameValue(value, before.values[slot])) changed.push(at);
  });
  return changed;
}

const isSameValue = (a: CellValue, b: CellValue | undefined): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && a?.text === b?.text);

const branchRow = (name: string): PageRow => ({
  id: `branch:${name}`,
  kind: 'branch',
  parent: undefined,
  name,
  detail: '',
  facts: [],
  state: 'success',
  problem: undefined,
  created: undefined,
  branch: name,
  values: [],
  errors: {},
  changed: [],
  series: {},
  starred: false,
  pushed: false,
  rules: 'none',
  progress: undefined,
  colour: undefined,
});

const rulesOf = ({ rules }: ExperimentRow): PageRow['rules'] =>
  rules.length === 0 ? 'none' : rules.some(({ met }) => met !== null) ? 'met' : 'waiting';

function namesOf({ kind, name, rev, message, id, marks, tags }: ExperimentRow): Pick<PageRow, 'name' | 'detail'> {
  const short = rev?.slice(0, 7) ?? '';
  const first = message?.split('\n')[0] ?? '';
  if (kind === 'workspace') return { name: 'workspace', detail: '' };
  if (kind === 'commit') return { name: short, detail: [...tags, first].filter((text) => text !== '').join(' · ') };
  const note = marks.note.split('\n')[0] ?? '';
  return { name: name ?? id, detail: [short, ...marks.labels, note].filter((text) => text !== '').join(' · ') };
}

const NO_SERIES = {};

function seriesOf(row: ExperimentRow, columns: readonly ExperimentColumn[], facts: TableFacts): PageRow['series'] {
  const seriesOf = facts.seriesOf(row);
  if (!seriesOf) return NO_SERIES;
  return Object.fromEntries(
    columns.flatMap((column, at) => {
      const series = column.kind === 'metric' ? seriesOf(column) : undefined;
      return series ? [[at, series]] : [];
    }),
  );
}

interface Cells {
  /** By the slot of the column: its place in the order in which columns were found. Nothing where the row has no such value. */
  readonly values: readonly (CellValue | undefined)[];
  readonly errors: readonly { readonly kind: ColumnKind; readonly file: string; readonly message: string }[];
}

/** Columns as the page has them, and the slot of each. */
interface ColumnList {
  readonly columns: readonly ExperimentColumn[];
  readonly slots: readonly number[];
}

/** A key of a file, in some row: with it a value finds its column without the column's name being made for it. */
interface KeyNode {
  slot: number | undefined;
  readonly below: Map<string, KeyNode>;
}

const keyNode = (): KeyNode => ({ slot: undefined, below: new Map() });

function nodeBelow(node: KeyNode, key: string): KeyNode {
  let next = node.below.get(key);
  if (!next) node.below.set(key, (next = keyNode()));
  return next;
}

const KINDS: readonly ColumnKind[] = ['metric', 'param', 'dep'];

/** Columns in the order in which rows name them: metrics, parameters, dependencies. */
class Columns {
  readonly directionOf: DirectionOf;
  readonly #found: ExperimentColumn[] = [];
  readonly #ids = new Map<string, number>();
  readonly #files = new Map<string, KeyNode>();
  #list: ColumnList | undefined;

  constructor(directionOf: DirectionOf) {
    this.directionOf = directionOf;
  }

  /** The same list as long as no column has been added. */
  list(): ColumnList {
    if (this.#list) return this.#list;
    const files = new Map<string, number[]>();
    this.#found.forEach(({ kind, file }, slot) => {
      const key = `${KINDS.indexOf(kind)}${file}`;
      const slots = files.get(key);
      if (slots) slots.push(slot);
      else files.set(key, [slot]);
    });
    const slots = KINDS.flatMap((_, kind) =>
      [...files].flatMap(([key, own]) => (key.startsWith(String(kind)) ? own : [])),
    );
    this.#list = { slots, columns: slots.map((slot) => this.#found[slot]!) };
    return this.#list;
  }

  read({ metrics, params, deps }: ExperimentRow): Cells {
    const values: (CellValue | undefined)[] = [];
    const errors: Cells['errors'][number][] = [];
    for (const [kind, files] of [
      ['metric', metrics],
      ['param', params],
    ] as const)
      for (const file of files) {
        if (file.error) errors.push({ kind, file: file.path, message: `${file.path}: ${file.error.message}` });
        this.#readFile(kind, file, values);
      }
    const root = this.#node('dep', '');
    for (const { path, hash } of deps)
      if (hash !== null) values[this.#slot(nodeBelow(root, path), 'dep', '', [path])] = hash;
    return { values, errors };
  }

  /** A file that is one value is called as itself. */
  #readFile(kind: ColumnKind, { path, values }: FileValues, into: (CellValue | undefined)[]): void {
    if (values === undefined) return;
    const root = this.#node(kind, path);
    if (isNested(values)) {
      this.#readNested(root, kind, path, [], values, into);
      return;
    }
    const name = path.slice(path.lastIndexOf('/') + 1);
    into[this.#slot(nodeBelow(root, name), kind, path, [name])] = cellOf(values);
  }

  #readNested(
    node: KeyNode,
    kind: ColumnKind,
    file: string,
    keys: readonly string[],
    values: { readonly [key: string]: PlainValue },
    into: (CellValue | undefined)[],
  ): void {
    for (const key of Object.keys(values)) {
      const value = values[key]!;
      const next = nodeBelow(node, key);
      if (isNested(value) && Object.keys(value).length > 0)
        this.#readNested(next, kind, file, [...keys, key], value, into);
      else into[next.slot ?? this.#slot(next, kind, file, [...keys, key])] = cellOf(value);
    }
  }

  #node(kind: ColumnKind, file: string): KeyNode {
    const key = `${kind}\n${file}`;
    let node = this.#files.get(key);
    if (!node) this.#files.set(key, (node = keyNode()));
    return node;
  }

  /** Keys with dots in them may name one column together. */
  #slot(node: KeyNode, kind: ColumnKind, file: string, keys: readonly string[]): number {
    if (node.slot !== undefined) return node.slot;
    const id = kind === 'dep' ? `dep:${keys[0]}` : `${kind}:${file}:${keys.join('.')}`;
    let slot = this.#ids.get(id);
    if (slot === undefined) {
      const better = kind === 'metric' ? this.directionOf(file, keys) : undefined;
      slot = this.#found.push({ id, kind, file, keys, better }) - 1;
      this.#ids.set(id, slot);
      this.#list = undefined;
    }
    node.slot = slot;
    return slot;
  }
}

const isNested = (value: PlainValue): value is { readonly [key: string]: PlainValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function cellOf(value: PlainValue): CellValue {
  if (typeof value === 'number' && !Number.isFinite(value))
    return { text: Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf' };
  if (value === null) return { text: 'null' };
  return typeof value === 'object' ? { text: JSON.stringify(value) } : value;
}

/** Files of the workspace that could not be read: what is wrong with older rows is told in them. */
function warningsOf(rows: readonly ExperimentRow[]): string[] {
  const workspace = rows.find(({ kind }) => kind === 'workspace');
  if (!workspace) return [];
  const broken = [...workspace.params, ...workspace.metrics].flatMap(({ path, error }) =>
    error ? [`${path}: ${error.message}`] : [],
  );
  return [...(workspace.error ? [workspace.error.message] : []), ...broken];
}

/** What to tell a page that shows `before`; undefined where it has to be told everything. */
export function pagePatch(before: ExperimentsTable, after: ExperimentsTable): TablePatch | undefined {
  const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
  if (before.columns !== after.columns || !isSame(before.history, after.history)) return undefined;
  if (!isSame(before.warnings, after.warnings)) return undefined;
  const known = new Map(before.rows.map((row) => [row.id, row]));
  const there = new Set(after.rows.map(({ id }) => id));
  const isInOrder =
    before.rows.length === after.rows.length && after.rows.every(({ id }, at) => id === before.rows[at]?.id);
  return {
    base: before.version,
    version: after.version,
    rows: after.rows.filter((row) => known.get(row.id) !== row && !(row.kind === 'branch' && known.has(row.id))),
    removed: [...known.keys()].filter((id) => !there.has(id)),
    order: isInOrder ? undefined : after.rows.map(({ id }) => id),
    queue: isSame(before.queue, after.queue) ? undefined : after.queue,
  };
}

/** The text `exp run -S` takes for a parameter that was typed over; undefined for a column that is none. */
export function overrideOf(columns: readonly ExperimentColumn[], column: string, text: string): string | undefined {
  const found = columns.find(({ id, kind }) => id === column && kind === 'param');
  if (!found) return undefined;
  const key = found.keys.join('.');
  return found.file === 'params.yaml' ? `${key}=${text}` : `${found.file}:${key}=${text}`;
}
