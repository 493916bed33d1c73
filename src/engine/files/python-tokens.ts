import { invalidFile } from '../core/errors.ts';

export type Token =
  | { readonly kind: 'name' | 'number' | 'op'; readonly text: string }
  /** `value` is undefined for bytes, f-strings and escapes by Unicode name: no parameter can be one. */
  | { readonly kind: 'string'; readonly text: string; readonly value: string | undefined };

/** One logical line: brackets and backslashes have joined its physical ones. Never empty. */
export interface PythonLine {
  /** Columns of blanks before the first token, tabs to stops of 8. */
  readonly indent: number;
  readonly tokens: readonly Token[];
}

const BLANK = /[ \t\f]*/y;
const COMMENT = /#[^\n]*/y;
const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{M}\p{Nd}\p{Pc}]*/uy;
const NUMBER =
  /(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][-+]?\d(?:_?\d)*)?[jJ]?)/y;
const STRING_START = /([rRbBuUfFtT]{0,2})("""|'''|"|')/y;
const OPENERS = '([{';
const CLOSERS = ')]}';

/**
 * Splits Python source into logical lines of tokens.
 *
 * @param path Named in errors.
 * @throws invalidFile for an unclosed string or bracket. It is not a full check of Python's grammar.
 */
export function pythonLines(source: string, path: string): PythonLine[] {
  const text = source.replace(/\r\n?/g, '\n');
  const lines: PythonLine[] = [];
  const open: { mark: string; at: number }[] = [];
  let tokens: Token[] = [];
  let indent = 0;
  let at = 0;

  const fail = (problem: string, where: number): Error => {
    const before = text.slice(0, where).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    return invalidFile(path, `Python file structure is corrupted: ${problem}`, { line: before.length, column });
  };
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  const endLine = (): void => {
    if (tokens.length > 0) lines.push({ indent, tokens });
    tokens = [];
  };

  while (at < text.length) {
    const blank = take(BLANK)?.[0] ?? '';
    if (tokens.length === 0) indent = columns(blank);
    take(COMMENT);
    const char = text[at];
    if (char === undefined) break;
    if (char === '\n') {
      at++;
      if (open.length === 0) endLine();
      continue;
    }
    if (char === '\\' && text[at + 1] === '\n') {
      at += 2;
      continue;
    }
    const start = take(STRING_START);
    if (start) {
      const [, prefix = '', quote = ''] = start;
      const from = at;
      at = stringEnd(text, at, quote);
      if (at < 0) throw fail('unterminated string literal', start.index);
      const body = text.slice(from, at - quote.length);
      tokens.push({ kind: 'string', text: start[0], value: unescaped(body, prefix.toLowerCase()) });
      continue;
    }
    const name = take(NAME);
    const word = name ?? take(NUMBER);
    if (word) {
      tokens.push({ kind: name ? 'name' : 'number', text: word[0] });
      continue;
    }
    if (OPENERS.includes(char)) open.push({ mark: char, at });
    if (CLOSERS.includes(char)) {
      const opener = open.pop();
      if (OPENERS.indexOf(opener?.mark ?? '-') !== CLOSERS.indexOf(char)) throw fail(`unmatched '${char}'`, at);
    }
    tokens.push({ kind: 'op', text: char });
    at++;
  }
  const [unclosed] = open;
  if (unclosed) throw fail(`'${unclosed.mark}' was never closed`, unclosed.at);
  endLine();
  return lines;
}

function columns(blank: string): number {
  let width = 0;
  for (const char of blank) width = char === '\t' ? width - (width % 8) + 8 : char === '\f' ? 0 : width + 1;
  return width;
}

/** The offset behind the closing quote, or -1. */
function stringEnd(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text.startsWith(quote, at)) return at + quote.length;
    else if (text[at] === '\n' && quote.length === 1) return -1;
  }
  return -1;
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The text that a string literal's body stands for; unknown escapes keep their backslash. */
function unescaped(body: string, prefix: string): string | undefined {
  if (/[bft]/.test(prefix)) return undefined;
  if (prefix.includes('r')) return body;
  if (body.includes('\\N{')) return undefined;
  const escapes = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g;
  return body.replace(escapes, (whole, octal?: string, x?: string, u?: string, long?: string, char = '') => {
    const hex = x ?? u ?? long;
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    if (hex === undefined) return SIMPLE_ESCAPES[char] ?? whole;
    const code = Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
