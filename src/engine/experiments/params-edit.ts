import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import {
  isPyList,
  isPyMap,
  type PyKey,
  type PyMap,
  type PyValue,
  pyEquals,
  pyJson,
  pyMap,
  pyRepr,
  pyStr,
} from '../core/python.ts';
import { readParams } from '../files/params-file.ts';
import { parsePythonParams } from '../files/python-params.ts';
import { editToml } from '../files/toml-edit.ts';
import { changeYaml } from '../files/yaml-doc.ts';
import type { Differs } from '../files/yaml-edit.ts';
import { applyOverrides } from './override-apply.ts';
import type { Override } from './override-grammar.ts';
import { plainValue } from './override-value.ts';
import { refuseSweeps } from './sweeps.ts';

/**
 * A params file after overrides, byte for byte as DVC writes it: YAML keeps comments but its lists become blocks, JSON becomes one line,
 * TOML is changed in place, and in Python the value behind ` = ` is replaced.
 *
 * @param file Its suffix decides; named in errors.
 * @throws `bad-override`, `invalid-file`
 */
export function overrideParams(file: string, old: string, overrides: readonly Override[]): string {
  const before = readParams(file, Buffer.from(old));
  if (!isPyMap(before)) throw new DvcError('bad-override', `'${file}' holds no keys that could be set.`);
  refuseSweeps(new Map([[file, overrides]]));
  const after = applyOverrides(before, overrides);
  switch (path.extname(file).toLowerCase()) {
    case '.json':
      return pyJson(after);
    case '.toml':
      return editToml(old, before, after, file);
    case '.py':
      return editPython(old, before, after, file);
    case '.yaml':
    case '.yml':
      return changeYaml(old, yamlChanges(old, before, after, new Set(overrides.flatMap(setPaths))), file);
    default:
      throw new DvcError(
        'bad-override',
        `'${file}' is none of the files that params can be set in: .yaml, .json, .toml, .py.`,
      );
  }
}

type Change = Parameters<typeof changeYaml>[1][number];

/** The keys that an override sets, by their dotted paths. */
function setPaths({ key, value }: Override): string[] {
  const visit = (item: PyValue, at: string): string[] =>
    isPyMap(item) ? [...item].flatMap(([name, one]) => visit(one, `${at}.${pyStr(name)}`)) : [at];
  return value === undefined ? [] : visit(plainValue(value), key);
}

/**
 * What the loader would have to do to each key: lists, and keys that were set, are written anew even where they are the same.
 */
function yamlChanges(text: string, before: PyMap, after: PyMap, set: ReadonlySet<string>): Change[] {
  const differs: Differs = (at, was, is) =>
    isPyList(is) || isPyMap(is) || set.has(at.map(pyStr).join('.')) || !sameScalar(was, is);
  // Where parts of the file are shared, what is written in one place is read in another: then the order counts.
  if (/&\S/.test(text)) return [{ at: [], merge: after, differs }, ...removals(before, after)];
  return changedKeys(before, after, differs);
}

function removals(before: PyMap, after: PyMap, at: readonly PyKey[] = []): Change[] {
  return [...before].flatMap(([key, was]) => {
    const is = after.get(key);
    if (!after.has(key)) return [{ at: [...at, key], remove: true as const }];
    return isPyMap(was) && isPyMap(is) ? removals(was, is, [...at, key]) : [];
  });
}

function changedKeys(before: PyMap, after: PyMap, differs: Differs, at: readonly PyKey[] = []): Change[] {
  const changes: Change[] = [];
  for (const [key, value] of after) {
    const known = before.get(key);
    const here = [...at, key];
    if (isPyMap(known) && isPyMap(value)) changes.push(...changedKeys(known, value, differs, here));
    else if (known === undefined || differs(here, known, value)) changes.push({ at: here, set: value });
  }
  for (const key of before.keys()) if (!after.has(key)) changes.push({ at: [...at, key], remove: true });
  return changes;
}

/** Also of the same type, as `1` is not written `1.0`. */
const sameScalar = (a: PyValue, b: PyValue): boolean =>
  pyEquals(a, b) ? pyRepr(a) === pyRepr(b) : pyRepr(a) === 'nan' && pyRepr(b) === 'nan';

/** Assignments of literals, by line: the text of the old value is replaced by that of the new one. */
function editPython(old: string, before: PyMap, after: PyMap, file: string): string {
  const lines = old.split(/(?<=\n)/);
  const visit = (was: PyMap, is: PyMap, scope: readonly string[]): void => {
    for (const [key, value] of is) {
      const known = was.get(key);
      if (known === undefined) throw new DvcError('bad-override', `'${String(key)}' cannot be added to a Python file.`);
      const name = String(key);
      if (isPyMap(value) && isPyMap(known)) visit(known, value, [...scope, name]);
      else if (!pyEquals(known, value)) {
        if (typeof value === 'string' && !/^[A-Za-z_][\w.]*$/.test(value)) throw notPython(file);
        const at = assignmentLine(lines, scope, name);
        if (at !== undefined) lines[at] = lines[at]!.replaceAll(` = ${plainText(known)}`, ` = ${plainText(value)}`);
      }
    }
  };
  visit(before, after, []);
  const text = lines.join('');
  try {
    parsePythonParams(text, file);
  } catch (error) {
    throw notPython(file, error);
  }
  return text;
}

const notPython = (file: string, cause?: unknown) =>
  new DvcError('invalid-file', `unable to read: '${file}', Python file structure is corrupted after update params`, {
    hint: `Texts are written without quotes, as DVC does: change '${file}' in an editor.`,
    cause,
  });

/** As Python formats a value in a text: a string without its quotes, so that it is found nowhere. */
const plainText = (value: PyValue): string => (typeof value === 'string' ? value : pyRepr(value));

/** The last line that assigns `name` in the class or the dict that `scope` names; 0-based. */
function assignmentLine(lines: readonly string[], scope: readonly string[], name: string): number | undefined {
  let [from, to, indent] = [0, lines.length, -1];
  for (const one of scope) {
    const header = new RegExp(`^(\\s*)class\\s+${one}\\b`);
    const at = lines.findIndex((line, i) => i >= from && i < to && header.test(line));
    if (at < 0) {
      // A dict: its items count as being on the line of the assignment.
      return lines.findLastIndex((line, i) => i >= from && i < to && assigns(line, one));
    }
    indent = /^\s*/.exec(lines[at] ?? '')?.[0].length ?? 0;
    const end = lines.findIndex((line, i) => i > at && i < to && line.trim() !== '' && indentOf(line) <= indent);
    [from, to] = [at + 1, end < 0 ? to : end];
  }
  const found = lines.findLastIndex((line, i) => i >= from && i < to && assigns(line, name));
  return found < 0 ? undefined : found;
}

const indentOf = (line: string): number => /^\s*/.exec(line)?.[0].length ?? 0;
const assigns = (line: string, name: string): boolean =>
  new RegExp(`^\\s*(?:self\\.)?${name}\\s*(?::[^=]*)?=(?!=)`).test(line);

/** Overrides by the file they are for: `file:key=value`, or `params.yaml` where none is named. */
export function overridesByFile(given: readonly string[]): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (const text of given) {
    const name = text.split('=', 1)[0] ?? '';
    const colon = name.includes(':') ? text.indexOf(':') : -1;
    const file = colon < 0 ? 'params.yaml' : text.slice(0, colon);
    files.set(file, [...(files.get(file) ?? []), colon < 0 ? text : text.slice(colon + 1)]);
  }
  return files;
}

/** `{'params.yaml': ['lr=0.2']}`, as DVC prints it. */
export const shownOverrides = (files: ReadonlyMap<string, readonly string[]>): string => pyRepr(pyMap(files));
