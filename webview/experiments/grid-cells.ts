import type { ExperimentRow, NumberFormat } from '../../src/protocol/experiments-page.ts';
import { element, icon } from '../shared/dom.ts';
import { ICONS } from './icons.ts';
import { NameCell, tooltipOf } from './name-cell.ts';
import { showSparkline } from './sparkline.ts';
import { CREATED, NAME, type ShownColumn, type ShownRow } from './table-model.ts';
import { fullText, numberOf, shortText } from './values.ts';
import { say, type Words } from './words.ts';

/** What cells are drawn with beside the row itself. */
export interface CellContext {
  readonly words: Words;
  readonly formats: Readonly<Record<string, NumberFormat>>;
  /** Tells when a row was made. */
  readonly date: (time: number) => string;
  /** Columns that hold numbers: they are set flush right. */
  readonly numeric: ReadonlySet<string>;
  readonly selected: ReadonlySet<string>;
  readonly busy: ReadonlySet<string>;
  /** What was typed over in the workspace, by column. */
  readonly edits: ReadonlyMap<string, string>;
  readonly refused: ReadonlyMap<string, string>;
  readonly trusted: boolean;
  /** Size of the font, px. */
  readonly em: number;
}

/** What a click on a part of the name's cell does; found by `closest`. */
export type CellPart = 'check' | 'fold' | 'star' | 'stop' | 'log' | 'rules';

const nameCells = new WeakMap<HTMLElement, NameCell>();

/** Fills a cell: with whatever it held before, only what is another is touched. */
export function fillCell(cell: HTMLElement, shown: ShownRow, column: ShownColumn, context: CellContext): void {
  if (cell.hasAttribute('title')) cell.removeAttribute('title');
  if (column.id === NAME) {
    let name = nameCells.get(cell);
    if (!name) {
      name = new NameCell(cell, context.words);
      nameCells.set(cell, name);
    }
    look(cell, 'name');
    name.show(shown, context);
    return;
  }
  if (nameCells.delete(cell)) cell.replaceChildren();
  if (shown.row && shown.row.kind !== 'branch') fillValue(cell, shown.row, column, context);
  else {
    look(cell, '');
    showText(cell, '');
  }
}

/** A cell of the workspace's row that holds a parameter: it can be typed over. */
export const isEditable = (row: ExperimentRow | undefined, { column }: ShownColumn, trusted: boolean): boolean =>
  trusted && row?.kind === 'workspace' && column?.kind === 'param';

function fillValue(cell: HTMLElement, row: ExperimentRow, column: ShownColumn, context: CellContext): void {
  if (column.id === CREATED || column.at < 0) {
    const text = rowText(row, column.id, context);
    look(cell, clipped(text, column, context));
    showText(cell, text);
    return;
  }
  const { words, formats, edits, refused, trusted, numeric } = context;
  const error = row.errors[column.at];
  const edited = row.kind === 'workspace' ? edits.get(column.id) : undefined;
  const refusal = edited === undefined ? undefined : refused.get(column.id);
  const value = row.values[column.at] ?? null;
  const isChanged = column.column?.kind !== 'metric' && edited === undefined && row.changed.includes(column.at);
  const isNumber = numeric.has(column.id) || (edited === undefined && numberOf(value) !== undefined);
  const looks =
    (error !== undefined || refusal !== undefined ? ' error' : '') +
    (edited !== undefined ? ' edited' : '') +
    (isChanged ? ' changed' : '') +
    (isNumber ? ' number' : '') +
    (isEditable(row, column, trusted) ? ' editable' : '');
  if (error !== undefined) {
    look(cell, `${looks} parts clipped`);
    const why = element('span', { class: 'hidden' }, error);
    cell.replaceChildren(icon(ICONS.error), element('span', {}, words.cellError), why);
    return;
  }
  if (edited !== undefined) {
    look(cell, `${looks} clipped`);
    cell.replaceChildren(edited, element('span', { class: 'hidden' }, `, ${refusal ?? words.edited}`));
    return;
  }
  if (value === null) {
    look(cell, `${looks} empty`);
    showText(cell, '');
    return;
  }
  const text = column.column?.kind === 'dep' ? fullText(value).slice(0, 7) : shortText(value, formats[column.id]);
  const series = row.series[column.at];
  if (series && showSparkline(cell, series, text)) look(cell, `${looks} parts${clipped(text, column, context)}`);
  else {
    look(cell, looks + clipped(text, column, context));
    showText(cell, text);
  }
}

const NARROW = /^[\d.+\-e %]*$/;
const PADDING = 17; // px, with the border

/** Clipping is what cells cost most when they are painted: only those have it whose text may be wider than they are. */
const clipped = (text: string, { width }: ShownColumn, { em }: CellContext): string =>
  text.length * em * (NARROW.test(text) ? 0.65 : 0.95) > width - PADDING ? ' clipped' : '';

/** What hovering over a cell tells, or the focus on it; '' for nothing. Made when it is wanted: of most cells it never is. */
export function titleOf(shown: ShownRow, column: ShownColumn, context: CellContext): string {
  const { row } = shown;
  if (!row) return '';
  if (column.id === NAME) return tooltipOf(row);
  if (row.kind === 'branch') return '';
  if (column.at < 0) return rowText(row, column.id, context);
  const value = row.values[column.at] ?? null;
  const edited = row.kind === 'workspace' && context.edits.has(column.id);
  if (edited) return context.refused.get(column.id) ?? say(context.words.was, fullText(value));
  return row.errors[column.at] ?? fullText(value);
}

/** The classes of a cell; one that is brought out stays so. */
function look(cell: HTMLElement, looks: string): void {
  const isFresh = cell.classList.contains('fresh');
  const names = `cell ${looks.trim()}${isFresh ? ' fresh' : ''}`.trim();
  if (cell.className !== names) cell.className = names;
}

function showText(cell: HTMLElement, text: string): void {
  const only = cell.firstChild;
  if (only instanceof Text && only.nextSibling === null) {
    if (only.data !== text) only.data = text;
  } else cell.textContent = text;
}

/** Of a column every table has. */
export function rowText(
  row: ExperimentRow,
  column: string,
  { words, date }: Pick<CellContext, 'words' | 'date'>,
): string {
  if (column === CREATED) return row.created === undefined ? '' : date(row.created);
  if (column === NAME) return row.name;
  return column === 'state' ? (row.kind === 'experiment' ? words[row.state] : '') : row.branch;
}
