import type { ExperimentRow, ExperimentState, NumberFormat } from '../../src/protocol/experiments-page.ts';
import { element, icon } from '../shared/dom.ts';
import { ICONS, KIND_ICONS, STATE_ICONS } from './icons.ts';
import { sparkline } from './sparkline.ts';
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
}

/** What a click on a part of the name's cell does; found by `closest`. */
export type CellPart = 'check' | 'fold' | 'star' | 'stop' | 'log';

const INDENT = 12; // px for each level

/** Fills a cell; what was in it goes. */
export function fillCell(cell: HTMLElement, shown: ShownRow, column: ShownColumn, context: CellContext): void {
  if (column.id === NAME) fillName(cell, shown, context);
  else if (shown.row && shown.row.kind !== 'branch') fillValue(cell, shown.row, column, context);
  else cell.replaceChildren();
}

function fillName(cell: HTMLElement, shown: ShownRow, { words, selected, busy, trusted }: CellContext): void {
  const { row, group, level, expanded, below } = shown;
  const part = (name: CellPart, title: string, ...children: (Node | string)[]): HTMLElement => {
    const made = element('span', { class: `part ${name}`, 'aria-hidden': 'true' }, ...children);
    made.dataset['part'] = name;
    made.title = title;
    return made;
  };
  const isSelectable = row !== undefined && row.kind !== 'branch';
  const check = isSelectable ? part('check', words.select) : element('span', { class: 'check none' });
  if (isSelectable && selected.has(row.id)) check.append(icon(ICONS.check));
  const indent = element('span', { class: 'indent' });
  indent.style.width = `${(level - 1) * INDENT}px`;
  const fold =
    expanded === undefined
      ? element('span', { class: 'fold none' })
      : part('fold', expanded ? words.collapse : words.expand, icon(expanded ? ICONS.down : ICONS.right));
  if (!row) {
    const label = group === undefined || group.value === '' ? words.without : group.value;
    const count = element('span', { class: 'detail' }, String(group?.count ?? 0));
    cell.replaceChildren(check, indent, fold, element('span', { class: 'label' }, label), count);
    return;
  }
  const isBusy = busy.has(row.id);
  const path = row.kind === 'experiment' ? STATE_ICONS[isBusy ? 'running' : row.state] : KIND_ICONS[row.kind];
  const mark = element('span', { class: `state ${stateClass(row, isBusy)}`, 'aria-hidden': 'true' }, icon(path));
  const label = element('span', { class: 'label' }, row.name);
  const detail = [row.progress, row.detail].filter((text) => text !== undefined && text !== '').join(' · ');
  const end = element('span', { class: 'end' });
  if (expanded === false) end.append(element('span', { class: 'badge' }, String(below)));
  if (trusted && row.state === 'running' && row.kind === 'experiment')
    end.append(part('stop', words.stop, icon(ICONS.stop)));
  if (row.kind === 'experiment' && row.state !== 'queued' && (row.state !== 'success' || isBusy))
    end.append(part('log', words.log, icon(ICONS.log)));
  if (row.pushed) {
    const cloud = element('span', { class: 'cloud', 'aria-hidden': 'true' }, icon(ICONS.cloud));
    cloud.title = words.pushed;
    end.append(cloud);
  }
  if (row.kind === 'experiment' && row.state !== 'queued')
    end.append(part('star', row.starred ? words.unstar : words.star, icon(ICONS.star)));
  const colour = row.colour === undefined ? undefined : element('span', { class: 'colour', 'aria-hidden': 'true' });
  if (colour && row.colour !== undefined) colour.style.background = row.colour;
  cell.replaceChildren(
    check,
    indent,
    fold,
    mark,
    ...(colour ? [colour] : []),
    label,
    element('span', { class: 'detail' }, detail),
    element('span', { class: 'hidden' }, spokenFacts(row, words)),
    end,
  );
  cell.title = tooltipOf(row);
}

const stateClass = (row: ExperimentRow, isBusy: boolean): ExperimentState | 'kind' =>
  isBusy ? 'running' : row.kind === 'experiment' ? row.state : row.problem === undefined ? 'kind' : 'failed';

/** What icons say to those who see them. */
function spokenFacts(row: ExperimentRow, words: Words): string {
  const facts = [
    row.kind === 'experiment' && row.state !== 'success' ? words[row.state] : '',
    row.problem ?? '',
    row.starred ? words.starred : '',
    row.pushed ? words.pushed : '',
  ].filter((fact) => fact !== '');
  return facts.length > 0 ? `, ${facts.join(', ')}` : '';
}

function tooltipOf({ name, detail, facts, problem }: ExperimentRow): string {
  const lines = [
    [name, detail].filter((text) => text !== '').join(' · '),
    ...facts.map(([label, value]) => `${label}: ${value}`),
  ];
  return [...lines, ...(problem === undefined ? [] : [problem])].join('\n');
}

/** A cell of the workspace's row that holds a parameter: it can be typed over. */
export const isEditable = (row: ExperimentRow | undefined, { column }: ShownColumn, trusted: boolean): boolean =>
  trusted && row?.kind === 'workspace' && column?.kind === 'param';

function fillValue(cell: HTMLElement, row: ExperimentRow, column: ShownColumn, context: CellContext): void {
  const { words, formats, edits, refused, trusted, numeric } = context;
  const error = row.errors[column.at];
  const edited = row.kind === 'workspace' ? edits.get(column.id) : undefined;
  const refusal = edited === undefined ? undefined : refused.get(column.id);
  const value = row.values[column.at] ?? null;
  const isChanged = column.at >= 0 && row.changed.includes(column.at) && column.column?.kind !== 'metric';
  cell.classList.toggle('error', error !== undefined || refusal !== undefined);
  cell.classList.toggle('edited', edited !== undefined);
  cell.classList.toggle('changed', isChanged && edited === undefined);
  cell.classList.toggle('number', numeric.has(column.id) || (edited === undefined && numberOf(value) !== undefined));
  cell.classList.toggle('editable', isEditable(row, column, trusted));
  if (column.id === CREATED || column.at < 0) {
    const text = rowText(row, column.id, context);
    cell.replaceChildren(text);
    cell.title = text;
    return;
  }
  if (error !== undefined) {
    cell.replaceChildren(
      icon(ICONS.error),
      element('span', {}, words.cellError),
      element('span', { class: 'hidden' }, error),
    );
    cell.title = error;
    return;
  }
  if (edited !== undefined) {
    cell.replaceChildren(edited, element('span', { class: 'hidden' }, `, ${refusal ?? words.edited}`));
    cell.title = refusal ?? say(words.was, fullText(value));
    return;
  }
  const full = fullText(value);
  const text = column.column?.kind === 'dep' ? full.slice(0, 7) : shortText(value, formats[column.id]);
  const series = row.series[column.at];
  const line = series ? sparkline(series) : undefined;
  if (value === null) cell.replaceChildren(element('span', { class: 'none', 'aria-hidden': 'true' }, '–'));
  else cell.replaceChildren(...(line ? [line] : []), element('span', { class: 'value' }, text));
  cell.title = full;
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
