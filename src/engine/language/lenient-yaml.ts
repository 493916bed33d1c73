import type { YamlNode } from '../files/yaml-node.ts';
import { readFlow } from './lenient-flow.ts';
import {
  emptyAt,
  isEmpty,
  type OpenMapping,
  type OpenSequence,
  plainEnd,
  type Read,
  readQuoted,
  scalar,
} from './lenient-scalars.ts';

/**
 * Reads YAML as far as its indentation says what is meant: a text in the middle of typing gives nodes too. A word where a
 * key is expected is a key without a value; what fits nowhere is left out. For complete files the parser of DVC's rules is
 * the one to ask.
 */
export function readLenient(text: string): YamlNode | undefined {
  return new LenientReader(text).read();
}

interface Frame {
  readonly node: OpenMapping | OpenSequence;
  readonly column: number;
}

const MAX_DEPTH = 100;

class LenientReader {
  readonly #text: string;
  readonly #frames: Frame[] = [];
  #root: YamlNode | undefined;
  #at = 0;
  /** The last word that stood alone below a key: a value, or a key that is not finished. */
  #loose: { readonly node: YamlNode; readonly column: number } | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  read(): YamlNode | undefined {
    while (this.#at < this.#text.length) this.#line();
    return this.#root;
  }

  #line(): void {
    const lineStart = this.#at;
    const newline = this.#text.indexOf('\n', lineStart);
    const lineEnd = newline < 0 ? this.#text.length : newline;
    this.#at = lineEnd + 1;
    let at = lineStart;
    while (this.#text[at] === ' ' || this.#text[at] === '\t') at += 1;
    if (at >= lineEnd || this.#text[at] === '#') return;
    if (at === lineStart && /^(?:---|\.\.\.|%)/.test(this.#text.slice(at, lineEnd))) return;
    let isItem = false;
    while (this.#text[at] === '-' && (at + 1 >= lineEnd || this.#text[at + 1] === ' ') && this.#hasRoom()) {
      this.#openItem(at - lineStart, at);
      isItem = true;
      at += 1;
      while (this.#text[at] === ' ') at += 1;
    }
    if (at < lineEnd && this.#text[at] !== '#') this.#content(at, at - lineStart, lineEnd, isItem);
  }

  #hasRoom(): boolean {
    return this.#frames.length < MAX_DEPTH;
  }

  #content(at: number, column: number, lineEnd: number, isItem: boolean): void {
    const key = this.#key(at, lineEnd);
    if (key && this.#hasRoom()) {
      const map = this.#mappingFor(column, at);
      if (!map) return;
      const pair = { key: key.node, node: emptyAt(key.end + 1) as YamlNode };
      map.pairs.push(pair);
      const read = this.#value(key.end + 1, lineEnd, column);
      pair.node = read.node;
      this.#follow(read.end, lineEnd);
      return;
    }
    const read = this.#value(at, lineEnd, isItem ? column - 1 : column);
    this.#follow(read.end, lineEnd);
    this.#place(read.node, column, isItem);
  }

  /** Goes on behind a value that covers more than its line. */
  #follow(end: number, lineEnd: number): void {
    if (end <= lineEnd) return;
    const newline = this.#text.indexOf('\n', end);
    this.#at = newline < 0 ? this.#text.length : newline + 1;
  }

  /** A key with its colon on this line: `end` is the colon's place. */
  #key(at: number, lineEnd: number): Read | undefined {
    const first = this.#text[at];
    if (first === '[' || first === '{' || first === '|' || first === '>') return undefined;
    if (first === '"' || first === "'") {
      const quoted = readQuoted(this.#text, at, lineEnd);
      let end = quoted.end;
      while (this.#text[end] === ' ') end += 1;
      return this.#text[end] === ':' && end < lineEnd ? { node: quoted.node, end } : undefined;
    }
    const end = plainEnd(this.#text, at, lineEnd, false);
    if (this.#text[end] !== ':' || end >= lineEnd) return undefined;
    const text = this.#text.slice(at, end).trimEnd();
    return { node: scalar(at, at + text.length, text), end };
  }

  /** What stands behind a key or a dash; `column` is that of what holds it. */
  #value(from: number, lineEnd: number, column: number): Read {
    let at = from;
    while (at < lineEnd && this.#text[at] === ' ') at += 1;
    const properties = /^(?:[&!][^\s]*(?: +|$))+/.exec(this.#text.slice(at, lineEnd));
    if (properties) at += properties[0].length;
    const first = this.#text[at];
    if (at >= lineEnd || first === '#')
      return { node: emptyAt(Math.min(from + (at > from ? 1 : 0), lineEnd)), end: at };
    if (first === '[' || first === '{') return readFlow(this.#text, at, column);
    if (first === '"' || first === "'") {
      const onLine = readQuoted(this.#text, at, lineEnd);
      const isClosed = onLine.end > at + 1 && this.#text[onLine.end - 1] === first;
      return isClosed ? onLine : readQuoted(this.#text, at, this.#quotedLimit(at, first, lineEnd, column));
    }
    if (first === '|' || first === '>') return this.#block(at, lineEnd, column);
    const end = at + this.#text.slice(at, this.#commentStart(at, lineEnd)).trimEnd().length;
    return { node: scalar(at, end, this.#text.slice(at, end)), end };
  }

  #commentStart(at: number, lineEnd: number): number {
    const comment = /\s#/.exec(this.#text.slice(at, lineEnd));
    return comment ? at + comment.index : lineEnd;
  }

  /** A quoted text goes on over deeper lines as long as one of them closes it. */
  #quotedLimit(at: number, quote: string, lineEnd: number, column: number): number {
    const end = this.#deeperEnd(lineEnd, column);
    return this.#text.slice(at + 1, end).includes(quote) ? end : lineEnd;
  }

  #block(at: number, lineEnd: number, column: number): Read {
    const end = this.#deeperEnd(lineEnd, column);
    const lines = this.#text.slice(lineEnd + 1, end).split('\n');
    const indent = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)));
    const text = Number.isFinite(indent) ? lines.map((line) => line.slice(indent)).join('\n') : '';
    return { node: scalar(at, end, text, this.#text[at] === '|' ? 'literal' : 'folded'), end: Math.max(end, lineEnd) };
  }

  /** The end of the last line, from the next one on, that is deeper than `column`. */
  #deeperEnd(lineEnd: number, column: number): number {
    let end = lineEnd;
    for (let start = lineEnd + 1; start < this.#text.length; ) {
      const newline = this.#text.indexOf('\n', start);
      const next = newline < 0 ? this.#text.length : newline;
      const indent = this.#text.slice(start, next).search(/\S/);
      if (indent >= 0 && indent <= column) break;
      if (indent >= 0) end = next;
      start = next + 1;
    }
    return end;
  }

  /** A dash at `column`: a new item of the list there, or of a new list in the value before it. */
  #openItem(column: number, at: number): void {
    this.#close(column);
    const top = this.#frames.at(-1);
    let list = top?.node.kind === 'sequence' && top.column === column ? top.node : undefined;
    if (!list) {
      list = { kind: 'sequence', start: at, end: at + 1, flow: false, items: [] };
      this.#fill(list, column);
    }
    list.items.push({ node: emptyAt(Math.min(at + 2, this.#text.length)) });
  }

  /** The mapping whose keys stand at `column`, made where there is none. */
  #mappingFor(column: number, at: number): OpenMapping | undefined {
    this.#close(column);
    if (this.#frames.at(-1)?.node.kind === 'sequence' && this.#frames.at(-1)?.column === column) this.#frames.pop();
    const top = this.#frames.at(-1);
    if (top?.node.kind === 'mapping' && top.column === column) return top.node;
    const slot = top && lastOf(top.node);
    // Between the columns of a mapping and of its value: as if it stood with the value's keys.
    if (slot?.kind === 'mapping' && !slot.flow) return slot as OpenMapping;
    const map: OpenMapping = { kind: 'mapping', start: at, end: at, flow: false, pairs: [] };
    if (top && slot && !isEmpty(slot)) {
      if (slot !== this.#loose?.node || this.#loose.column !== column) return undefined;
      map.pairs.push({ key: slot, node: emptyAt(slot.end) });
      replaceLast(top.node, emptyAt(slot.start));
    }
    this.#fill(map, column);
    return map;
  }

  #close(column: number): void {
    for (let top = this.#frames.at(-1); top && top.column > column; top = this.#frames.at(-1)) this.#frames.pop();
  }

  /** Puts a new collection where a value is missing, and works in it from now on. */
  #fill(node: OpenMapping | OpenSequence, column: number): void {
    const top = this.#frames.at(-1);
    if (!top) this.#root ??= node;
    else if (isEmpty(lastOf(top.node) ?? node)) replaceLast(top.node, node);
    this.#frames.push({ node, column });
  }

  /** A value that stands on a line of its own, or behind a dash. */
  #place(node: YamlNode, column: number, isItem: boolean): void {
    if (isItem) {
      const top = this.#frames.at(-1);
      if (top) replaceLast(top.node, node);
      return;
    }
    this.#close(column);
    if (this.#frames.at(-1)?.node.kind === 'sequence' && this.#frames.at(-1)?.column === column) this.#frames.pop();
    const top = this.#frames.at(-1);
    const slot = top && lastOf(top.node);
    if (top && slot && column > top.column && isEmpty(slot)) {
      replaceLast(top.node, node);
      this.#loose = { node, column };
    } else if (top && slot?.kind === 'scalar' && column > top.column && node.kind === 'scalar')
      replaceLast(top.node, { ...slot, end: node.end, text: `${slot.text} ${node.text}` });
    else if (node.kind === 'scalar')
      this.#mappingFor(column, node.start)?.pairs.push({ key: node, node: emptyAt(node.end) });
  }
}

const lastOf = (node: OpenMapping | OpenSequence): YamlNode | undefined =>
  node.kind === 'mapping' ? node.pairs.at(-1)?.node : node.items.at(-1)?.node;

function replaceLast(node: OpenMapping | OpenSequence, value: YamlNode): void {
  const last = node.kind === 'mapping' ? node.pairs.at(-1) : node.items.at(-1);
  if (last) last.node = value;
}
