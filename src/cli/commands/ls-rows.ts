import type { LsEntry, LsTree } from '../../engine/verbs/ls.ts';
import { columns, shortSize } from '../columns.ts';
import type { CliIo } from '../io.ts';

/** An entry of a listing, and the text that it is shown with. */
export interface LsRow {
  readonly entry: LsEntry;
  readonly text: string;
}

export function printLsRows(io: CliIo, rows: readonly LsRow[], size: boolean, hash: boolean): void {
  if (rows.length === 0) return;
  if (!size && !hash) {
    io.print(rows.map(({ text }) => text).join('\n'));
    return;
  }
  const cells = rows.map(({ entry, text }) => [
    ...(size ? [sizeText(entry)] : []),
    ...(hash ? [entry.oid ?? '-'] : []),
    text,
  ]);
  io.print(columns(cells, { rightFirst: size }));
}

const sizeText = ({ size, isDir }: LsEntry): string =>
  size === undefined || (isDir && size === 0) ? '' : shortSize(size);

export const lsRow = (io: CliIo, entry: LsEntry): LsRow => ({ entry, text: coloured(io, entry) });

const coloured = (io: CliIo, { path, isDir, isOut }: LsEntry): string =>
  isOut ? io.style.cyan(path) : isDir ? io.style.bold(path) : path;

/** The rows of a tree, drawn with lines. */
export function lsTreeRows(io: CliIo, tree: LsTree): LsRow[] {
  const rows: LsRow[] = [];
  const draw = (at: LsTree, prefix: { readonly first: string; readonly below: string }): void => {
    rows.push({ entry: at, text: prefix.first + coloured(io, at) });
    const last = (at.contents?.length ?? 0) - 1;
    for (const [i, entry] of (at.contents ?? []).entries())
      draw(entry, {
        first: prefix.below + (i === last ? '└── ' : '├── '),
        below: prefix.below + (i === last ? '    ' : '│   '),
      });
  };
  draw(tree, { first: '', below: '' });
  return rows;
}
