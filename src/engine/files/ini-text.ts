/** What `\s` matches in Python, as a character class: JavaScript's differs in six characters. */
export const PYTHON_SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';

const BLANK = new RegExp(`^${PYTHON_SPACE}*$`, 'u');
const ENDS = '\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029';
const LINE = new RegExp(`[^${ENDS}]*(?:\\r\\n|[${ENDS}])|[^${ENDS}]+$`, 'gu');

export const isBlank = (text: string): boolean => BLANK.test(text);

/**
 * Lines as Python's `str.splitlines` makes them: it knows ten line ends, of which
 * configobj strips only the usual ones; an end after the last line adds none.
 */
export const splitLines = (text: string): string[] =>
  (text.match(LINE) ?? []).map((line) => line.replace(/[\r\n]+$/, ''));

/** Positions just after each later `quote` in a text that starts with one, nearest first. */
export function* closingQuotes(text: string, quote: string): Generator<number> {
  for (let at = text.indexOf(quote, 1); at >= 0; at = text.indexOf(quote, at + 1)) yield at + 1;
}
