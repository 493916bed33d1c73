import { isPyList, isPyMap, type PyMap, type PyValue, pyStr } from '../core/python.ts';
import { type Context, type ContextNode, LITERAL, toNode } from './context.ts';
import { interpolate, stringify, wholeNode } from './template.ts';
import { pyTypeName } from './type-name.ts';

/** Stages that one dvc.yaml may make, all groups together. DVC has no limit; a product of axes needs one. */
export const MAX_STAGES = 10_000;

export type GroupKind = 'foreach' | 'matrix';

/** One stage of a group: the part of its name behind `@`, and what it adds to the context. */
export interface Member {
  readonly key: string;
  readonly values: ReadonlyMap<string, ContextNode>;
}

/** A group before its members are made: how many there are is known first. */
export interface Group {
  /** Members, counted before equal names are merged. */
  readonly count: number;
  /** Names that the members' `item` and `key` hide, where the context has them already. */
  readonly hidden: readonly string[];
  members(): Member[];
}

/** A value of the data, and how DVC prints it in a name: booleans from params read `True`, written in place `true`. */
interface Element {
  readonly node: ContextNode;
  readonly label: string;
}

/**
 * The members of a `foreach`. Scalars give their own text as key, a dict its keys; a list with a dict or list in it gives
 * indices. Equal keys collapse: the first place, the last value.
 *
 * @throws TemplateError, or {@link NotIterable} for data that is neither list nor dict.
 */
export function foreachGroup(data: PyValue, context: Context): Group {
  const found = elementsOf(data, context);
  if (found === undefined) throw new NotIterable(typeName(data, context));
  const { elements, isDict } = found;
  const byIndex = !isDict && elements.some(({ node }) => node.kind !== 'scalar');
  const names = isDict ? ['item', 'key'] : ['item'];
  return {
    count: elements.length,
    hidden: names.filter((name) => context.root.entries.has(name)),
    members: () => {
      const values = new Map(elements.map(({ node, label }, i) => [byIndex ? String(i) : label, node]));
      return [...values].map(([key, item]) => ({
        key,
        values: new Map(isDict ? [['item', item] as const, ['key', text(key)] as const] : [['item', item] as const]),
      }));
    },
  };
}

/**
 * The members of a `matrix`: the product of its axes, the last one fastest. Keys join the values by `-`; a list or dict is
 * named by its axis and index.
 */
export function matrixGroup(axes: PyMap, context: Context): Group {
  const lists = [...axes].map(([axis, data]): [string, Element[]] => {
    const name = pyStr(axis);
    return [name, axisElements(data, context)];
  });
  return {
    count: lists.reduce((product, [, elements]) => product * elements.length, 1),
    hidden: ['key', 'item'].filter((name) => context.root.entries.has(name)),
    members: () => {
      const items = new Map<string, ContextNode>();
      for (const choice of product(lists)) {
        const key = choice.map(([, , label]) => label).join('-');
        items.set(key, {
          kind: 'dict',
          entries: new Map(choice.map(([axis, node]) => [axis, node])),
          origin: LITERAL,
        });
      }
      return [...items].map(([key, item]) => ({
        key,
        values: new Map([
          ['key', text(key)],
          ['item', item],
        ]),
      }));
    },
  };
}

type Choice = readonly (readonly [axis: string, node: ContextNode, label: string])[];

function* product(lists: readonly (readonly [string, readonly Element[]])[], chosen: Choice = []): Iterable<Choice> {
  const next = lists[chosen.length];
  if (next === undefined) {
    yield chosen;
    return;
  }
  const [axis, elements] = next;
  for (const [i, { node, label }] of elements.entries()) {
    yield* product(lists, [...chosen, [axis, node, node.kind === 'scalar' ? label : `${axis}${i}`]]);
  }
}

/** A dict as an axis stands for its keys, and a plain text for its characters, as Python iterates them. */
function axisElements(data: PyValue, context: Context): Element[] {
  const found = elementsOf(data, context);
  if (found?.isDict) return found.elements.map(({ label }) => ({ node: text(label), label }));
  if (found !== undefined) return [...found.elements];
  const whole = typeof data === 'string' ? wholeNode(data, context) : undefined;
  if (typeof data !== 'string' || whole !== undefined) throw new NotIterable(typeName(data, context));
  return [...pyStr(interpolate(data, context).value)].map((char) => ({ node: text(char), label: char }));
}

/** The elements of a list or dict, written in place or named by an expression; undefined for anything else. */
function elementsOf(
  data: PyValue,
  context: Context,
): { readonly elements: readonly Element[]; readonly isDict: boolean } | undefined {
  if (isPyList(data)) return { elements: data.map((item) => element(item, context)), isDict: false };
  if (isPyMap(data)) {
    const elements = [...data].map(([key, item]) => {
      const name = typeof key === 'string' ? interpolate(key, context).value : key;
      return { node: resolveNode(item, context), label: stringify(name) };
    });
    return { elements, isDict: true };
  }
  const node = typeof data === 'string' ? wholeNode(data, context) : undefined;
  if (node?.kind === 'list') return { elements: node.items.map(fromContext), isDict: false };
  if (node?.kind !== 'dict') return undefined;
  return { elements: [...node.entries].map(([label, item]) => ({ node: item, label })), isDict: true };
}

const fromContext = (node: ContextNode): Element => ({ node, label: node.kind === 'scalar' ? pyStr(node.value) : '' });

function element(item: PyValue, context: Context): Element {
  const whole = typeof item === 'string' ? wholeNode(item, context) : undefined;
  if (whole !== undefined) return fromContext(whole);
  const node = resolveNode(item, context);
  return { node, label: node.kind === 'scalar' ? stringify(node.value) : '' };
}

/** A value written in place, its expressions resolved to nodes that still know where they came from. */
function resolveNode(value: PyValue, context: Context): ContextNode {
  if (typeof value === 'string') return wholeNode(value, context) ?? toNode(interpolate(value, context).value, LITERAL);
  if (isPyList(value)) return { kind: 'list', items: value.map((item) => resolveNode(item, context)), origin: LITERAL };
  if (!isPyMap(value)) return toNode(value, LITERAL);
  const entries = new Map<string, ContextNode>();
  for (const [key, item] of value) {
    const name = typeof key === 'string' ? interpolate(key, context).value : key;
    if (typeof name === 'string') entries.set(name, resolveNode(item, context));
  }
  return { kind: 'dict', entries, origin: LITERAL };
}

const text = (value: string): ContextNode => ({ kind: 'scalar', value, origin: LITERAL });

/** Data of a group that cannot be iterated. */
export class NotIterable extends Error {
  override readonly name = 'NotIterable';
  constructor(type: string) {
    super(`expected list/dictionary, got ${type}`);
  }
}

function typeName(data: PyValue, context: Context): string {
  const node = typeof data === 'string' ? wholeNode(data, context) : undefined;
  return pyTypeName(node?.kind === 'scalar' ? node.value : data);
}
