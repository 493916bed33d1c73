import { isPyList, isPyMap, type PyKey, type PyMap, type PyValue } from '../core/python.ts';
import { nearest } from './nearest.ts';

/**
 * A shape that file content must have. The checker is ours because its sentences, and which of several alternatives it
 * blames, are DVC's (voluptuous'); general validators word and choose them otherwise.
 */
export type Schema =
  | { readonly is: 'str' | 'bool' | 'dict' | 'list' | 'null' | 'anything' }
  | { readonly listOf: readonly Schema[] }
  | { readonly keys: Readonly<Record<string, Schema>>; readonly required?: readonly string[]; readonly open?: boolean }
  | { readonly eachValue: Schema }
  | { readonly anyOf: readonly Schema[] }
  | { readonly choose: (value: PyValue) => Schema }
  /** Answers what is wrong with a value, if anything. */
  | { readonly check: (value: PyValue) => string | undefined };

export const UNKNOWN_KEY = 'extra keys not allowed';

/** One thing wrong in a file's content. */
export interface SchemaProblem {
  /** DVC's sentence: `expected a list`, `extra keys not allowed`, … */
  readonly message: string;
  /** Keys and indices from the top. The last one is absent from the file where a required key is missing. */
  readonly path: readonly (PyKey | number)[];
  readonly hint?: string;
}

/** Everything in `value` that `schema` refuses, in the file's order, missing keys last. */
export function checkSchema(schema: Schema, value: PyValue, path: SchemaProblem['path'] = []): SchemaProblem[] {
  if ('check' in schema) {
    const message = schema.check(value);
    return message === undefined ? [] : [{ message, path }];
  }
  if ('choose' in schema) return checkSchema(schema.choose(value), value, path);
  if ('is' in schema) return checkType(schema.is, value) ? [] : [{ message: TYPE_MESSAGE[schema.is], path }];
  if ('anyOf' in schema) return checkAny(schema.anyOf, value, path);
  if ('listOf' in schema) {
    if (!isPyList(value)) return [{ message: 'expected a list', path }];
    return value.flatMap((item, i) => checkItem(schema.listOf, item, [...path, i]));
  }
  if (!isPyMap(value)) return [{ message: 'expected a dictionary', path }];
  if ('eachValue' in schema) {
    return [...value].flatMap(([key, item]) =>
      typeof key === 'string'
        ? checkSchema(schema.eachValue, item, [...path, key])
        : [{ message: 'expected str', path: [...path, key] }],
    );
  }
  return checkKeys(schema, value, path);
}

const TYPE_MESSAGE = {
  str: 'expected str',
  bool: 'expected bool',
  dict: 'expected dict',
  list: 'expected list',
  null: 'not a valid value',
  anything: '',
} as const;

function checkType(type: keyof typeof TYPE_MESSAGE, value: PyValue): boolean {
  switch (type) {
    case 'str':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'dict':
      return isPyMap(value);
    case 'list':
      return isPyList(value);
    case 'null':
      return value === null;
    case 'anything':
      return true;
  }
}

function checkKeys(
  { keys, required = [], open }: Extract<Schema, { keys: unknown }>,
  value: PyMap,
  path: SchemaProblem['path'],
): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  for (const [key, item] of value) {
    const schema = typeof key === 'string' && Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (schema !== undefined) problems.push(...checkSchema(schema, item, [...path, key]));
    else if (!open) problems.push(unknownKey(key, Object.keys(keys), path));
  }
  for (const key of required) {
    if (!value.has(key)) problems.push({ message: 'required key not provided', path: [...path, key] });
  }
  return problems;
}

function unknownKey(key: PyKey, known: readonly string[], path: SchemaProblem['path']): SchemaProblem {
  const similar = typeof key === 'string' ? nearest(key, known) : undefined;
  const problem = { message: UNKNOWN_KEY, path: [...path, key] };
  return similar === undefined ? problem : { ...problem, hint: `Did you mean '${similar}'?` };
}

/** The alternative that got furthest into the value is the one meant; among equals the first. */
function checkAny(schemas: readonly Schema[], value: PyValue, path: SchemaProblem['path']): SchemaProblem[] {
  let best: SchemaProblem[] | undefined;
  for (const schema of schemas) {
    const problems = checkSchema(schema, value, path);
    if (problems.length === 0) return [];
    if (best === undefined || depth(problems) > depth(best)) best = problems;
  }
  return best ?? [];
}

/** For a list's items it is the first that looked inside the item, and else the last. */
function checkItem(schemas: readonly Schema[], item: PyValue, path: SchemaProblem['path']): SchemaProblem[] {
  let last: SchemaProblem[] = [];
  for (const schema of schemas) {
    last = checkSchema(schema, item, path);
    if (last.length === 0 || depth(last) > path.length) return last;
  }
  return last;
}

const depth = (problems: readonly SchemaProblem[]): number => problems[0]?.path.length ?? 0;
