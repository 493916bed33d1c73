import type {
  ExperimentColumn,
  ExperimentRow,
  ExperimentsTable,
  TablePatch,
} from '../../src/protocol/experiments-page.ts';
import { isSame } from './values.ts';

/** A table with the changes of a patch; undefined where the patch is for another version. */
export function patched(table: ExperimentsTable, patch: TablePatch): ExperimentsTable | undefined {
  if (patch.base !== table.version) return undefined;
  const rows = new Map(table.rows.map((row) => [row.id, row]));
  for (const id of patch.removed) rows.delete(id);
  for (const row of patch.rows) rows.set(row.id, row);
  const order = patch.order ?? [...rows.keys()];
  const { version, queue = table.queue } = patch;
  return { ...table, version, queue, rows: order.flatMap((id) => rows.get(id) ?? []) };
}

/** Rows below each row, in order; those of the top level below ''. The workspace is no part of it. */
export function childrenOf(rows: readonly ExperimentRow[]): Map<string, ExperimentRow[]> {
  const known = new Set(rows.map(({ id }) => id));
  const children = new Map<string, ExperimentRow[]>();
  for (const row of rows) {
    if (row.kind === 'workspace') continue;
    const parent = row.parent !== undefined && known.has(row.parent) && row.parent !== 'workspace' ? row.parent : '';
    const list = children.get(parent);
    if (list) list.push(row);
    else children.set(parent, [row]);
  }
  return children;
}

/** Columns in which all rows that have a value have the same one. */
export function unchangedColumns({ columns, rows }: Pick<ExperimentsTable, 'columns' | 'rows'>): Set<string> {
  const withValues = rows.filter(({ kind }) => kind !== 'branch');
  return new Set(
    columns.flatMap(({ id }: ExperimentColumn, at) => {
      const first = withValues[0]?.values[at] ?? null;
      return withValues.every(({ values, errors }) => errors[at] === undefined && isSame(values[at] ?? null, first))
        ? [id]
        : [];
    }),
  );
}
