import { asFloat, isPyList, isPyMap, PyFloat, type PyKey, type PyValue, pyFloat, pyInt } from '../core/python.ts';
import type { Token } from './python-tokens.ts';

/** Thrown by {@link parseLiteral} for an expression that would have to be run: it is no parameter. */
export class NotALiteral extends Error {
  override readonly name = 'NotALiteral';
}

const MAX_DEPTH = 100;

const notLists = new WeakSet<object>();

/** Whether a list was a tuple or a set with something in it: DVC cannot pick such a value out of its file. */
export const isTupleOrSet = (value: PyValue): boolean => isPyList(value) && notLists.has(value);

function notList(items: PyValue[]): PyValue[] {
  if (items.length > 0) notLists.add(items);
  return items;
}

/**
 * The value of an expression made of literals only, as Python's `ast.literal_eval`. Tuples and sets become lists.
 *
 * @throws NotALiteral
 */
export function parseLiteral(tokens: readonly Token[]): PyValue {
  const reader = new LiteralReader(tokens);
  const value = reader.bareTuple();
  if (!reader.done) throw new NotALiteral();
  return value;
}

class LiteralReader {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get done(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** `1, 2` without parentheses is a tuple too. */
  bareTuple(): PyValue {
    const first = this.#value();
    if (!this.#skip(',')) return first;
    const items = [first];
    while (!this.done) {
      items.push(this.#value());
      if (!this.#skip(',')) break;
    }
    return notList(items);
  }

  #value(): PyValue {
    if (++this.#depth > MAX_DEPTH) throw new NotALiteral();
    const value = this.#read();
    this.#depth--;
    return value;
  }

  #read(): PyValue {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new NotALiteral();
    if (token.kind === 'string') return this.#strings(token.value);
    if (token.kind === 'number') return number(token.text);
    if (token.kind === 'name') return this.#name(token.text);
    switch (token.text) {
      case '-':
      case '+':
        return this.#signed(token.text);
      case '[':
        return this.#items(']').items;
      case '(': {
        const { items, comma } = this.#items(')');
        return items.length === 1 && !comma ? (items[0] ?? null) : notList(items);
      }
      case '{':
        return this.#braces();
      default:
        throw new NotALiteral();
    }
  }

  /** Neighbouring string literals are one. */
  #strings(first: string | undefined): string {
    let text = first;
    for (let next = this.#tokens[this.#at]; next?.kind === 'string'; next = this.#tokens[++this.#at]) {
      text = text === undefined || next.value === undefined ? undefined : text + next.value;
    }
    if (text === undefined) throw new NotALiteral();
    return text;
  }

  #name(word: string): PyValue {
    if (word === 'None') return null;
    if (word === 'True' || word === 'False') return word === 'True';
    if (word === 'set' && this.#skip('(') && this.#skip(')')) return [];
    throw new NotALiteral();
  }

  #signed(sign: string): PyValue {
    const token = this.#tokens[this.#at++];
    if (token?.kind !== 'number') throw new NotALiteral();
    const value = number(token.text);
    if (sign === '+') return value;
    const float = asFloat(value);
    if (float !== undefined) return value instanceof PyFloat ? new PyFloat(-float) : -float;
    return typeof value === 'bigint' ? -value : 0 - Number(value); // `-0` is the integer 0.
  }

  #items(closer: string): { items: PyValue[]; comma: boolean } {
    const items: PyValue[] = [];
    let comma = false;
    while (!this.#skip(closer)) {
      if (items.length > 0 && !comma) throw new NotALiteral();
      items.push(this.#value());
      comma = this.#skip(',');
    }
    return { items, comma };
  }

  #braces(): PyValue {
    if (this.#skip('}')) return new Map();
    const first = this.#value();
    if (!this.#skip(':')) {
      const rest = this.#skip(',') ? this.#items('}').items : this.#close([]);
      return notList(distinct([first, ...rest]));
    }
    const map = new Map<PyKey, PyValue>([[asKey(first), this.#value()]]);
    while (!this.#skip('}')) {
      if (!this.#skip(',')) throw new NotALiteral();
      if (this.#skip('}')) break;
      const key = asKey(this.#value());
      if (!this.#skip(':')) throw new NotALiteral();
      map.set(key, this.#value());
    }
    return map;
  }

  #close(items: PyValue[]): PyValue[] {
    if (!this.#skip('}')) throw new NotALiteral();
    return items;
  }

  #skip(mark: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'op' || token.text !== mark) return false;
    this.#at++;
    return true;
  }
}

function asKey(value: PyValue): PyKey {
  if (isPyList(value) || isPyMap(value)) throw new NotALiteral();
  return value;
}

const distinct = (items: readonly PyValue[]): PyValue[] => [...new Set(items)];

function number(text: string): PyValue {
  const digits = text.replaceAll('_', '');
  if (/^0[xob]/i.test(digits)) return pyInt(BigInt(digits));
  if (/j$/i.test(digits)) throw new NotALiteral();
  return /^\d+$/.test(digits) ? pyInt(BigInt(digits)) : pyFloat(Number(digits));
}
