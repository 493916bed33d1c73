import { isPyList, isPyMap, type PyKey, type PyValue } from '../core/python.ts';
import type { MappingNode, ScalarNode, SequenceNode, YamlNode } from './yaml-node.ts';
import { scalarText } from './yaml-scalar.ts';

const NEW = { start: -1, end: -1 } as const;

/** A value that no file has held yet as nodes without style or comments. */
export function nodeOf(value: PyValue): Exclude<YamlNode, { kind: 'alias' }> {
  if (isPyList(value)) return sequenceOf(value);
  if (isPyMap(value)) return mappingOf(value);
  return scalarOf(value);
}

export const scalarOf = (value: PyKey): ScalarNode =>
  typeof value === 'string'
    ? { ...NEW, kind: 'scalar', style: 'plain', text: value, isText: true }
    : { ...NEW, kind: 'scalar', style: 'plain', text: scalarText(value), isText: false };

const sequenceOf = (items: readonly PyValue[]): SequenceNode => ({
  ...NEW,
  kind: 'sequence',
  flow: undefined,
  items: items.map((item) => ({ node: nodeOf(item) })),
});

const mappingOf = (map: ReadonlyMap<PyKey, PyValue>): MappingNode => ({
  ...NEW,
  kind: 'mapping',
  flow: undefined,
  pairs: [...map].map(([key, value]) => ({ key: scalarOf(key), node: nodeOf(value) })),
});
