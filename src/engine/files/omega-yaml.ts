import { invalidFile } from '../core/errors.ts';
import { isPyMap, type PyKey, type PyMap, type PyValue, pyEquals, pyStr } from '../core/python.ts';
import { omegaScalar, pyYamlFloat, pyYamlInt } from './pyyaml-scalar.ts';
import { readTree } from './yaml-doc.ts';
import { LineIndex } from './yaml-lines.ts';
import { deref, type MappingNode, type ScalarNode, type YamlNode } from './yaml-node.ts';
import { isMergeKey } from './yaml-value.ts';

/**
 * The value of a YAML file as OmegaConf reads it: YAML 1.1 with merge keys, `1e3` a float, dates as text, duplicate keys refused.
 * A file without content is null.
 *
 * @param path Named in errors. @throws `invalid-file` with line and column.
 */
export function parseOmegaYaml(text: string, path: string): PyValue {
  const tree = readTree(text, path);
  if (!tree.root) return null;
  const lines = new LineIndex(tree.text);
  return new Reader((problem, node) => invalidFile(path, problem, lines.position(node.start))).read(tree.root);
}

class Reader {
  readonly #refuse: (problem: string, node: YamlNode) => Error;
  constructor(refuse: (problem: string, node: YamlNode) => Error) {
    this.#refuse = refuse;
  }

  /** Aliases are read again each time: nothing of it is shared, so that it may be changed in place. */
  read(node: YamlNode): PyValue {
    const target = deref(node);
    switch (target.kind) {
      case 'scalar':
        return this.#scalar(target);
      case 'sequence':
        return target.items.map((item) => this.read(item.node));
      case 'mapping':
        return this.#mapping(target);
    }
  }

  #scalar(node: ScalarNode): PyKey {
    try {
      switch (node.tag) {
        case '!!int':
          return pyYamlInt(node.text);
        case '!!float':
          return pyYamlFloat(node.text);
        case '!!null':
          return null;
        case '!!bool':
          return omegaScalar(node.text);
        case undefined:
        case '!':
          return node.style === 'plain' ? omegaScalar(node.text) : node.text;
        default:
          return node.text;
      }
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
      throw this.#refuse(error.message, node);
    }
  }

  #mapping(node: MappingNode): PyMap {
    const own: [PyKey, PyValue][] = [];
    const seen = new Set<string>();
    const map = new Map<PyKey, PyValue>();
    for (const pair of node.pairs) {
      if (isMergeKey(pair.key)) {
        this.#mergeInto(map, pair.node);
        continue;
      }
      const key = deref(pair.key);
      if (key.kind !== 'scalar') throw this.#refuse('found unhashable key', pair.key);
      const value = this.#scalar(key);
      if (typeof value === 'string') {
        if (seen.has(value)) throw this.#refuse(`found duplicate key ${pyStr(value)}`, pair.key);
        seen.add(value);
      }
      own.push([value, this.read(pair.node)]);
    }
    // What is merged in stands first, whatever the order in the file.
    for (const [key, value] of own) map.set(sameKey(map, key), value);
    return map;
  }

  /** Of a list of mappings, the first that has a key wins. */
  #mergeInto(map: Map<PyKey, PyValue>, node: YamlNode): void {
    const source = deref(node);
    const maps = source.kind === 'sequence' ? source.items.map((item) => item.node).reverse() : [node];
    for (const one of maps) {
      const value = this.read(one);
      if (!isPyMap(value)) throw this.#refuse('expected a mapping or list of mappings for merging', one);
      for (const [key, item] of value) map.set(sameKey(map, key), item);
    }
  }
}

/** The key that a dict has already, where Python takes it for the same: `1`, `1.0` and `true` are. */
export function sameKey(map: PyMap, key: PyKey): PyKey {
  if (typeof key === 'string' || key === null || map.has(key)) return key;
  for (const other of map.keys()) if (typeof other !== 'string' && pyEquals(other, key)) return other;
  return key;
}
