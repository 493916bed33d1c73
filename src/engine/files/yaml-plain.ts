import type { MappingNode, MappingPair, ScalarNode, SequenceItem, SequenceNode, YamlNode } from './yaml-node.ts';
import { scalarKind } from './yaml-scalar.ts';

const MAX_DEPTH = 100;
const MAX_NODES = 1_000_000;
/** Asked first, as the other takes longer to compile than many a file to read. */
const BEYOND_ASCII = /[^\n\x20-\x7e]/;
/** Tabs, odd blanks and line ends, control characters: all of them for the library to judge. */
const UNUSUAL = /[^\n\x20-\x7e\u00a1-\u1fff\u2030-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;
/** A key that cannot be anything but text, a colon, and a value. */
const PAIR = /^([A-Za-z_][\w./@+-]*):(?: +(.*?))? *$/;
const PLAIN_START = /^(?:[^-?:,[\]{}#&*!|>'"%@` ]|-[^- ])/;

/** A part of a line that begins at its own column: the dash of an item, a key with its value, or a bare scalar. */
interface Part {
  readonly type: 'dash' | 'pair' | 'scalar';
  readonly line: number;
  readonly column: number;
  /** Blank or comment lines stand above it: then it does not go on with the scalar before. */
  readonly apart: boolean;
  readonly offset: number;
  readonly key: string;
  readonly value: string;
  /** Where the value begins in the text. */
  readonly valueAt: number;
}

/**
 * Reads the plain kind of YAML that DVC writes: block mappings and lists, one-line keys, plain or single-quoted scalars; blank
 * lines and comment lines between them.
 *
 * Undefined for everything else (comments behind values, flow collections, anchors, block scalars, mistakes), which takes the
 * library and some ten times as long. What it does read it reads as the library would; a test compares the two.
 */
export function readPlain(text: string): YamlNode | undefined {
  if (text === '' || (BEYOND_ASCII.test(text) && UNUSUAL.test(text)) || text.startsWith('---')) return undefined;
  const parts = split(text);
  return parts && new PlainReader(parts).document();
}

function split(text: string): Part[] | undefined {
  const parts: Part[] = [];
  let [line, start] = [0, 0];
  let apart = false;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    let column = 0;
    while (text[start + column] === ' ') column += 1;
    const first = start + column;
    if (first >= end || text[first] === '#') apart = true;
    else if (splitLine(text, { line, offset: start, apart, column, end }, parts)) apart = false;
    else return undefined;
    if (parts.length > MAX_NODES) return undefined;
    line += 1;
    start = end + 1;
  }
  return parts;
}

/** Where a line begins, its first character that is no space, and where it ends. */
interface Line extends Pick<Part, 'line' | 'offset' | 'apart' | 'column'> {
  readonly end: number;
}

// Written out, as it runs for every line of every lock file: objects of one shape, no copies of what stands in the text.
function splitLine(
  text: string,
  { line, offset: lineStart, apart, column: indent, end }: Line,
  parts: Part[],
): boolean {
  let column = indent;
  let offset = lineStart + column;
  while (text[offset] === '-' && (text[offset + 1] === ' ' || offset + 1 === end)) {
    parts.push({ type: 'dash', line, column, apart, offset, key: '', value: '', valueAt: 0 });
    column += 2;
    offset += 2;
    if (offset >= end || text.slice(offset, end).trim() === '') return true;
  }
  const rest = text.slice(offset, end);
  const pair = PAIR.exec(rest);
  if (!pair) {
    if (!isScalar(rest)) return false;
    parts.push({ type: 'scalar', line, column, apart, offset, key: '', value: rest.trimEnd(), valueAt: offset });
    return true;
  }
  const [, key = '', value = ''] = pair;
  if (scalarKind(key) !== 'string' || !(value === '' || isScalar(value))) return false;
  const valueAt = offset + rest.indexOf(value, key.length + 1);
  parts.push({ type: 'pair', line, column, apart, offset, key, value, valueAt });
  return true;
}

function isScalar(text: string): boolean {
  if (text === '[]' || text === '{}') return true;
  if (text.startsWith("'")) return /^'[^']*' *$/.test(text);
  const trimmed = text.trimEnd();
  return PLAIN_START.test(text) && !trimmed.includes(': ') && !trimmed.endsWith(':') && !trimmed.includes(' #');
}

class PlainReader {
  readonly #parts: readonly Part[];
  #at = 0;
  #failed = false;

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  document(): YamlNode | undefined {
    const first = this.#parts[0];
    if (first?.column !== 0 || first.type === 'scalar') return undefined;
    const node = this.#node(0);
    return this.#failed || this.#at < this.#parts.length ? undefined : node;
  }

  #fail(): void {
    this.#failed = true;
    this.#at = this.#parts.length;
  }

  #node(depth: number): YamlNode {
    const part = this.#parts[this.#at];
    if (!part || depth >= MAX_DEPTH) this.#fail();
    else if (part.type === 'dash') return this.#list(part, depth);
    else if (part.type === 'pair') return this.#map(part, depth);
    else {
      this.#at += 1;
      return this.#scalar(part, part.column - 1);
    }
    return nothing(0);
  }

  #list(first: Part, depth: number): SequenceNode {
    const items: SequenceItem[] = [];
    for (
      let dash = this.#parts[this.#at];
      dash?.type === 'dash' && dash.column === first.column;
      dash = this.#parts[this.#at]
    ) {
      this.#at += 1;
      const next = this.#parts[this.#at];
      const onLine = next?.line === dash.line;
      items.push({ node: onLine ? this.#node(depth + 1) : nothing(dash.offset + 1) });
    }
    this.#checkIndent(first.column);
    return { kind: 'sequence', start: first.offset, end: items.at(-1)?.node.end ?? first.offset, flow: false, items };
  }

  #map(first: Part, depth: number): MappingNode {
    const pairs: MappingPair[] = [];
    for (
      let pair = this.#parts[this.#at];
      pair?.type === 'pair' && pair.column === first.column;
      pair = this.#parts[this.#at]
    ) {
      // Only the first key may stand behind a dash.
      if (pair !== first && this.#parts[this.#at - 1]?.line === pair.line) this.#fail();
      this.#at += 1;
      const key = textNode(pair.key, pair.offset);
      pairs.push({ key, node: pair.value === '' ? this.#below(pair, depth) : this.#scalar(pair, first.column) });
    }
    this.#checkIndent(first.column);
    return { kind: 'mapping', start: first.offset, end: pairs.at(-1)?.node.end ?? first.offset, flow: false, pairs };
  }

  /** The collection on the lines below a key: deeper, or a list at the key's own column. */
  #below(pair: Part, depth: number): YamlNode {
    const next = this.#parts[this.#at];
    const deeper = next !== undefined && next.column > pair.column && next.type !== 'scalar';
    const beside = next?.type === 'dash' && next.column === pair.column;
    return deeper || beside ? this.#node(depth + 1) : nothing(pair.offset + pair.key.length + 1);
  }

  /** What follows a collection must belong to one around it. */
  #checkIndent(column: number): void {
    const next = this.#parts[this.#at];
    if (next && (next.column > column || next.type === 'scalar')) this.#fail();
  }

  /** A scalar, with the deeper lines that go on with it. */
  #scalar(part: Part, parentColumn: number): YamlNode {
    const { value, valueAt } = part;
    if (value === '[]') return { kind: 'sequence', start: valueAt, end: valueAt + 2, flow: undefined, items: [] };
    if (value === '{}') return { kind: 'mapping', start: valueAt, end: valueAt + 2, flow: undefined, pairs: [] };
    const quoted = value.startsWith("'");
    let [text, end] = [quoted ? value.slice(1, -1) : value, valueAt + value.length];
    for (
      let next = this.#parts[this.#at];
      next?.type === 'scalar' && next.line > part.line;
      next = this.#parts[this.#at]
    ) {
      // A quoted scalar has ended; brackets and quotes are only text in here.
      if (quoted || next.apart || next.column <= parentColumn || !PLAIN_START.test(next.value)) {
        this.#fail();
        break;
      }
      text += ` ${next.value}`;
      end = next.valueAt + next.value.length;
      this.#at += 1;
    }
    const kind = quoted ? 'string' : scalarKind(text);
    if (kind === 'special' || kind === 'merge') this.#fail();
    const isText = kind === 'string';
    return { kind: 'scalar', start: valueAt, end, style: quoted ? 'single' : 'plain', text, isText };
  }
}

const textNode = (text: string, start: number): ScalarNode => ({
  kind: 'scalar',
  start,
  end: start + text.length,
  style: 'plain',
  text,
  isText: true,
});

const nothing = (start: number): ScalarNode => ({
  kind: 'scalar',
  start,
  end: start,
  style: 'plain',
  text: '',
  isText: false,
});
