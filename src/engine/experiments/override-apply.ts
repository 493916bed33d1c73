import { DvcError } from '../core/errors.ts';
import { isPyList, isPyMap, type PyKey, type PyMap, type PyValue, pyEquals, pyRepr, pyStr } from '../core/python.ts';
import type { Override } from './override-grammar.ts';
import { plainValue } from './override-value.ts';

/**
 * The content of a params file after overrides, as Hydra applies them: a key has to be there unless `+` is before it, dicts are merged
 * into dicts, and `${}` is replaced by what it names.
 *
 * @throws `bad-override`
 */
export function applyOverrides(content: PyMap, overrides: readonly Override[]): PyMap {
  const root = new Draft(content);
  for (const override of overrides) applyOne(root, override);
  return resolveAll(root.value as PyMap);
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

/** The key of a dict that a word names: itself, or the number or truth value that is written so. */
function keyIn(map: PyMap, word: string): PyKey {
  if (map.has(word)) return word;
  for (const key of map.keys()) if (typeof key !== 'string' && key !== null && pyStr(key) === word) return key;
  return word;
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
    throw refuse(
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
    throw refuse(
      text,
      `Could not append to config. An item is already at '${key}'.`,
      `Take \`-S '${text.slice(1)}'\` to change it, or \`-S '+${text}'\` to add it or change it.`,
    );
  const force = kind !== 'change';
  requirePath(root, path, force, override);
  const wanted = value ?? null;
  if (!isPyMap(present) || !isPyMap(wanted)) {
    if ((isPyMap(present) && isPyList(wanted)) || (isPyList(present) && isPyMap(wanted)))
      throw refuse(
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
    throw refuse(text, `Could not delete from config. '${key}' does not exist.`, meant(root, path));
  if (value !== undefined && value !== null && !pyEquals(value, present))
    throw refuse(
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
        throw refuse(
          text,
          `Could not override '${key}'. The list '${path.slice(0, i).join('.')}' has ${holder.length} items, and none is '${word}'.`,
        );
      continue;
    }
    if (isPyMap(holder) && (holder.has(keyIn(holder, word)) || force)) continue;
    if (force) continue;
    const missing = path.slice(0, i + 1).join('.');
    throw refuse(
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
      throw refuse(
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

const refuse = (text: string, problem: string, hint?: string): DvcError =>
  new DvcError('bad-override', `Invalid \`--set-param\` value: ${problem}`, {
    ...(hint === undefined ? {} : { hint }),
    data: { override: text },
  });

const MOST_HOPS = 50;

/** Replaces `${key}` and `${oc.env:NAME,otherwise}` in every text. */
function resolveAll(root: PyMap): PyMap {
  const resolve = (value: PyValue, at: readonly string[], hops: number): PyValue => {
    if (isPyList(value)) return value.map((item, i) => resolve(item, [...at, String(i)], hops));
    if (isPyMap(value))
      return new Map([...value].map(([key, item]) => [key, resolve(item, [...at, pyStr(key)], hops)]));
    return typeof value === 'string' && value.includes('${') ? interpolate(value, at, hops) : value;
  };
  const lookup = (inner: string, at: readonly string[], hops: number): PyValue => {
    const [, name = '', argument = ''] = /^\s*([\w.]+):(.*)$/s.exec(inner) ?? [];
    if (name === 'oc.env') {
      const [variable = '', otherwise] = argument.split(/,(.*)/s);
      const found = process.env[variable.trim()] ?? otherwise?.trim();
      if (found === undefined) throw refuse(inner, `Environment variable '${variable.trim()}' not found`);
      return found;
    }
    if (name !== '') throw refuse(inner, `Unsupported interpolation type ${name}`);
    const dots = /^\.*/.exec(inner.trim())?.[0].length ?? 0;
    const base = dots === 0 ? [] : at.slice(0, Math.max(0, at.length - dots));
    const path = [
      ...base,
      ...inner
        .trim()
        .slice(dots)
        .replace(/\[([^\]]+)\]/g, '.$1')
        .split('.'),
    ];
    const found = new Draft(root).get(path);
    if (found === undefined)
      throw refuse(inner, `Interpolation key '${inner}' not found\n    full_key: ${at.join('.')}`);
    if (hops >= MOST_HOPS) throw refuse(inner, `Interpolation '${inner}' leads back to itself`);
    return resolve(found, path, hops + 1);
  };
  const interpolate = (text: string, at: readonly string[], hops: number): PyValue => {
    const whole = /^\$\{([^{}]*)\}$/.exec(text);
    if (whole) return lookup(whole[1] ?? '', at, hops);
    let left = text;
    for (let i = 0; i <= MOST_HOPS && /(?<!\\)\$\{[^{}]*\}/.test(left); i++)
      left = left.replace(/(?<!\\)\$\{([^{}]*)\}/, (_, inner: string) => {
        const value = lookup(inner, at, hops);
        return typeof value === 'string' ? value : pyRepr(value);
      });
    return left.replaceAll('\\${', '${');
  };
  return resolve(root, [], 0) as PyMap; // Of a dict comes a dict.
}
