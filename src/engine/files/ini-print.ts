import type { IniSection, IniValue } from './ini.ts';
import { readIni } from './ini-interpolation.ts';

/** A value no quoting of the format can hold, such as one with both kinds of triple quotes. */
export class UnquotableError extends Error {
  override readonly name = 'UnquotableError';
}

/**
 * The exact text `configobj` writes: options indented by four spaces per level, sections behind them, nothing between.
 *
 * An empty file is one newline.
 * @throws UnquotableError where reading the text back would not give the same values.
 */
export function printIni(root: IniSection): string {
  const lines: string[] = [];
  printSection(root, 0, lines);
  const text = `${lines.join('\n')}\n`;
  if (!survives(root, text)) throw new UnquotableError('a value cannot be safely quoted');
  return text;
}

function printSection(section: IniSection, depth: number, lines: string[]): void {
  const indent = '    '.repeat(depth);
  for (const [key, value] of section)
    if (!(value instanceof Map)) lines.push(`${indent}${quote(key, false)} = ${printValue(value)}`);
  for (const [name, value] of section) {
    if (!(value instanceof Map)) continue;
    lines.push(`${indent}${'['.repeat(depth + 1)}${quote(name, false)}${']'.repeat(depth + 1)}`);
    printSection(value, depth + 1, lines);
  }
}

function printValue(value: string | readonly string[]): string {
  if (typeof value === 'string') return quote(value, true);
  if (value.length === 0) return ',';
  const items = value.map((item) => quote(item, false));
  return items.length === 1 ? `${items[0]},` : items.join(', ');
}

/** Characters that must not begin or end an unquoted text. */
const EDGE = ' \r\n\v\t\'"';

/** Quotes only where needed. Names and list items stay on one line, so triple quotes are for single values only. */
function quote(text: string, single: boolean): string {
  if (text === '') return '""';
  const bothQuotes = text.includes("'") && text.includes('"');
  if (single && (bothQuotes || text.includes('\n'))) {
    const mark = text.includes('"""') ? '"""' : "'''";
    if (mark === '"""' && text.includes("'''")) throw new UnquotableError('a value cannot be safely quoted');
    return `${mark}${text}${mark}`;
  }
  if (text.includes('\n')) throw new UnquotableError('a name or list item cannot hold a line end');
  if (!EDGE.includes(text[0]!) && !EDGE.includes(text.at(-1)!) && !/[,#]/.test(text)) return text;
  if (bothQuotes) throw new UnquotableError('a name or list item cannot hold both kinds of quotes');
  return text.includes('"') ? `'${text}'` : `"${text}"`;
}

function survives(root: IniSection, text: string): boolean {
  try {
    return sameValue(root, readIni(text));
  } catch {
    return false; // The reader refuses the text: the same answer as a different value.
  }
}

function sameValue(a: IniValue, b: IniValue | undefined): boolean {
  if (b === undefined || typeof a === 'string' || typeof b === 'string') return a === b;
  if (a instanceof Map)
    return b instanceof Map && a.size === b.size && [...a].every(([key, value]) => sameValue(value, b.get(key)));
  return !(b instanceof Map) && a.length === b.length && a.every((item, at) => item === b[at]);
}
