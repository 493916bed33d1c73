import { commentsBehind, type GapComments } from './yaml-comments.ts';
import { LineIndex } from './yaml-lines.ts';
import type {
  Comment,
  ItemComments,
  MappingNode,
  MappingPair,
  ScalarNode,
  SequenceNode,
  YamlNode,
} from './yaml-node.ts';
import type { SourceToken, YamlTree } from './yaml-tree.ts';

/**
 * Where DVC's library can hang a comment: the file's tokens in order, among them those that stand for the start and the end
 * of indented collections and for keys, which have no characters of their own.
 */
export interface Stop {
  readonly type: SourceToken['type'] | 'map-start' | 'seq-start' | 'block-end' | 'key' | 'end';
  readonly token?: SourceToken;
  comments?: StopComments | undefined;
  /** What follows it and stays with it. */
  behind?: Comment | undefined;
}

export interface StopComments extends ItemComments {
  /** Came from a colon: then what stands below the collection is lost. */
  fromColon?: boolean;
}

/** A file's stops in order, each with the comments behind its token, or those handed on by the one before. */
export const stopsOf = (tree: YamlTree, root: YamlNode): readonly Stop[] => new StopList(tree).of(root);

class StopList {
  readonly #tree: YamlTree;
  readonly #lines: LineIndex;
  readonly #stops: Stop[] = [];
  #next = 0;

  constructor(tree: YamlTree) {
    this.#tree = tree;
    this.#lines = new LineIndex(tree.text);
  }

  of(root: YamlNode): readonly Stop[] {
    this.#takeAll('document');
    this.#node(root, undefined);
    this.#takeAll('document');
    this.#stops.push({ type: 'end' });
    if (this.#next < this.#tree.tokens.length) throw new Error('the YAML tree and its tokens do not match');
    this.#fill();
    return this.#stops;
  }

  /** Gives each stop the comments behind its token, or hands them to the next stop. */
  #fill(): void {
    const { tokens, text } = this.#tree;
    const put = (gap: GapComments, at: number): void => {
      const [stop, next] = [this.#stops[at], this.#stops[at + 1]];
      if (stop) stop.behind = gap.after;
      if (gap.before && next) next.comments = { before: gap.before };
    };
    put(commentsBehind(this.#tree, this.#lines, undefined, tokens[0]?.start ?? text.length), -1);
    let index = 0;
    this.#stops.forEach((stop, at) => {
      if (!stop.token) return;
      index += 1;
      put(commentsBehind(this.#tree, this.#lines, stop.token, tokens[index]?.start ?? text.length), at);
    });
  }

  #peek(): SourceToken['type'] | undefined {
    return this.#tree.tokens[this.#next]?.type;
  }

  #take(type: SourceToken['type'], as: Stop['type'] = type): void {
    const token = this.#tree.tokens[this.#next];
    if (token?.type !== type) throw new Error(`the YAML tree has a ${type} where the source has a ${token?.type}`);
    this.#stops.push({ type: as, token });
    this.#next += 1;
  }

  #takeAll(type: SourceToken['type']): void {
    while (this.#peek() === type) this.#take(type);
  }

  #column(token: SourceToken | undefined): number {
    return token ? this.#lines.columnOf(token.start) : 0;
  }

  /** @param parentColumn Of the mapping that the node is a value of, else undefined. */
  #node(node: YamlNode, parentColumn: number | undefined): void {
    if (node.anchor !== undefined || node.tag !== undefined) this.#properties(node);
    if (node.kind === 'alias') this.#take('alias');
    else if (node.kind === 'scalar') this.#scalar(node);
    else this.#collection(node, parentColumn);
  }

  #collection(node: SequenceNode | MappingNode, parentColumn: number | undefined): void {
    const opens = this.#peek() === 'flow-start';
    if (node.kind === 'sequence') {
      if (opens && !isBlock(node))
        this.#flow(() => {
          for (const item of node.items) this.#flowItem(item.node);
        });
      else this.#blockSequence(node, parentColumn);
    } else if (opens && !isBlock(node))
      this.#flow(() => {
        for (const pair of node.pairs) this.#flowPair(pair);
      });
    else this.#blockMapping(node);
  }

  #properties(node: YamlNode): void {
    const wanted = new Set<string | undefined>();
    if (node.anchor !== undefined) wanted.add('anchor');
    if (node.tag !== undefined) wanted.add('tag');
    for (let type = this.#peek(); wanted.delete(type); type = this.#peek()) this.#take(type as 'anchor' | 'tag');
  }

  #scalar(node: ScalarNode): void {
    const type = this.#peek();
    if (!isEmptyScalar(node) && (type === 'plain' || type === 'quoted' || type === 'block')) this.#take(type);
  }

  #child(node: YamlNode, parentColumn?: number): void {
    const isNothing = node.kind === 'scalar' && isEmptyScalar(node);
    if (!isNothing || node.anchor !== undefined || node.tag !== undefined) this.#node(node, parentColumn);
  }

  #blockSequence(node: SequenceNode, parentColumn: number | undefined): void {
    const column = this.#column(this.#tree.tokens[this.#next]);
    // A list may stand at the column of the key it belongs to; then nothing marks its start and end.
    const indentless = parentColumn !== undefined && column <= parentColumn;
    if (!indentless) this.#stops.push({ type: 'seq-start' });
    for (const item of node.items) {
      this.#take('dash');
      this.#child(item.node);
    }
    if (!indentless) this.#stops.push({ type: 'block-end' });
  }

  #blockMapping(node: MappingNode): void {
    const column = this.#column(this.#tree.tokens[this.#next]);
    this.#stops.push({ type: 'map-start' });
    for (const pair of node.pairs) this.#pair(pair, column);
    this.#stops.push({ type: 'block-end' });
  }

  #pair(pair: MappingPair, column: number | undefined): void {
    const at = this.#stops.length;
    if (this.#peek() === 'question') this.#take('question', 'key');
    else this.#stops.push({ type: 'key' });
    this.#child(pair.key, column);
    if (this.#peek() !== 'colon') {
      // Only a colon makes a key of what stands before it.
      if (!this.#stops[at]?.token) this.#stops.splice(at, 1);
      return;
    }
    this.#take('colon');
    this.#child(pair.node, column);
  }

  #flow(items: () => void): void {
    this.#take('flow-start');
    items();
    this.#takeAll('comma');
    this.#take('flow-end');
  }

  #flowItem(node: YamlNode): void {
    this.#takeAll('comma');
    // A mapping of one entry may stand in a list without braces.
    if (node.kind === 'mapping' && this.#tree.text[node.start] !== '{')
      for (const pair of node.pairs) this.#pair(pair, undefined);
    else this.#child(node);
  }

  #flowPair(pair: MappingPair): void {
    this.#takeAll('comma');
    this.#pair(pair, undefined);
  }
}

/** Such scalars have no token. */
const isEmptyScalar = (node: ScalarNode): boolean => node.style === 'plain' && node.text === '';

const isBlock = (node: SequenceNode | MappingNode): boolean => node.flow === false;
