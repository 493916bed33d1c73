/**
 * A table as DVC prints it: columns two blanks apart under a header, or in Markdown. A cell of several lines takes several
 * rows; blanks around a cell are dropped.
 */
export function valueTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  { markdown = false } = {},
): string {
  if (rows.length === 0 && !markdown) return '';
  const lines = rows.map((row) => headers.map((_, i) => (row[i] ?? '').trim().split(/\r\n|[\n\r]/)));
  const widths = headers.map((header, i) =>
    lines.reduce((most, row) => Math.max(most, ...row[i]!.map(lengthOf)), lengthOf(header) + 2),
  );
  const pad = (cell: string, i: number): string => cell + ' '.repeat((widths[i] ?? 0) - lengthOf(cell));
  const shown = lines.flatMap((row) =>
    Array.from({ length: Math.max(...row.map((cell) => cell.length)) }, (_, n) =>
      row.map((cell, i) => pad(cell[n] ?? '', i)),
    ),
  );
  const head = headers.map(pad);
  if (!markdown) return [head, ...shown].map((row) => row.join('  ').trimEnd()).join('\n');
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(head), rule, ...shown.map(line), ''].join('\n');
}

const lengthOf = (text: string): number => [...text].length;
