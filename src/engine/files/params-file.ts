import { isUtf8 } from 'node:buffer';
import * as path from 'node:path';
import { invalidFile } from '../core/errors.ts';
import { isPyList, isPyMap, type PyValue, pyStr, pyTruthy } from '../core/python.ts';
import { parsePyJson } from '../core/python-json.ts';
import { parsePythonParams } from './python-params.ts';
import { parseToml } from './toml.ts';
import { parseYaml } from './yaml-doc.ts';

/** Where parameters are looked for when no file is named. */
export const DEFAULT_PARAMS_FILE = 'params.yaml';

/** The files read last: a pipeline's stages ask for the same few again and again. Values are never changed. */
const lately = new Map<string, { readonly bytes: Uint8Array; readonly value: PyValue }>();
const REMEMBERED = 8;
const MOST_BYTES = 1 << 20;

/**
 * The content of a params file, by its suffix: `.json`, `.toml`, `.py`, and YAML for every other. A file without content is
 * an empty dict. Python files are read, never run.
 *
 * @param file Named in errors; its suffix decides.
 * @throws invalidFile with the line.
 */
export function readParams(file: string, bytes: Uint8Array): PyValue {
  const known = lately.get(file);
  if (known !== undefined && Buffer.compare(known.bytes, bytes) === 0) return known.value;
  const value = parseParams(file, bytes);
  lately.delete(file);
  if (bytes.length <= MOST_BYTES) lately.set(file, { bytes, value });
  for (const oldest of lately.keys()) if (lately.size > REMEMBERED) lately.delete(oldest);
  return value;
}

function parseParams(file: string, bytes: Uint8Array): PyValue {
  if (!isUtf8(bytes)) throw invalidFile(file, 'it is not valid utf-8');
  const text = new TextDecoder().decode(bytes);
  const value = parseBySuffix(text, file);
  return pyTruthy(value) ? value : new Map();
}

function parseBySuffix(text: string, file: string): PyValue {
  switch (path.extname(file).toLowerCase()) {
    case '.json':
      return readJson(text, file);
    case '.toml':
      return parseToml(text, file);
    case '.py':
      return parsePythonParams(text, file);
    default:
      return parseYaml(text, file);
  }
}

function readJson(text: string, file: string): PyValue {
  try {
    return parsePyJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const [, problem = error.message, line = '1', column = '1'] =
      /^(.*): line (\d+) column (\d+)/.exec(error.message) ?? [];
    throw invalidFile(file, `JSON file structure is corrupted: ${problem}`, {
      line: Number(line),
      column: Number(column),
    });
  }
}

/**
 * The value a dotted key names in a params file, or undefined when there is none (`null` is a value).
 *
 * A word is a key, or an index where it meets a list; negative ones count from the end. Integers and booleans as keys answer
 * to their text. Leading dots are ignored.
 */
export function lookupParam(params: PyValue, key: string): PyValue | undefined {
  let value: PyValue | undefined = params;
  for (const word of key.replace(/^\.+/, '').split('.')) value = value === undefined ? undefined : child(value, word);
  return value;
}

/** All of a file's params by their names, which may have dots here. */
export const allParams = (params: PyValue): ReadonlyMap<string, PyValue> =>
  new Map(isPyMap(params) ? [...params].map(([key, value]) => [pyStr(key), value]) : []);

function child(value: PyValue, word: string): PyValue | undefined {
  if (isPyList(value)) return /^-?\d+$/.test(word) ? value.at(Number(word)) : undefined;
  if (!isPyMap(value)) return undefined;
  const direct = value.get(word);
  if (direct !== undefined) return direct;
  if (/^-?\d+$/.test(word)) return value.get(Number(word));
  return word === 'True' || word === 'False' ? value.get(word === 'True') : undefined;
}
