import type { PyKey, PyValue } from '../core/python.ts';
import type { Points } from './points.ts';

export interface CsvOptions {
  readonly delimiter: ',' | '\t';
  /** False where the first line is data: fields are `0`, `1`, … */
  readonly header: boolean;
}

/**
 * A table as Python's `csv.DictReader` reads it: all values are texts, empty lines are passed over, a short line lacks
 * nothing but has nulls at its end, a long one has the rest as a list under the field `null`.
 *
 * @throws TypeError where there is no header to be had.
 */
export async function readCsv(text: string, options: CsvOptions): Promise<Points> {
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  return lines.includes('"') ? readQuoted(lines, options) : readPlain(lines, options);
}

/** Without quotes a line is a row: cells go straight from the text into their columns. */
function readPlain(text: string, { delimiter, header }: CsvOptions): Points {
  const endOf = (from: number): number => {
    const end = text.indexOf('\n', from);
    return end < 0 ? text.length : end;
  };
  const first = endOf(0);
  const names = text === '' ? undefined : text.slice(0, first).split(header ? delimiter : ',');
  const table = new Table(fieldsOf(names, header));
  for (let at = header ? first + 1 : 0; at < text.length; ) {
    const end = endOf(at);
    if (end > at) table.addLine(text, at, end, delimiter);
    at = end + 1;
  }
  return table.points();
}

async function readQuoted(text: string, { delimiter, header }: CsvOptions): Promise<Points> {
  const { default: papa } = await import('papaparse');
  const parse = (separator: string, preview: number): string[][] =>
    papa.parse<string[]>(text, { delimiter: separator, newline: '\n', quoteChar: '"', header: false, preview }).data;
  const rows = parse(delimiter, 0);
  const table = new Table(fieldsOf(header ? rows[0] : parse(',', 1)[0], header));
  for (const row of header ? rows.slice(1) : rows) if (row.length > 1 || row[0] !== '') table.addCells(row);
  return table.points();
}

function fieldsOf(first: readonly string[] | undefined, header: boolean): readonly string[] {
  if (first) return header ? first : first.map((_, i) => String(i));
  if (header) return [];
  throw new TypeError("object of type 'NoneType' has no len()");
}

class Table {
  readonly #columns: PyValue[][];
  readonly #fields: readonly string[];
  readonly #extra: (PyValue | undefined)[] = [];
  #length = 0;

  constructor(fields: readonly string[]) {
    this.#fields = fields;
    this.#columns = fields.map(() => []);
  }

  addLine(text: string, start: number, end: number, delimiter: string): void {
    let from = start;
    for (const column of this.#columns) {
      if (from > end) {
        column.push(null);
        continue;
      }
      const found = text.indexOf(delimiter, from);
      const to = found < 0 || found > end ? end : found;
      column.push(text.slice(from, to));
      from = to + 1;
    }
    if (from <= end) this.#extra[this.#length] = text.slice(from, end).split(delimiter);
    this.#length++;
  }

  addCells(cells: readonly string[]): void {
    for (const [i, column] of this.#columns.entries()) column.push(cells[i] ?? null);
    if (cells.length > this.#columns.length) this.#extra[this.#length] = cells.slice(this.#columns.length);
    this.#length++;
  }

  /** Of two columns of one name the later one counts. */
  points(): Points {
    const columns = new Map<PyKey, (PyValue | undefined)[]>();
    for (const [i, field] of this.#fields.entries()) columns.set(field, this.#columns[i]!);
    if (this.#extra.length > 0) {
      this.#extra.length = this.#length;
      columns.set(null, this.#extra);
    }
    return { length: this.#length, columns };
  }
}
