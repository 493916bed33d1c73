import { DvcError } from '../core/errors.ts';
import type { RepoPath } from '../core/ids.ts';
import { checkStageName } from '../files/stage-name.ts';
import { scalarKind } from '../files/yaml-scalar.ts';
import type { LanguageText, TextPart } from './language-text.ts';
import { type LanguageProject, lockBeside, pipelineBeside } from './project.ts';
import { spotAt } from './spot.ts';
import type { TextChange, TextPosition, TextRange } from './text-lines.ts';
import { keyNodeAt } from './yaml-places.ts';

export interface Renamable {
  readonly range: TextRange;
  readonly name: string;
}

/** Changes to several files, each counted in the file as it is. */
export type FileEdits = ReadonlyMap<RepoPath, readonly TextChange[]>;

/** The stage whose name stands at a position: of a member of a group in dvc.lock, the group's name only. */
export async function renamableAt(
  project: LanguageProject,
  file: RepoPath,
  position: TextPosition,
): Promise<Renamable | undefined> {
  const spot = await spotAt(project, file, position);
  if (spot?.kind !== 'stage') return undefined;
  const name = await ownName(project, spot.file, spot.name);
  const key = keyNodeAt(spot.part.parsed.root, spot.part.path);
  if (!key) return undefined;
  return { range: nameRange(spot.text, spot.part, name), name };
}

/**
 * The edits that give a stage another name: its key in dvc.yaml, and its entries in dvc.lock, those of a group's members too.
 *
 * @throws `bad-name` for what DVC does not take as a name, `stage-exists`.
 */
export async function renameStage(
  project: LanguageProject,
  file: RepoPath,
  position: TextPosition,
  newName: string,
): Promise<FileEdits | undefined> {
  const spot = await spotAt(project, file, position);
  if (spot?.kind !== 'stage') return undefined;
  checkStageName(newName);
  const oldName = await ownName(project, spot.file, spot.name);
  const edits = new Map<RepoPath, TextChange[]>();
  if (oldName === newName) return edits;
  const pipeline = pipelineBeside(spot.file);
  const source = await project.text(pipeline);
  if (source?.part('stages', newName))
    throw new DvcError('stage-exists', `Stage '${newName}' already exists in '${pipeline}'.`);
  for (const at of [pipeline, lockBeside(spot.file)]) {
    const text = await project.text(at);
    const own = text?.stages.filter(({ path }) => isOf(String(path[1]), oldName, at.endsWith('.lock'))) ?? [];
    if (text && own.length > 0)
      edits.set(
        at,
        own.map((part) => ({ range: nameRange(text, part, oldName), newText: asKey(part, newName) })),
      );
  }
  return edits;
}

const isOf = (key: string, name: string, hasMembers: boolean): boolean =>
  key === name || (hasMembers && key.startsWith(`${name}@`));

/** Of a member `train@0` the group `train`, where the dvc.yaml has that. */
async function ownName(project: LanguageProject, file: RepoPath, name: string): Promise<string> {
  const text = await project.text(pipelineBeside(file));
  if (text?.part('stages', name)) return name;
  const group = name.replace(/@.*$/s, '');
  return text?.part('stages', group) ? group : name;
}

/** In quotes where YAML would read a number or a truth value, or lose blanks. */
function asKey(part: TextPart, name: string): string {
  const key = keyNodeAt(part.parsed.root, part.path);
  const isQuoted = key?.kind === 'scalar' && key.style !== 'plain';
  const isPlain = scalarKind(name) === 'string' && !/^\s|\s$|^-(?:\s|$)/.test(name);
  return isPlain || isQuoted || String(part.path[1]).includes('@') ? name : `'${name}'`;
}

/** Without quotes, and without a member's part. */
function nameRange(text: LanguageText, part: TextPart, name: string): TextRange {
  const key = keyNodeAt(part.parsed.root, part.path);
  const start = key?.start ?? 0;
  const quote = /^['"]/.test(part.parsed.source.slice(start, start + 1)) ? 1 : 0;
  return text.rangeOf(part, { start: start + quote, end: start + quote + name.length });
}
