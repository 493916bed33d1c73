import type { DataChange, DataState, OutputView } from './snapshot.ts';

/** Changes of one tracked folder, shown as one row. */
export interface FoldedRow {
  readonly kind: 'folded';
  readonly folder: string;
  readonly count: number;
  /** How many are in which state. */
  readonly states: ReadonlyMap<DataState, number>;
}

export interface ChangeRow {
  readonly kind: 'change';
  readonly change: DataChange;
}

export type ScmRow = FoldedRow | ChangeRow;

/**
 * The rows of one group. A folder's own change says nothing its files do not say, and goes where they are listed; where a folder has
 * more than `foldAbove` changed files and is not among the `unfolded`, one row stands for them.
 */
export function scmRows(
  changes: readonly DataChange[],
  outputs: readonly OutputView[],
  options: { readonly foldAbove: number; readonly unfolded: ReadonlySet<string> },
): ScmRow[] {
  const folders = new Set(outputs.flatMap(({ path, isFolder }) => (isFolder ? [path] : [])));
  for (const { path, isFolder } of changes) if (isFolder) folders.add(path);
  const inside = new Map<string, DataChange[]>();
  const rows: ScmRow[] = [];
  for (const change of changes) {
    const folder = change.isFolder ? undefined : folderAround(change.path, folders);
    if (folder === undefined) continue;
    const there = inside.get(folder);
    if (there) there.push(change);
    else inside.set(folder, [change]);
  }
  for (const change of changes) {
    const folder = change.isFolder ? change.path : folderAround(change.path, folders);
    if (folder === undefined) rows.push({ kind: 'change', change });
    else if (change.isFolder && !inside.has(folder)) rows.push({ kind: 'change', change });
  }
  for (const [folder, files] of inside)
    if (files.length > options.foldAbove && !options.unfolded.has(folder))
      rows.push({ kind: 'folded', folder, count: files.length, states: countStates(files) });
    else for (const change of files) rows.push({ kind: 'change', change });
  return rows.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
}

function countStates(changes: readonly DataChange[]): Map<DataState, number> {
  const counts = new Map<DataState, number>();
  for (const { state } of changes) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}

const keyOf = (row: ScmRow): string => (row.kind === 'folded' ? `${row.folder}/` : row.change.path);

function folderAround(path: string, folders: ReadonlySet<string>): string | undefined {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    const folder = path.slice(0, slash);
    if (folders.has(folder)) return folder;
  }
  return undefined;
}
