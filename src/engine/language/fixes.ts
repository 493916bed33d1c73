import type { RepoPath } from '../core/ids.ts';
import { joinRepoPath, parentOf } from '../core/paths.ts';
import { nearest } from '../files/nearest.ts';
import { deref, type SequenceNode, type YamlNode } from '../files/yaml-node.ts';
import { allowedAt } from './keys.ts';
import { type LanguageFile, type LanguageText, languageFileOf, type TextPart } from './language-text.ts';
import { makersOf } from './navigate.ts';
import type { LanguageProject } from './project.ts';
import { bodyPath, isOut, type StageMention, touches } from './stage-mentions.ts';
import type { TextChange, TextRange } from './text-lines.ts';
import { endOf, keyNodeAt, keyOf, nodeAt, scalarsOf, textOf } from './yaml-places.ts';

/** Something to do about what stands in a range. */
export type Fix = { readonly range: TextRange } & (
  | { readonly kind: 'create-file'; readonly place: RepoPath }
  | { readonly kind: 'track'; readonly place: RepoPath }
  | { readonly kind: 'add-dep'; readonly path: string; readonly changes: readonly TextChange[] }
  | {
      readonly kind: 'rename-key';
      readonly from: string;
      readonly to: string;
      readonly changes: readonly TextChange[];
    }
  | { readonly kind: 'remove-duplicate'; readonly path: string; readonly changes: readonly TextChange[] }
);

/** What can be mended in a range of a dvc.yaml, dvc.lock or pointer file. */
export async function fixesIn(project: LanguageProject, file: RepoPath, range: TextRange): Promise<Fix[]> {
  const [type, text] = [languageFileOf(file), await project.text(file)];
  const part = text?.partAt(text.lines.offset(range.start));
  if (!type || !text || !part) return [];
  const at: Fixing = { project, file, type, text, part, range };
  return [
    ...misspelledKeys(at),
    ...(type === 'dvc.yaml' ? [...(await pathFixes(at)), ...(await missingDeps(at))] : []),
  ];
}

interface Fixing {
  readonly project: LanguageProject;
  readonly file: RepoPath;
  readonly type: LanguageFile;
  readonly text: LanguageText;
  readonly part: TextPart;
  readonly range: TextRange;
}

const meets = (a: TextRange, b: TextRange): boolean =>
  (a.start.line < b.end.line || (a.start.line === b.end.line && a.start.character <= b.end.character)) &&
  (b.start.line < a.end.line || (b.start.line === a.end.line && b.start.character <= a.end.character));

/** A key that DVC does not know, with the one it is most like. */
function misspelledKeys({ type, text, part, range }: Fixing): Fix[] {
  const fixes: Fix[] = [];
  for (const { path, node, isKey, owner } of scalarsOf(part.parsed.root)) {
    const where = text.rangeOf(part, node);
    if (!isKey || !meets(where, range)) continue;
    const allowed = allowedAt(type, path.slice(0, -1));
    if (allowed.hasNames || allowed.keys.size === 0 || allowed.keys.has(node.text)) continue;
    const here = new Set(owner?.pairs.map(({ key }) => String(keyOf(key))));
    const to = nearest(
      node.text,
      [...allowed.keys.keys()].filter((key) => !here.has(key)),
    );
    if (to !== undefined)
      fixes.push({ range: where, kind: 'rename-key', from: node.text, to, changes: [{ range: where, newText: to }] });
  }
  return fixes;
}

async function pathFixes(at: Fixing): Promise<Fix[]> {
  const { project, file, text, part, range } = at;
  const all = await project.mentionsOf(file, text, part);
  const here = all.filter(({ node }) => meets(text.rangeOf(part, node), range));
  const fixes: Fix[] = [];
  for (const mention of onceEachNode(here)) {
    const where = text.rangeOf(part, mention.node);
    if (isOut(mention)) {
      if (await isMadeTwice(project, mention)) {
        const changes = removal(at, mention);
        if (changes) fixes.push({ range: where, kind: 'remove-duplicate', path: mention.text, changes: [changes] });
      }
    } else if (mention.kind !== 'param') fixes.push(...(await inputFixes(project, mention, where)));
  }
  return fixes;
}

const onceEachNode = (mentions: readonly StageMention[]): StageMention[] => [
  ...new Map(mentions.map((mention) => [mention.node, mention])).values(),
];

const SCRIPT = /\.(?:py|ipynb|sh|bash|r|rmd|jl|js|mjs|ts|sql|rb|pl|ps1|bat|ya?ml|json|toml)$/i;

async function inputFixes(project: LanguageProject, { place, kind }: StageMention, range: TextRange): Promise<Fix[]> {
  if (place === undefined || place === '') return [];
  const isKnown = project.files.recorded().some(({ path }) => touches(path, place));
  if (isKnown || (await makersOf(project, [place])).length > 0) return [];
  const onDisk = await project.files.kind(place);
  if (onDisk === undefined) return [{ range, kind: 'create-file', place }];
  return kind === 'dep' && !SCRIPT.test(place) ? [{ range, kind: 'track', place }] : [];
}

/** Another output of the same path, in this definition or in any other. */
async function isMadeTwice(project: LanguageProject, { node, place, part, file }: StageMention): Promise<boolean> {
  if (place === undefined) return false;
  const makers = await makersOf(project, [place]);
  return makers.some(
    (other) =>
      other.place === place && (other.file !== file || other.part.parsed !== part.parsed || other.node !== node),
  );
}

/** Takes an item out of its list, and the list with its last item. Whole lines only. */
function removal({ text, part }: Fixing, { at }: StageMention): TextChange | undefined {
  const { root } = part.parsed;
  const depth = at.findLastIndex((step) => typeof step === 'number');
  const list = listAt(root, at.slice(0, depth));
  const item = nodeAt(root, at.slice(0, depth + 1));
  if (!list || !item || list.flow || (deref(item).kind === 'mapping' && pairsOf(item) > 1)) return undefined;
  const key = list.items.length === 1 ? keyNodeAt(root, at.slice(0, depth)) : undefined;
  const first = text.rangeOf(part, { start: (key ?? item).start, end: (key ?? item).start }).start.line;
  const last = text.rangeOf(part, { start: endOf(item), end: endOf(item) }).start.line;
  return { range: { start: { line: first, character: 0 }, end: { line: last + 1, character: 0 } }, newText: '' };
}

const pairsOf = (node: YamlNode): number => {
  const target = deref(node);
  return target.kind === 'mapping' ? target.pairs.length : 0;
};

function listAt(root: YamlNode | undefined, path: TextPart['path']): SequenceNode | undefined {
  const node = nodeAt(root, path);
  const target = node && deref(node);
  return target?.kind === 'sequence' ? target : undefined;
}

/** Files that the command names and the stage does not depend on. */
async function missingDeps(at: Fixing): Promise<Fix[]> {
  const { project, file, text, part, range } = at;
  const body = bodyPath(part);
  const cmd = nodeAt(part.parsed.root, [...body, 'cmd']);
  const [name, key] = [keyNodeAt(part.parsed.root, part.path), keyNodeAt(part.parsed.root, [...body, 'cmd'])];
  if (!cmd || !key || part.path.length < 2) return [];
  const where = text.rangeOf(part, { start: key.start, end: endOf(cmd) });
  if (!meets(where, range) && !(name && meets(text.rangeOf(part, name), range))) return [];
  const wdir = textOf(nodeAt(part.parsed.root, [...body, 'wdir'])) ?? '.';
  const folder = joinRepoPath(parentOf(file), wdir);
  if (folder === undefined) return [];
  const known = (await project.mentionsOf(file, text, part)).filter(({ kind }) => kind !== 'param');
  const fixes: Fix[] = [];
  for (const word of commandFiles(cmd)) {
    const place = joinRepoPath(folder, word);
    if (place === undefined || known.some((mention) => touches(mention.place, place))) continue;
    if ((await project.files.kind(place)) !== 'file') continue;
    const change = depInsertion(at, word);
    if (change) fixes.push({ range: where, kind: 'add-dep', path: word, changes: [change] });
  }
  return fixes;
}

const MOST_WORDS = 50;

/** Words of a command that could be files, `python -m a.b` as `a/b.py`. */
function commandFiles(cmd: YamlNode): string[] {
  const target = deref(cmd);
  const lines =
    target.kind === 'sequence' ? target.items.map(({ node }) => textOf(node) ?? '') : [textOf(target) ?? ''];
  const words = lines.flatMap((line) => [
    ...[...line.matchAll(/\s-m\s+([\w.]+)/g)].map(([, module = '']) => `${module.replaceAll('.', '/')}.py`),
    ...line.replace(/(?:^|\s)(?:[12&]?>>?)\s*\S+/g, ' ').split(/[\s'"=;|&<>()]+/),
  ]);
  return [...new Set(words.filter((word) => /^[\w.][\w./@-]*\.\w+$/.test(word) && !word.includes('${')))].slice(
    0,
    MOST_WORDS,
  );
}

/** Puts a dep behind the last one, or a list of its own behind the command. */
function depInsertion({ text, part }: Fixing, path: string): TextChange | undefined {
  const body = bodyPath(part);
  const { root } = part.parsed;
  const deps = listAt(root, [...body, 'deps']);
  const behind = (offset: number, newText: string): TextChange => {
    const { start } = text.rangeOf(part, { start: offset, end: offset });
    return { range: { start, end: start }, newText };
  };
  const item = deps?.items.at(-1)?.node;
  if (deps?.flow && item) return behind(item.end, `, ${path}`);
  if (deps && item) {
    const { start } = text.rangeOf(part, item);
    const indent = /^[\s-]*/.exec(text.lines.line(start.line).slice(0, start.character))?.[0] ?? '';
    const end = text.rangeOf(part, { start: endOf(item), end: endOf(item) }).start.line;
    const at = { line: end, character: text.lines.line(end).length };
    return { range: { start: at, end: at }, newText: `\n${indent}${path}` };
  }
  const [cmd, key] = [nodeAt(root, [...body, 'cmd']), keyNodeAt(root, [...body, 'cmd'])];
  if (!cmd || !key || keyNodeAt(root, [...body, 'deps'])) return undefined;
  const { start } = text.rangeOf(part, key);
  const indent = text.lines.line(start.line).slice(0, start.character);
  if (indent.trim() !== '') return undefined; // A stage in braces.
  const last = part.parsed.source.slice(0, endOf(cmd)).trimEnd().length; // A block's last line breaks are its own.
  const { line } = text.rangeOf(part, { start: last, end: last }).start;
  const at = { line, character: text.lines.line(line).length };
  return { range: { start: at, end: at }, newText: `\n${indent}deps:\n${indent}- ${path}` };
}
