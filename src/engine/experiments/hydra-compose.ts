import * as path from 'node:path';
import { DvcError, invalidFile } from '../core/errors.ts';
import { isPyList, isPyMap, type PyKey, type PyValue, pyStr } from '../core/python.ts';
import { sameKey } from '../files/omega-yaml.ts';
import { dumpOmegaYaml } from '../files/pyyaml-write.ts';
import { HydraChoices } from './hydra-choices.ts';
import { type ComposedFile, composedFiles } from './hydra-defaults.ts';
import { HydraSource, isFolder } from './hydra-source.ts';
import { isExpression } from './omega-expression.ts';
import { type Container, copyOf, isContainer, MISSING, resolveAlone, resolveExpressions } from './omega-resolve.ts';
import { overridden } from './override-apply.ts';
import type { Override } from './override-grammar.ts';
import { plainValue } from './override-value.ts';

export interface HydraOptions {
  /** Absolute: where the configuration's files are. */
  readonly folder: string;
  /** Of the first file, without `.yaml`. */
  readonly name: string;
  /** What relative folders of `hydra.searchpath` begin from. */
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * The params file that a Hydra configuration makes: its files merged as their defaults lists say, overrides applied, `${}` replaced.
 * What belongs to Hydra itself (`hydra:`) is left out.
 *
 * @returns YAML as DVC writes it. @throws `invalid-file`, `bad-override`
 */
export function composeHydra({ folder, name, cwd, env }: HydraOptions, overrides: readonly Override[]): string {
  if (!isFolder(folder))
    throw new DvcError('invalid-file', `Primary config directory not found: '${folder}'`, {
      hint: 'Make the folder, or set `hydra.config_dir` to the one that has the configuration.',
      data: { path: folder },
    });
  const source = new HydraSource(folder);
  for (const one of searchPath(source, name, overrides)) source.add(path.resolve(cwd, one));
  const choices = new HydraChoices(source, overrides);
  const root: Map<PyKey, PyValue> = new Map();
  for (const file of composedFiles(source, name, choices)) mergeFile(root, source, file);
  root.delete('hydra');
  const own = choices.values.filter(({ key }) => !/^hydra(?:\.|$)/.test(key));
  const result = copyOf(overridden(root, own)) as Map<PyKey, PyValue>;
  resolveExpressions(result, {
    missing: 'keep',
    refuse: (problem, where) => invalidFile(where === '' ? name : where, problem),
    ...(env === undefined ? {} : { env }),
  });
  return dumpOmegaYaml(result);
}

/** More folders that the first file names, or an override. Packages of Python are looked for as folders. */
function searchPath(source: HydraSource, name: string, overrides: readonly Override[]): string[] {
  const given = overrides.find(({ key }) => key === 'hydra.searchpath')?.value;
  const content = source.file(name)?.content;
  const hydra = isPyMap(content) ? content.get('hydra') : undefined;
  const inFile = isPyMap(hydra) ? hydra.get('searchpath') : undefined;
  const list = given === undefined ? (inFile ?? null) : plainValue(given);
  if (list === null) return [];
  if (!isPyList(list) || !list.every((one): one is string => typeof one === 'string'))
    throw invalidFile(name, `hydra.searchpath must be a list of strings. Got: ${pyStr(list)}`);
  const top = isPyMap(content) ? (copyOf(content) as Map<PyKey, PyValue>) : new Map<PyKey, PyValue>();
  return list
    .map((one) => (isExpression(one) ? pyStr(resolveAlone(one, top)) : one))
    .map((one) =>
      one.startsWith('pkg://') ? one.slice('pkg://'.length).replaceAll('.', '/') : one.replace(/^file:\/\//, ''),
    );
}

function mergeFile(root: Map<PyKey, PyValue>, source: HydraSource, { file, pkg }: ComposedFile): void {
  const content = copyOf(source.file(file)?.content ?? new Map());
  const wrapped =
    pkg === '' ? content : pkg.split('.').reduceRight<PyValue>((inner, word) => new Map([[word, inner]]), content);
  if (!isPyMap(wrapped)) throw invalidFile(`${file}.yaml`, 'a list cannot be merged into the top of a configuration');
  try {
    merge(root, wrapped as Map<PyKey, PyValue>, root);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidFile(`${file}.yaml`, `it cannot be merged with what comes before it: ${error.message}`);
  }
}

/** Dicts are merged into dicts, everything else replaces; `???` leaves what is there. @throws RangeError */
function merge(into: Map<PyKey, PyValue>, from: ReadonlyMap<PyKey, PyValue>, root: Map<PyKey, PyValue>, at = ''): void {
  for (const [key, value] of from) {
    const here = at === '' ? pyStr(key) : `${at}.${pyStr(key)}`;
    const own = sameKey(into, key);
    let known = into.get(own);
    if (isExpression(known)) {
      const target = containerOf(known, root);
      if (target) into.set(own, (known = copyOf(target as PyValue)));
    }
    if (known === undefined || !into.has(own)) into.set(own, value);
    else if (isPyMap(known) && isPyMap(value)) merge(known as Map<PyKey, PyValue>, value, root, here);
    else if (isContainer(known) && isContainer(value) && isPyMap(known) !== isPyMap(value))
      throw new RangeError(`'${here}' is a dict on one side and a list on the other`);
    else if (value !== MISSING) into.set(own, value);
  }
}

/** What an interpolation stands for where that is a dict or a list: then it is merged into. */
function containerOf(text: string, root: Map<PyKey, PyValue>): Container | undefined {
  try {
    const value = resolveAlone(text, root);
    return isContainer(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
