import type { TreePath } from '../files/template.ts';
import { deref, type MappingNode, type ScalarStyle, type YamlNode } from '../files/yaml-node.ts';
import type { LanguageText } from './language-text.ts';
import { readLenient } from './lenient-yaml.ts';
import type { TextPosition, TextRange } from './text-lines.ts';
import { keyOf, nodeAt, scalarsOf } from './yaml-places.ts';

/** What is being typed at a place of a YAML file, complete or not. */
export interface Cursor {
  /** Of a key: the mapping it belongs to. Of a value: up to its key or index. */
  readonly path: TreePath;
  readonly isKey: boolean;
  /** The word before the cursor. */
  readonly before: string;
  /** The whole word, which a completion replaces. */
  readonly range: TextRange;
  readonly style: ScalarStyle;
  /** Keys that the mapping has beside this one. */
  readonly siblings: readonly string[];
  /** True where a value stands on a line below its key, without a dash: a mapping or a list can begin here. */
  readonly isOnOwnLine: boolean;
  /** True behind the dash of a list. */
  readonly isItem: boolean;
  /** True where a colon stands behind the key already. */
  readonly hasColon: boolean;
  /** True in brackets or braces. */
  readonly isInFlow: boolean;
  /** The column at which the word begins. */
  readonly column: number;
}

/** No file has it: a private character that stands for the cursor. */
const MARK = '\ue000';

/**
 * What stands at a position, by indentation and marks alone, so that it works while the text is incomplete. Undefined in a
 * comment and before the first key of a line that has one.
 */
export function cursorAt(file: LanguageText, position: TextPosition): Cursor | undefined {
  const offset = file.lines.offset(position);
  const { from, end, isEntry } = surroundings(file, offset, position);
  const prefix = isEntry ? 'stages:\n' : '';
  const source = prefix + file.text.slice(from, offset) + MARK + file.text.slice(offset, end);
  const root = readLenient(source);
  for (const { path, node, isKey } of scalarsOf(root)) {
    const marked = source.slice(node.start, node.end);
    if (!marked.includes(MARK)) continue;
    const shift = from - prefix.length;
    const raw = node.text.indexOf(MARK);
    const owner = deref(nodeAt(root, path.slice(0, -1)) ?? node);
    const start = node.start + shift;
    const lineStart = file.lines.starts[file.lines.lineOf(Math.min(start, offset))] ?? 0;
    const lead = file.text.slice(lineStart, Math.min(start, offset));
    return {
      path: isKey ? path.slice(0, -1) : path,
      isKey,
      before: node.text.slice(0, Math.max(raw, 0)),
      range: file.lines.range(...innerRange(source, node, shift)),
      style: node.style,
      siblings: isKey && owner.kind === 'mapping' ? siblingsOf(owner) : [],
      isOnOwnLine: !isKey && lead.trim() === '',
      isItem: /-\s*$/.test(lead),
      hasColon: isKey && /^['"]?\s*:/.test(source.slice(node.end)),
      isInFlow: isInFlow(root, path),
      column: lead.length,
    };
  }
  return undefined;
}

/** The part around the cursor; before the first key of a file and at column 0, all top-level lines count. */
function surroundings(
  file: LanguageText,
  offset: number,
  { line, character }: TextPosition,
): { from: number; end: number; isEntry: boolean } {
  const part = file.partAt(offset);
  const isTop = file.lines.line(line).search(/\S/) === 0 || (character === 0 && file.lines.line(line).trim() === '');
  if (isTop || !part) return topLevel(file, offset);
  const next = file.parts[file.parts.indexOf(part) + 1];
  return { from: part.start, end: next?.start ?? file.text.length, isEntry: part.path.length > 1 };
}

/** For a top-level key only the keys beside it matter: the whole file, where it is small enough to look at all of it. */
function topLevel(file: LanguageText, offset: number): { from: number; end: number; isEntry: boolean } {
  const whole = file.text.length < 100_000;
  const line = file.lines.lineOf(offset);
  const start = file.lines.starts[line] ?? 0;
  return whole
    ? { from: 0, end: file.text.length, isEntry: false }
    : { from: start, end: file.lines.starts[line + 1] ?? file.text.length, isEntry: false };
}

const siblingsOf = (owner: MappingNode): string[] =>
  owner.pairs.map(({ key }) => String(keyOf(key))).filter((key) => !key.includes(MARK));

/** Without quotes and the mark. Of a text over several lines, the word at the cursor. */
function innerRange(
  source: string,
  node: { readonly start: number; readonly end: number; readonly style: ScalarStyle },
  shift: number,
): [number, number] {
  const mark = source.indexOf(MARK, node.start);
  const isQuoted = node.style === 'single' || node.style === 'double';
  let start = isQuoted ? node.start + 1 : node.start;
  let end = isQuoted && node.end - 1 > mark ? node.end - 1 : node.end;
  const text = source.slice(start, end);
  if (text.includes('\n')) {
    while (start < mark && /\S/.test(source[mark - 1] ?? ' ') && /\s/.test(source.slice(start, mark)))
      start += source.slice(start, mark).search(/\s/) + 1;
    const behind = source.slice(mark, end).search(/\s/);
    if (behind >= 0) end = mark + behind;
  }
  return [start + shift, end + shift - 1]; // The mark is one character that the file does not have.
}

/** True where one of the collections on the way is written in brackets or braces. */
function isInFlow(root: YamlNode | undefined, path: TreePath): boolean {
  return path.some((_, depth) => {
    const around = nodeAt(root, path.slice(0, depth));
    const target = around && deref(around);
    return (target?.kind === 'mapping' || target?.kind === 'sequence') && target.flow === true;
  });
}
