import type { ExperimentRow } from '../../src/protocol/experiments-page.ts';
import { type Field, findField, quoted, spell } from './query-fields.ts';
import { STATES } from './query-match.ts';
import { QUALITIES } from './query-parse.ts';
import { type Token, tokensOf } from './query-tokens.ts';
import { fullText } from './values.ts';

/** One line of the list below the query. */
export interface Proposal {
  /** What is put in, and shown. */
  readonly text: string;
  /** Grey, behind it. */
  readonly detail: string;
  readonly kind: 'field' | 'operator' | 'value' | 'word';
}

export interface Completion {
  /** The part of the query that a proposal takes the place of. */
  readonly start: number;
  readonly end: number;
  readonly proposals: readonly Proposal[];
}

const MOST = 50;

/** What can stand where the caret is: fields and qualities, operators, values, connectives. */
export function completeQuery(
  text: string,
  caret: number,
  fields: readonly Field[],
  rows: readonly ExperimentRow[],
): Completion {
  const { tokens } = tokensOf(text.slice(0, caret));
  const last = tokens.at(-1);
  const isTyping = last?.kind === 'word' || isConnective(last) ? last?.end === caret : false;
  const current = isTyping ? last : undefined;
  const before = current ? tokens.slice(0, -1) : tokens;
  const start = current?.start ?? caret;
  const typed = (current?.text ?? '').toLowerCase();
  const proposals = proposalsAfter(before, typed, fields, rows);
  return { start, end: endOfWord(text, caret, current), proposals: ranked(proposals, typed).slice(0, MOST) };
}

const isConnective = (token: Token | undefined): boolean =>
  token !== undefined && ['and', 'or', 'not'].includes(token.kind);

/** A word is replaced to its end, also behind the caret. */
function endOfWord(text: string, caret: number, current: Token | undefined): number {
  if (!current) return caret;
  return tokensOf(text).tokens.find(({ start }) => start === current.start)?.end ?? caret;
}

function proposalsAfter(
  before: readonly Token[],
  typed: string,
  fields: readonly Field[],
  rows: readonly ExperimentRow[],
): Proposal[] {
  const [previous, last] = before.slice(-2);
  const end = before.length < 2 ? previous : last;
  if (end?.kind === 'operator') {
    const field = before.at(-2);
    return field ? valuesOf(field.text, fields, rows) : [];
  }
  if (end?.kind === 'word') {
    // `acc` waits for its operator; `acc > 0.9` and `is:starred` are whole.
    const isWhole = before.at(-2)?.kind === 'operator' || /^(changed|has|missing|is|name|branch):/.test(end.text);
    return isWhole ? CONNECTIVES : [...operatorsOf(end.text, fields), ...CONNECTIVES];
  }
  if (end?.kind === 'close') return CONNECTIVES;
  const colon = typed.indexOf(':');
  const quality = colon < 0 ? undefined : QUALITIES.find((name) => name === typed.slice(0, colon));
  if (quality !== undefined) return aboutOf(quality, fields, rows);
  return [
    ...fields.map((field) => ({ text: spell(fields, field), detail: detailOf(field), kind: 'field' as const })),
    ...QUALITIES.filter((name) => name !== 'name' && name !== 'branch').map((name) => ({
      text: `${name}:`,
      detail: '',
      kind: 'word' as const,
    })),
    { text: 'not', detail: '', kind: 'word' },
  ];
}

const detailOf = ({ fullName, name }: Field): string => (fullName === name ? '' : fullName.slice(0, -name.length - 1));

const CONNECTIVES: Proposal[] = ['and', 'or'].map((text) => ({ text, detail: '', kind: 'word' }));

function operatorsOf(name: string, fields: readonly Field[]): Proposal[] {
  const found = findField(fields, name);
  if (!('field' in found)) return [];
  const { type } = found.field;
  const orders = ['>', '>=', '<', '<='];
  const operators =
    type === 'number' || type === 'date'
      ? [...orders, '=', '!=']
      : type === 'boolean'
        ? ['=', '!=']
        : ['=', '!=', '~', '!~', ...(type === 'mixed' ? orders : [])];
  return operators.map((text) => ({ text, detail: '', kind: 'operator' }));
}

/** Values that rows have, the most frequent first. Of numbers only a few are worth proposing. */
function valuesOf(name: string, fields: readonly Field[], rows: readonly ExperimentRow[]): Proposal[] {
  const found = findField(fields, name);
  if (!('field' in found)) return [];
  const { field } = found;
  if (field.type === 'date') return ['today', 'yesterday'].map((text) => ({ text, detail: '', kind: 'value' }));
  const counts = new Map<string, number>();
  for (const row of rows) {
    const value =
      field.kind !== 'row'
        ? fullText(row.values[field.at] ?? null)
        : field.id === 'state'
          ? row.state
          : field.id === 'branch'
            ? row.branch
            : row.name;
    if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST)
    .map(([text, count]) => ({ text: quoted(text), detail: `${count} ×`, kind: 'value' }));
}

function aboutOf(quality: string, fields: readonly Field[], rows: readonly ExperimentRow[]): Proposal[] {
  const make = (text: string, detail = ''): Proposal => ({ text: `${quality}:${quoted(text)}`, detail, kind: 'value' });
  switch (quality) {
    case 'is':
      return STATES.map((state) => make(state));
    case 'branch':
      return [...new Set(rows.map(({ branch }) => branch))].filter((branch) => branch !== '').map((name) => make(name));
    case 'name':
      return [];
    default:
      return [
        ...(quality === 'changed' ? ['params', 'deps', 'metrics'].map((kind) => make(kind)) : []),
        ...fields
          .filter(({ kind }) => kind !== 'row')
          .map((field) => {
            const name = spell(fields, field);
            return { text: `${quality}:${name}`, detail: detailOf(field), kind: 'value' as const };
          }),
      ];
  }
}

/** Those that begin with what was typed, then those where a part begins with it, then those that have it in them. */
function ranked(proposals: readonly Proposal[], typed: string): Proposal[] {
  const rankOf = ({ text }: Proposal): number => {
    const own = text.toLowerCase();
    if (own.startsWith(typed)) return 0;
    if (own.split(/[./_:-]/).some((part) => part.startsWith(typed))) return 1;
    return own.includes(typed) ? 2 : 3;
  };
  return proposals
    .map((proposal) => ({ proposal, rank: rankOf(proposal) }))
    .filter(({ rank, proposal }) => rank < 3 && proposal.text.toLowerCase() !== typed)
    .sort((a, b) => a.rank - b.rank)
    .map(({ proposal }) => proposal);
}
