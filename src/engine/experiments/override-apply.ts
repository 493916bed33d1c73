import { DvcError } from '../core/errors.ts';
import { isPyList, isPyMap, type PyKey, type PyMap, type PyValue, pyEquals, pyStr } from '../core/python.ts';
import { copyOf, keyIn, resolveExpressions } from './omega-resolve.ts';
import type { Override } from './override-grammar.ts';
import { plainValue } from './override-value.ts';

/**
 * The content of a params file after overrides, as Hydra applies them: a key has to be there unless `+` is before it, dicts are merged
 * into dicts, and `${}` is replaced by what it names.
 *
 * @throws `bad-override`
 */
export function applyOverrides(content: PyMap, overrides: readonly Override[]): PyMap {
  const result = copyOf(overridden(content, overrides)) as Map<PyKey, PyValue>;
  resolveExpressions(result, { missing: 'refuse', refuse: (problem, where) => refuseOverride(where, problem) });
  return result;
}

/** As {@link applyOverrides}, with `${}` left as it is. */
export function overridden(content: PyMap, overrides: readonly Override[]): PyMap {
  const root = new Draft(content);
  for (const override of overrides) applyOne(root, override);
  return root.value as PyMap; // Of a dict comes a dict.
}

/** The content while it is changed: copies are made on the way to a change. */
class Draft {
  value: PyValue;
  constructor(value: PyValue) {
    this.value = value;
  }

  get(path: readonly string[]): PyValue | undefined {
    let value: PyValue | undefined = this.value;
    for (const word of path) value = value === undefined ? undefined : childOf(value, word);
    return value;
  }

  set(path: readonly string[], value: PyValue): void {
    this.value = withValue(this.value, path, value);
  }

  remove(path: readonly string[]): void {
    const [parent, last] = [path.slice(0, -1), path.at(-1) ?? ''];
    const holder = this.get(parent);
    if (isPyMap(holder)) this.set(parent, new Map([...holder].filter(([key]) => key !== keyIn(holder, last))));
    else if (isPyList(holder))
      this.set(
        parent,
        holder.filter((_, i) => i !== Number(last)),
      );
  }
}

function childOf(value: PyValue, word: string): PyValue | undefined {
  if (isPyMap(value)) return value.get(keyIn(value, word));
  return isPyList(value) && /^-?\d+$/.test(word) ? value.at(Number(word)) : undefined;
}

function withValue(holder: PyValue, [word, ...rest]: readonly string[], value: PyValue): PyValue {
  if (word === undefined) return value;
  if (isPyList(holder)) {
    const at = Number(word);
    return holder.map((item, i) => (i === (at < 0 ? at + holder.length : at) ? withValue(item, rest, value) : item));
  }
  const map = new Map<PyKey, PyValue>(isPyMap(holder) ? holder : []);
  const key = keyIn(map, word);
  return map.set(key, withValue(map.get(key) ?? new Map(), rest, value));
}

function applyOne(root: Draft, override: Override): void {
  const { kind, key, pkg, text } = override;
  if (pkg !== undefined)
    throw refuseOverride(
      text,
      `Override ${text} looks like a config group override, but config group '${key}' does not exist.`,
    );
  const value = override.value === undefined ? undefined : plainValue(override.value);
  const path = key.split('.');
  if (kind === 'delete') {
    applyDelete(root, path, value, override);
    return;
  }
  const present = root.get(path);
  if (kind === 'add' && present !== undefined && present !== null && !isPyMap(value) && !isPyList(value))
    throw refuseOverride(
      text,
      `Could not append to config. An item is already at '${key}'.`,
      `Take \`-S '${text.slice(1)}'\` to change it, or \`-S '+${text}'\` to add it or change it.`,
    );
  const force = kind !== 'change';
  requirePath(root, path, force, override);
  const wanted = value ?? null;
  if (!isPyMap(present) || !isPyMap(wanted)) {
    if ((isPyMap(present) && isPyList(wanted)) || (isPyList(present) && isPyMap(wanted)))
      throw refuseOverride(
        text,
        `'${key}' is a ${isPyMap(present) ? 'dict' : 'list'}, which a ${isPyMap(wanted) ? 'dict' : 'list'} cannot be merged into.`,
      );
    root.set(path, wanted);
    return;
  }
  root.set(path, merged(present, wanted, key, force, override));
}

function applyDelete(root: Draft, path: readonly string[], value: PyValue | undefined, { key, text }: Override): void {
  const present = root.get(path);
  if (present === undefined || present === null)
    throw refuseOverride(text, `Could not delete from config. '${key}' does not exist.`, meant(root, path));
  if (value !== undefined && value !== null && !pyEquals(value, present))
    throw refuseOverride(
      text,
      `Could not delete from config. The value of '${key}' is ${pyStr(present)} and not ${pyStr(value)}.`,
    );
  root.remove(path);
}

/** Every part but the last may be a plain value that becomes a dict; a part that is not there has to be allowed. */
function requirePath(root: Draft, path: readonly string[], force: boolean, { key, text }: Override): void {
  for (let i = 0; i < path.length; i++) {
    const [holder, word] = [root.get(path.slice(0, i)), path[i] ?? ''];
    if (isPyList(holder)) {
      if (!/^-?\d+$/.test(word) || holder.at(Number(word)) === undefined)
        throw refuseOverride(
          text,
          `Could not override '${key}'. The list '${path.slice(0, i).join('.')}' has ${holder.length} items, and none is '${word}'.`,
        );
      continue;
    }
    if (isPyMap(holder) && (holder.has(keyIn(holder, word)) || force)) continue;
    if (force) continue;
    const missing = path.slice(0, i + 1).join('.');
    throw refuseOverride(
      text,
      `Could not override '${key}'.\nTo append to your config use +${text}: Key '${word}' is not in struct\n    full_key: ${missing}\n    object_type=dict`,
      meant(root, path),
    );
  }
}

function merged(into: PyMap, from: PyMap, key: string, force: boolean, override: Override): PyMap {
  const result = new Map<PyKey, PyValue>(into);
  for (const [name, value] of from) {
    const own = keyIn(into, pyStr(name));
    const known = into.get(own);
    const path = `${key}.${pyStr(name)}`;
    if (known === undefined && !into.has(own) && !force)
      throw refuseOverride(
        override.text,
        `Could not override '${override.key}'.\nTo append to your config use +${override.text}: Key '${pyStr(name)}' is not in struct\n    full_key: ${path}\n    object_type=dict`,
        nearest(pyStr(name), [...into.keys()].map(pyStr)),
      );
    result.set(own, isPyMap(known) && isPyMap(value) ? merged(known, value, path, force, override) : value);
  }
  return result;
}

/** Keys of the file that look like the one that is not there. */
function meant(root: Draft, path: readonly string[]): string | undefined {
  const all: string[] = [];
  const visit = (value: PyValue, prefix: string): void => {
    if (!isPyMap(value)) return;
    for (const [key, item] of value) {
      all.push(prefix + pyStr(key));
      visit(item, `${prefix}${pyStr(key)}.`);
    }
  };
  visit(root.value, '');
  return nearest(path.join('.'), all);
}

function nearest(word: string, known: readonly string[]): string | undefined {
  const close = known
    .map((name) => ({ name, distance: name.endsWith(`.${word}`) ? 0 : editDistance(word, name) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(Math.min(name.length, word.length) / 3)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => `'${name}'`);
  return close.length === 0 ? undefined : `Did you mean ${close.join(' or ')}?`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}

export const refuseOverride = (text: string, problem: string, hint?: string): DvcError =>
  new DvcError('bad-override', `Invalid \`--set-param\` value: ${problem}`, {
    ...(hint === undefined ? {} : { hint }),
    data: { override: text },
  });
