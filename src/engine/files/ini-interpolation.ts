import { IniError, type IniSection, type IniValue, parseIni } from './ini.ts';

const REFERENCE = /%\(([^)]*)\)s/;
/** Options that stand for options can take time without end; no real file comes near. */
const MAX_EXPANSIONS = 10_000;

interface Scope {
  readonly section: IniSection;
  readonly outer: Scope | undefined;
}

/**
 * Reads `configobj` syntax with its interpolation: `%(name)s` in a value stands for another option of the same section, or of one around it.
 *
 * @throws IniError (line 0) for a name that is not there, or a loop.
 */
export const readIni = (text: string): IniSection =>
  new Interpolation().section({ section: parseIni(text), outer: undefined });

class Interpolation {
  #expansions = 0;

  section(scope: Scope): IniSection {
    const result: IniSection = new Map();
    for (const [key, value] of scope.section) result.set(key, this.#value(key, value, scope));
    return result;
  }

  #value(key: string, value: IniValue, scope: Scope): IniValue {
    if (value instanceof Map) return this.section({ section: value, outer: scope });
    if (typeof value === 'string') return this.#expand(key, value, scope, new Map());
    return value.map((item) => this.#expand(key, item, scope, new Map()));
  }

  /** `trail` holds the options being expanded around this one, by section. */
  #expand(key: string, value: string, scope: Scope, trail: Map<IniSection, ReadonlySet<string>>): string {
    const around = trail.get(scope.section) ?? new Set();
    if (around.has(key)) throw new IniError(`interpolation loop detected in value "${key}"`, 0);
    trail.set(scope.section, new Set([...around, key]));
    let result = '';
    let rest = value;
    for (let match = REFERENCE.exec(rest); match; match = REFERENCE.exec(rest)) {
      if (++this.#expansions > MAX_EXPANSIONS) throw new IniError('interpolation never ends', 0);
      const found = find(match[1]!, scope);
      result += rest.slice(0, match.index) + this.#expand(match[1]!, found.value, found.scope, trail);
      rest = rest.slice(match.index + match[0].length);
    }
    trail.set(scope.section, around);
    return result + rest;
  }
}

function find(name: string, scope: Scope): { value: string; scope: Scope } {
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const value = at.section.get(name);
    if (typeof value === 'string') return { value, scope: at };
  }
  throw new IniError(`missing option "${name}" in interpolation`, 0);
}
