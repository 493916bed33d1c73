import { isPyList, isPyMap, type PyKey, type PyValue, pyFloat, pyInt, pyRepr } from '../core/python.ts';

/** What an expression's parts mean: where it stands decides. */
export interface Meanings {
  /** The value at a key path such as `a.b`, `.b` (beside it) or `a[0]`. */
  at(keyPath: string): PyValue;
  /** The result of a resolver such as `oc.env`. */
  call(name: string, args: readonly PyValue[]): PyValue;
}

/** An expression that is not one; thrown by the functions of this file. */
export class ExpressionError extends Error {}

export const isExpression = (value: PyValue | undefined): value is string =>
  typeof value === 'string' && value.includes('${');

/**
 * The value of a text with `${}` in it, as OmegaConf has it: a single `${}` keeps its type, others become text.
 *
 * @throws ExpressionError for bad grammar, and what the meanings throw
 */
export const evaluateText = (text: string, meanings: Meanings): PyValue => new Evaluator(text, meanings).text();

/** The value of one element, as `oc.decode` reads it: `1e3`, `[a, 'b']`, `{k: ${v}}`. @throws as {@link evaluateText} */
export const evaluateElement = (text: string, meanings: Meanings): PyValue => new Evaluator(text, meanings).single();

const UINT = '(?:0|[1-9](?:_?[0-9])*)';
const DIGITS = '[0-9](?:_?[0-9])*';
const POINT = `(?:${UINT}?\\.${DIGITS}|${UINT}\\.)`;
const INT = new RegExp(`^[+-]?${UINT}$`);
const FLOAT = new RegExp(`^[+-]?(?:(?:${POINT}|${UINT})[eE][+-]?${DIGITS}|${POINT}|inf|nan)$`, 'i');
const KEY = /[^\\{}()[\]:. \t'"]+/y;
const RESOLVER = /[A-Za-z_][\w-]*/y;
const BLANKS = /[ \t]*/y;

/** The text of a value where it is part of a longer one. */
const shown = (value: PyValue): string => (typeof value === 'string' ? value : pyRepr(value));

/** As text alone, a number, a truth value or null. */
function typed(text: string): PyKey {
  if (INT.test(text)) return pyInt(BigInt(text.replace(/[+_]/g, '')));
  if (FLOAT.test(text)) {
    const word = /^([+-]?)(inf|nan)$/i.exec(text);
    if (!word) return pyFloat(Number(text.replaceAll('_', '')));
    if (word[2]?.toLowerCase() === 'nan') return Number.NaN;
    return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return /^null$/i.test(text) ? null : text;
}

class Evaluator {
  readonly #source: string;
  readonly #meanings: Meanings;
  #at = 0;

  constructor(source: string, meanings: Meanings) {
    this.#source = source;
    this.#meanings = meanings;
  }

  text(): PyValue {
    return this.#quotedText(undefined);
  }

  single(): PyValue {
    this.#blanks();
    const value = this.#element();
    this.#blanks();
    if (this.#at < this.#source.length) throw this.#unexpected();
    return value;
  }

  /** Text up to a closing quote, or to the end where there is none. */
  #quotedText(quote: string | undefined): PyValue {
    const parts: PyValue[] = [];
    let text = '';
    const flush = (): void => {
      if (text !== '') parts.push(text);
      text = '';
    };
    for (;;) {
      const slashes = this.#run(/\\*/y);
      const next = this.#source[this.#at];
      const interpolated = this.#source.startsWith('${', this.#at);
      const closes = quote !== undefined && next === quote;
      // Backslashes count only before what they could hide.
      const counted = interpolated || closes;
      text += counted ? '\\'.repeat(slashes.length >> 1) : slashes;
      if (next === undefined) {
        if (quote !== undefined) throw this.#problem(`missing ${quote}`);
        break;
      }
      if (counted && slashes.length % 2 === 1) {
        text += interpolated ? '${' : next;
        this.#at += interpolated ? 2 : 1;
      } else if (closes) {
        this.#at++;
        break;
      } else if (interpolated) {
        flush();
        parts.push(this.#interpolation());
      } else {
        text += next;
        this.#at++;
      }
    }
    if (parts.length === 1 && text === '' && quote === undefined) return parts[0] as PyValue;
    flush();
    return parts.map(shown).join('');
  }

  #interpolation(): PyValue {
    this.#at += 2;
    this.#blanks();
    const start = this.#at;
    const name = this.#resolverName();
    if (name !== undefined) {
      const args = this.#sequence('}');
      this.#expect('}');
      return this.#meanings.call(name, args);
    }
    this.#at = start;
    let key = '';
    for (;;) {
      this.#skipBlanksBefore('}');
      const char = this.#source[this.#at];
      if (char === '}') break;
      if (char === '.' || char === '[' || char === ']') {
        key += char;
        this.#at++;
      } else key += this.#keyPart(KEY);
    }
    this.#at++;
    if (key === '') throw this.#problem(`'\${}' names nothing`);
    return this.#meanings.at(key);
  }

  /** `oc.env:`, the colon taken; undefined where no resolver is named. */
  #resolverName(): string | undefined {
    const names: string[] = [];
    for (;;) {
      if (!this.#source.startsWith('${', this.#at) && !/[A-Za-z_]/.test(this.#source[this.#at] ?? '')) return undefined;
      names.push(this.#keyPart(RESOLVER));
      if (this.#source[this.#at] !== '.') break;
      this.#at++;
    }
    const colon = this.#run(/[ \t]*:[ \t]*/y);
    return colon === '' ? undefined : names.join('.');
  }

  #keyPart(pattern: RegExp): string {
    if (!this.#source.startsWith('${', this.#at)) {
      const part = this.#run(pattern);
      if (part === '') throw this.#unexpected();
      return part;
    }
    const value = this.#interpolation();
    if (typeof value !== 'string')
      throw this.#problem(`an interpolation inside of a key has to give text, and it gave ${pyRepr(value)}`);
    return value;
  }

  /** Elements up to `end`, which stays. What is left out between commas is an empty text. */
  #sequence(end: string): PyValue[] {
    this.#blanks();
    if (this.#source[this.#at] === end) return [];
    const items: PyValue[] = [];
    for (;;) {
      this.#blanks();
      const char = this.#source[this.#at];
      items.push(char === ',' || char === end ? '' : this.#element());
      this.#blanks();
      if (this.#source[this.#at] !== ',') return items;
      this.#at++;
    }
  }

  #element(): PyValue {
    const char = this.#source[this.#at];
    if (char === "'" || char === '"') {
      this.#at++;
      return shown(this.#quotedText(char));
    }
    if (char === '[') {
      this.#at++;
      const items = this.#sequence(']');
      this.#expect(']');
      return items;
    }
    return char === '{' ? this.#dict() : this.#primitive(/[,\]}[{()'"]/);
  }

  #dict(): PyValue {
    this.#at++;
    const map = new Map<PyKey, PyValue>();
    this.#blanks();
    if (this.#source[this.#at] === '}') {
      this.#at++;
      return map;
    }
    do {
      this.#blanks();
      const key = this.#primitive(/[,\]}[{()'":]/);
      this.#expect(':');
      this.#blanks();
      if (isPyMap(key) || isPyList(key)) throw this.#problem('a dict or a list cannot be a key');
      map.set(key, this.#element());
      this.#blanks();
    } while (this.#take(','));
    this.#expect('}');
    return map;
  }

  /** A value without quotes: what it means alone, or one text of its parts. Blanks at its ends are not part of it. */
  #primitive(stop: RegExp): PyValue {
    const parts: PyValue[] = [];
    let [text, escaped] = ['', false];
    let blanks = '';
    for (;;) {
      const char = this.#source[this.#at];
      if (this.#source.startsWith('${', this.#at)) {
        if (text + blanks !== '') parts.push(text + blanks);
        [text, blanks] = ['', ''];
        parts.push(this.#interpolation());
      } else if (char === undefined || stop.test(char)) break;
      else if (char === ' ' || char === '\t') {
        blanks += char;
        this.#at++;
      } else {
        const hidden = /\\[\\()[\]{}:=, \t]/y;
        hidden.lastIndex = this.#at;
        const pair = hidden.exec(this.#source)?.[0];
        text += blanks + (pair?.[1] ?? char);
        blanks = '';
        escaped ||= pair !== undefined;
        this.#at += pair?.length ?? 1;
      }
    }
    if (parts.length === 0) {
      if (text === '') throw this.#unexpected();
      return escaped ? text : typed(text);
    }
    if (parts.length === 1 && text === '') return parts[0] as PyValue;
    return [...parts, text].map(shown).join('');
  }

  #run(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#source)?.[0] ?? '';
    this.#at += text.length;
    return text;
  }

  #blanks(): void {
    this.#run(BLANKS);
  }

  #skipBlanksBefore(end: string): void {
    const before = this.#at;
    this.#blanks();
    if (this.#source[this.#at] !== end) this.#at = before;
  }

  #take(char: string): boolean {
    if (this.#source[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #expect(char: string): void {
    this.#blanks();
    if (!this.#take(char)) throw this.#problem(`missing '${char}' at '${this.#source.slice(this.#at) || '<EOF>'}'`);
  }

  #unexpected(): ExpressionError {
    const rest = this.#source.slice(this.#at);
    return this.#problem(rest === '' ? 'it ends too early' : `unexpected '${rest}'`);
  }

  #problem(problem: string): ExpressionError {
    return new ExpressionError(`cannot read '${this.#source}': ${problem}`);
  }
}
