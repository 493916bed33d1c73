import * as path from 'node:path';
import { configError } from '../core/errors.ts';
import { mergeLevels, readLevels } from './config.ts';
import { type ConfigLevel, configFiles, isRepoLevel, LEVELS, readLevel, writeLevel } from './config-levels.ts';
import { isPathOption, mapConfigPaths, writtenConfigPath } from './config-paths.ts';
import { addMissingSections, lowerEntryNames, sectionAt } from './config-sections.ts';
import { configProblem } from './config-validate.ts';
import type { IniSection } from './ini.ts';

/** Whose configuration is changed, and where paths that were typed start from. */
export interface ConfigPlace {
  /** The repository's folder; undefined outside of one, where only `system` and `global` can be changed. */
  readonly root: string | undefined;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** One level while it is changed. Sections and options are lower-case; every section of the schema exists. */
export interface LevelDraft {
  readonly sections: IniSection;
  /** What the levels below say, with paths resolved. */
  readonly below: IniSection;
  /** Sets an option; one that holds a path is taken relative to the user's folder. The section is made when it is missing. */
  set(section: readonly [string] | readonly [string, string], option: string, value: string): void;
}

/**
 * Changes one level: read, change, check, write.
 *
 * Refused, with nothing written, when the change breaks the configuration; a configuration that was broken elsewhere
 * before can still be changed, and its error is thrown after the write, as DVC does.
 * @throws `config`
 */
export function editConfig(place: ConfigPlace, level: ConfigLevel, change: (draft: LevelDraft) => void): void {
  const files = configFiles(place.root, place.env);
  const file = files[level];
  if (file === undefined || (place.root === undefined && isRepoLevel(level)))
    throw configError('Not inside a DVC repo');
  const folder = path.resolve(path.dirname(file));
  const levels = readLevels(files);
  const before = configProblem(mergeLevels(levels.values()));
  const below = mergeLevels(LEVELS.slice(0, LEVELS.indexOf(level)).map((lower) => levels.get(lower) ?? new Map()));

  const sections = readLevel(file);
  addMissingSections(sections);
  change({
    sections,
    below,
    set(at, option, value) {
      const stored = isPathOption(at[0], option) ? writtenConfigPath(folder, place.cwd, value) : value;
      openSection(sections, at).set(option, stored);
    },
  });
  mapConfigPaths(sections, (written) => writtenConfigPath(folder, folder, written));

  const seen = lowerEntryNames(sections);
  const problem = configProblem(mergeLevels([below, seen]));
  if (problem !== undefined) throw configError(problem);
  levels.set(level, seen);
  const after = configProblem(mergeLevels(levels.values()));
  if (after !== undefined && before === undefined) throw configError(after);
  writeLevel(file, sections);
  if (after !== undefined) throw configError(after);
}

function openSection(root: IniSection, at: readonly string[]): IniSection {
  let section = root;
  for (const name of at) {
    const next = section.get(name);
    if (next instanceof Map) section = next;
    else {
      const made: IniSection = new Map();
      section.set(name, made);
      section = made;
    }
  }
  return section;
}

/** The options of one remote in a level being changed; undefined where it has no section for it. */
export const draftRemote = (draft: LevelDraft, name: string): IniSection | undefined =>
  sectionAt(draft.sections, 'remote', name);
