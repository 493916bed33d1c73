import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, errnoOf, fromErrno, invalidFile } from '../core/errors.ts';
import { isPyList, isPyMap, type PyKey, type PyValue, pyStr } from '../core/python.ts';
import { parseOmegaYaml } from '../files/omega-yaml.ts';
import { copyOf } from './omega-resolve.ts';

/** One entry of a `defaults` list, as it is written. */
export type DefaultEntry =
  | { readonly kind: 'config'; readonly path: string; readonly pkg: string | undefined }
  | {
      readonly kind: 'group';
      readonly group: string;
      readonly pkg: string | undefined;
      readonly value: string | null | readonly string[];
      readonly optional: boolean;
      readonly override: boolean;
    };

/** One file of a Hydra configuration. */
export interface HydraFile {
  /** Its content without the `defaults` list. */
  readonly content: PyValue;
  readonly defaults: readonly DefaultEntry[];
  /** What its `# @package` line says. */
  readonly header: string | undefined;
}

/** The folders that a configuration is made from: the first that has a file wins. */
export class HydraSource {
  readonly #folders: string[];
  readonly #files = new Map<string, HydraFile | undefined>();

  constructor(folder: string) {
    this.#folders = [folder];
  }

  /** Looked in last. */
  add(folder: string): void {
    this.#folders.push(folder);
  }

  get folders(): readonly string[] {
    return this.#folders;
  }

  /** @param name From the top, without `.yaml`. @throws `invalid-file` */
  file(name: string): HydraFile | undefined {
    if (!this.#files.has(name)) this.#files.set(name, this.#read(name));
    return this.#files.get(name);
  }

  isGroup(name: string): boolean {
    return this.#folders.some((folder) => isFolder(path.join(folder, name)));
  }

  /** The options of a group, sorted. */
  options(group: string): string[] {
    const names = new Set<string>();
    for (const folder of this.#folders)
      for (const entry of listFolder(path.join(folder, group)))
        if (entry.endsWith('.yaml')) names.add(entry.slice(0, -'.yaml'.length));
    return [...names].sort();
  }

  #read(name: string): HydraFile | undefined {
    const fileName = name.endsWith('.yaml') ? name : `${name}.yaml`;
    for (const folder of this.#folders) {
      const file = path.join(folder, fileName);
      if (fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return readFile(file, fileName);
    }
    return undefined;
  }
}

function readFile(file: string, shown: string): HydraFile {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw fromErrno(error, 'read', file);
  }
  const read = parseOmegaYaml(text, shown) ?? new Map<PyKey, PyValue>();
  const value: PyValue = typeof read === 'string' ? new Map([[read, null]]) : read; // As OmegaConf has it.
  if (!isPyMap(value) && !isPyList(value)) throw invalidFile(shown, 'a Hydra configuration is a dict or a list');
  const header = packageHeader(text, shown);
  if (!isPyMap(value)) return { content: value, defaults: [], header };
  const content = copyOf(value) as Map<PyKey, PyValue>;
  const defaults = content.get('defaults');
  content.delete('defaults');
  return { content, defaults: entriesOf(defaults, shown), header };
}

/** `# @package NAME` in the lines of comments that begin a file. */
function packageHeader(text: string, file: string): string | undefined {
  let found: string | undefined;
  for (const line of text.slice(0, 512).split(/\r\n?|\n/)) {
    const trimmed = line.trim();
    if (trimmed === '') continue;
    if (!/^#\s*@/.test(trimmed)) break;
    const words = trimmed.replace(/^#+/, '').trim().split(/ +/);
    if (words.length !== 2) throw invalidFile(file, `its header '${trimmed}' is not of the form \`# @package NAME\``);
    if (words[0] === '@package') found = words[1];
  }
  return found;
}

function entriesOf(defaults: PyValue | undefined, file: string): DefaultEntry[] {
  if (defaults === undefined) return [];
  if (!isPyList(defaults)) throw invalidFile(file, "its 'defaults' has to be a list");
  return defaults.map((item) => entryOf(item, file));
}

function entryOf(item: PyValue, file: string): DefaultEntry {
  if (typeof item === 'string') {
    const { name, pkg } = splitPackage(item);
    if (name === '_self_' && pkg !== undefined) throw invalidFile(file, '`_self_@PACKAGE` is not supported');
    return { kind: 'config', path: name, pkg };
  }
  if (!isPyMap(item))
    throw invalidFile(file, `its 'defaults' have an entry that is neither a text nor a dict: ${pyStr(item)}`);
  const [[key, value] = [null, null], second] = item;
  if (typeof key !== 'string' || second)
    throw invalidFile(file, `an entry of its 'defaults' has to name one group: ${pyStr(item)}`);
  const { name, pkg } = splitPackage(key);
  const words = name.split(' ');
  const group = words.pop() ?? '';
  const names = isPyList(value) ? value : [value];
  const isText = (one: PyValue): one is string => typeof one === 'string';
  if (group === '') throw invalidFile(file, `an entry of its 'defaults' names no group: ${pyStr(item)}`);
  if (!(value === null || names.every(isText)))
    throw invalidFile(file, `'${key}' in its 'defaults' has to be a text, a list of texts, or null`);
  return {
    kind: 'group',
    group,
    pkg,
    value: value === null || typeof value === 'string' ? value : (value as string[]),
    optional: words.includes('optional'),
    override: words.includes('override'),
  };
}

/** `db@backup` in its two parts. */
function splitPackage(text: string): { name: string; pkg: string | undefined } {
  const at = text.indexOf('@');
  if (at < 0) return { name: text, pkg: undefined };
  return { name: text.slice(0, at), pkg: text.slice(at + 1).split(':', 1)[0] };
}

export const isFolder = (target: string): boolean =>
  fs.statSync(target, { throwIfNoEntry: false })?.isDirectory() === true;

function listFolder(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw fromErrno(error, 'read', folder);
  }
}

/** A file or a group that is named and not there. */
export const notInSource = (source: HydraSource, problem: string, more: string): DvcError =>
  new DvcError(
    'invalid-file',
    `${problem}\nConfig search path:\n${source.folders.map((one) => `\t${one}`).join('\n')}`,
    {
      hint: more,
    },
  );
