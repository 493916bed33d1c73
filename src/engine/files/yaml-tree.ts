import type { YamlNode } from './yaml-node.ts';

/** A piece of source that is neither blank nor comment. */
export interface SourceToken {
  readonly type:
    | 'dash'
    | 'question'
    | 'colon'
    | 'comma'
    | 'flow-start'
    | 'flow-end'
    | 'anchor'
    | 'tag'
    | 'alias'
    | 'plain'
    | 'quoted'
    | 'block'
    | 'document';
  readonly start: number;
  readonly end: number;
}

/** A parsed file: its nodes, and what is needed to find comments between them. */
export interface YamlTree {
  /** With line ends normalised to `\n`, as Python reads text; nodes' offsets are into this. */
  readonly text: string;
  /** Undefined for a file without content. */
  readonly root: YamlNode | undefined;
  readonly tokens: readonly SourceToken[];
}
