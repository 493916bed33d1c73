import { type Operator, type QueryError, type Token, tokensOf } from './query-tokens.ts';

/** What a query means, before it is known which columns there are. */
export type Query =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Query[] }
  | { readonly kind: 'not'; readonly part: Query }
  | { readonly kind: 'compare'; readonly field: Token; readonly operator: Operator; readonly value: Token }
  | { readonly kind: 'in'; readonly field: Token; readonly values: readonly Token[] }
  /** `changed:data/train`: a quality of rows, and what it is about. */
  | { readonly kind: 'quality'; readonly name: Quality; readonly value: Token }
  /** A word by itself: looked for in names, messages and branches. */
  | { readonly kind: 'text'; readonly word: Token };

export const QUALITIES = ['changed', 'has', 'missing', 'is', 'name', 'branch'] as const;
export type Quality = (typeof QUALITIES)[number];

export type Parsed =
  | { readonly query: Query; readonly error?: undefined }
  | { readonly query?: undefined; readonly error: QueryError };

/** `or` binds least, parts that follow each other are joined by `and`. */
export function parseQuery(text: string): Parsed {
  const { tokens, error } = tokensOf(text);
  if (error) return { error };
  if (tokens.length === 0) return { query: { kind: 'all' } };
  try {
    return { query: new Parser(tokens, text.length).whole() };
  } catch (failure) {
    if (failure instanceof ParseFailure) return { error: failure.error };
    throw failure;
  }
}

class ParseFailure extends Error {
  readonly error: QueryError;
  constructor(error: QueryError) {
    super(error.code);
    this.error = error;
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #length: number;
  #at = 0;

  constructor(tokens: readonly Token[], length: number) {
    this.#tokens = tokens;
    this.#length = length;
  }

  whole(): Query {
    const query = this.#or();
    const rest = this.#next;
    if (rest) throw this.#failure('unexpected', rest, rest.text);
    return query;
  }

  get #next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #take(kind: Token['kind']): Token | undefined {
    const token = this.#next;
    if (token?.kind !== kind) return undefined;
    this.#at++;
    return token;
  }

  #or(): Query {
    const parts = [this.#and()];
    while (this.#take('or')) parts.push(this.#and());
    return parts.length === 1 ? parts[0]! : { kind: 'or', parts };
  }

  #and(): Query {
    const parts = [this.#not()];
    while (this.#take('and') || ['word', 'open', 'not'].includes(this.#next?.kind ?? '')) parts.push(this.#not());
    return parts.length === 1 ? parts[0]! : { kind: 'and', parts };
  }

  #not(): Query {
    return this.#take('not') ? { kind: 'not', part: this.#not() } : this.#primary();
  }

  #primary(): Query {
    const open = this.#take('open');
    if (open) {
      const inner = this.#or();
      if (!this.#take('close'))
        throw new ParseFailure({ start: open.start, end: open.end, code: 'unclosedBracket', about: [] });
      return inner;
    }
    const word = this.#take('word');
    if (!word) throw this.#failure('fieldMissing', this.#next);
    const operator = this.#take('operator');
    if (operator) {
      const value = this.#take('word');
      if (!value) throw this.#failure('valueMissing', this.#next, `${word.text} ${operator.text}`);
      return { kind: 'compare', field: word, operator: operator.text as Operator, value };
    }
    return this.#list(word) ?? qualityOf(word) ?? { kind: 'text', word };
  }

  /** `optimizer in (adam, sgd)` */
  #list(field: Token): Query | undefined {
    const [word, open] = [this.#next, this.#tokens[this.#at + 1]];
    if (word?.kind !== 'word' || word.quoted || word.text.toLowerCase() !== 'in' || open?.kind !== 'open')
      return undefined;
    this.#at += 2;
    const values: Token[] = [];
    do {
      const value = this.#take('word');
      if (!value) throw this.#failure('valueMissing', this.#next, `${field.text} in`);
      values.push(value);
    } while (this.#take('comma'));
    if (!this.#take('close'))
      throw new ParseFailure({ start: open.start, end: open.end, code: 'unclosedBracket', about: [] });
    return { kind: 'in', field, values };
  }

  /** At a token, or at the end of the text. */
  #failure(code: QueryError['code'], at: Token | undefined, ...about: string[]): ParseFailure {
    const { start, end } = at ?? { start: Math.max(0, this.#length - 1), end: this.#length };
    return new ParseFailure({
      start,
      end,
      code: at && code === 'fieldMissing' ? 'unexpected' : code,
      about: about.length > 0 ? about : [at?.text ?? ''],
    });
  }
}

function qualityOf(word: Token): Query | undefined {
  const colon = word.text.indexOf(':');
  if (colon < 0 || word.quoted) return undefined;
  const name = word.text.slice(0, colon).toLowerCase();
  if (!(QUALITIES as readonly string[]).includes(name)) return undefined;
  const value = { ...word, text: word.text.slice(colon + 1), start: word.start + colon + 1 };
  if (value.text === '')
    throw new ParseFailure({ start: word.start, end: word.end, code: 'valueMissing', about: [word.text] });
  return { kind: 'quality', name: name as Quality, value };
}
