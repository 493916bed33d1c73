/** What `\s` matches in Python, as a character class: JavaScript's differs in six characters. */
export const PYTHON_SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';

const BLANK = new RegExp(`^${PYTHON_SPACE}*$`, 'u');
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/u;

export const isBlank = (text: string): boolean => BLANK.test(text);

/** Lines as Python's `str.splitlines` makes them: it knows ten line ends, and none after the last line adds a line. */
export function splitLines(text: string): string[] {
  const lines = text.split(LINE_END);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Positions just after each later `quote` in a text that starts with one, nearest first. */
export function* closingQuotes(text: string, quote: string): Generator<number> {
  for (let at = text.indexOf(quote, 1); at >= 0; at = text.indexOf(quote, at + 1)) yield at + 1;
}
