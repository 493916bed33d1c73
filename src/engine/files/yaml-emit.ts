import {
  type Comment,
  deref,
  type ItemComments,
  type MappingNode,
  type NodeComments,
  type ScalarNode,
  type SequenceNode,
  type YamlNode,
} from './yaml-node.ts';
import { respellScalar } from './yaml-respell.ts';
import { scalarKind } from './yaml-scalar.ts';
import { styleOfText, textShape, type WrittenStyle } from './yaml-style.ts';
import { isMergeKey } from './yaml-value.ts';
import { YamlWriter } from './yaml-writer.ts';

/** From this many characters on, a key is written as `? key`; `!!str` counts, though it is not written. */
const LONG_KEY = 128;
const TAG_LENGTH = '!!str'.length;
/** A mapping or list goes this far in; a list under a key not at all. */
const STEP = 2;

/** Where a node stands. */
type Place = 'root' | 'item' | 'value' | 'key';

interface Level {
  readonly indent: number | undefined;
  readonly list: boolean | undefined;
}

/** Writes a document as DVC's library does, comments where it puts them. */
export function emitYaml(root: YamlNode): string {
  const emitter = new Emitter(nameAnchors(root));
  return emitter.document(root);
}

class Emitter {
  readonly #w = new YamlWriter();
  readonly #levels: Level[] = [];
  /** One of `[`, `{` or '' (a mapping of one entry in a flow list, written without braces) for each open flow collection. */
  readonly #flow: string[] = [];
  readonly #anchors: ReadonlyMap<YamlNode, string>;
  readonly #written = new Set<YamlNode>();
  readonly #done = new Set<Comment>();

  constructor(anchors: ReadonlyMap<YamlNode, string>) {
    this.#anchors = anchors;
  }

  document(root: YamlNode): string {
    const comments = root.kind === 'mapping' || root.kind === 'sequence' ? root.comments : undefined;
    this.#node(root, comments ?? {}, 'root');
    this.#w.toIndent();
    if (this.#w.openEnded) {
      this.#w.indicator('...', true);
      this.#w.toIndent();
    }
    return this.#w.toString();
  }

  #enter(options: { flow: boolean; list?: boolean; indentless?: boolean }): void {
    const w = this.#w;
    this.#levels.push({ indent: w.indent, list: options.list });
    if (w.indent === undefined) w.indent = options.flow ? undefined : 0;
    else if (!options.indentless) w.indent += STEP;
  }

  #leave(): void {
    this.#w.indent = this.#levels.pop()?.indent;
  }

  #node(node: YamlNode, comments: NodeComments, place: Place): void {
    const target = deref(node);
    const anchor = this.#anchors.get(target);
    if (anchor !== undefined && this.#written.has(target)) {
      this.#w.indicator(`*${anchor}`, true);
      this.#w.brokenAlready = false;
      return;
    }
    if (anchor !== undefined) {
      this.#written.add(target);
      this.#w.indicator(`&${anchor}`, true);
      this.#w.brokenAlready = false;
    }
    if (target.tag !== undefined) this.#w.indicator(target.tag, true);
    switch (target.kind) {
      case 'scalar':
        this.#scalar(target, comments, place, anchor !== undefined);
        break;
      case 'sequence':
        this.#sequence(target, comments, place);
        break;
      case 'mapping':
        this.#mapping(target, comments);
    }
  }

  #scalar(node: ScalarNode, comments: ItemComments, place: Place, anchored: boolean): void {
    const w = this.#w;
    this.#enter({ flow: true });
    if (place === 'item' && !anchored && this.#flow.length === 0) w.toIndent();
    const [isKey, isRoot, inFlow] = [place === 'key', place === 'root', this.#flow.length > 0];
    const block = (node.style === 'literal' || node.style === 'folded') && !isKey && !inFlow;
    if (block) {
      const header = node.header ?? '';
      if (node.style === 'literal') w.literal(node.text, header, isRoot);
      else w.folded(node.text, node.folds ?? [], header, isRoot);
      // A comment as deep as the text would become part of it.
      const { after } = comments;
      if (after && w.indent !== undefined && after.column >= w.indent) after.column = w.indent - 1;
    } else this.#inlineScalar(node, isKey, isRoot, inFlow);
    if (comments.after) w.commentAfter(comments.after);
    this.#leave();
  }

  #inlineScalar(node: ScalarNode, isKey: boolean, isRoot: boolean, inFlow: boolean): void {
    const w = this.#w;
    if (!node.isText) {
      const text = node.start < 0 ? node.text : respellScalar(node.text);
      // An empty null needs a word where nothing could be seen of it.
      w.plain(text === '' && (inFlow || isKey || isRoot) ? 'null' : text, !isKey, isRoot);
      return;
    }
    const style = inlineStyle(node, isKey, inFlow);
    if (style === 'plain') w.plain(node.text, !isKey, isRoot);
    else if (style === 'single') w.single(node.text, !isKey);
    else w.double(node.text, !isKey);
  }

  // Lists.

  #sequence(node: SequenceNode, comments: NodeComments, place: Place): void {
    const w = this.#w;
    const flowStyle = node.flow ?? node.items.length === 0;
    let besideParent = false;
    const { indention } = w;
    if (!flowStyle && comments.after) {
      w.commentAfter(comments.after);
      w.indention = false;
      w.brokenAlready = true;
    }
    const { column } = w;
    if (comments.before !== undefined) {
      this.#above(comments, node);
      if (flowStyle) besideParent = !this.#levels.at(-1)?.list;
      w.indention = indention;
      w.brokenAlready = !indention;
    }
    if (flowStyle) w.column = column;
    if (flowStyle || this.#flow.length > 0 || node.items.length === 0) this.#flowSequence(node, comments, besideParent);
    else this.#blockSequence(node, comments, place);
  }

  #blockSequence(node: SequenceNode, comments: NodeComments, place: Place): void {
    const w = this.#w;
    const indentless = place === 'value' && !w.indention;
    this.#enter({ flow: false, list: true, indentless });
    this.#listInList();
    for (const { node: item, comments: own } of node.items) {
      const merged = itemComments(item, own);
      this.#before(merged, item);
      const broken = w.column === 0 && w.brokenAlready;
      w.toIndent();
      w.indicator('-', true, { indention: true });
      if (broken) w.brokenAlready = true;
      this.#node(item, merged, 'item');
    }
    if (comments.end && comments.end.length > 0) for (const comment of comments.end) w.commentBefore(comment);
    this.#leave();
    w.brokenAlready = false;
  }

  /** A list that is an item of a list starts on its parent's line, whatever was written. */
  #listInList(): void {
    if (!this.#levels.at(-1)?.list || !this.#levels.at(-2)?.list) return;
    this.#w.indention = true;
    this.#w.brokenAlready = false;
  }

  #flowSequence(node: SequenceNode, comments: NodeComments, besideParent: boolean): void {
    const w = this.#w;
    this.#openFlow('[', { list: true, besideParent });
    this.#listInList();
    node.items.forEach(({ node: item, comments: own }, i) => {
      if (i > 0) w.indicator(',', false);
      if (w.column > 80) w.toIndent();
      this.#node(item, itemComments(item, own), 'item');
    });
    this.#leave();
    this.#flow.pop();
    w.indicator(']', false);
    this.#afterFlow(node.flow === false ? {} : comments, node.items.length === 0);
  }

  #openFlow(mark: string, options: { list: boolean; besideParent: boolean }): void {
    const { list, besideParent } = options;
    if (besideParent) this.#enter({ flow: true, list });
    this.#w.indicator(' '.repeat(Math.max(0, this.#flowOffset(besideParent))) + mark, true, { whitespace: true });
    this.#flow.push(mark);
    if (!besideParent) this.#enter({ flow: true, list });
  }

  /** Blanks before a flow collection that make it line up in a list. */
  #flowOffset(besideParent: boolean): number {
    const last = this.#levels.at(-1);
    if ((this.#levels.length < 2 || !last?.list) && (this.#levels.length === 0 || !besideParent)) return 0;
    const base = last?.indent ?? 0;
    return besideParent ? base + STEP : base + STEP - this.#w.column - 1;
  }

  /** What was a block wrote the comment behind its key before it opened. */
  #afterFlow(comments: NodeComments, empty: boolean): void {
    if (comments.after) this.#w.commentAfter(comments.after);
    else if (!empty) this.#w.brokenAlready = false;
    else if (this.#flow.length === 0) this.#w.lineBreak();
  }

  // Mappings.

  #mapping(node: MappingNode, comments: NodeComments): void {
    const w = this.#w;
    const flowStyle = node.flow ?? node.pairs.length === 0;
    let besideParent = false;
    if (!flowStyle && comments.after) w.commentAfter(comments.after);
    if (comments.before && comments.before.length > 0) {
      this.#above(comments, node);
      if (flowStyle && this.#levels.length > 0) besideParent = !this.#levels.at(-1)?.list;
    }
    if (flowStyle || this.#flow.length > 0 || node.pairs.length === 0) this.#flowMapping(node, comments, besideParent);
    else this.#blockMapping(node, comments);
  }

  #blockMapping(node: MappingNode, comments: NodeComments): void {
    const w = this.#w;
    this.#enter({ flow: false, list: false });
    for (const pair of node.pairs) {
      const value = pairComments(pair.node, pair.comments?.value);
      this.#before(pair.comments?.key ?? {}, pair.key);
      w.toIndent();
      if (this.#isSimpleKey(pair.key)) {
        const isAlias = this.#isAliasWritten(pair.key);
        this.#node(pair.key, pair.comments?.key ?? {}, 'key');
        if (isAlias) w.raw(' ');
        w.indicator(':', false);
      } else {
        w.indicator('?', true, { indention: true });
        this.#node(pair.key, pair.comments?.key ?? {}, 'value');
        w.toIndent();
        w.indicator(':', true, { indention: true });
      }
      this.#node(pair.node, value, 'value');
    }
    if (comments.end && comments.end.length > 0) for (const comment of comments.end) w.commentBefore(comment);
    this.#leave();
  }

  #isAliasWritten(node: YamlNode): boolean {
    const target = deref(node);
    return this.#anchors.has(target) && this.#written.has(target);
  }

  #flowMapping(node: MappingNode, comments: NodeComments, besideParent: boolean): void {
    const w = this.#w;
    const bare = node.pairs.length === 1 && this.#flow.at(-1) === '[';
    this.#openFlow(bare ? '' : '{', { list: false, besideParent });
    node.pairs.forEach((pair, i) => {
      if (i > 0) w.indicator(',', false);
      if (w.column > 80) w.toIndent();
      const value = pairComments(pair.node, pair.comments?.value);
      if (this.#isSimpleKey(pair.key)) {
        this.#node(pair.key, pair.comments?.key ?? {}, 'key');
        w.indicator(':', false);
      } else {
        w.indicator('?', true);
        this.#node(pair.key, pair.comments?.key ?? {}, 'value');
        if (w.column > 80) w.toIndent();
        w.indicator(':', true);
      }
      this.#node(pair.node, value, 'value');
    });
    this.#leave();
    this.#flow.pop();
    if (!bare) w.indicator('}', false);
    this.#afterFlow(node.flow === false ? {} : comments, node.pairs.length === 0);
  }

  /** Comments above a node; above a collection they may be due at its dash or at itself, whichever is written first. */
  #before(comments: ItemComments, node: YamlNode): void {
    if (!this.#isAliasWritten(node)) this.#above(comments, node);
  }

  #above(comments: ItemComments, node: YamlNode): void {
    for (const comment of comments.before ?? []) {
      if (deref(node).kind !== 'scalar') {
        if (this.#done.has(comment)) continue;
        this.#done.add(comment);
      }
      this.#w.commentBefore(comment);
    }
  }

  /** Whether a key may stand before a colon without `?`. */
  #isSimpleKey(key: YamlNode): boolean {
    if (key.kind === 'alias') return true;
    const anchor = this.#anchors.get(key)?.length ?? 0;
    if (key.kind !== 'scalar') return anchor < LONG_KEY - TAG_LENGTH;
    const { length } = [...key.text];
    return anchor + length < LONG_KEY - TAG_LENGTH && !(key.isText && textShape(key.text).multiline);
  }
}

function inlineStyle(node: ScalarNode, isKey: boolean, inFlow: boolean): WrittenStyle {
  if (node.style === 'literal' || node.style === 'folded') return 'double';
  return isKey && isMergeKey(node) ? 'plain' : styleOfText(node.text, inFlow, isKey);
}

/** What an item's own line carries, or else what its collection brought along. */
function itemComments(node: YamlNode, own: ItemComments | undefined): NodeComments {
  const inner = node.kind === 'mapping' || node.kind === 'sequence' ? node.comments : undefined;
  if (!own) return inner ?? {};
  return { after: inner?.after ?? own.after, before: inner?.before ?? own.before, end: inner?.end };
}

/** A value's comments are remembered with its key, so that they stay when the value is replaced. */
function pairComments(node: YamlNode, own: ItemComments | undefined): NodeComments {
  const inner = node.kind === 'mapping' || node.kind === 'sequence' ? node.comments : undefined;
  return own ? { ...own, end: inner?.end } : (inner ?? {});
}

/** Names for what is written with an anchor: scalars that had one, and collections that are referred to. */
function nameAnchors(root: YamlNode): ReadonlyMap<YamlNode, string> {
  const names = new Map<YamlNode, string>();
  const seen = new Set<YamlNode>();
  let generated = 0;
  const nameOf = (target: YamlNode): string => {
    // Names of this form are made up on writing; they are made up again.
    const { anchor } = target;
    return anchor !== undefined && !/^id(?!000$)\d{3,}/.test(anchor)
      ? anchor
      : `id${String(++generated).padStart(3, '0')}`;
  };
  const visit = (node: YamlNode): void => {
    const target = deref(node);
    if (seen.has(target)) {
      if (!names.has(target) && isShared(node, target)) names.set(target, nameOf(target));
      return;
    }
    seen.add(target);
    if (target.kind === 'scalar' && target.anchor !== undefined && isAnchorable(target))
      names.set(target, target.anchor);
    if (target.kind === 'sequence') for (const item of target.items) visit(item.node);
    if (target.kind === 'mapping') {
      for (const pair of target.pairs) {
        visit(pair.key);
        visit(pair.node);
      }
    }
  };
  visit(root);
  return names;
}

/** Scalars keep their anchors; but nothing, dates and infinities are values that cannot hold one. */
const isAnchorable = (node: ScalarNode): boolean =>
  node.isText || !(scalarKind(node.text) === 'null' || scalarKind(node.text) === 'date' || /inf|nan/i.test(node.text));

/** Aliases of scalars are shared only where the scalar keeps its anchor; collections are shared in any case. */
const isShared = (node: YamlNode, target: YamlNode): boolean => target.kind !== 'scalar' && node.kind === 'alias';
