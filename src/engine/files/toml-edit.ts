import { DvcError } from '../core/errors.ts';
import {
  asFloat,
  isPyList,
  isPyMap,
  PyDate,
  type PyKey,
  type PyMap,
  type PyValue,
  pyEquals,
  pyFloatRepr,
} from '../core/python.ts';

/** Where a value stands in a TOML text, and what it is. */
interface Span {
  readonly path: readonly string[];
  /** Of the value. */
  readonly start: number;
  readonly end: number;
  /** Of the whole line with its line end. */
  readonly lineStart: number;
  readonly lineEnd: number;
}

interface Header {
  readonly path: readonly string[];
  readonly start: number;
  /** Behind the last pair of the table. */
  end: number;
}

/**
 * A TOML text with other values: what is the same keeps its bytes, comments among them.
 *
 * @throws `bad-override` where a key would have to be added in a place that has no line of its own
 */
export function editToml(text: string, before: PyMap, after: PyMap, file: string): string {
  const { spans, headers } = scan(text);
  const edits: { start: number; end: number; text: string }[] = [];
  const spanOf = (path: readonly string[]): Span | undefined => spans.find((one) => samePath(one.path, path));
  const visit = (was: PyMap, is: PyMap, at: readonly string[]): void => {
    for (const [key, value] of is) {
      const path = [...at, String(key)];
      const known = was.get(key);
      const span = spanOf(path);
      if (isPyMap(known) && isPyMap(value)) visit(known, value, path);
      else if (known === undefined) edits.push(insertion(text, headers, at, String(key), value, file));
      else if (!pyEquals(known, value) || (asFloat(known) === undefined) !== (asFloat(value) === undefined)) {
        if (!span) throw new DvcError('bad-override', `'${path.join('.')}' cannot be set in '${file}'.`);
        edits.push({ start: span.start, end: span.end, text: tomlValue(value) });
      }
    }
    for (const key of was.keys()) {
      if (is.has(key)) continue;
      const path = [...at, String(key)];
      const span = spanOf(path);
      if (span) edits.push({ start: span.lineStart, end: span.lineEnd, text: '' });
      for (const [i, header] of headers.entries())
        if (isBelow(header.path, path))
          edits.push({ start: header.start, end: headers[i + 1]?.start ?? text.length, text: '' });
    }
  };
  visit(before, after, []);
  let result = text;
  for (const edit of edits.sort((a, b) => b.start - a.start))
    result = result.slice(0, edit.start) + edit.text + result.slice(edit.end);
  return result;
}

function insertion(
  text: string,
  headers: readonly Header[],
  at: readonly string[],
  key: string,
  value: PyValue,
  file: string,
) {
  const header = headers.findLast((one) => samePath(one.path, at));
  if (!header) throw new DvcError('bad-override', `'${[...at, key].join('.')}' cannot be added to '${file}'.`);
  const ending = text.slice(0, header.end);
  const gap = ending === '' || ending.endsWith('\n') ? '' : '\n';
  if (isPyMap(value)) {
    const lines = [...value].map(([name, item]) => `${tomlKey(name)} = ${tomlValue(item)}\n`).join('');
    return {
      start: text.length,
      end: text.length,
      text: `${text.endsWith('\n') || text === '' ? '' : '\n'}\n[${[...at, key].map(tomlKey).join('.')}]\n${lines}`,
    };
  }
  return { start: header.end, end: header.end, text: `${gap}${tomlKey(key)} = ${tomlValue(value)}\n` };
}

const samePath = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((word, i) => word === b[i]);
const isBelow = (path: readonly string[], top: readonly string[]): boolean =>
  path.length >= top.length && top.every((word, i) => word === path[i]);

const tomlKey = (key: PyKey): string => (/^[\w-]+$/.test(String(key)) ? String(key) : JSON.stringify(String(key)));

function tomlValue(value: PyValue): string {
  if (typeof value === 'string') return tomlString(value);
  if (typeof value === 'boolean') return String(value);
  if (value === null) throw new DvcError('bad-override', 'TOML has no null: take the key out with `~key`.');
  if (value instanceof PyDate) return value.iso.replace('T', value.withT ? 'T' : ' ');
  if (isPyList(value)) return `[${value.map(tomlValue).join(', ')}]`;
  if (isPyMap(value)) return `{${[...value].map(([key, item]) => `${tomlKey(key)} = ${tomlValue(item)}`).join(', ')}}`;
  const float = asFloat(value);
  return float === undefined ? String(value) : pyFloatRepr(float);
}

const SHORT: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

const tomlString = (text: string): string =>
  `"${text.replace(/["\\\u0000-\u001f\u007f]/g, (char) => SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;

/** Reads keys and the extents of their values; the text is known to be TOML. */
function scan(text: string): { spans: Span[]; headers: Header[] } {
  const spans: Span[] = [];
  const headers: Header[] = [{ path: [], start: 0, end: 0 }];
  const counts = new Map<string, number>();
  let at = 0;
  let table: string[] = [];
  const skipBlank = (): void => {
    while (at < text.length && /[\s]/.test(text[at] ?? '')) at++;
  };
  const endOfLine = (from: number): number => {
    const found = text.indexOf('\n', from);
    return found < 0 ? text.length : found + 1;
  };
  const key = (): string[] => {
    const words: string[] = [];
    for (;;) {
      while (text[at] === ' ' || text[at] === '\t') at++;
      if (text[at] === '"' || text[at] === "'") {
        const start = at;
        at = endOfString(text, at);
        words.push(text[start] === '"' ? (JSON.parse(text.slice(start, at)) as string) : text.slice(start + 1, at - 1));
      } else {
        const word = /^[\w-]+/.exec(text.slice(at))?.[0] ?? '';
        words.push(word);
        at += word.length;
      }
      while (text[at] === ' ' || text[at] === '\t') at++;
      if (text[at] !== '.') return words;
      at++;
    }
  };
  const inline = (path: readonly string[], lineStart: number): void => {
    at++; // The brace.
    for (;;) {
      while (/[\s,]/.test(text[at] ?? '')) at++;
      if (text[at] === '}' || at >= text.length) break;
      const words = key();
      at++; // The equals sign.
      value([...path, ...words], lineStart);
    }
    at++;
  };
  const value = (path: readonly string[], lineStart: number): void => {
    while (text[at] === ' ' || text[at] === '\t') at++;
    const start = at;
    if (text[at] === '{') inline(path, lineStart);
    else at = endOfValue(text, at);
    spans.push({ path, start, end: at, lineStart, lineEnd: endOfLine(at) });
  };
  while (at < text.length) {
    skipBlank();
    if (at >= text.length) break;
    if (text[at] === '#') at = endOfLine(at);
    else if (text[at] === '[') {
      const start = text.lastIndexOf('\n', at - 1) + 1;
      const isArray = text[at + 1] === '[';
      at += isArray ? 2 : 1;
      table = key();
      if (isArray) {
        const name = table.join('\0');
        const count = counts.get(name) ?? 0;
        counts.set(name, count + 1);
        table = [...table, String(count)];
      }
      at = endOfLine(at);
      headers.push({ path: table, start, end: at });
    } else {
      const lineStart = text.lastIndexOf('\n', at - 1) + 1;
      const words = key();
      at++; // The equals sign.
      value([...table, ...words], lineStart);
      at = endOfLine(at);
      headers.at(-1)!.end = at;
    }
  }
  return { spans, headers };
}

function endOfString(text: string, start: number): number {
  const quote = text[start] ?? '';
  const long = quote.repeat(3);
  if (text.startsWith(long, start)) {
    let end = text.indexOf(long, start + 3);
    while (quote === '"' && end > 0 && text[end - 1] === '\\') end = text.indexOf(long, end + 1);
    end = end < 0 ? text.length : end + 3;
    while (text[end] === quote) end++;
    return end;
  }
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\' && quote === '"') at++;
    else if (text[at] === quote) return at + 1;
  }
  return text.length;
}

function endOfValue(text: string, start: number): number {
  if (text[start] === '"' || text[start] === "'") return endOfString(text, start);
  if (text[start] !== '[') {
    const plain = /^[^\s,#\]}]+(?: \d[\d:.]*(?:Z|[+-]\d\d:\d\d)?)?/.exec(text.slice(start))?.[0] ?? '';
    return start + plain.length;
  }
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"' || char === "'") at = endOfString(text, at) - 1;
    else if (char === '#') at = text.indexOf('\n', at) < 0 ? text.length : text.indexOf('\n', at);
    else if (char === '[' || char === '{') depth++;
    else if ((char === ']' || char === '}') && --depth === 0) return at + 1;
  }
  return text.length;
}
