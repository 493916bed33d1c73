import type { TableView } from '../../src/protocol/experiments-page.ts';
import { HIDDEN_AT_FIRST, NAME } from './table-model.ts';

/** How a table looks before anything was chosen. */
export const emptyView = (): TableView => ({
  query: '',
  sorts: [],
  mode: 'tree',
  groups: [],
  hidden: HIDDEN_AT_FIRST,
  pinned: [],
  order: [],
  widths: {},
  formats: {},
  onlyChanged: false,
  collapsed: [],
});

/** A click on a header: ascending, descending, not at all. @param adds Keeps the other columns that are sorted by. */
export function sortedBy(view: TableView, column: string, adds: boolean): TableView {
  const current = view.sorts.find((sort) => sort.column === column);
  const next = !current ? [{ column, descending: false }] : current.descending ? [] : [{ column, descending: true }];
  const at = view.sorts.findIndex((sort) => sort.column === column);
  if (!adds) return { ...view, sorts: next };
  return { ...view, sorts: at < 0 ? [...view.sorts, ...next] : view.sorts.toSpliced(at, 1, ...next) };
}

/** Sorts by a column in one direction; undefined takes it out. */
export function withSort(view: TableView, column: string, descending: boolean | undefined, adds: boolean): TableView {
  const others = adds || descending === undefined ? view.sorts.filter((sort) => sort.column !== column) : [];
  return { ...view, sorts: descending === undefined ? others : [...others, { column, descending }] };
}

export const withHidden = (view: TableView, columns: readonly string[], isHidden: boolean): TableView => ({
  ...view,
  hidden: [...new Set([...view.hidden.filter((id) => !columns.includes(id)), ...(isHidden ? columns : [])])],
});

export const withPinned = (view: TableView, column: string, isPinned: boolean): TableView => ({
  ...view,
  pinned: [...view.pinned.filter((id) => id !== column), ...(isPinned && column !== NAME ? [column] : [])],
});

/** Puts a column before another one, or at the end. @param shown Ids of the columns as they stand. */
export function movedBefore(
  view: TableView,
  column: string,
  before: string | undefined,
  shown: readonly string[],
): TableView {
  const rest = shown.filter((id) => id !== column);
  const at = before === undefined ? rest.length : Math.max(0, rest.indexOf(before));
  const order = rest.toSpliced(at, 0, column);
  return { ...view, order, pinned: order.filter((id) => view.pinned.includes(id)) };
}

export const withWidth = (view: TableView, column: string, width: number): TableView => ({
  ...view,
  widths: { ...view.widths, [column]: Math.round(Math.min(1200, Math.max(44, width))) },
});

/** Groups by one more column, or by one less; back to the tree without any. */
export function withGroup(view: TableView, column: string): TableView {
  const groups = view.groups.includes(column) ? view.groups.filter((id) => id !== column) : [...view.groups, column];
  return { ...view, groups, mode: groups.length > 0 ? 'grouped' : 'tree' };
}

export function withFolded(view: TableView, row: string, isFolded: boolean): TableView {
  const others = view.collapsed.filter((id) => id !== row);
  return { ...view, collapsed: isFolded ? [...others, row] : others };
}

/** One more condition on the query: what is there is kept. */
export function withCondition(view: TableView, condition: string): TableView {
  const query = view.query.trim();
  const needsBrackets = /\bor\b|\|\|/i.test(query);
  return { ...view, query: query === '' ? condition : `${needsBrackets ? `(${query})` : query} and ${condition}` };
}
