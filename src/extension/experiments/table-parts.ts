import type { ExperimentsTable, ToExperiments } from '../../protocol/experiments-page.ts';

/** Rows that are sent at once: first as many as a screen shows, then as many as take no longer than a frame or two. */
const FIRST_PART = 150;
const PART = 250;

/** The messages that bring a table to its page: of a long one what is seen first is there first, and no message takes long to pack. */
export function* tableParts(
  table: ExperimentsTable,
): Generator<Extract<ToExperiments, { readonly type: 'table' | 'rows' }>> {
  const { rows } = table;
  if (rows.length <= FIRST_PART + PART) {
    yield { type: 'table', table, isWhole: true };
    return;
  }
  yield { type: 'table', table: { ...table, rows: rows.slice(0, FIRST_PART) }, isWhole: false };
  for (let at = FIRST_PART; at < rows.length; at += PART)
    yield { type: 'rows', rows: rows.slice(at, at + PART), isLast: at + PART >= rows.length };
}
