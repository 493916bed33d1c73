import type { ExperimentRow, FileValues, PlainValue } from '../../engine/index.ts';

/** A value of an experiment: a number, or a text for what is none. */
export type ColumnValue = number | string | undefined;

/** The params and metrics of a row by `file:name`, as far as they are single values. */
export function valuesOf({ params, metrics }: Pick<ExperimentRow, 'params' | 'metrics'>): Map<string, ColumnValue> {
  const found = new Map<string, ColumnValue>();
  for (const file of [...params, ...metrics]) collect(file, found);
  return found;
}

function collect({ path, values }: FileValues, found: Map<string, ColumnValue>): void {
  const visit = (value: PlainValue | undefined, name: string): void => {
    if (value === undefined || value === null) return;
    if (typeof value === 'number') found.set(`${path}:${name}`, value);
    else if (typeof value === 'string' || typeof value === 'boolean') found.set(`${path}:${name}`, String(value));
    else if (!Array.isArray(value))
      for (const [key, inner] of Object.entries(value)) visit(inner, name === '' ? key : `${name}.${key}`);
  };
  visit(values, '');
}

/** Columns that any row has a value in: params first, then metrics, as the files have them. */
export function columnsOf(rows: readonly ExperimentRow[], part: 'params' | 'metrics'): string[] {
  const names = new Set<string>();
  for (const row of rows)
    for (const name of valuesOf({ params: [], metrics: [], [part]: row[part] }).keys()) names.add(name);
  return [...names];
}
