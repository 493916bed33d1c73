import * as path from 'node:path';
import { configError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { mergeLevels } from '../files/config.ts';
import { editConfig } from '../files/config-edit.ts';
import type { ConfigLevel } from '../files/config-levels.ts';
import { sectionAt } from '../files/config-sections.ts';
import type { ConfigTarget } from './config.ts';
import { readSections } from './remote-list.ts';

const notSet = () => configError("option 'dir' doesn't exist in section 'cache'");

/** The cache folder, absolute: of one level where it must be set, or of all merged with DVC's default. @throws `config` */
export function cacheDir(target: ConfigTarget, options: { level?: ConfigLevel }): string {
  const dir = sectionAt(mergeLevels(readSections(target, options.level)), 'cache')?.get('dir');
  if (typeof dir === 'string') return dir;
  if (target.root === undefined || options.level !== undefined) throw notSet();
  return path.join(target.root, '.dvc', 'cache');
}

/** Sets the cache folder, relative to the context's folder; undefined unsets it. Nothing is moved. @throws `config` */
export function setCacheDir(
  target: ConfigTarget,
  options: { dir: string | undefined; level?: ConfigLevel },
  ctx: OpContext,
): void {
  const { dir } = options;
  editConfig({ root: target.root, cwd: ctx.cwd }, options.level ?? 'repo', (draft) => {
    if (dir !== undefined) draft.set(['cache'], 'dir', dir);
    else if (!sectionAt(draft.sections, 'cache')?.delete('dir')) throw notSet();
  });
}
