/**
 * A YAML document as DVC's library keeps it between reading and writing: values with the style and comments of their source.
 *
 * Offsets count UTF-16 units of the text with its line ends normalised to `\n`.
 */
export type YamlNode = ScalarNode | SequenceNode | MappingNode | AliasNode;

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded';

interface NodeBase {
  /** Negative for a value that no file has held yet. */
  readonly start: number;
  readonly end: number;
  anchor?: string;
  tag?: string;
}

export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar';
  readonly style: ScalarStyle;
  readonly text: string;
  /** False where the text stands for a number, a date, a truth value or null. */
  readonly isText: boolean;
  /** Positions of spaces in `text` that were line breaks of a folded (`>`) scalar: written as breaks again. */
  readonly folds?: readonly number[];
  /** What stood behind `|` or `>`: blanks and a comment. */
  header?: string;
}

export interface SequenceNode extends NodeBase {
  readonly kind: 'sequence';
  /** Undefined for what was empty or is new: then a block, or `[]` and `{}`. */
  flow: boolean | undefined;
  items: SequenceItem[];
  comments?: NodeComments;
}

export interface SequenceItem {
  node: YamlNode;
  comments?: ItemComments;
}

export interface MappingNode extends NodeBase {
  readonly kind: 'mapping';
  /** Undefined for what was empty or is new: then a block, or `[]` and `{}`. */
  flow: boolean | undefined;
  pairs: MappingPair[];
  comments?: NodeComments;
}

export interface MappingPair {
  readonly key: YamlNode;
  node: YamlNode;
  comments?: PairComments;
}

export interface AliasNode extends NodeBase {
  readonly kind: 'alias';
  readonly target: Exclude<YamlNode, AliasNode>;
}

/** Comment lines and blank lines that belong together. `text` ends in a line break. */
export interface Comment {
  text: string;
  /** Where its first line began, in code points from the start of the line. */
  column: number;
}

/** `after` stands behind the thing on its line (and runs on over the following lines); `before` stands above it. */
export interface ItemComments {
  after?: Comment | undefined;
  before?: Comment[] | undefined;
}

/** A collection's own: `after` behind the key or dash that opens it, `before` above its first entry, `end` below its last. */
export interface NodeComments extends ItemComments {
  end?: Comment[] | undefined;
}

export interface PairComments {
  readonly key: ItemComments;
  readonly value: ItemComments;
}

/** What an alias stands for; any other node is itself. */
export const deref = (node: YamlNode): Exclude<YamlNode, AliasNode> => (node.kind === 'alias' ? node.target : node);
