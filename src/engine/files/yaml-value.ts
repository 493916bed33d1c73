import { isPyMap, type PyKey, type PyMap, type PyValue, pyEquals, pyStr } from '../core/python.ts';
import { deref, type MappingNode, type ScalarNode, type YamlNode } from './yaml-node.ts';
import { scalarKind, scalarValue } from './yaml-scalar.ts';

/** Makes the error for a problem at a node. */
export type Refuse = (problem: string, node: YamlNode) => Error;

/** The value of a node as DVC's library reads it, merge keys applied. */
export const readValue = (root: YamlNode, refuse: Refuse): PyValue => new ValueReader(refuse).read(root);

/** A `<<` that a file has, unquoted. */
export const isMergeKey = (key: YamlNode): boolean =>
  key.kind === 'scalar' && key.start >= 0 && key.style === 'plain' && key.text === '<<';

class ValueReader {
  readonly #refuse: Refuse;
  /** Values of nodes that aliases refer to, so that each is built once. */
  readonly #shared = new Map<YamlNode, PyValue>();

  constructor(refuse: Refuse) {
    this.#refuse = refuse;
  }

  read(node: YamlNode): PyValue {
    const target = deref(node);
    const known = this.#shared.get(target);
    if (known !== undefined) return known;
    const value = this.#build(target);
    if (target.anchor !== undefined) this.#shared.set(target, value);
    return value;
  }

  #build(node: Exclude<YamlNode, { kind: 'alias' }>): PyValue {
    switch (node.kind) {
      case 'scalar':
        if (node.isText) return this.#text(node);
        try {
          return scalarValue(node.text);
        } catch (error) {
          throw this.#refuse((error as Error).message, node);
        }
      case 'sequence':
        return node.items.map((item) => this.read(item.node));
      case 'mapping':
        return this.#mapping(node);
    }
  }

  /** A plain `=` or `<<` means something only as a key. */
  #text(node: ScalarNode): string {
    const kind = node.style === 'plain' ? scalarKind(node.text) : 'string';
    if (kind === 'special' || kind === 'merge')
      throw this.#refuse(`could not determine a constructor for '${node.text}'`, node);
    return node.text;
  }

  #mapping(node: MappingNode): PyMap {
    const map = new Map<PyKey, PyValue>();
    const merged = this.#merged(node);
    for (const [key, value] of merged ?? []) map.set(key, value);
    for (const pair of node.pairs) {
      if (isMergeKey(pair.key)) continue;
      const key = this.#key(pair.key);
      const value = this.read(pair.node);
      const same = sameKey(map, key);
      if (same === undefined) map.set(key, value);
      else if (merged) map.set(same.key, value);
      else {
        const [now, before] = [pyStr(value), pyStr(same.value)];
        throw this.#refuse(
          `found duplicate key "${pyStr(key)}" with value "${now}" (original value: "${before}")`,
          pair.key,
        );
      }
    }
    return map;
  }

  #key(node: YamlNode): PyKey {
    const target = deref(node);
    if (target.kind !== 'scalar') throw this.#refuse('found unhashable key', node);
    if (target.isText) return target.text;
    // A scalar's value is never a collection.
    return this.read(target) as PyKey;
  }

  /** What `<<` brings in: of a list of mappings, the first that has a key wins. */
  #merged(node: MappingNode): Map<PyKey, PyValue> | undefined {
    const merges = node.pairs.filter((pair) => isMergeKey(pair.key));
    const [first, second] = merges;
    if (!first) return undefined;
    if (second) throw this.#refuse('found duplicate merge key "<<"', second.key);
    const source = deref(first.node);
    const maps = source.kind === 'sequence' ? source.items.map((item) => item.node).reverse() : [first.node];
    const merged = new Map<PyKey, PyValue>();
    for (const map of maps) {
      const value = this.read(map);
      if (!isPyMap(value)) throw this.#refuse('expected a mapping or list of mappings for merging', map);
      for (const [key, item] of value) merged.set(key, item);
    }
    return merged;
  }
}

/** The entry whose key Python takes for the same: `1` and `1.0` are. */
function sameKey(map: PyMap, key: PyKey): { key: PyKey; value: PyValue } | undefined {
  const direct = map.get(key);
  if (direct !== undefined) return { key, value: direct };
  if (typeof key === 'string' || key === null) return undefined;
  for (const [other, value] of map) if (typeof other !== 'string' && pyEquals(other, key)) return { key: other, value };
  return undefined;
}
