import { problemOf } from './config-rules.ts';
import { isNamedKind, type OptionRules, REMOTES, SECTIONS } from './config-schema.ts';
import type { IniSection, IniValue } from './ini.ts';

/** The first thing wrong with a configuration, in the words of DVC; undefined when it is valid. */
export function configProblem(config: IniSection): string | undefined {
  for (const [name, section] of config) {
    const rules = Object.hasOwn(SECTIONS, name) ? SECTIONS[name] : undefined;
    if (!rules) return at('extra keys not allowed', name);
    if (!(section instanceof Map)) return forValue('expected a dictionary', name);
    const problem = isNamedKind(name) ? namedProblem(name, section, rules) : sectionProblem([name], section, rules);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function namedProblem(kind: string, entries: IniSection, rules: OptionRules): string | undefined {
  for (const [name, entry] of entries) {
    const problem =
      kind === 'remote'
        ? remoteProblem(name, entry)
        : entry instanceof Map
          ? sectionProblem([kind, name], entry, rules)
          : forValue('expected a dictionary', kind, name);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function remoteProblem(name: string, remote: IniValue): string | undefined {
  const url = remote instanceof Map ? remote.get('url') : undefined;
  if (!(remote instanceof Map) || url === undefined) return forValue("expected 'url'", 'remote', name);
  if (typeof url !== 'string') return forValue('expected str', 'remote', name, 'url');
  const scheme = schemeOf(url);
  if (scheme === undefined) return forValue('not a valid value', 'remote', name);
  if (scheme === 'remote') return undefined;
  const rules = Object.hasOwn(REMOTES, scheme) ? REMOTES[scheme] : undefined;
  if (!rules) return forValue(`Unsupported URL type ${scheme}://`, 'remote', name);
  return sectionProblem(['remote', name], remote, rules);
}

function sectionProblem(path: readonly string[], section: IniSection, rules: OptionRules): string | undefined {
  if (path[0] === 'hydra' && section.has('config_dir') && section.has('config_module'))
    return "two or more values in the same group of exclusion 'config_source' @ data['hydra'][<config_source>]";
  for (const [option, value] of section) {
    const rule = Object.hasOwn(rules, option) ? rules[option] : undefined;
    if (!rule) {
      if (path[0] === 'feature') continue; // Unknown features are dropped with a warning, not refused.
      return at('extra keys not allowed', ...path, option);
    }
    const problem = problemOf(rule, value);
    if (problem !== undefined) return forValue(problem, ...path, option);
  }
  return undefined;
}

/** Options of `[feature]` that have no meaning; DVC warns of them. */
export const unknownFeatures = (config: IniSection): string[] => {
  const feature = config.get('feature');
  return feature instanceof Map
    ? [...feature.keys()].filter((option) => !Object.hasOwn(SECTIONS['feature']!, option)).sort()
    : [];
};

/**
 * The scheme that decides a remote's type, lower-case: '' for a path, which is all that has no `//host`.
 *
 * Undefined where Python's `urlparse` refuses the text (brackets that do not match).
 */
export function schemeOf(url: string): string | undefined {
  const match = /^(?:([a-z][a-z0-9+.-]*):)?\/\/([^/?#]*)/i.exec(url);
  if (!match) return '';
  const [, scheme = '', host = ''] = match;
  if (host.includes('[') !== host.includes(']')) return undefined;
  return host === '' ? '' : scheme.toLowerCase();
}

const at = (problem: string, ...path: string[]): string =>
  `${problem} @ data${path.map((key) => `[${key.includes("'") ? `"${key}"` : `'${key}'`}]`).join('')}`;
const forValue = (problem: string, ...path: string[]): string => at(`${problem} for dictionary value`, ...path);
