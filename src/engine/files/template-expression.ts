import { TemplateError } from './template-error.ts';

/** One `${…}` in a text, as UTF-16 offsets. */
export interface Marker {
  readonly start: number;
  readonly end: number;
  /** What stands between the braces. */
  readonly inner: string;
}

const MARKER = /(?<!\\)\$\{(.*?)\}/g;

/** Every `${…}` that no backslash escapes. A marker ends at the first `}` of its line; without one it is plain text. */
export const findMarkers = (text: string): Marker[] =>
  text.includes('${')
    ? Array.from(text.matchAll(MARKER), (match) => ({
        start: match.index,
        end: match.index + match[0].length,
        inner: match[1] ?? '',
      }))
    : [];

/**
 * The dotted key that an expression names: `a[0].b` gives `a.0.b`. Blanks around words stay; the lookup trims them.
 *
 * Grammar: `word ( '.' word | '[' word ']' )*`, where a word is anything but `.`, `[` and `]`.
 *
 * @throws TemplateError `syntax`, with the expression, a caret and DVC's explanation.
 */
export function parseExpression(inner: string): string {
  const chars = [...expandTabs(inner)]; // The caret and the column count characters, not UTF-16 units.
  const wordEnd = (from: number): number => {
    let at = from;
    while (at < chars.length && !'.[]'.includes(chars[at] ?? '')) at++;
    return at;
  };
  const words: string[] = [];
  let at = wordEnd(0);
  if (at === 0) throw syntaxError(chars, 0, 'Expected !W:(.[])');
  words.push(chars.slice(0, at).join(''));
  for (;;) {
    while (at < chars.length && ' \n\t\r'.includes(chars[at] ?? '')) at++;
    if (at === chars.length) return words.join('.');
    const opened = chars[at] === '[';
    const end = wordEnd(at + 1);
    const complete = (opened || chars[at] === '.') && end > at + 1 && (!opened || chars[end] === ']');
    if (!complete) throw syntaxError(chars, at, 'Expected end of text');
    words.push(chars.slice(at + 1, end).join(''));
    at = opened ? end + 1 : end;
  }
}

/** Throws the first syntax error among the expressions of `text`. */
export function checkSyntax(text: string): void {
  for (const { inner } of findMarkers(text)) parseExpression(inner);
}

/** Tab stops of 8, as DVC's parser sees the text. */
function expandTabs(text: string): string {
  let out = '';
  for (const char of text) out += char === '\t' ? ' '.repeat(8 - (out.length % 8)) : char;
  return out;
}

function syntaxError(chars: readonly string[], at: number, expected: string): TemplateError {
  const shown = ['$', '{', ...chars, '}'];
  const column = at + 2;
  const found = /^[\p{L}\p{N}]{1,16}/u.exec(shown.slice(column).join(''))?.[0] ?? shown[column] ?? '';
  return new TemplateError(
    'syntax',
    `${shown.join('')}\n${' '.repeat(column)}^\n` +
      `ParseException: ${expected}, found '${found}'  (at char ${column}), (line:1, col:${column + 1})`,
    'Between the braces stands a name, then any number of `.name` or `[index]`.',
  );
}
