import { configError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { editConfig } from '../files/config-edit.ts';
import { type ConfigLevel, isRepoLevel, LEVELS } from '../files/config-levels.ts';
import { sectionAt } from '../files/config-sections.ts';
import type { ConfigTarget } from './config.ts';
import { readSections } from './remote-list.ts';

export interface RemoteRemoveOptions {
  readonly name: string;
  readonly level?: ConfigLevel;
}

/**
 * Removes a remote from one level, and `core.remote` there and above where it points to it.
 *
 * What a level above adds to the remote goes too, unless a URL is left for it: DVC leaves such options behind, which
 * breaks the repository. Those are removed first, so that the configuration is valid whenever the process ends.
 * @throws `config`
 */
export function remoteRemove(target: ConfigTarget, options: RemoteRemoveOptions, ctx: OpContext): void {
  const name = options.name.toLowerCase();
  const level = options.level ?? 'repo';
  const place = { root: target.root, cwd: ctx.cwd };
  const has = (at: ConfigLevel, option?: string): boolean =>
    readSections(target, at).some((sections) => {
      const remote = sectionAt(sections, 'remote', name);
      return remote !== undefined && (option === undefined || remote.has(option));
    });
  const usable = LEVELS.filter((at) => target.root !== undefined || !isRepoLevel(at));
  if ((target.root !== undefined || !isRepoLevel(level)) && !has(level))
    throw configError(`remote '${name}' doesn't exist.`);

  const at = LEVELS.indexOf(level);
  // Each level from the top down: whether a URL is left for it once the remote is gone from `level`.
  for (const above of usable.filter((other) => LEVELS.indexOf(other) > at).reverse()) {
    const keeps = usable.some(
      (other) => other !== level && LEVELS.indexOf(other) <= LEVELS.indexOf(above) && has(other, 'url'),
    );
    editConfig(place, above, ({ sections }) => {
      if (!keeps) sectionAt(sections, 'remote')?.delete(name);
      if (sectionAt(sections, 'core')?.get('remote') === name) sectionAt(sections, 'core')?.delete('remote');
    });
  }
  editConfig(place, level, ({ sections }) => {
    sectionAt(sections, 'remote')?.delete(name);
    if (sectionAt(sections, 'core')?.get('remote') === name) sectionAt(sections, 'core')?.delete('remote');
  });
}
