import { NAMED_KINDS, SECTIONS } from './config-schema.ts';
import type { IniSection, IniValue } from './ini.ts';

const NAMED = /^\s*(remote|machine|db)\s*"(.*)"\s*$/s;

/** `['remote "Up"']` becomes `remote → up → options`, with all names in lower case; the three named kinds come first, as in DVC. */
export function groupNamed(file: IniSection): IniSection {
  const grouped: IniSection = new Map(NAMED_KINDS.map((kind) => [kind, new Map()]));
  for (const [section, value] of lowerKeys(file)) {
    const [, kind, name] = NAMED.exec(section) ?? [];
    const entries = kind === undefined ? undefined : grouped.get(kind);
    if (name !== undefined && entries instanceof Map) entries.set(name, value);
    else grouped.set(section, value);
  }
  return grouped;
}

/** The inverse of {@link groupNamed}: named sections go last, and empty unnamed ones are dropped. */
export function ungroupNamed(grouped: IniSection): IniSection {
  const file: IniSection = new Map();
  for (const [section, value] of grouped)
    if (!isNamed(section) && !(value instanceof Map && value.size === 0)) file.set(section, value);
  for (const kind of NAMED_KINDS) {
    const entries = grouped.get(kind);
    if (entries instanceof Map) for (const [name, value] of entries) file.set(`${kind} "${name}"`, value);
  }
  return file;
}

const isNamed = (section: string): boolean => (NAMED_KINDS as readonly string[]).includes(section);

/** Adds the sections a file lacks, empty and in DVC's order, so that a new option lands where DVC puts it. */
export function addMissingSections(grouped: IniSection): void {
  for (const section of Object.keys(SECTIONS)) if (!grouped.has(section)) grouped.set(section, new Map());
}

const lowerKeys = (section: IniSection): IniSection =>
  new Map(
    [...section].map(([key, value]): [string, IniValue] => [
      key.toLowerCase(),
      value instanceof Map ? lowerKeys(value) : value,
    ]),
  );

/** Names of remotes as a reader will see them; names of options stay, as a wrong one must be noticed before it is written. */
export const lowerEntryNames = (grouped: IniSection): IniSection =>
  new Map(
    [...grouped].map(([section, entries]): [string, IniValue] => [
      section,
      isNamed(section) && entries instanceof Map
        ? new Map([...entries].map(([name, value]) => [name.toLowerCase(), value]))
        : entries,
    ]),
  );

/** Lays `over` on `under`, section by section and option by option. Neither is changed. */
export function mergeSections(under: IniSection, over: IniSection): IniSection {
  const merged: IniSection = new Map(under);
  for (const [key, value] of over) {
    const below = merged.get(key);
    merged.set(key, below instanceof Map && value instanceof Map ? mergeSections(below, value) : value);
  }
  return merged;
}

export const cloneSection = (section: IniSection): IniSection =>
  new Map(
    [...section].map(([key, value]): [string, IniValue] => [key, value instanceof Map ? cloneSection(value) : value]),
  );

/** A section by its path, such as `['remote', 'up']`; undefined where there is none. */
export function sectionAt(root: IniSection, ...path: string[]): IniSection | undefined {
  let at: IniValue | undefined = root;
  for (const name of path) at = at instanceof Map ? at.get(name) : undefined;
  return at instanceof Map ? at : undefined;
}
