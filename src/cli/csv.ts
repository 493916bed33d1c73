/** Rows as Python's `csv` module writes them: quotes only where they are needed, lines end in CR and LF. */
export const csvText = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `${row.length === 1 && row[0] === '' ? '""' : row.map(csvCell).join(',')}\r\n`).join('');

const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
