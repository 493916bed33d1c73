import type * as Yaml from 'yaml';
import { invalidFile } from '../core/errors.ts';
import type { PyKey, PyValue } from '../core/python.ts';
import { nodeOf, sharingNodeOf } from './yaml-build.ts';
import { editTree, type YamlChange } from './yaml-edit.ts';
import { emitYaml } from './yaml-emit.ts';
import { foldPositions } from './yaml-fold.ts';
import { LineIndex, type Position } from './yaml-lines.ts';
import { type Location, locateIn } from './yaml-locate.ts';
import type { MappingNode, MappingPair, ScalarNode, ScalarStyle, SequenceNode, YamlNode } from './yaml-node.ts';
import { readPlain } from './yaml-plain.ts';
import { scalarKind } from './yaml-scalar.ts';
import type { SourceToken, YamlTree } from './yaml-tree.ts';
import { readValue } from './yaml-value.ts';

/** More than anyone writes by hand, and little enough to refuse a hostile file before it takes the machine. */
const MAX_ALIASES = 1_000;
const MAX_DEPTH = 100;
const MAX_NODES = 1_000_000;
const MAX_LENGTH = 1 << 26;

/** Loaded on first use: most commands meet only files that need no library. */
const library = (): typeof Yaml => require('yaml') as typeof Yaml;

/**
 * The value of a YAML file as DVC's library reads it: YAML 1.2 with merge keys, dates, and duplicate keys refused.
 * A file without content is null.
 *
 * @param path Named in errors.
 * @throws `invalid-file` with line and column.
 */
export function parseYaml(text: string, path: string): PyValue {
  return parseYamlDoc(text, path).value;
}

/** A parsed file that can tell where its parts stand. */
export interface YamlDoc {
  readonly value: PyValue;
  /** Where a key (or list item) and its value stand; a path that leads nowhere gives the nearest part above it. */
  locate(keyPath: readonly PyKey[]): Location | undefined;
}

/** @param mostAliases More are refused, as files that grow without bounds when they are read have many. */
export function parseYamlDoc(source: string, path: string, mostAliases = MAX_ALIASES): YamlDoc {
  const plain = source.length > MAX_LENGTH ? undefined : readPlain(source);
  const tree = plain ? { text: source, root: plain } : readTree(source, path, mostAliases);
  const lines = new LineIndex(tree.text);
  const value = tree.root
    ? readValue(tree.root, (problem, node) => invalidYaml(path, tree.text, problem, lines.position(node.start)))
    : null;
  return { value, locate: (keyPath) => tree.root && locateIn(tree.root, keyPath, lines) };
}

/** A value as DVC writes it into a new file. */
export const dumpYaml = (value: PyValue): string => emitYaml(nodeOf(value));

/** As {@link dumpYaml}; what holds the same list or dict in several places says so by aliases, as DVC does in `dvc.lock`. */
export const dumpSharingYaml = (value: PyValue): string => emitYaml(sharingNodeOf(value));

/**
 * The old text with a new value: what did not change keeps its comments, order and style, as far as DVC keeps them.
 *
 * Like DVC, writes everything anew: indentation is normalised, needless quotes go, and long lines are folded.
 *
 * @throws `invalid-file` when the old text cannot be read.
 */
export const editYaml = (oldText: string, value: PyValue, path?: string): string =>
  changeYaml(oldText, [{ at: [], apply: value }], path);

/** As {@link editYaml}, for some keys only. Mappings on the way to a key are made where they are missing. */
export function changeYaml(
  oldText: string,
  changes: readonly YamlChange[],
  path = 'YAML file',
  mostAliases = MAX_ALIASES,
): string {
  const tree = readTree(oldText, path, mostAliases);
  const refuse = (problem: string, node: YamlNode) =>
    invalidYaml(path, tree.text, problem, new LineIndex(tree.text).position(node.start));
  return emitYaml(editTree(tree, changes, refuse));
}

/** Python reads text files with every line end as `\n`. */
const normalised = (text: string): string => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);

const UNACCEPTABLE = /[^\t\n\r\x20-\x7e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

function invalidYaml(path: string, text: string, problem: string, where: Position): Error {
  const conflict = /^[<=>]{7} /m.exec(text);
  if (!conflict) return invalidFile(path, problem, where);
  const { line } = new LineIndex(text).position(conflict.index);
  return invalidFile(
    path,
    `it has merge conflict markers (possible merge conflicts)`,
    { line, column: 1 },
    {
      hint: /(?:^|[\\/])dvc\.lock$/.test(path)
        ? `Run \`lode lock merge\`: it keeps the runs of both sides.`
        : `Choose a side in '${path}' and remove the lines that begin with '<<<<<<<', '=======' and '>>>>>>>'.`,
    },
  );
}

/** Reads a file into nodes. @throws `invalid-file` */
export function readTree(source: string, path: string, mostAliases = MAX_ALIASES): YamlTree {
  const text = normalised(source);
  const fail = (problem: string, offset: number): never => {
    throw invalidYaml(path, text, problem, new LineIndex(text).position(offset));
  };
  if (text.length > MAX_LENGTH) fail('it is larger than 64 MiB', 0);
  const control = UNACCEPTABLE.exec(text);
  if (control) {
    const code = (control[0].codePointAt(0) ?? 0).toString(16).padStart(4, '0');
    fail(`unacceptable character #x${code}: special characters are not allowed`, control.index);
  }
  const { cst, tokens } = scan(text, fail, mostAliases);
  const { Composer } = library();
  const documents = [
    ...new Composer({
      version: '1.2',
      schema: 'failsafe',
      merge: false,
      uniqueKeys: false,
      prettyErrors: false,
    }).compose(cst, true, text.length),
  ];
  const error = documents.flatMap((document) => document.errors)[0];
  if (error) fail(problemOf(error), error.pos[0]);
  const [document, second] = documents;
  if (second) fail('expected a single document in the stream, but found another document', second.range[0]);
  const contents = document?.contents;
  const empty =
    !contents || (tokens.every((token) => token.type === 'document') && document.directives.docStart !== true);
  return { text, tokens, root: empty ? undefined : new TreeBuilder(text, fail).node(contents) };
}

type Fail = (problem: string, offset: number) => never;

/** Splits the text into tokens, counting what could get out of hand before anything is built from it. */
function scan(text: string, fail: Fail, mostAliases: number): { cst: Yaml.CST.Token[]; tokens: SourceToken[] } {
  const { CST, Lexer, Parser } = library();
  const parser = new Parser();
  const cst: Yaml.CST.Token[] = [];
  const tokens: SourceToken[] = [];
  let [offset, aliases, scalars] = [0, 0, 0];
  let scalar = false;
  let block = false;
  for (const lexeme of new Lexer().lex(text)) {
    cst.push(...parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH + 2) fail(`it is nested more than ${MAX_DEPTH} levels deep`, offset);
    const type = scalar ? 'scalar' : CST.tokenType(lexeme);
    if (!scalar && (lexeme === CST.SCALAR || lexeme === CST.DOCUMENT || lexeme === CST.FLOW_END)) {
      scalar = lexeme === CST.SCALAR;
      continue;
    }
    const end = offset + lexeme.length;
    if (scalar) {
      const last = tokens.at(-1);
      if (block && last) tokens[tokens.length - 1] = { ...last, end };
      else tokens.push({ type: 'plain', start: offset, end });
      block = false;
    } else if (type === 'block-scalar-header') {
      tokens.push({ type: 'block', start: offset, end });
      block = true;
    } else {
      const kind = type ? TOKEN_TYPES[type] : undefined;
      if (kind) tokens.push({ type: kind, start: offset, end });
      if (kind === 'alias' && ++aliases > mostAliases)
        fail(`it has more than ${mostAliases.toLocaleString('en')} aliases`, offset);
    }
    if (scalar && ++scalars > MAX_NODES) fail('it has more than 1,000,000 nodes', offset);
    scalar = false;
    offset = end;
  }
  cst.push(...parser.end());
  return { cst, tokens };
}

const TOKEN_TYPES: Readonly<Partial<Record<Yaml.CST.TokenType, SourceToken['type']>>> = {
  'seq-item-ind': 'dash',
  'explicit-key-ind': 'question',
  'map-value-ind': 'colon',
  comma: 'comma',
  'flow-map-start': 'flow-start',
  'flow-seq-start': 'flow-start',
  'flow-map-end': 'flow-end',
  'flow-seq-end': 'flow-end',
  anchor: 'anchor',
  tag: 'tag',
  alias: 'alias',
  'single-quoted-scalar': 'quoted',
  'double-quoted-scalar': 'quoted',
  'doc-start': 'document',
  'doc-end': 'document',
  'directive-line': 'document',
};

/** DVC's words where the library's own would be less clear. */
function problemOf(error: Yaml.YAMLParseError): string {
  switch (error.code) {
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'mapping values are not allowed here';
    case 'MULTIPLE_DOCS':
      return 'expected a single document in the stream, but found another document';
    case 'TAB_AS_INDENT':
      return "found character '\\t' that cannot start any token";
    default:
      return error.message.replace(/\.$/, '');
  }
}

const STYLES: Readonly<Record<string, ScalarStyle>> = {
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
};

/** Tags that say what a scalar is anyway, or that it is text. */
const CORE_TAGS = /^tag:yaml\.org,2002:(str|int|float|bool|null|timestamp|map|seq)$/;

/** Turns the library's nodes into ours: aliases resolved, sizes counted. */
class TreeBuilder {
  readonly #text: string;
  readonly #fail: Fail;
  readonly #anchors = new Map<string, { node: Exclude<YamlNode, { kind: 'alias' }> | undefined; size: number }>();
  #size = 0;

  constructor(text: string, fail: Fail) {
    this.#text = text;
    this.#fail = fail;
  }

  node(source: Yaml.Node | null, fallback = 0): YamlNode {
    const { isAlias, isMap, isScalar, isSeq } = library();
    const [start, end] = source?.range ?? [fallback, fallback];
    if (isAlias(source)) return this.#alias(source, start, end);
    this.#count(1, start);
    if (source === null || isScalar(source))
      return this.#anchored(source, start, () => this.#scalar(source, start, end));
    if (isSeq(source)) return this.#anchored(source, start, () => this.#sequence(source, start, end));
    if (isMap(source)) return this.#anchored(source, start, () => this.#mapping(source, start, end));
    throw new Error('the YAML library made an unknown node');
  }

  #count(nodes: number, offset: number): void {
    this.#size += nodes;
    if (this.#size > MAX_NODES) this.#fail('it has more than 1,000,000 nodes, its aliases expanded', offset);
  }

  #anchored(
    source: (Yaml.Node & { anchor?: string; tag?: string }) | null,
    start: number,
    build: () => Exclude<YamlNode, { kind: 'alias' }>,
  ): YamlNode {
    const name = source?.anchor;
    const before = this.#size;
    if (name !== undefined) this.#anchors.set(name, { node: undefined, size: 0 });
    const node = build();
    if (name !== undefined) {
      node.anchor = name;
      this.#anchors.set(name, { node, size: this.#size - before + 1 });
    }
    const tag = source?.tag;
    if (tag !== undefined && tag !== '!' && !CORE_TAGS.test(tag))
      this.#fail(`could not determine a constructor for the tag '${tag}'`, start);
    if (tag !== undefined) node.tag = tag.replace('tag:yaml.org,2002:', '!!');
    return node;
  }

  #alias(source: Yaml.Alias, start: number, end: number): YamlNode {
    const known = this.#anchors.get(source.source);
    if (!known) return this.#fail(`found undefined alias '${source.source}'`, start);
    if (!known.node) return this.#fail(`found alias '${source.source}' inside of what it stands for`, start);
    this.#count(known.size, start);
    return { kind: 'alias', start, end, target: known.node };
  }

  #scalar(source: Yaml.Scalar | null, start: number, end: number): ScalarNode {
    const style = STYLES[source?.type ?? ''] ?? 'plain';
    // The failsafe schema reads every scalar as text.
    const read = source === null || source.value === null ? '' : String(source.value);
    const isBlock = style === 'literal' || style === 'folded';
    // A block that the file's end cuts off has no line break that could be its own.
    const cut = isBlock && end >= this.#text.length && !this.#text.endsWith('\n');
    const text = cut ? read.replace(/\n$/, '') : read;
    const node: ScalarNode = { kind: 'scalar', start, end, style, text, isText: isText(source?.tag, style, text) };
    if (!isBlock) return node;
    const raw = this.#text.slice(start, end);
    const header = /^[|>][-+0-9]*([ ]*#[^\n]*|[ ]*)/.exec(raw)?.[1] ?? '';
    const comment = header.includes('#') ? { header } : {};
    return style === 'literal' ? { ...node, ...comment } : { ...node, ...comment, folds: foldPositions(raw, text) };
  }

  #sequence(source: Yaml.YAMLSeq, start: number, end: number): SequenceNode {
    const items = (source.items as Yaml.Node[]).map((item) => ({ node: this.node(item, start) }));
    return { kind: 'sequence', start, end, flow: flowOf(source, items.length), items };
  }

  #mapping(source: Yaml.YAMLMap, start: number, end: number): MappingNode {
    const pairs: MappingPair[] = source.items.map(({ key, value }) => {
      const keyNode = this.node(key as Yaml.Node | null, start);
      return { key: keyNode, node: this.node(value as Yaml.Node | null, keyNode.end) };
    });
    return {
      kind: 'mapping',
      start: source.flow ? start : (pairs[0]?.key.start ?? start),
      end,
      flow: flowOf(source, pairs.length),
      pairs,
    };
  }
}

/** Empty collections forget how they were written. */
const flowOf = (source: { flow?: boolean }, count: number): boolean | undefined =>
  count === 0 ? undefined : source.flow === true;

/** Quoted text is text, and so is what a tag says to be; a plain scalar is what its spelling says. */
function isText(tag: string | undefined, style: ScalarStyle, text: string): boolean {
  if (tag === 'tag:yaml.org,2002:str' || tag === '!') return true;
  const tagged = tag !== undefined && CORE_TAGS.test(tag);
  const kind = style === 'plain' || tagged ? scalarKind(text) : 'string';
  return kind === 'string' || kind === 'special' || kind === 'merge';
}
