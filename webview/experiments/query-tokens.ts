export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | '~' | '!~';

/** A part of a query and where it stands in it: from `start` to before `end`. */
export interface Token {
  readonly kind: 'word' | 'operator' | 'open' | 'close' | 'comma' | 'and' | 'or' | 'not';
  /** Without its quotes; of an operator its usual spelling. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** True where quotes say that it is a text and nothing else. */
  readonly quoted: boolean;
}

export interface QueryError {
  readonly start: number;
  readonly end: number;
  readonly code:
    | 'unclosedQuote'
    | 'unclosedBracket'
    | 'unexpected'
    | 'valueMissing'
    | 'fieldMissing'
    | 'unknownField'
    | 'severalFields'
    | 'unknownQuality'
    | 'notANumber'
    | 'notADate';
  /** What its sentence names. */
  readonly about: readonly string[];
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  '>=': '>=',
  '<=': '<=',
  '!=': '!=',
  '==': '=',
  '!~': '!~',
  '=': '=',
  '>': '>',
  '<': '<',
  '~': '~',
};
const CONNECTIVES: Readonly<Record<string, Token['kind']>> = { and: 'and', or: 'or', not: 'not' };
const SIGNS: Readonly<Record<string, Token['kind']>> = {
  '&&': 'and',
  '||': 'or',
  '!': 'not',
  '(': 'open',
  ')': 'close',
  ',': 'comma',
};
const PLAIN = /[^\s()"'`,=<>~!]/;

/** Cuts a query into its parts. An error ends it: what is before stands. */
export function tokensOf(query: string): { readonly tokens: readonly Token[]; readonly error: QueryError | undefined } {
  const tokens: Token[] = [];
  let at = 0;
  const push = (kind: Token['kind'], text: string, start: number, quoted = false): void => {
    tokens.push({ kind, text, start, end: at, quoted });
  };
  while (at < query.length) {
    const start = at;
    const of = (known: Readonly<Record<string, unknown>>): string =>
      [query.slice(at, at + 2), query[at]!].find((sign) => sign in known) ?? '';
    const [operator, sign] = [of(OPERATORS), of(SIGNS)];
    if (/\s/.test(query[at]!)) at++;
    else if (operator !== '') {
      at += operator.length;
      push('operator', OPERATORS[operator]!, start);
    } else if (sign !== '') {
      at += sign.length;
      push(SIGNS[sign]!, sign, start);
    } else {
      const word = readWord(query, at);
      at = word.end;
      if (word.isOpen)
        return { tokens, error: { start: word.quoteAt, end: query.length, code: 'unclosedQuote', about: [] } };
      const connective = word.quoted ? undefined : CONNECTIVES[word.text.toLowerCase()];
      push(connective ?? 'word', word.text, start, word.quoted);
    }
  }
  return { tokens, error: undefined };
}

interface ReadWord {
  readonly text: string;
  readonly end: number;
  readonly quoted: boolean;
  readonly isOpen: boolean;
  readonly quoteAt: number;
}

/** Plain characters and quoted parts that touch: `changed:"my data"` is one word. */
function readWord(query: string, from: number): ReadWord {
  let text = '';
  let at = from;
  const isQuote = (char: string | undefined): boolean => char !== undefined && '"\'`'.includes(char);
  const quoted = isQuote(query[from]);
  while (at < query.length) {
    const char = query[at]!;
    if (isQuote(char)) {
      // After plain characters a quote opens only behind a colon: an apostrophe within a word is one.
      if (at > from && !quoted && !text.endsWith(':')) {
        text += char;
        at++;
        continue;
      }
      const close = query.indexOf(char, at + 1);
      if (close < 0) return { text: text + query.slice(at + 1), end: query.length, quoted, isOpen: true, quoteAt: at };
      text += query.slice(at + 1, close);
      at = close + 1;
      if (quoted && query[at] !== ':') break;
    } else if (PLAIN.test(char)) {
      text += char;
      at++;
    } else break;
  }
  return { text, end: at, quoted, isOpen: false, quoteAt: from };
}
