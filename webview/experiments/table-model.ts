// The one importer of the table library: rows are filtered, sorted, grouped and unfolded, columns ordered, pinned and sized by it.
import {
  type ColumnDef,
  columnFilteringFeature,
  columnGroupingFeature,
  columnOrderingFeature,
  columnPinningFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  constructTable,
  createExpandedRowModel,
  createFilteredRowModel,
  createGroupedRowModel,
  createSortedRowModel,
  globalFilteringFeature,
  type Header,
  type HeaderGroup,
  type Row,
  rowExpandingFeature,
  rowSortingFeature,
  type Table,
  tableFeatures,
} from '@tanstack/table-core';
import { storeReactivityBindings } from '@tanstack/table-core/store-reactivity-bindings';
import type {
  ExperimentColumn,
  ExperimentRow,
  ExperimentsTable,
  TableView,
} from '../../src/protocol/experiments-page.ts';
import type { Matcher } from './query-match.ts';
import { childrenOf } from './table-data.ts';
import { compareValues, fullText } from './values.ts';

const features = tableFeatures({
  coreReactivityFeature: storeReactivityBindings(),
  columnFilteringFeature,
  columnGroupingFeature,
  columnOrderingFeature,
  columnPinningFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  globalFilteringFeature,
  rowExpandingFeature,
  rowSortingFeature,
  filteredRowModel: createFilteredRowModel(),
  groupedRowModel: createGroupedRowModel(),
  sortedRowModel: createSortedRowModel(),
  expandedRowModel: createExpandedRowModel(),
});
type Features = typeof features;
type Column = ColumnDef<Features, ExperimentRow>;

/** The column every row is named in; it is never hidden or moved. */
export const NAME = 'name';
export const CREATED = 'created';
const STATE = 'state';
const BRANCH = 'branch';

/** A line of the table as it is shown now. */
export interface ShownRow {
  readonly id: string;
  /** Undefined for a group. */
  readonly row: ExperimentRow | undefined;
  /** Of a group: its column and the value its rows share. */
  readonly group: { readonly column: string; readonly value: string; readonly count: number } | undefined;
  /** 1 at the top. */
  readonly level: number;
  /** Undefined where nothing is below. */
  readonly expanded: boolean | undefined;
  /** Rows below it, folded or not. */
  readonly below: number;
}

/** A column as it is shown now. */
export interface ShownColumn {
  readonly id: string;
  /** Undefined for the columns every table has. */
  readonly column: ExperimentColumn | undefined;
  /** Place of its values. */
  readonly at: number;
  readonly label: string;
  readonly width: number;
  /** Pixels from the left of its region: of the pinned columns, or of the others. */
  readonly left: number;
  readonly pinned: boolean;
  readonly sorted: 'asc' | 'desc' | undefined;
  /** 1 for the first of several. */
  readonly sortPlace: number | undefined;
}

/** A cell of the headers above the columns. */
export interface ShownHeader {
  readonly id: string;
  readonly label: string;
  readonly kind: ExperimentColumn['kind'] | undefined;
  readonly left: number;
  readonly width: number;
  readonly pinned: boolean;
  /** Columns below it. */
  readonly span: number;
}

const WIDTHS = { [NAME]: 300, [CREATED]: 112, [STATE]: 100, [BRANCH]: 120 } as const;
const VALUE_WIDTH = 104;
const MIN_WIDTH = 44;
const MAX_WIDTH = 1200;

export interface ModelWords {
  readonly experiment: string;
  readonly created: string;
  readonly state: string;
  readonly branch: string;
  readonly dependencies: string;
}

/** What is shown of a table: a function of the data, the view a user has chosen, and a filter. */
export class TableModel {
  readonly #words: ModelWords;
  readonly #table: Table<Features, ExperimentRow>;
  #columns: readonly ExperimentColumn[] = [];
  #places = new Map<string, number>();
  #children = new Map<string, ExperimentRow[]>();
  #all: readonly ExperimentRow[] = [];
  #collapsed = new Set<string>();
  #isTree = true;

  constructor(words: ModelWords) {
    this.#words = words;
    this.#table = constructTable<Features, ExperimentRow>({
      features,
      columns: [],
      data: [],
      getRowId: ({ id }) => id,
      getSubRows: ({ id }) => (this.#isTree ? this.#children.get(id) : undefined),
      getColumnCanGlobalFilter: ({ id }) => id === NAME,
      // One call for each row: the filter is a function of all of it.
      globalFilterFn: (row, _, matches: Matcher) => matches(row.original),
      filterFromLeafRows: true,
      groupedColumnMode: false,
      autoResetAll: false,
      getRowCanExpand: ({ subRows }) => subRows.length > 0,
      getIsRowExpanded: ({ id }) => !this.#collapsed.has(id),
    });
  }

  setTable({ columns, rows }: ExperimentsTable): void {
    if (columns !== this.#columns) {
      this.#columns = columns;
      this.#places = new Map(columns.map(({ id }, at) => [id, at]));
      this.#table.setOptions((options) => ({ ...options, columns: this.#definitions(columns) }));
    }
    this.#children = childrenOf(rows);
    this.#all = rows.filter(({ kind }) => kind !== 'workspace');
    this.#takeData();
  }

  /** Takes over what a user has chosen. @param hidden Columns that are not shown, for whatever reason. */
  setView(view: TableView, hidden: ReadonlySet<string>): void {
    const isTree = view.mode === 'tree';
    if (isTree !== this.#isTree) {
      this.#isTree = isTree;
      this.#takeData();
    }
    this.#collapsed = new Set(view.collapsed);
    const table = this.#table;
    table.setSorting(view.sorts.map(({ column, descending }) => ({ id: column, desc: descending })));
    table.setGrouping(view.mode === 'grouped' ? [...view.groups] : []);
    table.setColumnOrder([...view.order]);
    table.setColumnPinning({ start: [NAME, ...view.pinned.filter((id) => id !== NAME)], end: [] });
    table.setColumnSizing({ ...view.widths });
    table.setColumnVisibility(Object.fromEntries([...hidden].filter((id) => id !== NAME).map((id) => [id, false])));
    table.setExpanded({ ...Object.fromEntries(view.collapsed.map((id) => [id, true])), '': true });
  }

  /** @param matches Undefined shows every row. */
  setFilter(matches: Matcher | undefined): void {
    this.#table.setGlobalFilter(matches === undefined ? undefined : () => matches);
  }

  /** Rows without the workspace, which stands above whatever is filtered or sorted. */
  rows(): ShownRow[] {
    return this.#table.getRowModel().rows.map((row) => this.#shown(row));
  }

  /** How many rows the filter leaves, folded ones too. */
  matching(matches: Matcher): number {
    return this.#all.reduce((count, row) => count + (row.kind !== 'branch' && matches(row) ? 1 : 0), 0);
  }

  /** Ids of the rows that can be folded, folded or not. */
  foldable(): string[] {
    return this.#table.getPreExpandedRowModel().flatRows.flatMap(({ id, subRows }) => (subRows.length > 0 ? [id] : []));
  }

  columns(): ShownColumn[] {
    const table = this.#table;
    return [
      ...table.getStartVisibleLeafColumns().map((column) => ({ column, pinned: true })),
      ...table.getCenterVisibleLeafColumns().map((column) => ({ column, pinned: false })),
    ].map(({ column, pinned }) => {
      const sorted = column.getIsSorted();
      return {
        ...this.#named(column.id),
        width: column.getSize(),
        left: column.getStart(pinned ? 'start' : 'center'),
        pinned,
        sorted: sorted === false ? undefined : sorted,
        sortPlace: sorted === false ? undefined : column.getSortIndex() + 1,
      };
    });
  }

  /** Every column there is, in the order of the table. */
  allColumns(): { id: string; label: string; column: ExperimentColumn | undefined }[] {
    return this.#table.getAllLeafColumns().map(({ id }) => this.#named(id));
  }

  /** The rows of headers above the columns' own, from the top; pinned ones first. */
  headers(): ShownHeader[][] {
    const regions = [
      { groups: this.#table.getStartHeaderGroups(), pinned: true },
      { groups: this.#table.getCenterHeaderGroups(), pinned: false },
    ];
    const depth = Math.max(...regions.map(({ groups }) => groups.length)) - 1;
    return Array.from({ length: depth }, (_, at) =>
      regions.flatMap(({ groups, pinned }) => headerRow(groups[groups.length - 1 - depth + at], pinned)),
    );
  }

  #shown(row: Row<Features, ExperimentRow>): ShownRow {
    const groupColumn = 'groupingColumnId' in row ? row.groupingColumnId : undefined;
    const isGroup = typeof groupColumn === 'string';
    const below = row.subRows.length;
    return {
      id: row.id,
      row: isGroup ? undefined : row.original,
      group: isGroup
        ? { column: groupColumn, value: this.#textOf(row.original, groupColumn), count: row.getLeafRows().length }
        : undefined,
      level: row.depth + 1,
      expanded: below > 0 ? !this.#collapsed.has(row.id) : undefined,
      below,
    };
  }

  #textOf(row: ExperimentRow, column: string): string {
    const at = this.#places.get(column);
    if (at !== undefined) return fullText(row.values[at] ?? null);
    return column === STATE ? row.state : column === BRANCH ? row.branch : '';
  }

  #named(id: string): { id: string; column: ExperimentColumn | undefined; at: number; label: string } {
    const at = this.#places.get(id) ?? -1;
    const column = this.#columns[at];
    const fixed = id === NAME ? this.#words.experiment : id === CREATED ? this.#words.created : undefined;
    const label = column?.keys.at(-1) ?? fixed ?? (id === STATE ? this.#words.state : this.#words.branch);
    return { id, column, at, label };
  }

  #takeData(): void {
    const data = this.#isTree ? (this.#children.get('') ?? []) : this.#all.filter(({ kind }) => kind !== 'branch');
    this.#table.setOptions((options) => ({ ...options, data: [...data] }));
  }

  #definitions(columns: readonly ExperimentColumn[]): Column[] {
    const hasPrefixes = columns.some(({ keys }) => keys.length > 1);
    const groups = new Map<string, { columns: Column[]; header: string; prefixes: Map<string, Column[]> }>();
    columns.forEach(({ id, kind, file, keys }, at) => {
      const group = `${kind}\n${file}`;
      const known = groups.get(group) ?? {
        columns: [],
        header: file === '' ? this.#words.dependencies : file,
        prefixes: new Map<string, Column[]>(),
      };
      groups.set(group, known);
      const column = this.#valueColumn(id, at);
      const prefix = keys.slice(0, -1).join('.');
      const below = known.prefixes.get(prefix);
      if (!hasPrefixes) known.columns.push(column);
      else if (below) below.push(column);
      else {
        const first = [column];
        known.prefixes.set(prefix, first);
        // All columns lie equally deep: those without a prefix below a header without a text.
        known.columns.push({ id: `${group}\n${prefix}`, header: prefix, columns: first });
      }
    });
    return [
      { id: NAME, accessorFn: ({ name }) => name, ...this.#fixed(NAME), enableGrouping: false },
      { id: CREATED, accessorFn: ({ created }) => created, ...this.#fixed(CREATED) },
      { id: STATE, accessorFn: ({ state }) => state, ...this.#fixed(STATE) },
      { id: BRANCH, accessorFn: ({ branch }) => branch, ...this.#fixed(BRANCH) },
      ...[...groups].map(([id, { columns: below, header }]) => ({ id, header, columns: below })),
    ];
  }

  #fixed(id: keyof typeof WIDTHS): Partial<Column> {
    return {
      size: WIDTHS[id],
      minSize: id === NAME ? 140 : MIN_WIDTH,
      maxSize: MAX_WIDTH,
      sortUndefined: 'last',
      sortFn: (a, b) =>
        this.#isHistory(a.original, b.original) ? 0 : compareValues(a.getValue(id) ?? null, b.getValue(id) ?? null),
    };
  }

  #valueColumn(id: string, at: number): Column {
    return {
      id,
      accessorFn: ({ values }) => values[at] ?? undefined,
      size: VALUE_WIDTH,
      minSize: MIN_WIDTH,
      maxSize: MAX_WIDTH,
      sortUndefined: 'last',
      sortFn: ({ original: a }, { original: b }) =>
        this.#isHistory(a, b) ? 0 : compareValues(a.values[at] ?? null, b.values[at] ?? null),
      getGroupingValue: ({ values }) => fullText(values[at] ?? null),
    };
  }

  /** Branches and commits of a tree stand as the history has them; what is sorted is the experiments below. */
  #isHistory(a: ExperimentRow, b: ExperimentRow): boolean {
    return this.#isTree && a.kind !== 'experiment' && b.kind !== 'experiment';
  }
}

/** Columns that are shown only once a user asks for them. */
export const HIDDEN_AT_FIRST: readonly string[] = [STATE, BRANCH];

/** Neighbours below one header; nothing above columns that have no group at this height. */
function headerRow(group: HeaderGroup<Features, ExperimentRow> | undefined, pinned: boolean): ShownHeader[] {
  return (group?.headers ?? []).flatMap((header) => {
    if (header.isPlaceholder || header.subHeaders.length === 0 || labelOf(header) === '') return [];
    const leaves = header.getLeafHeaders().filter(({ subHeaders }) => subHeaders.length === 0);
    const first = leaves[0]?.column;
    if (!first) return [];
    return [
      {
        id: header.id,
        label: labelOf(header),
        kind: kindOf(first.id),
        left: first.getStart(pinned ? 'start' : 'center'),
        width: leaves.reduce((sum, { column }) => sum + column.getSize(), 0),
        pinned,
        span: leaves.length,
      },
    ];
  });
}

const labelOf = ({ column }: Header<Features, ExperimentRow, unknown>): string => String(column.columnDef.header ?? '');

function kindOf(id: string): ExperimentColumn['kind'] | undefined {
  const kind = id.slice(0, Math.max(0, id.indexOf(':')));
  return kind === 'metric' || kind === 'param' || kind === 'dep' ? kind : undefined;
}
