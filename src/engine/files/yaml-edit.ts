import { isPyList, isPyMap, type PyKey, type PyMap, type PyValue, pyEquals, pyTruthy } from '../core/python.ts';
import { takeBelow } from './yaml-append.ts';
import { attachComments } from './yaml-attach.ts';
import { nodeOf, scalarOf, sharingNodeOf } from './yaml-build.ts';
import {
  deref,
  type MappingNode,
  type MappingPair,
  type ScalarNode,
  type SequenceNode,
  type YamlNode,
} from './yaml-node.ts';
import type { YamlTree } from './yaml-tree.ts';
import { isMergeKey, type Refuse, readValue } from './yaml-value.ts';

/**
 * One change to a file: at a path of keys, apply what differs, set a value as a whole, remove the key, or append to what is there: an item to
 * a list, the pairs of a dict to a dict. Where there is nothing, appending to it makes a list of one. With `shares`, lists and dicts that the
 * set value holds in several places are written once.
 */
export type YamlChange =
  | { readonly at: readonly PyKey[]; readonly apply: PyValue }
  | { readonly at: readonly PyKey[]; readonly set: PyValue; readonly shares?: boolean }
  | { readonly at: readonly PyKey[]; readonly append: PyValue }
  | { readonly at: readonly []; readonly merge: PyMap; readonly differs: Differs }
  | { readonly at: readonly PyKey[]; readonly remove: true };

/** Whether a value has to be written, given what is there. */
export type Differs = (at: readonly PyKey[], before: PyValue, after: PyValue) => boolean;

type Target = Exclude<YamlNode, { kind: 'alias' }>;

/** A file's nodes after the changes, made the way DVC makes them. */
export function editTree(tree: YamlTree, changes: readonly YamlChange[], refuse: Refuse): YamlNode {
  const editor = new Editor(refuse);
  let root = loaded(tree, refuse);
  for (const change of changes) root = editor.change(root, change);
  return root;
}

/** Like DVC, takes a file without content, or with nothing but an empty collection, for an empty dict. */
function loaded(tree: YamlTree, refuse: Refuse): Target {
  if (!tree.root || !pyTruthy(readValue(tree.root, refuse))) return nodeOf(new Map());
  attachComments(tree, tree.root);
  return deref(tree.root);
}

class Editor {
  readonly #refuse: Refuse;
  readonly #removed = new Map<MappingNode, MappingPair[]>();

  constructor(refuse: Refuse) {
    this.#refuse = refuse;
  }

  change(root: Target, change: YamlChange): Target {
    const { at } = change;
    const last = at.at(-1);
    if (last === undefined) {
      if ('remove' in change) return nodeOf(new Map());
      if ('append' in change) return this.#appended(root, change.append);
      if ('merge' in change) {
        if (root.kind !== 'mapping') throw this.#refuse('expected a dictionary', root);
        this.#mergeInto(root, change.merge, [], change.differs);
        return root;
      }
      return 'apply' in change ? this.#applied(root, change.apply) : newNode(change.set, change.shares);
    }
    let map = asMapping(root);
    if (!map) throw this.#refuse('expected a dictionary', root);
    const top = map;
    for (const key of at.slice(0, -1)) map = this.#descend(map, key);
    if ('merge' in change) return top;
    if ('remove' in change) this.#keep(map, (pair) => !isKey(pair.key, last));
    else if ('set' in change) this.#set(map, last, change.set, change.shares);
    else if ('append' in change) this.#appendUnder(map, last, change.append);
    else this.#applyKey(map, last, change.apply);
    return top;
  }

  /** Key by key: what a `<<` brings in becomes the mapping's own, and what aliases share is written once for each of them. */
  #mergeInto(map: MappingNode, value: PyMap, at: readonly PyKey[], differs: Differs): void {
    for (const [key, item] of ownFirst(map, value)) {
      const here = [...at, key];
      const found = find(map, key);
      const inner = found && deref(found);
      if (inner?.kind === 'mapping' && isPyMap(item)) {
        this.#mergeInto(inner, item, here, differs);
        continue;
      }
      const own = map.pairs.find((one) => !isMergeKey(one.key) && isKey(one.key, key));
      if (found && !differs(here, readValue(found, this.#refuse), item)) {
        // Spelled as it is where it comes from.
        if (!own && inner?.kind === 'scalar') map.pairs.push({ key: scalarOf(key), node: unnamed(inner) });
      } else this.#set(map, key, item);
    }
  }

  #appendUnder(map: MappingNode, key: PyKey, value: PyValue): void {
    const found = find(map, key);
    if (found && readValue(found, this.#refuse) !== null) this.#appended(deref(found), value);
    else this.#set(map, key, [value]);
  }

  /** Behind the last entry and its comment; comments and blank lines below stay below. */
  #appended(node: Target, value: PyValue): Target {
    const made = nodeOf(value);
    if (node.kind === 'sequence') {
      const below = node.items.length > 0 ? takeBelow(node) : undefined;
      node.items.push({ node: made });
      below?.(node);
    } else if (node.kind === 'mapping' && made.kind === 'mapping') {
      const below = node.pairs.length > 0 ? takeBelow(node) : undefined;
      node.pairs.push(...made.pairs);
      below?.(node);
    } else throw this.#refuse('expected a list', node);
    return node;
  }

  /** The mapping under a key, made where there is none. */
  #descend(map: MappingNode, key: PyKey): MappingNode {
    const found = find(map, key);
    const inner = found && asMapping(deref(found));
    if (inner) return inner;
    const made = nodeOf(new Map()) as MappingNode; // Of an empty dict comes an empty mapping.
    const pair = map.pairs.find((one) => isKey(one.key, key));
    if (pair) pair.node = made;
    else map.pairs.push({ key: scalarOf(key), node: made });
    return made;
  }

  #applied(root: Target, value: PyValue): Target {
    if (root.kind === 'mapping' && isPyMap(value)) this.#applyMap(root, value);
    else if (root.kind === 'sequence' && isPyList(value)) this.#applyList(root, value);
    else return nodeOf(value);
    return root;
  }

  #applyMap(map: MappingNode, value: PyMap): void {
    for (const [key, item] of value) this.#applyKey(map, key, item);
    const wanted = [...value.keys()];
    const texts = new Set(wanted.filter((key) => typeof key === 'string'));
    this.#keep(map, ({ key }) => {
      if (isMergeKey(key)) return true;
      const target = deref(key);
      if (target.kind === 'scalar' && target.isText) return texts.has(target.text);
      return wanted.some((other) => isKey(key, other));
    });
  }

  #applyKey(map: MappingNode, key: PyKey, value: PyValue): void {
    const found = find(map, key);
    if (found && this.#into(found, value)) return;
    if (!found || !pyEquals(value, readValue(found, this.#refuse))) this.#set(map, key, value);
  }

  #applyList(list: SequenceNode, value: readonly PyValue[]): void {
    if (value.length !== list.items.length) {
      list.items = value.map((item) => ({ node: nodeOf(item) }));
      return;
    }
    list.items.forEach((item, i) => {
      const wanted = value[i] ?? null;
      if (this.#into(item.node, wanted) || pyEquals(wanted, readValue(item.node, this.#refuse))) return;
      item.node = replacement(item.node, nodeOf(wanted), false);
    });
  }

  #set(map: MappingNode, key: PyKey, value: PyValue, shares?: boolean): void {
    const made = newNode(value, shares);
    const pair = map.pairs.find((one) => !isMergeKey(one.key) && isKey(one.key, key));
    if (pair) {
      pair.node = replacement(pair.node, made, true);
      return;
    }
    // A key that comes back finds its comments where it left them.
    const comments = this.#removed.get(map)?.find((one) => isKey(one.key, key))?.comments;
    map.pairs.push({ key: scalarOf(key), node: made, ...(comments ? { comments } : {}) });
  }

  #keep(map: MappingNode, wanted: (pair: MappingPair) => boolean): void {
    const gone = map.pairs.filter((pair) => !wanted(pair));
    if (gone.length === 0) return;
    map.pairs = map.pairs.filter(wanted);
    this.#removed.set(map, [...gone, ...(this.#removed.get(map) ?? [])]);
  }

  /** Goes on inside of a collection of the same kind. */
  #into(node: YamlNode, value: PyValue): boolean {
    const target = deref(node);
    if (target.kind === 'mapping' && isPyMap(value)) this.#applyMap(target, value);
    else if (target.kind === 'sequence' && isPyList(value)) this.#applyList(target, value);
    else return false;
    return true;
  }
}

const newNode = (value: PyValue, shares = false): Target => (shares ? sharingNodeOf(value) : nodeOf(value));

const asMapping = (node: Target): MappingNode | undefined => (node.kind === 'mapping' ? node : undefined);

function unnamed(node: ScalarNode): ScalarNode {
  const copy = { ...node };
  delete copy.anchor;
  return copy;
}

/** The entries in the order in which DVC's library goes through them: a mapping's own, what a merge brings in, then new ones. */
function ownFirst(map: MappingNode, value: PyMap): [PyKey, PyValue][] {
  const merges = map.pairs.filter((pair) => isMergeKey(pair.key)).map((pair) => deref(pair.node));
  if (merges.length === 0) return [...value];
  const sources = merges.flatMap((node) =>
    node.kind === 'sequence' ? node.items.map((item) => deref(item.node)) : [node],
  );
  const keys = [map, ...sources].flatMap((node) => (node.kind === 'mapping' ? node.pairs.map((pair) => pair.key) : []));
  const rank = (key: PyKey): number => {
    const at = keys.findIndex((node) => !isMergeKey(node) && isKey(node, key));
    return at < 0 ? keys.length : at;
  };
  return [...value].sort(([a], [b]) => rank(a) - rank(b));
}

/** A key's own pair, or what a merge brings in. */
function find(map: MappingNode, key: PyKey): YamlNode | undefined {
  const own = map.pairs.find((pair) => !isMergeKey(pair.key) && isKey(pair.key, key));
  if (own) return own.node;
  const merge = map.pairs.find((pair) => isMergeKey(pair.key));
  if (!merge) return undefined;
  const source = deref(merge.node);
  for (const node of source.kind === 'sequence' ? source.items.map((item) => item.node) : [source]) {
    const merged = deref(node);
    const found = merged.kind === 'mapping' ? find(merged, key) : undefined;
    if (found) return found;
  }
  return undefined;
}

function isKey(node: YamlNode, key: PyKey): boolean {
  const target = deref(node);
  if (target.kind !== 'scalar') return false;
  if (target.isText || typeof key === 'string') return target.isText && target.text === key;
  return pyEquals(
    readValue(target, () => new Error('a key that was read cannot be read')),
    key,
  );
}

/** A text that takes the place of a block scalar becomes one. */
function replacement(old: YamlNode, made: Target, keepsHeader: boolean): YamlNode {
  const before = deref(old);
  if (before.kind !== 'scalar' || (before.style !== 'literal' && before.style !== 'folded')) return made;
  if (made.kind !== 'scalar' || !made.isText) return made;
  const { header } = before;
  const block: ScalarNode = { ...made, style: before.style };
  return header !== undefined && keepsHeader ? { ...block, header } : block;
}
