import type { RepoPath } from '../core/ids.ts';
import { deref, type YamlNode } from '../files/yaml-node.ts';
import type { LanguageText, TextPart } from './language-text.ts';
import type { LanguageProject } from './project.ts';
import { bodyPath } from './stage-mentions.ts';
import type { TextPosition, TextRange } from './text-lines.ts';
import { endOf, keyNodeAt, nodeAt, textOf } from './yaml-places.ts';

export type OutlineKind = 'section' | 'stage' | 'group' | 'dep' | 'param' | 'out' | 'metric' | 'plot' | 'artifact';

/** One row of the outline. */
export interface OutlineItem {
  readonly name: string;
  readonly kind: OutlineKind;
  readonly detail: string;
  readonly range: TextRange;
  readonly selection: TextRange;
  readonly children: readonly OutlineItem[];
}

const LISTS = [
  ['deps', 'dep'],
  ['params', 'param'],
  ['outs', 'out'],
  ['metrics', 'metric'],
  ['plots', 'plot'],
] as const;

/** The stages of a dvc.yaml or dvc.lock with what they read and write, and the outputs of a pointer file. */
export async function outlineOf(project: LanguageProject, file: RepoPath): Promise<OutlineItem[]> {
  const text = await project.text(file);
  if (!text) return [];
  const items: OutlineItem[] = [];
  let since = performance.now();
  for (const part of text.parts) {
    const item = partItem(text, part, file.endsWith('.dvc'));
    if (item) items.push(item);
    if (performance.now() - since < SLICE) continue;
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  }
  return items;
}

/** Ms that it takes of the event loop before others have their turn. */
const SLICE = 12;

function partItem(text: LanguageText, part: TextPart, isPointer: boolean): OutlineItem | undefined {
  const { root } = part.parsed;
  const key = keyNodeAt(root, part.path);
  if (!key || (part.path.length === 1 && part.path[0] === 'stages')) return undefined;
  const selection = text.rangeOf(part, key);
  const range = text.lines.range(part.start, part.end);
  const name = String(part.path.at(-1));
  if (part.path.length === 1) {
    if (isPointer ? name !== 'outs' && name !== 'deps' : !SECTIONS.has(name)) return undefined;
    const value = nodeAt(root, part.path);
    const kind = name === 'outs' ? 'out' : name === 'deps' ? 'dep' : name === 'artifacts' ? 'artifact' : 'param';
    return { name, kind: 'section', detail: '', range, selection, children: listItems(text, part, value, kind) };
  }
  const body = bodyPath(part);
  const kind = ['foreach', 'matrix'].some((group) => nodeAt(root, [...part.path, group])) ? 'group' : 'stage';
  const cmd = nodeAt(root, [...body, 'cmd']);
  const children = LISTS.flatMap(([list, of]) => listItems(text, part, nodeAt(root, [...body, list]), of));
  return { name, kind, detail: oneLine(cmd), range, selection, children };
}

const SECTIONS = new Set(['vars', 'params', 'metrics', 'plots', 'artifacts', 'datasets']);

/** A command in one short line; of several the first. */
function oneLine(cmd: YamlNode | undefined): string {
  const target = cmd && deref(cmd);
  const text = target?.kind === 'sequence' ? textOf(target.items[0]?.node) : textOf(target);
  const line = text?.split('\n')[0]?.trim() ?? '';
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

function listItems(text: LanguageText, part: TextPart, node: YamlNode | undefined, kind: OutlineKind): OutlineItem[] {
  const list = node && deref(node);
  const row = (target: YamlNode, all: YamlNode, name = textOf(target)): OutlineItem[] => {
    if (name === undefined || name === '') return [];
    const selection = text.rangeOf(part, target);
    const end = text.rangeOf(part, { start: target.start, end: Math.max(endOf(all), target.end) });
    return [{ name, kind, detail: '', range: end, selection, children: [] }];
  };
  if (list?.kind === 'mapping') return list.pairs.flatMap(({ key, node: value }) => row(key, value));
  if (list?.kind !== 'sequence') return [];
  return list.items.flatMap(({ node: item }) => {
    const target = deref(item);
    if (target.kind !== 'mapping') return row(target, target);
    const path = target.pairs.find(({ key }) => textOf(key) === 'path');
    if (path) return row(path.node, target);
    return target.pairs.flatMap(({ key, node: value }) => {
      const inner = deref(value);
      const keys = kind === 'param' && inner.kind === 'sequence' ? inner.items : [];
      const more = keys.flatMap(({ node: one }) => row(one, one));
      return row(key, value).map((item) => ({ ...item, children: more }));
    });
  });
}

/** Lines that fold together: stages, sections, and the lists and mappings in them. */
export function foldsOf(text: LanguageText): { readonly start: number; readonly end: number }[] {
  const folds: { start: number; end: number }[] = [];
  const { lines } = text;
  const open: { indent: number; line: number }[] = [];
  let lastLine = 0;
  const close = (indent: number): void => {
    for (let top = open.at(-1); top && top.indent >= indent; top = open.at(-1)) {
      open.pop();
      if (lastLine > top.line) folds.push({ start: top.line, end: lastLine });
    }
  };
  for (let line = 0; line < lines.starts.length; line++) {
    const source = lines.line(line);
    const indent = source.search(/\S/);
    if (indent < 0 || source[indent] === '#') continue;
    const isItem = /^\s*-(?:\s|$)/.test(source);
    // A list may stand at the column of its key, and belongs to it all the same.
    close(isItem ? indent + 0.5 : indent);
    open.push({ indent: isItem ? indent + 0.5 : indent, line });
    lastLine = line;
  }
  close(0);
  return folds.sort((a, b) => a.start - b.start);
}

/** From the innermost outwards, what an "expand selection" goes through. */
export function selectionsAt(text: LanguageText, offset: number): TextRange[] {
  const part = text.partAt(offset);
  if (!part) return [];
  const inPart = offset - part.start - part.parsed.shift;
  const ranges: TextRange[] = [];
  const visit = (node: YamlNode): boolean => {
    const [start, end] = [node.start, Math.max(node.end, endOf(node))];
    if (node.start < 0 || inPart < start || inPart > end) return false;
    const children =
      node.kind === 'mapping'
        ? node.pairs.map((pair) => [pair.key, pair.node] as const)
        : node.kind === 'sequence'
          ? node.items.map((item) => [item.node, item.node] as const)
          : [];
    for (const [key, value] of children) {
      if (inPart < key.start || inPart > Math.max(endOf(value), key.end)) continue;
      if (!visit(value)) visit(key);
      if (key.start + part.parsed.shift >= 0)
        ranges.push(text.rangeOf(part, { start: key.start, end: Math.max(endOf(value), key.end) }));
      break;
    }
    if (node.kind === 'scalar') ranges.push(text.rangeOf(part, node));
    return true;
  };
  const { root } = part.parsed;
  if (root) visit(root);
  return ranges.filter((range, i) => {
    const inner = ranges[i - 1];
    const isSame = inner !== undefined && isSamePlace(inner.start, range.start) && isSamePlace(inner.end, range.end);
    return !isSame;
  });
}

const isSamePlace = (a: TextPosition, b: TextPosition): boolean => a.line === b.line && a.character === b.character;
