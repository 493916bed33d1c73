import { closingQuotes, PYTHON_SPACE } from './ini-text.ts';

const SPACE = new RegExp(PYTHON_SPACE, 'u');

/**
 * Reads what follows `key =` on a line: text, or a list when an unquoted comma is in it; a comment is dropped.
 *
 * A quoted text ends at the first quote behind which the rest makes sense, so `"a"b"` is `a"b`.
 * Undefined when it makes no sense at all.
 */
export function scanValue(text: string): string | readonly string[] | undefined {
  if (isEnd(text, 0)) return '';
  if (text[0] === ',') return isEnd(text, skipSpace(text, 1)) ? [] : undefined;
  const items = scanItems(text, 0, { dead: new Set(), left: MAX_ITEMS });
  if (!items) return undefined;
  return items.isList ? items.values : items.values[0]!;
}

interface Items {
  readonly values: readonly string[];
  readonly isList: boolean;
}

/** Far above any list there is; bounds the depth of recursion. */
const MAX_ITEMS = 1000;

interface Search {
  /** Positions from which no reading reaches the end: each is tried once, so that the search stays polynomial. */
  readonly dead: Set<number>;
  readonly left: number;
}

function scanItems(text: string, at: number, { dead, left }: Search): Items | undefined {
  if (dead.has(at) || left === 0) return undefined;
  for (const { value, end } of itemsFrom(text, at)) {
    const after = skipSpace(text, end);
    if (isEnd(text, after)) return { values: [value], isList: false };
    if (text[after] !== ',') continue;
    const next = skipSpace(text, after + 1);
    if (isEnd(text, next)) return { values: [value], isList: true };
    const rest = scanItems(text, next, { dead, left: left - 1 });
    if (rest) return { values: [value, ...rest.values], isList: true };
  }
  dead.add(at);
  return undefined;
}

function* itemsFrom(text: string, at: number): Generator<{ value: string; end: number }> {
  const quote = text[at]!;
  if (quote === '"' || quote === "'") {
    for (const end of closingQuotes(text.slice(at), quote))
      yield { value: text.slice(at + 1, at + end - 1), end: at + end };
    return;
  }
  if (quote === ',' || quote === '#') return;
  let end = at;
  while (end < text.length && text[end] !== ',' && text[end] !== '#') end++;
  while (SPACE.test(text[end - 1]!)) end--;
  yield { value: text.slice(at, end), end };
}

const isEnd = (text: string, at: number): boolean => at >= text.length || text[at] === '#';

function skipSpace(text: string, at: number): number {
  let next = at;
  while (next < text.length && SPACE.test(text[next]!)) next++;
  return next;
}
