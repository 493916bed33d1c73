import { isPyList, isPyMap, type PyMap, type PyValue } from '../core/python.ts';
import { nearest } from './nearest.ts';
import { TemplateError } from './template-error.ts';

/** Where a value of the context came from. */
export interface Origin {
  /** A params file (relative to the user's folder), `vars[0]`, or undefined for `item`, `key` and literals. */
  readonly source: string | undefined;
  readonly isFile: boolean;
  /** Keys from the top of the source down to the value. */
  readonly path: readonly string[];
}

/** A value that `${}` can name, with its origin at every level. */
export type ContextNode = ScalarNode | ListNode | DictNode;
export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: PyValue;
  readonly origin: Origin;
}
export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly ContextNode[];
  readonly origin: Origin;
}
export interface DictNode {
  readonly kind: 'dict';
  readonly entries: ReadonlyMap<string, ContextNode>;
  readonly origin: Origin;
}

/** What `${}` can see at one place. Immutable: a stage's own vars make a new one. */
export interface Context {
  readonly root: DictNode;
  /** Params files already merged: whole, or only these top-level keys. */
  readonly imports: ReadonlyMap<string, readonly string[] | 'all'>;
  /** `item` and `key` inside a group: vars may not set them. */
  readonly reserved: readonly string[];
}

export const LITERAL: Origin = { source: undefined, isFile: false, path: [] };
export const EMPTY_CONTEXT: Context = {
  root: { kind: 'dict', entries: new Map(), origin: LITERAL },
  imports: new Map(),
  reserved: [],
};

/** Wraps a value. Entries whose key is not text are left out, as DVC leaves them out: no expression can name them. */
export function toNode(value: PyValue, origin: Origin): ContextNode {
  if (isPyList(value)) {
    return { kind: 'list', items: value.map((item, i) => toNode(item, below(origin, String(i)))), origin };
  }
  return isPyMap(value) ? toDict(value, origin) : { kind: 'scalar', value, origin };
}

export function toDict(value: PyMap, origin: Origin): DictNode {
  const entries = new Map<string, ContextNode>();
  for (const [key, item] of value) if (typeof key === 'string') entries.set(key, toNode(item, below(origin, key)));
  return { kind: 'dict', entries, origin };
}

const below = (origin: Origin, key: string): Origin => ({ ...origin, path: [...origin.path, key] });

/** The plain value of a node. */
export function nodeValue(node: ContextNode): PyValue {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(nodeValue);
  return new Map([...node.entries].map(([key, item]) => [key, nodeValue(item)]));
}

const INDEX = /^[+-]?\d+(_\d+)*$/;

/**
 * The node that a dotted key names. List indices may be negative, as in Python.
 *
 * @throws TemplateError `missing-key`, naming the whole key.
 */
export function select(context: Context, key: string): ContextNode {
  let node: ContextNode = context.root;
  for (const raw of key.replaceAll('[', '.').replaceAll(']', '').split('.')) {
    const next = child(node, raw.trim());
    if (next === undefined) throw missing(key, raw.trim(), node);
    node = next;
  }
  return node;
}

function child(node: ContextNode, word: string): ContextNode | undefined {
  if (node.kind === 'dict') return node.entries.get(word);
  return node.kind === 'list' && INDEX.test(word) ? node.items.at(Number(word.replaceAll('_', ''))) : undefined;
}

function missing(key: string, word: string, node: ContextNode): TemplateError {
  const similar = node.kind === 'dict' ? nearest(word, node.entries.keys()) : undefined;
  const hint = similar === undefined ? undefined : `Did you mean '${similar}'?`;
  return new TemplateError('missing-key', `Could not find '${key}'`, hint);
}

/**
 * The context with `update` merged in: dicts merge at every depth, anything else may be set only once.
 *
 * @throws TemplateError `merge` for a second definition, `vars` for a reserved key.
 */
export function mergeVars(context: Context, update: DictNode, item?: string): Context {
  const taken = context.reserved.filter((key) => update.entries.has(key));
  if (taken.length > 0) {
    const where = item === undefined ? '' : ` in '${item}'`;
    const keys = taken.length > 1 ? `keys ${taken.join(' and ')}` : `key ${taken[0]}`;
    throw new TemplateError('vars', `attempted to modify reserved ${keys}${where}`);
  }
  return { ...context, root: mergeDicts(context.root, update) };
}

function mergeDicts(into: DictNode, update: DictNode): DictNode {
  const entries = new Map(into.entries);
  for (const [key, node] of update.entries) {
    const old = entries.get(key);
    if (old === undefined) entries.set(key, node);
    else if (old.kind === 'dict' && node.kind === 'dict') entries.set(key, mergeDicts(old, node));
    else throw redefined(old, node);
  }
  return { ...into, entries };
}

const redefined = (old: ContextNode, node: ContextNode): TemplateError =>
  new TemplateError(
    'merge',
    `cannot redefine '${node.origin.path.join('.')}' from '${node.origin.source}' as it already exists in '${old.origin.source}'`,
    'Give one of the two another name, or remove it.',
  );

/** The context inside one member of a group: `item` (and `key`) set over anything of that name, and reserved. */
export const withReserved = (context: Context, values: ReadonlyMap<string, ContextNode>): Context => ({
  ...context,
  root: { ...context.root, entries: new Map([...context.root.entries, ...values]) },
  reserved: [...values.keys()],
});
