import { type PyKey, pyEquals } from '../core/python.ts';
import type { LineIndex } from './yaml-lines.ts';
import { deref, type YamlNode } from './yaml-node.ts';
import { scalarValue } from './yaml-scalar.ts';

/** From the first character to behind the last, both counted from 1. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface Location {
  /** The key; of a list item its value, of the whole document its first part. */
  readonly key: Span;
  readonly value: Span;
  /** False where the path ends in something that is not there: then this is the part above it. */
  readonly exact: boolean;
}

/** Where the parts at the end of `keyPath` stand. */
export function locateIn(root: YamlNode, keyPath: readonly PyKey[], lines: LineIndex): Location {
  let [key, value] = [root, root];
  let exact = true;
  for (const step of keyPath) {
    const found = child(deref(value), step);
    if (!found) {
      exact = false;
      break;
    }
    [key, value] = found;
  }
  return { key: spanOf(key, lines), value: spanOf(value, lines), exact };
}

function child(node: YamlNode, step: PyKey): [YamlNode, YamlNode] | undefined {
  if (node.kind === 'sequence') {
    const item = typeof step === 'number' ? node.items[step]?.node : undefined;
    return item && [item, item];
  }
  if (node.kind !== 'mapping') return undefined;
  const pair = node.pairs.find(({ key }) => isKey(key, step));
  return pair && [pair.key, pair.node];
}

function isKey(node: YamlNode, step: PyKey): boolean {
  const key = deref(node);
  if (key.kind !== 'scalar') return false;
  return key.isText ? key.text === step : pyEquals(scalarValue(key.text), step);
}

function spanOf(node: YamlNode, lines: LineIndex): Span {
  const [start, end] = [lines.position(node.start), lines.position(Math.max(node.start, node.end))];
  return { ...start, endLine: end.line, endColumn: end.column };
}
