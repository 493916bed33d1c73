import type { YamlNode } from '../files/yaml-node.ts';
import {
  emptyAt,
  type OpenMapping,
  type OpenSequence,
  plainEnd,
  type Read,
  readQuoted,
  scalar,
} from './lenient-scalars.ts';

const MAX_DEPTH = 50;

/**
 * A collection in brackets or braces, from the opening one on. What is not closed ends where the text goes back to the
 * column of what holds it.
 */
export function readFlow(text: string, start: number, column: number): Read {
  return new FlowReader(text, flowLimit(text, start, column)).collection(start, 0);
}

/** Lines at or left of the owner's column are not the collection's, unless they close it. */
function flowLimit(text: string, start: number, column: number): number {
  for (let newline = text.indexOf('\n', start); newline >= 0; newline = text.indexOf('\n', newline + 1)) {
    const line = /^( *)([^\n]*)/.exec(text.slice(newline + 1, newline + 400));
    const [, indent = '', rest = ''] = line ?? [];
    if (rest !== '' && !rest.startsWith('#') && indent.length <= column && !/^[\]}]/.test(rest)) return newline;
  }
  return text.length;
}

class FlowReader {
  readonly #text: string;
  readonly #limit: number;

  constructor(text: string, limit: number) {
    this.#text = text;
    this.#limit = limit;
  }

  collection(start: number, depth: number): Read {
    return this.#text[start] === '[' ? this.#sequence(start, depth) : this.#mapping(start, depth);
  }

  #sequence(start: number, depth: number): Read {
    const node: OpenSequence = { kind: 'sequence', start, end: start + 1, flow: true, items: [] };
    let at = this.#skip(start + 1);
    while (at < this.#limit && !this.#isAt(at, ']}')) {
      const item = this.#value(at, depth, ',]');
      const colon = this.#skip(item.end);
      if (this.#text[colon] === ':') {
        const pair = this.#pairValue(item, colon, depth, ',]');
        const map: OpenMapping = { kind: 'mapping', start: at, end: pair.end, flow: true, pairs: [] };
        map.pairs.push({ key: item.node, node: pair.node });
        node.items.push({ node: map });
        at = this.#next(pair.end);
      } else {
        node.items.push({ node: item.node });
        at = this.#next(item.end);
      }
    }
    node.end = Math.min(this.#limit, this.#text[at] === ']' ? at + 1 : at);
    return { node, end: node.end };
  }

  #mapping(start: number, depth: number): Read {
    const node: OpenMapping = { kind: 'mapping', start, end: start + 1, flow: true, pairs: [] };
    let at = this.#skip(start + 1);
    while (at < this.#limit && !this.#isAt(at, '}]')) {
      const key = this.#value(at, depth, ':,}');
      const colon = this.#skip(key.end);
      const value =
        this.#text[colon] === ':' && colon < this.#limit
          ? this.#pairValue(key, colon, depth, ',}')
          : { node: emptyAt(key.end), end: key.end };
      node.pairs.push({ key: key.node, node: value.node });
      at = this.#next(value.end);
    }
    node.end = Math.min(this.#limit, this.#text[at] === '}' ? at + 1 : at);
    return { node, end: node.end };
  }

  #pairValue(key: Read, colon: number, depth: number, ends: string): Read {
    const at = this.#skip(colon + 1);
    if (at >= this.#limit || this.#isAt(at, ends)) return { node: emptyAt(Math.max(key.end, colon + 1)), end: at };
    return this.#value(at, depth, ends);
  }

  #value(start: number, depth: number, ends: string): Read {
    const char = this.#text[start];
    if ((char === '[' || char === '{') && depth < MAX_DEPTH) return this.collection(start, depth + 1);
    if (char === '"' || char === "'") return readQuoted(this.#text, start, this.#limit);
    let end = plainEnd(this.#text, start, this.#limit, true);
    if (end === start && !this.#isAt(start, ends)) end = start + 1; // A mark where none belongs.
    const written: YamlNode = scalar(
      start,
      end,
      this.#text
        .slice(start, end)
        .trim()
        .replace(/\s*\n\s*/g, ' '),
    );
    return { node: { ...written, end: start + this.#text.slice(start, end).trimEnd().length }, end };
  }

  /** Over blanks and comments. */
  #skip(from: number): number {
    let at = from;
    for (;;) {
      while (at < this.#limit && /\s/.test(this.#text[at] ?? '')) at += 1;
      if (this.#text[at] !== '#' || at >= this.#limit) return at;
      const newline = this.#text.indexOf('\n', at);
      at = newline < 0 ? this.#limit : newline;
    }
  }

  /** To the next entry: over one comma. */
  #next(from: number): number {
    const at = this.#skip(from);
    return this.#text[at] === ',' ? this.#skip(at + 1) : at;
  }

  #isAt(at: number, chars: string): boolean {
    return chars.includes(this.#text[at] ?? '\0');
  }
}
