import type { PlotContent } from '../../src/protocol/plots-page.ts';

/** The data of a plot as a table, whatever it draws: one row for each point, the revision first. */
export function tableOf(content: PlotContent): readonly Readonly<Record<string, unknown>>[] {
  switch (content.kind) {
    case 'series':
      return content.series.flatMap(({ rev, source, x, y }) =>
        x.map((at, i) => ({ rev, ...(source === '' ? {} : { source }), [content.xLabel]: at, [content.yLabel]: y[i] })),
      );
    case 'vega':
      return content.rows;
    case 'images':
      return content.images.map(({ rev, step, path }) => ({ rev, step, path: path ?? '' }));
    case 'scatter':
    case 'parallel':
      return content.points.map(({ label, values }) => ({
        rev: label,
        ...Object.fromEntries(content.columns.map((column, at) => [column, values[at] ?? ''])),
      }));
    case 'history':
      return content.commits.map(({ rev, date, value, dataChanged }) => ({
        rev,
        date,
        [content.metric]: value ?? '',
        dataChanged,
      }));
    default:
      return unreachable(content);
  }
}

/** Rows as lines of values between separators, quoted where they must be. */
export function separated(rows: readonly Readonly<Record<string, unknown>>[], separator: ',' | '\t'): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value: unknown): string => {
    const text =
      value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
    return new RegExp(`[${separator}"\\r\\n]`).test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((line) => `${line.map(cell).join(separator)}\n`)
    .join('');
}

function unreachable(content: never): never {
  throw new Error(`There is no table of ${JSON.stringify(content)}.`);
}
