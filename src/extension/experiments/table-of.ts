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
  /** A metric step by step, where somebody follows it: by row and column. */
  readonly seriesOf: (row: ExperimentRow, column: ExperimentColumn) => readonly number[] | undefined;
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
    const columns = this.#columns.list();
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
          values: columns.map(({ id }) => own.cells.values.get(id) ?? null),
          errors: errorsOf(own.cells, columns),
          changed: row.kind === 'commit' || !before ? [] : changesOf(own.cells, before, columns, row.kind),
          series,
          starred: row.marks.starred,
          pushed: isPushed,
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
function changesOf(own: Cells, before: Cells, columns: readonly ExperimentColumn[], kind: PageRow['kind']): number[] {
  return columns.flatMap((column, at) => {
    if (column.kind === 'metric' && kind !== 'workspace') return [];
    const value = own.values.get(column.id);
    return value !== undefined && JSON.stringify(value) !== JSON.stringify(before.values.get(column.id)) ? [at] : [];
  });
}

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
  progress: undefined,
  colour: undefined,
});

function namesOf({ kind, name, rev, message, id, marks, tags }: ExperimentRow): Pick<PageRow, 'name' | 'detail'> {
  const short = rev?.slice(0, 7) ?? '';
  const first = message?.split('\n')[0] ?? '';
  if (kind === 'workspace') return { name: 'workspace', detail: '' };
  if (kind === 'commit') return { name: short, detail: [...tags, first].filter((text) => text !== '').join(' · ') };
  const note = marks.note.split('\n')[0] ?? '';
  return { name: name ?? id, detail: [short, ...marks.labels, note].filter((text) => text !== '').join(' · ') };
}

function seriesOf(row: ExperimentRow, columns: readonly ExperimentColumn[], facts: TableFacts): PageRow['series'] {
  return Object.fromEntries(
    columns.flatMap((column, at) => {
      const series = column.kind === 'metric' ? facts.seriesOf(row, column) : undefined;
      return series ? [[at, series]] : [];
    }),
  );
}

interface Cells {
  /** By column. */
  readonly values: ReadonlyMap<string, CellValue>;
  readonly errors: readonly { readonly kind: ColumnKind; readonly file: string; readonly message: string }[];
}

/** Columns in the order in which rows name them: metrics, parameters, dependencies. */
class Columns {
  readonly directionOf: DirectionOf;
  readonly #found = new Map<ColumnKind, Map<string, ExperimentColumn>>([
    ['metric', new Map()],
    ['param', new Map()],
    ['dep', new Map()],
  ]);

  #list: readonly ExperimentColumn[] | undefined;

  constructor(directionOf: DirectionOf) {
    this.directionOf = directionOf;
  }

  /** The same list as long as no column has been added. */
  list(): readonly ExperimentColumn[] {
    this.#list ??= [...this.#found.values()].flatMap((columns) => {
      const files = new Map<string, ExperimentColumn[]>();
      for (const column of columns.values()) files.set(column.file, [...(files.get(column.file) ?? []), column]);
      return [...files.values()].flat();
    });
    return this.#list;
  }

  read({ metrics, params, deps }: ExperimentRow): Cells {
    const values = new Map<string, CellValue>();
    const errors: Cells['errors'][number][] = [];
    for (const [kind, files] of [
      ['metric', metrics],
      ['param', params],
    ] as const)
      for (const file of files) {
        if (file.error) errors.push({ kind, file: file.path, message: `${file.path}: ${file.error.message}` });
        for (const [keys, value] of leavesOf(file)) values.set(this.#column(kind, file.path, keys), value);
      }
    for (const { path, hash } of deps) if (hash !== null) values.set(this.#column('dep', '', [path]), hash);
    return { values, errors };
  }

  #column(kind: ColumnKind, file: string, keys: readonly string[]): string {
    const id = kind === 'dep' ? `dep:${keys[0]}` : `${kind}:${file}:${keys.join('.')}`;
    const columns = this.#found.get(kind)!;
    if (!columns.has(id)) {
      columns.set(id, { id, kind, file, keys, better: kind === 'metric' ? this.directionOf(file, keys) : undefined });
      this.#list = undefined;
    }
    return id;
  }
}

type Leaf = readonly [keys: readonly string[], value: CellValue];

/** Values a file holds, by their keys. A file that is one value has an empty key. */
function leavesOf({ values, path }: FileValues): Leaf[] {
  if (values === undefined) return [];
  return isNested(values) ? nested([], values) : [[[path.slice(path.lastIndexOf('/') + 1)], cellOf(values)]];
}

function nested(keys: readonly string[], values: { readonly [key: string]: PlainValue }): Leaf[] {
  return Object.entries(values).flatMap(([key, value]): Leaf[] =>
    isNested(value) && Object.keys(value).length > 0
      ? nested([...keys, key], value)
      : [[[...keys, key], cellOf(value)]],
  );
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
