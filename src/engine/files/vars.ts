import * as path from 'node:path';
import { errnoOf } from '../core/errors.ts';
import { isPyMap, type PyMap, type PyValue } from '../core/python.ts';
import { type Context, mergeVars, toDict } from './context.ts';
import { DEFAULT_PARAMS_FILE, readParams } from './params-file.ts';
import { TemplateError } from './template-error.ts';
import { pyTypeName } from './type-name.ts';

/** Reads a file for `vars`, by its path relative to the user's folder; undefined when there is none. */
export type ReadFile = (file: string) => Promise<Uint8Array | undefined>;

/** The context of a whole dvc.yaml before its `vars`: its folder's params.yaml, if there is one. */
export async function loadDefaultParams(context: Context, folder: string, readFile: ReadFile): Promise<Context> {
  const file = path.posix.join(folder, DEFAULT_PARAMS_FILE);
  return (await read(file, readFile)) === undefined
    ? context
    : mergeFile(context, DEFAULT_PARAMS_FILE, folder, readFile);
}

/**
 * The context with the items of a `vars` list merged in, in order: `file`, `file:key1,key2`, or a mapping in place.
 *
 * @param folder What the items' paths are relative to, itself relative to the user's folder.
 * @param owner The stage they belong to, or '' for the file's own.
 * @throws TemplateError `merge`, `already-loaded` or `vars`, in DVC's words.
 */
export async function loadVars(
  context: Context,
  items: readonly PyValue[],
  folder: string,
  readFile: ReadFile,
  owner = '',
): Promise<Context> {
  let merged = context;
  for (const [i, item] of items.entries()) {
    if (typeof item === 'string') merged = await mergeFile(merged, item, folder, readFile);
    else if (isPyMap(item)) {
      const source = `${owner}${owner === '' ? '' : '.'}vars[${i}]`;
      merged = mergeVars(merged, toDict(item, { source, isFile: false, path: [] }));
    }
  }
  return merged;
}

async function mergeFile(context: Context, item: string, folder: string, readFile: ReadFile): Promise<Context> {
  const colon = item.indexOf(':');
  const name = colon < 0 ? item : item.slice(0, colon);
  const keys =
    colon < 0
      ? []
      : item
          .slice(colon + 1)
          .split(',')
          .filter(Boolean);
  const file = path.posix.isAbsolute(name) ? path.posix.normalize(name) : path.posix.join(folder, name);
  const loaded = context.imports.get(file);
  if (loaded === 'all' && keys.length === 0) return context;
  if (loaded !== undefined) checkLoaded(item, keys, loaded);

  const data = pick(await requireParams(file, readFile), keys, file);
  const merged = mergeVars(context, toDict(data, { source: file, isFile: true, path: [] }), item);
  const before = loaded === undefined || loaded === 'all' ? [] : loaded;
  const imports = new Map(context.imports).set(file, keys.length === 0 ? 'all' : [...before, ...keys]);
  return { ...merged, imports };
}

/** A file is loaded whole or in parts, and no part twice. */
function checkLoaded(item: string, keys: readonly string[], loaded: readonly string[] | 'all'): void {
  if (loaded === 'all') {
    throw new TemplateError('already-loaded', `cannot partially load '${item}' as it's already loaded.`);
  }
  if (keys.length === 0 || keys.some((key) => loaded.includes(key))) {
    throw new TemplateError('already-loaded', `cannot load '${item}' as it's partially loaded already`);
  }
}

function pick(data: PyMap, keys: readonly string[], file: string): PyMap {
  if (keys.length === 0) return data;
  return new Map(
    keys.map((key) => {
      const value = data.get(key);
      if (value === undefined) throw new TemplateError('vars', `could not find '${key}' in '${file}'`);
      return [key, value];
    }),
  );
}

async function requireParams(file: string, readFile: ReadFile): Promise<PyMap> {
  const bytes = await read(file, readFile);
  if (bytes === undefined) throw new TemplateError('vars', `'${file}' does not exist`);
  const data = readParams(file, bytes);
  if (isPyMap(data)) return data;
  throw new TemplateError('vars', `expected a dictionary, got '${pyTypeName(data)}' in file '${file}'`);
}

async function read(file: string, readFile: ReadFile): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (errnoOf(error) === 'EISDIR') throw new TemplateError('vars', `'${file}' is a directory`);
    throw error;
  }
}
