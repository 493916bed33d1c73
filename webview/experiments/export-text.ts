/** Cells of a table to be copied, the headers first; all of one length. */
export type Cells = readonly (readonly string[])[];

/** RFC 4180, lines ended by a line feed as DVC's `--csv` does. */
export const csvOf = (cells: Cells): string => `${cells.map((line) => line.map(csvCell).join(',')).join('\n')}\n`;

const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** For spreadsheets: they take tabs on the clipboard for columns. */
export const tabsOf = (cells: Cells): string =>
  cells.map((line) => line.map((text) => text.replace(/[\t\r\n]+/g, ' ')).join('\t')).join('\n');

/** A table of GitHub's Markdown, padded so that it is read as text too. */
export function markdownOf(cells: Cells): string {
  const escaped = cells.map((line) => line.map(markdownCell));
  const widths = (escaped[0] ?? []).map((_, at) => Math.max(3, ...escaped.map((line) => line[at]?.length ?? 0)));
  const lineOf = (line: readonly string[]): string =>
    `| ${line.map((text, at) => text.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const [head = [], ...rest] = escaped;
  return `${[lineOf(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rest.map(lineOf)].join('\n')}\n`;
}

/** What Markdown or HTML would make something else of stands as it is. */
const markdownCell = (text: string): string => text.replace(/[\\|`*_<>[\]]/g, '\\$&').replace(/\r?\n/g, ' ');
