import { configError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { mergeLevels } from '../files/config.ts';
import { draftRemote, editConfig } from '../files/config-edit.ts';
import type { ConfigLevel } from '../files/config-levels.ts';
import { sectionAt } from '../files/config-sections.ts';
import type { ConfigTarget } from './config.ts';
import { readSections } from './remote-list.ts';

export interface RemoteModifyOptions {
  readonly name: string;
  readonly option: string;
  /** Undefined unsets the option; one that is not set is no error. */
  readonly value: string | undefined;
  readonly level?: ConfigLevel;
}

/** Sets or unsets one option of a remote; a level above the one that has the remote gets a section of its own. @throws `config` */
export function remoteModify(target: ConfigTarget, options: RemoteModifyOptions, ctx: OpContext): void {
  const name = options.name.toLowerCase();
  editConfig({ root: target.root, cwd: ctx.cwd }, options.level ?? 'repo', (draft) => {
    // Without a level DVC looks at all of them.
    const visible = options.level === undefined ? mergeLevels(readSections(target, undefined)) : draft.below;
    if (!draftRemote(draft, name) && !sectionAt(visible, 'remote', name))
      throw configError(`remote '${name}' doesn't exist.`);
    // Setting first makes the section: DVC leaves an empty one behind an unset, too.
    draft.set(['remote', name], options.option, options.value ?? '');
    if (options.value === undefined) draftRemote(draft, name)?.delete(options.option);
  });
}
