import type { CellValue, ExperimentRow } from '../../src/protocol/experiments-page.ts';
import { type Field, findField } from './query-fields.ts';
import type { Quality, Query } from './query-parse.ts';
import type { Operator, QueryError, Token } from './query-tokens.ts';
import { fullText, numberOf } from './values.ts';

export type Matcher = (row: ExperimentRow) => boolean;

export interface MatchContext {
  readonly fields: readonly Field[];
  readonly isSelected: (row: ExperimentRow) => boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export const STATES = [
  'starred',
  'running',
  'queued',
  'failed',
  'finished',
  'pushed',
  'plotted',
  'selected',
  'experiment',
  'commit',
] as const;

export type Compiled =
  | { readonly matches: Matcher; readonly error?: undefined }
  | { readonly matches?: undefined; readonly error: QueryError };

class MeaningError extends Error {
  readonly error: QueryError;
  constructor(code: QueryError['code'], { start, end }: Token, ...about: string[]) {
    super(code);
    this.error = { code, start, end, about };
  }
}

/** A query as a function of rows; an error where it names what there is not. Rows without a value never match a comparison of it. */
export function compileQuery(query: Query, context: MatchContext): Compiled {
  try {
    return { matches: compile(query, context) };
  } catch (failure) {
    if (failure instanceof MeaningError) return { error: failure.error };
    throw failure;
  }
}

function compile(query: Query, context: MatchContext): Matcher {
  switch (query.kind) {
    case 'all':
      return () => true;
    case 'and': {
      const parts = query.parts.map((part) => compile(part, context));
      return (row) => parts.every((part) => part(row));
    }
    case 'or': {
      const parts = query.parts.map((part) => compile(part, context));
      return (row) => parts.some((part) => part(row));
    }
    case 'not': {
      const part = compile(query.part, context);
      return (row) => !part(row);
    }
    case 'compare':
      return comparison(fieldOf(query.field, context), query.operator, query.value, context);
    case 'in': {
      const field = fieldOf(query.field, context);
      const parts = query.values.map((value) => comparison(field, '=', value, context));
      return (row) => parts.some((part) => part(row));
    }
    case 'quality':
      return qualityMatcher(query.name, query.value, context);
    case 'text': {
      const wanted = query.word.text.toLowerCase();
      return ({ name, detail, branch, id }) =>
        [name, detail, branch, id].some((text) => text.toLowerCase().includes(wanted));
    }
    default:
      throw new Error(`There is no query ${JSON.stringify(query satisfies never)}.`);
  }
}

function fieldOf(word: Token, { fields, now }: MatchContext): Field {
  if (word.text.toLowerCase() === 'age')
    return { id: 'age', name: 'age', fullName: 'age', kind: 'row', at: now, type: 'number' };
  const found = findField(fields, word.text);
  if ('field' in found) return found.field;
  const { candidates } = found;
  if (candidates.length > 1)
    throw new MeaningError('severalFields', word, word.text, ...candidates.slice(0, 3).map(({ fullName }) => fullName));
  throw new MeaningError('unknownField', word, word.text, nearest(word.text, fields) ?? '');
}

function cellOf(row: ExperimentRow, field: Field): CellValue {
  if (field.kind !== 'row') return row.values[field.at] ?? null;
  switch (field.id) {
    case 'name':
      return row.name;
    case 'state':
      return row.state;
    case 'branch':
      return row.branch;
    default:
      return row.created ?? null;
  }
}

type Test = (value: CellValue) => boolean;

function comparison(field: Field, operator: Operator, word: Token, context: MatchContext): Matcher {
  if (field.id === 'age') {
    const length = durationOf(word.text);
    if (length === undefined) throw new MeaningError('notADate', word, word.text);
    const test = ordered(operator, length);
    return ({ created }) => created !== undefined && test(context.now - created);
  }
  const test = field.type === 'date' ? dateTest(operator, word, context.now) : valueTest(field, operator, word);
  return (row) => {
    const value = cellOf(row, field);
    return value !== null && test(value);
  };
}

function valueTest(field: Field, operator: Operator, word: Token): Test {
  const { text, quoted } = word;
  if (operator === '~' || operator === '!~') {
    const [wanted, expected] = [text.toLowerCase(), operator === '~'];
    return (value) => fullText(value).toLowerCase().includes(wanted) === expected;
  }
  const number = quoted ? undefined : numberIn(text);
  const isOrder = operator !== '=' && operator !== '!=';
  if (number !== undefined && field.type !== 'text') {
    const test = ordered(operator, number);
    return (value) => {
      const own = numberOf(value);
      return own !== undefined ? test(own) : operator === '!=';
    };
  }
  if (field.type === 'number') throw new MeaningError('notANumber', word, field.name, text);
  if (!isOrder && !quoted && text.includes('*')) {
    const pattern = new RegExp(`^${text.split('*').map(escaped).join('.*')}$`, 's');
    return (value) => pattern.test(fullText(value)) === (operator === '=');
  }
  if (!isOrder) return (value) => isText(value, text) === (operator === '=');
  const test = ordered(operator, text);
  return (value) => typeof value === 'string' && test(value);
}

/** Booleans are written in any case, as Python and JSON differ. */
const isText = (value: CellValue, text: string): boolean =>
  typeof value === 'boolean' ? String(value) === text.toLowerCase() : fullText(value) === text;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function ordered<T extends number | string>(operator: Operator, wanted: T): (own: T) => boolean {
  switch (operator) {
    case '=':
      return (own) => own === wanted || (Number.isNaN(own) && Number.isNaN(wanted));
    case '!=':
      return (own) => own !== wanted;
    case '<':
      return (own) => own < wanted;
    case '<=':
      return (own) => own <= wanted;
    case '>':
      return (own) => own > wanted;
    default:
      return (own) => own >= wanted;
  }
}

/** `0.9`, `1e-3`, `inf`; `90%` is 0.9. */
function numberIn(text: string): number | undefined {
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  const percent = /^([+-]?[\d.]+)%$/.exec(text);
  if (percent) return Number(percent[1]) / 100;
  return /^[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text.replaceAll('_', '')) : undefined;
}

const DAY = 86_400_000; // ms
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: DAY / 24, d: DAY, w: 7 * DAY };

function durationOf(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([mhdw])$/i.exec(text);
  return match ? Number(match[1]) * UNITS[match[2]!.toLowerCase()]! : undefined;
}

/** A day is all of it: `created = 2024-05-01` is from midnight to midnight, `> 2024-05-01` begins after it. */
function dateTest(operator: Operator, word: Token, now: number): Test {
  const text = word.text.toLowerCase();
  const midnight = (time: number): number => new Date(time).setHours(0, 0, 0, 0);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) || text === 'today' || text === 'yesterday';
  const start =
    text === 'today'
      ? midnight(now)
      : text === 'yesterday'
        ? midnight(midnight(now) - 1)
        : isDay
          ? new Date(`${text}T00:00:00`).getTime()
          : Date.parse(word.text);
  if (Number.isNaN(start)) throw new MeaningError('notADate', word, word.text);
  const end = isDay ? midnight(start + DAY + DAY / 2) : start + 1;
  return (value) => {
    if (typeof value !== 'number') return false;
    const isWithin = value >= start && value < end;
    switch (operator) {
      case '=':
      case '~':
        return isWithin;
      case '!=':
      case '!~':
        return !isWithin;
      case '<':
        return value < start;
      case '<=':
        return value < end;
      case '>':
        return value >= end;
      default:
        return value >= start;
    }
  };
}

function qualityMatcher(quality: Quality, word: Token, context: MatchContext): Matcher {
  const text = word.text.toLowerCase();
  switch (quality) {
    case 'name':
      return ({ name }) => name.toLowerCase().includes(text);
    case 'branch':
      return ({ branch }) => branch.toLowerCase().includes(text);
    case 'is':
      return stateMatcher(word, context);
    case 'has':
    case 'missing': {
      const field = fieldOf(word, context);
      return (row) => (cellOf(row, field) !== null) === (quality === 'has');
    }
    case 'changed': {
      const places = placesOf(word, context);
      return ({ changed }) => changed.some((at) => places.has(at));
    }
    default:
      throw new Error(`There is no quality ${quality satisfies never}.`);
  }
}

/** Columns that a word means: a field, a kind of them, or dependencies at and below a path. */
function placesOf(word: Token, context: MatchContext): Set<number> {
  const text = word.text.replace(/\/+$/, '');
  const below = context.fields.filter(
    ({ kind, name, fullName }) =>
      `${kind}s` === text.toLowerCase() ||
      (kind === 'dep' && (name === text || name.startsWith(`${text}/`))) ||
      (kind !== 'row' && kind !== 'dep' && (name.startsWith(`${text}.`) || fullName.startsWith(`${text}:`))),
  );
  const meant = below.length > 0 ? below : [fieldOf({ ...word, text }, context)];
  return new Set(meant.map(({ at }) => at));
}

function stateMatcher(word: Token, { isSelected }: MatchContext): Matcher {
  switch (word.text.toLowerCase() as (typeof STATES)[number]) {
    case 'starred':
      return ({ starred }) => starred;
    case 'running':
      return ({ state }) => state === 'running';
    case 'queued':
      return ({ state }) => state === 'queued';
    case 'failed':
      return ({ state, problem }) => state === 'failed' || problem !== undefined;
    case 'finished':
      return ({ kind, state }) => kind === 'experiment' && state === 'success';
    case 'pushed':
      return ({ pushed }) => pushed;
    case 'plotted':
      return ({ colour }) => colour !== undefined;
    case 'selected':
      return isSelected;
    case 'experiment':
      return ({ kind }) => kind === 'experiment';
    case 'commit':
      return ({ kind }) => kind === 'commit';
    default:
      throw new MeaningError('unknownQuality', word, word.text, STATES.join(', '));
  }
}

/** The field whose name takes the fewest changes, if they are few. */
function nearest(text: string, fields: readonly Field[]): string | undefined {
  const wanted = text.toLowerCase();
  let best: { name: string; far: number } | undefined;
  for (const { name, kind } of fields) {
    const leaf = kind === 'dep' ? name : name.slice(name.lastIndexOf('.') + 1);
    const far = Math.min(distance(wanted, leaf.toLowerCase()), distance(wanted, name.toLowerCase()));
    if (!best || far < best.far) best = { name, far };
  }
  return best && best.far <= Math.max(1, Math.floor(text.length / 3)) ? best.name : undefined;
}

/** Changes of one letter that make one text of the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
