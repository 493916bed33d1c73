import type { RepoPath } from '../core/ids.ts';
import { asRepoPath } from '../core/ids.ts';
import { joinRepoPath, parentOf } from '../core/paths.ts';
import type { FieldUse, PipelineEntry } from '../files/dvc-yaml.ts';
import { DEFAULT_PARAMS_FILE } from '../files/params-file.ts';
import { stringify, type TreePath } from '../files/template.ts';
import { findMarkers } from '../files/template-expression.ts';
import { deref, type ScalarNode, type YamlNode } from '../files/yaml-node.ts';
import { grouped } from './grouped.ts';
import type { TextPart } from './language-text.ts';
import { nodeAt, textOf } from './yaml-places.ts';

export type MentionKind = 'dep' | 'out' | 'metric' | 'plot' | 'param' | 'params-file';

/** One place of a dvc.yaml that names a path or a parameter; of a member of a group, with that member's values. */
export interface StageMention {
  readonly kind: MentionKind;
  readonly file: RepoPath;
  readonly part: TextPart;
  readonly at: TreePath;
  readonly node: ScalarNode;
  /** With `@` and member. */
  readonly stage: string;
  /** As DVC has it, relative to the stage's wdir. Of a param its key. */
  readonly text: string;
  /** Where it lies, and of a param where its file does; undefined outside the repository. */
  readonly place: RepoPath | undefined;
}

/** One stage, as far as it is known: a broken definition, or one with `${}` that lead nowhere, has no uses. */
type Member = Pick<PipelineEntry, 'name' | 'wdir' | 'uses'>;

const OUT_LISTS = { outs: 'out', metrics: 'metric', plots: 'plot' } as const;

/** Everything a stage's definition names, in the order of the text; once for each member of a group. */
export function stageMentions(
  file: RepoPath,
  part: TextPart,
  entries: readonly PipelineEntry[],
): readonly StageMention[] {
  const name = String(part.path[1]);
  const { root } = part.parsed;
  const body = bodyPath(part);
  const wdir = textOf(nodeAt(root, [...body, 'wdir']));
  const members: readonly Member[] = entries.length > 0 ? entries : [{ name, wdir, uses: [] }];
  return members.flatMap((member) => memberMentions(file, part, body, member));
}

/** Where the keys of a stage stand: for a `foreach` below its `do`. */
export function bodyPath(part: TextPart): TreePath {
  const hasTemplate = nodeAt(part.parsed.root, [...part.path, 'do']) !== undefined;
  return hasTemplate ? [...part.path, 'do'] : part.path;
}

function memberMentions(file: RepoPath, part: TextPart, body: TreePath, member: Member): StageMention[] {
  const folder = joinRepoPath(parentOf(file), member.wdir ?? '.');
  const resolved = resolver(member.uses);
  const found: StageMention[] = [];
  const add = (kind: MentionKind, at: TreePath, node: YamlNode, paramsFile?: string): void => {
    const target = deref(node);
    if (target.kind !== 'scalar' || target.text === '') return;
    const text = resolved(target.text, at);
    const path = kind === 'param' ? paramsFile : text;
    if (text === undefined || path === undefined) return;
    const place = /^(?:\/|[a-z][a-z0-9+.-]*:\/\/)/i.test(path)
      ? undefined
      : folder === undefined
        ? undefined
        : joinRepoPath(folder, path);
    found.push({ kind, file, part, at, node: target, stage: member.name, text, place });
  };
  for (const [i, item] of items(part, [...body, 'deps'])) add('dep', [...body, 'deps', i], item);
  for (const [i, item] of items(part, [...body, 'params'])) {
    const at = [...body, 'params', i];
    const target = deref(item);
    if (target.kind === 'scalar') add('param', at, item, DEFAULT_PARAMS_FILE);
    for (const pair of target.kind === 'mapping' ? target.pairs : []) {
      const key = textOf(pair.key);
      if (key === undefined) continue;
      add('params-file', [...at, key], pair.key);
      const keys = deref(pair.node);
      const paramsFile = resolved(key, [...at, key]);
      for (const [j, one] of keys.kind === 'sequence' ? keys.items.entries() : [])
        add('param', [...at, key, j], one.node, paramsFile);
    }
  }
  for (const [list, kind] of Object.entries(OUT_LISTS))
    for (const [i, item] of items(part, [...body, list])) {
      const target = deref(item);
      if (target.kind === 'scalar') add(kind, [...body, list, i], item);
      for (const { key } of target.kind === 'mapping' ? target.pairs : [])
        add(kind, [...body, list, i, textOf(key) ?? ''], key);
    }
  return found;
}

function* items(part: TextPart, at: TreePath): Generator<[number, YamlNode]> {
  const node = nodeAt(part.parsed.root, at);
  const list = node && deref(node);
  if (list?.kind === 'sequence') for (const [i, { node: item }] of list.items.entries()) yield [i, item];
}

/** Gives a text of a stage with its `${}` replaced; undefined where they were not resolved. */
export function resolver(uses: readonly FieldUse[]): (text: string, at: TreePath) => string | undefined {
  let byPlace: Map<string, FieldUse[]> | undefined;
  return (text, at) => {
    const markers = findMarkers(text);
    if (markers.length === 0) return text;
    byPlace ??= grouped(uses, (use) => use.at.join('\0'));
    const found = byPlace.get(at.join('\0')) ?? [];
    let out = '';
    let from = 0;
    for (const [i, { start, end, inner }] of markers.entries()) {
      const use = found[i];
      if (use === undefined || use.expression !== inner) return undefined;
      out += text.slice(from, start) + stringify(use.value);
      from = end;
    }
    return out + text.slice(from);
  };
}

/** True where one of two places is the other, or lies in it. */
export const touches = (a: RepoPath | undefined, b: RepoPath | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  (a === b || a === asRepoPath('') || b === asRepoPath('') || a.startsWith(`${b}/`) || b.startsWith(`${a}/`));

export const isOut = ({ kind }: StageMention): boolean => kind === 'out' || kind === 'metric' || kind === 'plot';
