import { configError, type DvcError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { isSecretOption, REDACTED, redactUrl } from '../core/redact.ts';
import { readLevels } from '../files/config.ts';
import { editConfig } from '../files/config-edit.ts';
import { type ConfigLevel, configFiles, isRepoLevel, LEVELS } from '../files/config-levels.ts';
import { sectionAt } from '../files/config-sections.ts';
import type { IniSection, IniValue } from '../files/ini.ts';

/** The levels an option can be given for; faces name them. */
export { type ConfigLevel, LEVELS };

/** What the configuration verbs work on: a repository, or none, where the files of user and machine still exist. */
export interface ConfigTarget {
  readonly root: string | undefined;
}

/** `core.remote`, or with a kind `remote.<name>.url` and `db.<name>.url`. All lower-case. */
export interface OptionName {
  readonly kind: 'remote' | 'db' | undefined;
  readonly section: string;
  readonly option: string;
}

export interface ConfigEntry {
  readonly level: ConfigLevel;
  readonly file: string;
  /** Dotted name, such as `remote.store.url`. */
  readonly name: string;
  /** Paths are absolute. Secrets are masked in lists, and plain where one option was asked for. */
  readonly value: string | readonly string[];
}

const NAME = /^(?:(remote|db)\.)?([^.]*)\.([^.]*)$/;

/** Undefined for a text that is not a dotted option name. */
export function parseOptionName(text: string): OptionName | undefined {
  const match = NAME.exec(text);
  if (!match) return undefined;
  const [, kind, section = '', option = ''] = match;
  return {
    kind: kind as OptionName['kind'], // The expression has only these two.
    section: section.toLowerCase(),
    option: option.toLowerCase(),
  };
}

/** Every option of a level, or of all levels one after the other, unmerged. Values of secret options are masked. */
export function configList(target: ConfigTarget, options: { level?: ConfigLevel }): ConfigEntry[] {
  const entries: ConfigEntry[] = [];
  for (const [level, { file, sections }] of levelsOf(target, options.level))
    for (const [name, value] of flatten(sections, []))
      entries.push({ level, file, name: name.join('.'), value: masked(name.at(-1) ?? '', value) });
  return entries;
}

/**
 * One option's value from the highest level that has it; undefined when none has.
 *
 * @throws `config` when a level was named and has no such option
 */
export function configGet(
  target: ConfigTarget,
  options: { name: OptionName; level?: ConfigLevel },
): ConfigEntry | undefined {
  const { name } = options;
  for (const [level, { file, sections }] of levelsOf(target, options.level).reverse()) {
    const value = sectionAt(sections, ...sectionPath(name))?.get(name.option);
    if (value !== undefined && !(value instanceof Map)) return { level, file, name: dotted(name), value };
    if (options.level !== undefined) throw missing(name, sectionAt(sections, ...sectionPath(name)) !== undefined);
  }
  return undefined;
}

/** Sets an option in one level (`repo` unless told); a path is taken relative to the context's folder. @throws `config` */
export function configSet(
  target: ConfigTarget,
  options: { name: OptionName; value: string; level?: ConfigLevel },
  ctx: OpContext,
): void {
  editConfig({ root: target.root, cwd: ctx.cwd }, options.level ?? 'repo', (draft) =>
    draft.set(sectionPath(options.name), options.name.option, options.value),
  );
}

/** Removes an option from one level (`repo` unless told). @throws `config` when it is not there */
export function configUnset(
  target: ConfigTarget,
  options: { name: OptionName; level?: ConfigLevel },
  ctx: OpContext,
): void {
  const { name } = options;
  editConfig({ root: target.root, cwd: ctx.cwd }, options.level ?? 'repo', ({ sections }) => {
    const section = sectionAt(sections, ...sectionPath(name));
    if (!section?.delete(name.option)) throw missing(name, section !== undefined);
  });
}

const sectionPath = ({ kind, section }: OptionName): readonly [string] | readonly [string, string] =>
  kind === undefined ? [section] : [kind, section];
const dotted = (name: OptionName): string => [...sectionPath(name), name.option].join('.');

function missing({ kind = undefined, section, option }: OptionName, hasSection: boolean): DvcError {
  const what = kind ?? 'section';
  return configError(
    hasSection ? `option '${option}' doesn't exist in ${what} '${section}'` : `${what} '${section}' doesn't exist`,
  );
}

type Levels = [ConfigLevel, { file: string; sections: IniSection }][];

function levelsOf(target: ConfigTarget, level: ConfigLevel | undefined): Levels {
  if (level !== undefined && isRepoLevel(level) && target.root === undefined)
    throw configError('Not inside a DVC repo');
  const files = configFiles(target.root);
  const wanted = level === undefined ? files : { [level]: files[level] };
  const levels: Levels = [];
  for (const [at, sections] of readLevels(wanted)) levels.push([at, { file: files[at] ?? '', sections }]);
  return levels;
}

function* flatten(
  section: IniSection,
  path: readonly string[],
): Generator<[name: string[], value: string | readonly string[]]> {
  for (const [key, value] of section)
    if (value instanceof Map) yield* flatten(value, [...path, key]);
    else yield [[...path, key], value];
}

const masked = (option: string, value: Exclude<IniValue, IniSection>): string | readonly string[] =>
  isSecretOption(option) ? REDACTED : typeof value === 'string' ? redactUrl(value) : value;
