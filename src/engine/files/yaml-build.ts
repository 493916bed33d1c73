import { isPyList, isPyMap, type PyKey, type PyValue } from '../core/python.ts';
import type { MappingNode, ScalarNode, SequenceNode, YamlNode } from './yaml-node.ts';
import { scalarText } from './yaml-scalar.ts';

const NEW = { start: -1, end: -1 } as const;

type Target = Exclude<YamlNode, { kind: 'alias' }>;

/** The nodes of lists and dicts by identity. */
type Known = Map<PyValue, Target>;

/** A value that no file has held yet as nodes without style or comments. */
export const nodeOf = (value: PyValue): Target => build(value, undefined);

/** As {@link nodeOf}; a list or dict that is met again, being the same object, is an alias, as Python's writers have it. */
export const sharingNodeOf = (value: PyValue): Target => build(value, new Map());

function build(value: PyValue, known: Known | undefined): Target {
  if (isPyList(value)) return sequenceOf(value, known);
  if (isPyMap(value)) return mappingOf(value, known);
  return scalarOf(value);
}

function child(value: PyValue, known: Known | undefined): YamlNode {
  const target = known?.get(value);
  if (target) return { ...NEW, kind: 'alias', target };
  const node = build(value, known);
  if (node.kind !== 'scalar') known?.set(value, node);
  return node;
}

export const scalarOf = (value: PyKey): ScalarNode =>
  typeof value === 'string'
    ? { ...NEW, kind: 'scalar', style: 'plain', text: value, isText: true }
    : { ...NEW, kind: 'scalar', style: 'plain', text: scalarText(value), isText: false };

const sequenceOf = (items: readonly PyValue[], known: Known | undefined): SequenceNode => ({
  ...NEW,
  kind: 'sequence',
  flow: undefined,
  items: items.map((item) => ({ node: child(item, known) })),
});

const mappingOf = (map: ReadonlyMap<PyKey, PyValue>, known: Known | undefined): MappingNode => ({
  ...NEW,
  kind: 'mapping',
  flow: undefined,
  pairs: [...map].map(([key, value]) => ({ key: scalarOf(key), node: child(value, known) })),
});
