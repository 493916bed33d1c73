import { DvcError, invalidFile } from '../core/errors.ts';
import { isPyList, isPyMap, type PyKey, type PyValue } from '../core/python.ts';
import { groupPath, nameOf, overrideKey, type Placed } from './hydra-entry.ts';
import type { DefaultEntry, HydraSource } from './hydra-source.ts';
import { refuseOverride } from './override-apply.ts';
import type { Override } from './override-grammar.ts';
import { plainValue } from './override-value.ts';

type Choice = string | null | readonly string[];

/** Groups of Hydra itself, whose content is no part of the params. */
export const isHydraGroup = (group: string): boolean => /^hydra(?:\/|$)/.test(group);

/** Which option each group has: what overrides say, in commands and in files, and what is known so far. */
export class HydraChoices {
  /** Overrides that set values, not groups. */
  readonly values: Override[] = [];
  /** `+group=option`: entries behind those of the first file. */
  readonly appended: DefaultEntry[] = [];
  /** For `${}` in defaults lists: the options of groups, by override key. */
  readonly known = new Map<PyKey, PyValue>();
  readonly #chosen = new Map<string, { value: Choice; used: boolean; text?: string; inFile?: string }>();
  readonly #deleted = new Map<string, { name: string | undefined; used: boolean; text: string }>();
  readonly #keysOfGroup = new Map<string, Set<string>>();

  /** @throws `bad-override` */
  constructor(source: HydraSource, overrides: readonly Override[]) {
    for (const override of overrides) this.#take(source, override);
  }

  #take(source: HydraSource, override: Override): void {
    const { kind, key, pkg, text } = override;
    const value = override.value === undefined ? null : plainValue(override.value);
    const isGroup = source.isGroup(key) || isHydraGroup(key);
    if (isPyMap(value) || !isGroup) {
      this.values.push(override);
      return;
    }
    const full = pkg === undefined ? key : `${key}@${pkg}`;
    if (kind === 'force-add') throw refuseOverride(text, `force-add of config groups is not supported: '${text}'`);
    if (kind === 'delete') {
      if (value !== null && typeof value !== 'string')
        throw refuseOverride(text, `the option of a group that is deleted has to be a text: '${text}'`);
      this.#deleted.set(full, { name: value ?? undefined, used: false, text });
      return;
    }
    const options = isPyList(value) ? value : [value];
    if (!options.every((one): one is string => typeof one === 'string'))
      throw refuseOverride(text, `Config group override must be a string or a list: '${text}'`);
    const choice = typeof value === 'string' ? value : (options as string[]);
    if (kind === 'add')
      this.appended.push({ kind: 'group', group: key, pkg, value: choice, optional: false, override: false });
    else this.#chosen.set(full, { value: choice, used: false, text });
  }

  /** `override group: option` of a file: what was said before has precedence. */
  override(file: string, placed: Placed): void {
    const key = overrideKey(placed);
    if (!this.#chosen.has(key)) this.#chosen.set(key, { value: placed.value, used: false, inFile: file });
  }

  /** The entry with the option that an override gives to it. */
  choose(placed: Placed): Placed {
    const choice = placed.entry.kind === 'group' ? this.#chosen.get(overrideKey(placed)) : undefined;
    if (!choice) return placed;
    choice.used = true;
    return { ...placed, value: choice.value };
  }

  /** What is chosen of Hydra's own groups, which no defaults list names. */
  ofHydra(): { readonly group: string; readonly value: Choice }[] {
    const found = [...this.#chosen].filter(([key]) => isHydraGroup(key));
    for (const [, choice] of found) choice.used = true;
    for (const [key, deletion] of this.#deleted) if (isHydraGroup(key)) deletion.used = true;
    return found.map(([group, { value }]) => ({ group, value }));
  }

  /** Whether `~group` takes this entry out. */
  takesOut(placed: Placed): boolean {
    if (placed.entry.kind !== 'group') return false;
    const deletion = this.#deleted.get(overrideKey(placed));
    if (!deletion || (deletion.name !== undefined && deletion.name !== nameOf(placed))) return false;
    deletion.used = true;
    return true;
  }

  /** @throws `invalid-file` where a group would have two options */
  know(placed: Placed): void {
    if (placed.entry.kind !== 'group') return;
    const [key, name] = [overrideKey(placed), nameOf(placed) ?? null];
    const before = this.known.get(key);
    if (before !== undefined && before !== name)
      throw invalidFile(
        groupPath(placed),
        `Multiple values for ${key}. To override a value use 'override ${key}: ${String(before)}'`,
      );
    this.known.set(key, name);
    const group = groupPath(placed);
    this.#keysOfGroup.set(group, (this.#keysOfGroup.get(group) ?? new Set()).add(key));
  }

  /** @throws `bad-override` for what was said about a group that is in no defaults list */
  refuseUnused(): void {
    for (const [key, { used, text, inFile, value }] of this.#chosen) {
      if (used) continue;
      const near = [...(this.#keysOfGroup.get(key.split('@', 1)[0] ?? '') ?? [])].sort();
      const problem = `Could not override '${key}'.${near.length === 0 ? ' No match in the defaults list.' : ''}`;
      const meant =
        near.length === 0 ? '' : `Did you mean to override ${near.length > 1 ? 'one of ' : ''}${near.join(', ')}? `;
      if (text === undefined)
        throw invalidFile(inFile ?? '', problem, undefined, meant === '' ? {} : { hint: meant.trim() });
      throw refuseOverride(
        text,
        problem,
        `${meant}To append to the defaults list use \`-S '+${key}=${String(value)}'\`.`,
      );
    }
    for (const [key, { used, name, text }] of this.#deleted)
      if (!used)
        throw refuseOverride(
          text,
          `Could not delete '${name === undefined ? key : `${key}=${name}`}'. No match in the defaults list`,
        );
  }
}

/** An option that has to be given, or that is not there. */
export function noOption(problem: string, group: string, source: HydraSource, hint: string): DvcError {
  const options = source.options(group);
  const list =
    options.length === 0 ? '' : `\nAvailable options in '${group}':\n${options.map((one) => `\t${one}`).join('\n')}`;
  return new DvcError('invalid-file', `${problem}${list}`, { hint, data: { group, options } });
}
