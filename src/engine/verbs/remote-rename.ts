import { isDeepStrictEqual } from 'node:util';
import { configError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { mergeLevels } from '../files/config.ts';
import { draftRemote, editConfig, type LevelDraft } from '../files/config-edit.ts';
import { type ConfigLevel, isRepoLevel, LEVELS } from '../files/config-levels.ts';
import { cloneSection, sectionAt } from '../files/config-sections.ts';
import type { ConfigTarget } from './config.ts';
import { readSections } from './remote-list.ts';

export interface RemoteRenameOptions {
  readonly name: string;
  readonly newName: string;
  readonly level?: ConfigLevel;
}

/**
 * Renames a remote in one level and in every level that shadows it, with `core.remote` where it points to it.
 *
 * DVC leaves a section in `config.local` behind, which breaks the repository. Here the new section is written first and
 * the old one removed last, so that the configuration is valid whenever the process ends.
 * @throws `config`
 */
export function remoteRename(target: ConfigTarget, options: RemoteRenameOptions, ctx: OpContext): void {
  const from = options.name.toLowerCase();
  const to = options.newName; // Written as it is typed, as DVC does; readers lower it.
  const level = options.level ?? 'repo';
  const place = { root: target.root, cwd: ctx.cwd };
  if (
    sectionAt(mergeLevels(readSections(target, undefined)), 'remote', to.toLowerCase()) &&
    !isHalfDone(target, level, from, to.toLowerCase())
  )
    throw configError(`Rename failed. Remote name '${to}' already exists.`);
  const shadowing = LEVELS.slice(LEVELS.indexOf(level) + 1)
    .filter((above) => target.root !== undefined || !isRepoLevel(above))
    .reverse();
  const alsoAbove = shadowing.some((above) => readSections(target, above).some((s) => sectionAt(s, 'remote', from)));

  if (alsoAbove) editConfig(place, level, (draft) => copyRemote(draft, from, to));
  else editConfig(place, level, (draft) => moveRemote(draft, from, to, true));
  for (const above of shadowing) editConfig(place, above, (draft) => moveRemote(draft, from, to, false));
  if (alsoAbove) editConfig(place, level, (draft) => moveRemote(draft, from, to, true));
}

/** True where an earlier run was killed between its writes: the level has the same section under both names. */
function isHalfDone(target: ConfigTarget, level: ConfigLevel, from: string, to: string): boolean {
  const [sections] = readSections(target, level);
  const old = sections && sectionAt(sections, 'remote', from);
  return old !== undefined && from !== to && isDeepStrictEqual(old, sections && sectionAt(sections, 'remote', to));
}

function copyRemote(draft: LevelDraft, from: string, to: string): void {
  const section = draftRemote(draft, from);
  if (!section) throw configError(`remote '${from}' doesn't exist.`);
  const remotes = sectionAt(draft.sections, 'remote');
  remotes?.delete(to.toLowerCase()); // From the write before, whose spelling the reader has lowered.
  remotes?.set(to, cloneSection(section));
}

function moveRemote(draft: LevelDraft, from: string, to: string, mustExist: boolean): void {
  const remotes = sectionAt(draft.sections, 'remote');
  if (remotes?.has(from) || mustExist) copyRemote(draft, from, to);
  remotes?.delete(from);
  if (sectionAt(draft.sections, 'core')?.get('remote') === from) draft.set(['core'], 'remote', to);
}
