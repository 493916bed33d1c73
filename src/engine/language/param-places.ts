import * as path from 'node:path';
import { DvcError } from '../core/errors.ts';
import { readTree } from '../files/yaml-doc.ts';
import { deref, type YamlNode } from '../files/yaml-node.ts';
import { readPlain } from '../files/yaml-plain.ts';
import { readLenient } from './lenient-yaml.ts';
import { keyOf } from './yaml-places.ts';

/** A parameter of a file by the dotted key that names it, and where that key is written; of a list item the item. */
export interface ParamPlace {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/** Where the parameters of a file stand, those around others first. `text` has `\n` as line ends. */
export function paramPlaces(file: string, text: string): ParamPlace[] {
  switch (path.posix.extname(file).toLowerCase()) {
    case '.toml':
      return tomlPlaces(text);
    case '.py':
      return pythonPlaces(text);
    default:
      return yamlPlaces(yamlRoot(text), ''); // JSON is YAML.
  }
}

/** The place of a parameter, or of the nearest one around it. */
export function paramPlace(file: string, text: string, key: string): ParamPlace | undefined {
  const places = new Map(paramPlaces(file, text).map((place) => [place.key, place]));
  for (let name = key.replace(/^\.+/, ''); name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const found = places.get(name);
    if (found) return found;
  }
  return undefined;
}

function yamlRoot(text: string): YamlNode | undefined {
  const plain = readPlain(text);
  if (plain) return plain;
  try {
    return readTree(text, '').root;
  } catch (error) {
    if (!(error instanceof DvcError)) throw error;
    return readLenient(text);
  }
}

function yamlPlaces(node: YamlNode | undefined, prefix: string): ParamPlace[] {
  const target = node && deref(node);
  if (target?.kind === 'sequence')
    return target.items.flatMap((item, i) => [
      { key: `${prefix}${i}`, start: item.node.start, end: Math.max(item.node.start, item.node.end) },
      ...yamlPlaces(item.node, `${prefix}${i}.`),
    ]);
  if (target?.kind !== 'mapping') return [];
  return target.pairs.flatMap((pair) => {
    const key = `${prefix}${String(keyOf(pair.key))}`;
    return [{ key, start: pair.key.start, end: pair.key.end }, ...yamlPlaces(pair.node, `${key}.`)];
  });
}

const TOML_LINE =
  /^[ \t]*(?:\[\[?\s*([^\]\n]+?)\s*\]\]?|((?:[\w-]+|"[^"\n]*"|'[^'\n]*')(?:\s*\.\s*(?:[\w-]+|"[^"\n]*"))*)\s*=)/gm;

function tomlPlaces(text: string): ParamPlace[] {
  const places: ParamPlace[] = [];
  let table = '';
  for (const match of text.matchAll(TOML_LINE)) {
    const [whole, header, key] = match;
    const written = header ?? key ?? '';
    const start = match.index + whole.indexOf(written);
    const name = written.replace(/["']/g, '').replace(/\s*\.\s*/g, '.');
    if (header !== undefined) table = `${name}.`;
    places.push({ key: header !== undefined ? name : table + name, start, end: start + written.length });
  }
  return places;
}

const PYTHON_LINE = /^([ \t]*)(?:class[ \t]+(\w+)|(?:self\.)?(\w+)[ \t]*(?::[^=\n]+)?=(?!=)|def[ \t]+(\w+))/gm;

/** Names at the top and in classes, `self.x` of a constructor among them; other functions have variables only. */
function pythonPlaces(text: string): ParamPlace[] {
  const places: ParamPlace[] = [];
  const scopes: { readonly indent: number; readonly name: string | undefined }[] = [];
  for (const match of text.matchAll(PYTHON_LINE)) {
    const [whole, indentText = '', className, variable, functionName] = match;
    const indent = indentText.length;
    while (scopes.length > 0 && (scopes.at(-1)?.indent ?? 0) >= indent) scopes.pop();
    const isHidden = scopes.some(({ name }) => name === undefined);
    const prefix = scopes.map(({ name }) => (name ? `${name}.` : '')).join('');
    if (functionName !== undefined) {
      scopes.push({ indent, name: functionName === '__init__' && scopes.length > 0 ? '' : undefined });
      continue;
    }
    const name = className ?? variable ?? '';
    if (isHidden || (variable !== undefined && indent > 0 && scopes.length === 0)) continue;
    const start = match.index + whole.lastIndexOf(name, whole.length);
    places.push({ key: prefix + name, start, end: start + name.length });
    if (className !== undefined) scopes.push({ indent, name: className });
  }
  return places;
}
