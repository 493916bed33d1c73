import { configError } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';
import { mergeLevels, readLevels } from '../files/config.ts';
import { type ConfigLevel, configFiles, isRepoLevel } from '../files/config-levels.ts';
import { sectionAt } from '../files/config-sections.ts';
import type { IniSection } from '../files/ini.ts';
import type { ConfigTarget } from './config.ts';

export interface ListedRemote {
  readonly name: string;
  /** Absolute path or URL, with secrets masked; undefined where only options of a remote are left. */
  readonly url: string | undefined;
  readonly isDefault: boolean;
}

/** The remotes of one level, or of all levels merged, in the order of the files. Works on a configuration that is invalid. */
export function remoteList(target: ConfigTarget, options: { level?: ConfigLevel }): ListedRemote[] {
  const merged = mergeLevels(readSections(target, options.level));
  const defaultName = sectionAt(merged, 'core')?.get('remote');
  return [...(sectionAt(merged, 'remote') ?? [])].map(([name, section]) => {
    const url = section instanceof Map ? section.get('url') : undefined;
    return {
      name,
      url: typeof url === 'string' ? redactUrl(url) : undefined,
      isDefault: typeof defaultName === 'string' && defaultName.toLowerCase() === name,
    };
  });
}

/** The sections of one level, or of each, unchecked. @throws `config` for a level of a repository outside of one */
export function readSections(target: ConfigTarget, level: ConfigLevel | undefined): IniSection[] {
  if (level !== undefined && isRepoLevel(level) && target.root === undefined)
    throw configError('Not inside a DVC repo');
  const files = configFiles(target.root);
  return [...readLevels(level === undefined ? files : { [level]: files[level] }).values()];
}
