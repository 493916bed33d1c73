import {
  type AliasNode,
  type Comment,
  deref,
  type MappingNode,
  type MappingPair,
  type NodeComments,
  type SequenceNode,
  type YamlNode,
} from './yaml-node.ts';
import { type Stop, type StopComments, stopsOf } from './yaml-stops.ts';
import type { YamlTree } from './yaml-tree.ts';
import { isMergeKey } from './yaml-value.ts';

interface Found extends StopComments {
  end?: Comment[] | undefined;
}

/** Hangs the comments of a file on its nodes, at the places where DVC's library keeps them when values change. */
export function attachComments(tree: YamlTree, root: YamlNode): void {
  new Attacher(stopsOf(tree, root)).document(root);
}

/** Reads the stops as the library's parser does: on its way, it passes comments from indicators to what follows them. */
class Attacher {
  readonly #stops: readonly Stop[];
  /** By node, for its aliases: they share its comments as they share its value. */
  readonly #found = new Map<YamlNode, Found>();
  #at = 0;

  constructor(stops: readonly Stop[]) {
    this.#stops = stops;
  }

  document(root: YamlNode): void {
    while (this.#is('document')) this.#take();
    const found = this.#node(root, false);
    own(root, found);
  }

  #peek(): Stop {
    return this.#stops[this.#at] ?? { type: 'end' };
  }

  #is(...types: Stop['type'][]): boolean {
    return types.includes(this.#peek().type);
  }

  #take(): Stop {
    const stop = this.#peek();
    this.#at += 1;
    if (stop.behind) stop.comments = { ...stop.comments, after: stop.behind };
    return stop;
  }

  /** Hands a stop's comments to the next one. */
  #pass(stop: Stop, fromColon = false): void {
    const { comments } = stop;
    const target = this.#peek();
    if (!comments || target.type === 'end' || target.type === 'document') return;
    stop.comments = undefined;
    const there = target.comments;
    if (!there) {
      target.comments = fromColon ? { ...comments, fromColon } : comments;
      return;
    }
    if (comments.after) there.after = comments.after;
    if (comments.before) there.before = [...comments.before, ...(there.before ?? [])];
  }

  #node(node: YamlNode, isValue: boolean): Found | undefined {
    if (node.kind === 'alias') {
      this.#take();
      return this.#found.get(node.target);
    }
    const found = this.#content(node, isValue);
    if (found && node.anchor !== undefined) this.#found.set(node, found);
    return found;
  }

  #content(node: Exclude<YamlNode, AliasNode>, isValue: boolean): Found | undefined {
    for (let first = true; this.#is('anchor', 'tag'); first = false) {
      const stop = this.#take();
      if (first) this.#pass(stop);
    }
    if (this.#is('flow-start')) return this.#flow(node);
    if (isValue && node.kind === 'sequence' && this.#is('dash')) return this.#indentless(node);
    if (this.#is('seq-start') && node.kind === 'sequence') return this.#sequence(node);
    if (this.#is('map-start') && node.kind === 'mapping') return this.#mapping(node);
    return this.#is('plain', 'quoted', 'block') ? this.#take().comments : undefined;
  }

  #indentless(node: SequenceNode): Found | undefined {
    const first = this.#peek();
    let found: Found | undefined;
    if (first.comments?.after) {
      found = { after: first.comments.after, before: [] };
      first.comments.after = undefined;
    } else if (first.comments?.before) {
      found = { before: first.comments.before };
      first.comments.before = undefined;
    }
    const keepsEnd = this.#items(node, ['dash', 'key', 'colon', 'block-end']);
    const next = this.#peek().comments;
    if (!next?.before || next.before.length === 0) return found;
    const end = next.before;
    next.before = undefined;
    return keepsEnd ? withEnd(found, end) : found;
  }

  #sequence(node: SequenceNode): Found | undefined {
    const start = this.#peek();
    const found: Found | undefined = start.comments?.before
      ? start.comments
      : start.comments?.after && { after: start.comments.after };
    this.#take();
    const keepsEnd = this.#items(node, ['dash', 'block-end']);
    const end = this.#take().comments?.before;
    return keepsEnd && end && end.length > 0 ? withEnd(found, end) : found;
  }

  /** Answers whether the list can keep comments below its last item. */
  #items(node: SequenceNode, stopTypes: Stop['type'][]): boolean {
    for (const item of node.items) {
      this.#pass(this.#take());
      if (this.#is(...stopTypes)) continue;
      const found = this.#node(item.node, false);
      if (found) item.comments = { after: found.after, before: found.before };
      this.#found.delete(deref(item.node)); // The list has taken them.
    }
    return !dropAfterHeader(node);
  }

  #mapping(node: MappingNode): Found | undefined {
    const found: Found | undefined = this.#peek().comments;
    this.#take();
    for (const pair of node.pairs) this.#pair(pair);
    const last = this.#take();
    this.#pass(last);
    const end = last.comments?.before;
    return end && end.length > 0 ? withEnd(found, end) : found;
  }

  #pair(pair: MappingPair): void {
    let [key, value]: [Found | undefined, Found | undefined] = [undefined, undefined];
    if (this.#is('key')) {
      this.#pass(this.#take());
      if (!this.#is('key', 'colon', 'block-end')) key = this.#node(pair.key, true);
    }
    if (this.#is('colon')) value = this.#value(pair);
    keepPair(pair, key, value);
  }

  #value(pair: MappingPair): Found | undefined {
    const colon = this.#take();
    if (this.#is('colon')) this.#pass(colon);
    else if (!this.#is('key')) this.#pass(colon, true);
    if (!this.#is('key', 'colon', 'block-end')) {
      const found = this.#node(pair.node, true);
      own(pair.node, found);
      return found;
    }
    if (colon.comments) return colon.comments;
    const next = this.#peek();
    if (!next.comments) return undefined;
    const { after, before } = next.comments;
    next.comments = { before };
    return { after };
  }

  // In flow collections comments stay where they are.

  #flow(node: YamlNode): Found | undefined {
    let found: Found | undefined = this.#take().comments;
    if (node.kind === 'sequence') for (const item of node.items) this.#flowItem(item);
    if (node.kind === 'mapping') for (const pair of node.pairs) this.#flowPair(pair);
    while (this.#is('comma')) this.#take();
    const last = this.#take().comments;
    if (last) found = { after: last.after };
    return found;
  }

  #flowItem(item: SequenceNode['items'][number]): void {
    while (this.#is('comma')) this.#take();
    if (this.#is('key') && item.node.kind === 'mapping') {
      for (const pair of item.node.pairs) this.#flowPair(pair);
      return;
    }
    if (this.#is('flow-end')) return;
    const found = this.#node(item.node, false);
    if (found) item.comments = { after: found.after, before: found.before };
  }

  #flowPair(pair: MappingPair): void {
    while (this.#is('comma')) this.#take();
    let [key, value]: [Found | undefined, Found | undefined] = [undefined, undefined];
    if (this.#is('key')) this.#take();
    if (!this.#is('colon', 'comma', 'flow-end')) key = this.#node(pair.key, false);
    if (this.#is('colon')) {
      this.#take();
      if (!this.#is('comma', 'flow-end')) {
        value = this.#node(pair.node, false);
        own(pair.node, value);
      }
    }
    keepPair(pair, key, value);
  }
}

const withEnd = (found: Found | undefined, end: Comment[]): Found => (found?.fromColon ? found : { ...found, end });

function keepPair(pair: MappingPair, key: Found | undefined, value: Found | undefined): void {
  // The library writes `<<` anew, without what stood around it.
  if ((!key && !value) || isMergeKey(pair.key)) return;
  pair.comments = {
    key: { after: key?.after, before: key?.before },
    value: { after: value?.after, before: value?.before },
  };
}

/** A collection keeps its comments itself, beside what its key remembers. */
function own(node: YamlNode, found: Found | undefined): void {
  if (!found || (node.kind !== 'sequence' && node.kind !== 'mapping')) return;
  const comments: NodeComments = { after: found.after, before: found.before, end: found.end };
  node.comments = comments;
}

/** A comment behind the `|` of an item makes the library lose it, and all comments of the list. */
function dropAfterHeader(node: SequenceNode): boolean {
  const headed = node.items.flatMap(({ node: item }) =>
    item.kind === 'scalar' && item.header !== undefined ? [item] : [],
  );
  if (headed.length === 0) return false;
  for (const item of headed) delete item.header;
  for (const item of node.items) delete item.comments;
  return true;
}
