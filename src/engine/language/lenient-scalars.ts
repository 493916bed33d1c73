import type { MappingPair, ScalarNode, ScalarStyle, SequenceItem, YamlNode } from '../files/yaml-node.ts';
import { scalarKind } from '../files/yaml-scalar.ts';

/** Nodes while they are being read: their ends grow. */
export interface OpenMapping {
  kind: 'mapping';
  start: number;
  end: number;
  flow: boolean;
  pairs: MappingPair[];
}
export interface OpenSequence {
  kind: 'sequence';
  start: number;
  end: number;
  flow: boolean;
  items: SequenceItem[];
}

/** A node, and where the text behind it goes on. */
export interface Read<T = YamlNode> {
  readonly node: T;
  readonly end: number;
}

export function scalar(start: number, end: number, text: string, style: ScalarStyle = 'plain'): ScalarNode {
  const kind = style === 'plain' ? scalarKind(text) : 'string';
  return { kind: 'scalar', start, end, style, text, isText: kind === 'string' || kind === 'special' };
}

export const emptyAt = (at: number): ScalarNode => scalar(at, at, '');

/** Nothing was written there, or nothing yet. */
export const isEmpty = (node: YamlNode): boolean =>
  node.kind === 'scalar' && node.style === 'plain' && node.text === '';

/** A quoted scalar from its opening quote on; one that is not closed ends with its line. */
export function readQuoted(text: string, start: number, limit: number): Read<ScalarNode> {
  const quote = text[start];
  const isDouble = quote === '"';
  let content = '';
  for (let at = start + 1; at < limit; at++) {
    const char = text[at] ?? '';
    if (isDouble && char === '\\') {
      const next = text[at + 1] ?? '';
      content += ESCAPES[next] ?? next;
      at += 1;
    } else if (char !== quote) content += char;
    else if (!isDouble && text[at + 1] === quote) {
      content += quote;
      at += 1;
    } else return { node: scalar(start, at + 1, content, isDouble ? 'double' : 'single'), end: at + 1 };
  }
  return { node: scalar(start, limit, content, isDouble ? 'double' : 'single'), end: limit };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '0': '\0', r: '\r' };

/** Where a plain scalar that begins at `start` ends: before a comment, the line's end, and in a flow collection its marks. */
export function plainEnd(text: string, start: number, limit: number, inFlow: boolean): number {
  let braces = 0;
  for (let at = start; at < limit; at++) {
    const char = text[at];
    if (char === '#' && /\s/.test(text[at - 1] ?? ' ')) return at;
    if (char === '$' && text[at + 1] === '{') braces += 1;
    else if (char === '}' && braces > 0) braces -= 1;
    else if (inFlow && braces === 0 && (char === ',' || char === ']' || char === '}' || char === '[' || char === '{')) {
      if (char !== '{' || text[at - 1] !== '$') return at;
    } else if (char === ':' && (inFlow ? /[\s,\]}]/ : /\s/).test(text[at + 1] ?? ' ')) return at;
  }
  return limit;
}
