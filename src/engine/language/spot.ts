import type { RepoPath } from '../core/ids.ts';
import type { TreePath } from '../files/template.ts';
import { findMarkers } from '../files/template-expression.ts';
import { type LanguageFile, type LanguageText, languageFileOf, type TextPart } from './language-text.ts';
import { type LanguageProject, lockBeside } from './project.ts';
import { isOut, type StageMention } from './stage-mentions.ts';
import type { TextPosition, TextRange } from './text-lines.ts';
import { scalarAt } from './yaml-places.ts';

/** What a position of a file is about. */
export type Spot = SpotPlace &
  (
    | { readonly kind: 'stage'; readonly name: string }
    /** Of a group one for each member. */
    | { readonly kind: 'dep' | 'out' | 'param' | 'params-file'; readonly mentions: readonly StageMention[] }
    | { readonly kind: 'variable'; readonly expression: string; readonly path: TreePath; readonly index: number }
    /** A path of a dvc.lock, with the stage whose run it belongs to; of a pointer file without. */
    | { readonly kind: 'recorded'; readonly role: 'deps' | 'outs'; readonly path: string; readonly stage?: string }
    | { readonly kind: 'key'; readonly path: TreePath }
    | { readonly kind: 'other'; readonly path: TreePath }
  );

interface SpotPlace {
  readonly file: RepoPath;
  readonly type: LanguageFile;
  readonly text: LanguageText;
  readonly part: TextPart;
  readonly range: TextRange;
}

/** Finds out what stands at a position; undefined between things and in comments. */
export async function spotAt(
  project: LanguageProject,
  file: RepoPath,
  position: TextPosition,
): Promise<Spot | undefined> {
  const [type, text] = [languageFileOf(file), await project.text(file)];
  const offset = text?.lines.offset(position) ?? 0;
  const part = text?.partAt(offset);
  if (!type || !text || !part) return undefined;
  const inPart = offset - part.start - part.parsed.shift;
  const found = scalarAt(part.parsed.root, inPart);
  if (!found) return undefined;
  const { path, node, isKey } = found;
  const place = { file, type, text, part, range: text.rangeOf(part, node) };
  if (type === 'dvc.yaml') {
    const raw = part.parsed.source.slice(node.start, node.end);
    for (const [index, { start, end, inner }] of findMarkers(raw).entries())
      if (node.start + start <= inPart && inPart <= node.start + end) {
        const range = text.rangeOf(part, { start: node.start + start, end: node.start + end });
        return { ...place, range, kind: 'variable', expression: inner, path, index };
      }
  }
  if (isKey && path.length === 2 && path[0] === 'stages' && type !== '.dvc')
    return { ...place, kind: 'stage', name: String(path[1]) };
  if (type !== 'dvc.yaml') return recordedSpot(place, path, found.node.text, isKey);
  const mentions = (await project.mentionsOf(file, text, part)).filter((mention) => mention.node === node);
  const [first] = mentions;
  if (first) {
    const kind = isOut(first) ? 'out' : first.kind === 'dep' || first.kind === 'param' ? first.kind : 'params-file';
    return { ...place, kind, mentions };
  }
  return isKey ? { ...place, kind: 'key', path } : { ...place, kind: 'other', path };
}

function recordedSpot(place: SpotPlace, path: TreePath, text: string, isKey: boolean): Spot {
  const steps = place.type === '.dvc' ? path : path.slice(2);
  const [role, index, key] = steps;
  if (!isKey && key === 'path' && typeof index === 'number' && (role === 'deps' || role === 'outs')) {
    const stage = place.type === 'dvc.lock' ? { stage: String(path[1]) } : {};
    return { ...place, kind: 'recorded', role, path: text, ...stage };
  }
  return isKey ? { ...place, kind: 'key', path } : { ...place, kind: 'other', path };
}

/** The lock file's part of a stage. */
export async function lockPart(
  project: LanguageProject,
  file: RepoPath,
  stage: string,
): Promise<{ readonly file: RepoPath; readonly text: LanguageText; readonly part: TextPart } | undefined> {
  const lock = lockBeside(file);
  const text = await project.text(lock);
  const part = text?.part('stages', stage);
  return text && part ? { file: lock, text, part } : undefined;
}
