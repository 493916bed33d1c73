import { IniError, type IniSection, type IniValue, parseIni } from './ini.ts';

const REFERENCE = /%\(([^)]*)\)s/;

interface Scope {
  readonly section: IniSection;
  readonly outer: Scope | undefined;
}

/**
 * Reads `configobj` syntax with its interpolation: `%(name)s` in a value stands for another option of the same section, or of one around it.
 *
 * @throws IniError (line 0) for a name that is not there, or a loop.
 */
export function readIni(text: string): IniSection {
  return interpolateSection({ section: parseIni(text), outer: undefined });
}

function interpolateSection(scope: Scope): IniSection {
  const result: IniSection = new Map();
  for (const [key, value] of scope.section) result.set(key, interpolateValue(key, value, scope));
  return result;
}

function interpolateValue(key: string, value: IniValue, scope: Scope): IniValue {
  if (value instanceof Map) return interpolateSection({ section: value, outer: scope });
  if (typeof value === 'string') return expand(key, value, scope, new Map());
  return value.map((item) => expand(key, item, scope, new Map()));
}

function expand(key: string, value: string, scope: Scope, trail: Map<IniSection, Set<string>>): string {
  const visited = trail.get(scope.section) ?? new Set();
  if (visited.has(key)) throw new IniError(`interpolation loop detected in value "${key}"`, 0);
  trail.set(scope.section, new Set([...visited, key]));
  let result = '';
  let rest = value;
  for (let match = REFERENCE.exec(rest); match; match = REFERENCE.exec(rest)) {
    const found = find(match[1]!, scope);
    result += rest.slice(0, match.index) + expand(match[1]!, found.value, found.scope, trail);
    rest = rest.slice(match.index + match[0].length);
  }
  trail.set(scope.section, visited);
  return result + rest;
}

function find(name: string, scope: Scope): { value: string; scope: Scope } {
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const value = at.section.get(name);
    if (typeof value === 'string') return { value, scope: at };
  }
  throw new IniError(`missing option "${name}" in interpolation`, 0);
}
