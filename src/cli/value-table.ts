/** A table as DVC prints it: columns two blanks apart under a header, or in Markdown. Empty cells are dashes. */
export function valueTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  { markdown = false } = {},
): string {
  if (rows.length === 0 && !markdown) return '';
  const widths = headers.map((header, i) =>
    Math.max(lengthOf(header) + 2, ...rows.map((row) => lengthOf(row[i] ?? ''))),
  );
  const cells = (row: readonly string[]): string[] =>
    row.map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - lengthOf(cell)));
  if (!markdown) return [headers, ...rows].map((row) => cells(row).join('  ').trimEnd()).join('\n');
  const line = (row: readonly string[]): string => `| ${cells(row).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(headers), rule, ...rows.map(line), ''].join('\n');
}

const lengthOf = (text: string): number => [...text].length;
