import type { ExperimentColumn, ExperimentRow } from '../../src/protocol/experiments-page.ts';
import { numberOf } from './values.ts';

export type FieldType = 'number' | 'boolean' | 'text' | 'mixed' | 'date';

/** What a query can compare. */
export interface Field {
  /** Id of the column. */
  readonly id: string;
  /** `val.acc`; of a dependency its path. */
  readonly name: string;
  /** `metrics.json:val.acc` */
  readonly fullName: string;
  readonly kind: ExperimentColumn['kind'] | 'row';
  /** Place of its values; -1 for what every row has. */
  readonly at: number;
  readonly type: FieldType;
}

const OF_ROWS: readonly (readonly [name: string, type: FieldType])[] = [
  ['name', 'text'],
  ['state', 'text'],
  ['branch', 'text'],
  ['created', 'date'],
];

export const nameOf = ({ keys }: ExperimentColumn): string => keys.join('.');

/** `metrics.json:val.acc`; of a dependency its path. */
export const fullName = (column: ExperimentColumn): string =>
  column.file === '' ? nameOf(column) : `${column.file}:${nameOf(column)}`;

/** Fields of a table, each with the type that all of its values have. */
export function fieldsOf(columns: readonly ExperimentColumn[], rows: readonly ExperimentRow[]): Field[] {
  return [
    ...OF_ROWS.map(([name, type]) => ({ id: name, name, fullName: name, kind: 'row' as const, at: -1, type })),
    ...columns.map((column, at) => {
      const { id, kind } = column;
      return { id, name: nameOf(column), fullName: fullName(column), kind, at, type: typeOf(rows, at) };
    }),
  ];
}

function typeOf(rows: readonly ExperimentRow[], at: number): FieldType {
  let found: FieldType | undefined;
  for (const { values } of rows) {
    const value = values[at] ?? null;
    if (value === null) continue;
    const type = numberOf(value) !== undefined ? 'number' : typeof value === 'boolean' ? 'boolean' : 'text';
    if (found !== undefined && found !== type) return 'mixed';
    found = type;
  }
  return found ?? 'mixed';
}

export type Found = { readonly field: Field } | { readonly candidates: readonly Field[] };

/** The field of a name: the whole of it first, then as the last part of one: `acc` for `val.acc`. */
export function findField(fields: readonly Field[], text: string): Found {
  const wanted = text.toLowerCase();
  const stages: ((field: Field) => boolean)[] = [
    ({ fullName }) => fullName === text,
    ({ name }) => name === text,
    ({ name, fullName }) => name.toLowerCase() === wanted || fullName.toLowerCase() === wanted,
    ({ kind, name }) => `${kind}s.${name}`.toLowerCase() === wanted,
    ({ name, kind }) => kind !== 'dep' && name.toLowerCase().endsWith(`.${wanted}`),
  ];
  for (const isMeant of stages) {
    const meant = fields.filter(isMeant);
    if (meant.length === 1) return { field: meant[0]! };
    if (meant.length > 1) return { candidates: meant };
  }
  return { candidates: [] };
}

/** How a query names a field: as short as only this one is meant. Quoted where it has to be. */
export function spell(fields: readonly Field[], field: Field): string {
  const isMeant = (text: string): boolean => {
    const found = findField(fields, text);
    return 'field' in found && found.field === field;
  };
  const leaf = field.name.slice(field.name.lastIndexOf('.') + 1);
  const short = [field.kind === 'dep' ? field.name : leaf, field.name, `${field.kind}s.${field.name}`].find(isMeant);
  return quoted(short ?? field.fullName);
}

/** A text as a query takes it for one word. */
export function quoted(text: string): string {
  if (text !== '' && !/[\s()"'`,=<>~!]|&&|\|\|/.test(text) && !/^(and|or|not|in)$/i.test(text)) return text;
  const quote = ['"', "'", '`'].find((one) => !text.includes(one)) ?? '"';
  return `${quote}${text}${quote}`;
}
