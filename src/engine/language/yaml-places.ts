import type { PyKey } from '../core/python.ts';
import type { TreePath } from '../files/template.ts';
import { deref, type MappingNode, type ScalarNode, type YamlNode } from '../files/yaml-node.ts';
import { scalarKind, scalarValue } from '../files/yaml-scalar.ts';

/** A scalar of a document: where from the top it stands, and whether it is a key. */
export interface ScalarPlace {
  /** Of a key, up to and with the key; of a value, up to the key or index it belongs to. */
  readonly path: TreePath;
  readonly node: ScalarNode;
  readonly isKey: boolean;
  /** What the key belongs to. */
  readonly owner: MappingNode | undefined;
}

/** The key a node stands for in a path. */
export function keyOf(node: YamlNode): PyKey {
  const key = deref(node);
  if (key.kind !== 'scalar') return '';
  if (key.isText) return key.text;
  try {
    return scalarValue(key.text);
  } catch {
    return key.text; // `0b`, `2020-13-01`: text that looks like more.
  }
}

export const textOf = (node: YamlNode | undefined): string | undefined => {
  const target = node && deref(node);
  return target?.kind === 'scalar' && !isNull(target) ? target.text : undefined;
};

const isNull = (node: ScalarNode): boolean => node.style === 'plain' && scalarKind(node.text) === 'null';

/** The node at a path from `root`, and the key it has there. */
export function nodeAt(root: YamlNode | undefined, path: TreePath): YamlNode | undefined {
  let node = root;
  for (const step of path) {
    const target: YamlNode | undefined = node && deref(node);
    if (target?.kind === 'sequence' && typeof step === 'number') node = target.items[step]?.node;
    else if (target?.kind === 'mapping') node = target.pairs.find(({ key }) => keyOf(key) === step)?.node;
    else return undefined;
  }
  return node;
}

/** The key node at the end of a path. */
export function keyNodeAt(root: YamlNode | undefined, path: TreePath): YamlNode | undefined {
  const owner = nodeAt(root, path.slice(0, -1));
  const target = owner && deref(owner);
  return target?.kind === 'mapping' ? target.pairs.find(({ key }) => keyOf(key) === path.at(-1))?.key : undefined;
}

/** The scalar that begins at or before `offset` and ends at or behind it; keys and values of any depth. */
export function scalarAt(root: YamlNode | undefined, offset: number): ScalarPlace | undefined {
  for (const place of scalarsOf(root))
    if (place.node.start <= offset && offset <= place.node.end && (place.node.end > place.node.start || place.isKey))
      return place;
  return undefined;
}

/** Every scalar below `node`, in the order of the text; aliases are not followed. */
export function* scalarsOf(
  node: YamlNode | undefined,
  path: TreePath = [],
  owner?: MappingNode,
): Generator<ScalarPlace> {
  if (node?.kind === 'scalar') yield { path, node, isKey: false, owner };
  else if (node?.kind === 'sequence')
    for (const [i, item] of node.items.entries()) yield* scalarsOf(item.node, [...path, i]);
  else if (node?.kind === 'mapping')
    for (const pair of node.pairs) {
      const inner = [...path, keyOf(pair.key)];
      if (pair.key.kind === 'scalar') yield { path: inner, node: pair.key, isKey: true, owner: node };
      yield* scalarsOf(pair.node, inner, node);
    }
}

/** Where the last thing in a node ends. */
export function endOf(node: YamlNode): number {
  if (node.kind === 'mapping' && node.pairs.length > 0 && !node.flow) {
    const last = node.pairs.at(-1);
    return last ? Math.max(endOf(last.key), endOf(last.node)) : node.end;
  }
  if (node.kind === 'sequence' && node.items.length > 0 && !node.flow) {
    const last = node.items.at(-1);
    return last ? Math.max(node.end, endOf(last.node)) : node.end;
  }
  return node.end;
}
