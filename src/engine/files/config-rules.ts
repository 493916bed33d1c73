import type { IniValue } from './ini.ts';

/**
 * What one option may hold. DVC's words for a wrong value come from `problemOf`.
 *
 * `never-int` and `never-bool` are options whose rule in DVC 3.67.1 refuses every text, so that a file with them is broken.
 */
export type Rule =
  | {
      readonly type:
        | 'text'
        | 'lower'
        | 'bool'
        | 'bool-or-text'
        | 'link-types'
        | 'anything'
        | 'never-int'
        | 'never-bool';
    }
  | { readonly type: 'int' | 'float'; readonly min?: number; readonly max?: number }
  | { readonly type: 'choice'; readonly of: readonly string[] };

const LINK_TYPES: readonly string[] = ['reflink', 'hardlink', 'symlink', 'copy'];
/** Python's `int()` and `float()`: blanks around, underscores between digits. */
const INT = /^\s*[+-]?\d+(?:_\d+)*\s*$/;
const FLOAT =
  /^\s*[+-]?(?:(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?|inf(?:inity)?|nan)\s*$/i;

/** What is wrong with a value, in the words of DVC; undefined when it is fine. */
export function problemOf(rule: Rule, value: IniValue): string | undefined {
  switch (rule.type) {
    case 'anything':
      return undefined;
    case 'text':
    case 'lower':
      return typeof value === 'string' ? undefined : 'expected str';
    case 'bool':
      return isBool(value) ? undefined : 'expected true or false';
    case 'bool-or-text':
      return typeof value === 'string' ? undefined : 'expected true or false';
    case 'never-int':
      return 'expected int';
    case 'never-bool':
      return 'expected bool';
    case 'choice':
      return typeof value === 'string' && rule.of.includes(value.toLowerCase())
        ? undefined
        : `expected one of ${rule.of.join(', ')}`;
    case 'link-types':
      return linkTypesProblem(value);
    case 'int':
    case 'float':
      return numberProblem(rule, value);
  }
}

const isBool = (value: IniValue): boolean => typeof value === 'string' && /^(?:true|false)$/i.test(value);

function numberProblem(rule: Extract<Rule, { type: 'int' | 'float' }>, value: IniValue): string | undefined {
  if (typeof value !== 'string' || !(rule.type === 'int' ? INT : FLOAT).test(value)) return `expected ${rule.type}`;
  const number = toNumber(value);
  if (rule.min !== undefined && !(number >= rule.min)) return `value must be at least ${rule.min}`;
  if (rule.max !== undefined && !(number <= rule.max)) return `value must be at most ${rule.max}`;
  return undefined;
}

function linkTypesProblem(value: IniValue): string | undefined {
  const types = value instanceof Map ? [...value.keys()] : toList(value);
  const unknown = types.filter((type) => !LINK_TYPES.includes(type));
  return unknown.length === 0 ? undefined : `Unsupported cache type(s): ${[...new Set(unknown)].join(', ')}`;
}

/** The parts of a comma-separated text, or of a list. */
export const toList = (value: string | readonly string[]): readonly string[] =>
  typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;

/** For a value its rule has accepted. */
export function toNumber(value: string): number {
  const text = value.trim().replaceAll('_', '').toLowerCase();
  const infinity = /^([+-]?)inf(?:inity)?$/.exec(text);
  return infinity ? (infinity[1] === '-' ? -1 : 1) * Number.POSITIVE_INFINITY : Number(text);
}

/** For a value its rule has accepted. */
export const toBool = (value: IniValue): boolean => typeof value === 'string' && value.toLowerCase() === 'true';
