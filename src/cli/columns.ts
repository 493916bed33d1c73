/** Rows as columns two blanks apart, as DVC's plain tables; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[], options: { readonly rightFirst?: boolean } = {}): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, [...cell].length);
  const pad = (cell: string, at: number): string => {
    const blanks = ' '.repeat((widths[at] ?? 0) - [...cell].length);
    return at === 0 && options.rightFirst ? blanks + cell : cell + blanks;
  };
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

const UNITS = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z'] as const;

/** `1.47k`: three digits and a unit of 1024, as DVC prints sizes. */
export function shortSize(bytes: number): string {
  if (bytes < 1024) return bytes.toFixed(0);
  let value = bytes;
  for (const unit of UNITS) {
    if (value < 999.5) return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)}${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)}Y`;
}
