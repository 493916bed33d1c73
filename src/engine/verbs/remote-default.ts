import { configError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { mergeLevels } from '../files/config.ts';
import { draftRemote, editConfig } from '../files/config-edit.ts';
import type { ConfigLevel } from '../files/config-levels.ts';
import { sectionAt } from '../files/config-sections.ts';
import type { ConfigTarget } from './config.ts';
import { readSections } from './remote-list.ts';

export interface LevelOptions {
  readonly level?: ConfigLevel;
}

/** The default remote's name, as it is written, in one level or in all of them merged. */
export function remoteDefault(target: ConfigTarget, options: LevelOptions): string | undefined {
  const value = sectionAt(mergeLevels(readSections(target, options.level)), 'core')?.get('remote');
  return typeof value === 'string' ? value : undefined;
}

/** Makes a remote the default, or none with an undefined name. @throws `config` for a name that no level up to this one has, or none at all without a level */
export function setRemoteDefault(
  target: ConfigTarget,
  options: LevelOptions & { readonly name: string | undefined },
  ctx: OpContext,
): void {
  const name = options.name?.toLowerCase();
  editConfig({ root: target.root, cwd: ctx.cwd }, options.level ?? 'repo', (draft) => {
    if (name === undefined) {
      sectionAt(draft.sections, 'core')?.delete('remote');
      return;
    }
    // Without a level DVC looks at all of them, so that the default may be a remote of this clone only.
    const visible = options.level === undefined ? mergeLevels(readSections(target, undefined)) : draft.below;
    if (!draftRemote(draft, name) && !sectionAt(visible, 'remote', name))
      throw configError('default remote must be present in remote list.');
    draft.set(['core'], 'remote', name);
  });
}
