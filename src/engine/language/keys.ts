import { DVC_FILE } from '../files/dvc-file.ts';
import { DVC_YAML } from '../files/dvc-yaml-schema.ts';
import { LOCKFILE } from '../files/lockfile.ts';
import type { Schema } from '../files/schema-check.ts';
import type { TreePath } from '../files/template.ts';
import type { LanguageFile } from './language-text.ts';

/** What may stand at one place of a file. */
export interface Allowed {
  /** By key, what its value may be. Several where the place may hold one of several shapes. */
  readonly keys: ReadonlyMap<string, readonly Schema[]>;
  readonly required: readonly string[];
  /** A mapping whose keys are names: of stages, paths, variables. */
  readonly hasNames: boolean;
  readonly isList: boolean;
  readonly isBool: boolean;
  readonly isText: boolean;
}

const SCHEMAS: Readonly<Record<LanguageFile, Schema>> = {
  'dvc.yaml': DVC_YAML,
  'dvc.lock': LOCKFILE,
  '.dvc': DVC_FILE,
};

/** What Lode reads where DVC takes anything: below `meta` of metrics and of stages. */
const META: Schema = { keys: { direction: { eachValue: { is: 'str' } } } };

/** What DVC's schema allows at a path; keys of both shapes where it cannot be told which of them is meant. */
export function allowedAt(file: LanguageFile, path: TreePath): Allowed {
  const meta = file === 'dvc.yaml' ? metaDepth(path) : undefined;
  let schemas = alternatives(meta === undefined ? SCHEMAS[file] : META);
  for (const step of path.slice(meta ?? 0)) schemas = schemas.flatMap((schema) => below(schema, step));
  return describe(schemas);
}

/** How many steps lead into the `meta` of a stage or of its metrics; undefined outside of one. */
export function metaDepth(path: TreePath): number | undefined {
  const stage = path[2] === 'do' ? 3 : 2;
  if (path[0] !== 'stages') return undefined;
  if (path[stage] === 'meta') return stage + 1;
  return path[stage] === 'metrics' && path[stage + 3] === 'meta' ? stage + 4 : undefined;
}

export const describe = (schemas: readonly Schema[]): Allowed => {
  const keys = new Map<string, Schema[]>();
  const required: string[] = [];
  for (const schema of schemas.flatMap(alternatives)) {
    if (!('keys' in schema)) continue;
    for (const [key, value] of Object.entries(schema.keys)) keys.set(key, [...(keys.get(key) ?? []), value]);
    required.push(...(schema.required ?? []));
  }
  const all = schemas.flatMap(alternatives);
  return {
    keys,
    required,
    hasNames: all.some((schema) => 'eachValue' in schema || ('is' in schema && schema.is === 'dict')),
    isList: all.some((schema) => 'listOf' in schema || ('is' in schema && schema.is === 'list')),
    isBool: all.some((schema) => 'is' in schema && schema.is === 'bool'),
    isText: all.some((schema) => 'is' in schema && schema.is === 'str'),
  };
};

/** `choose` looks at a value; two probes give both of its answers. */
function alternatives(schema: Schema): Schema[] {
  if ('anyOf' in schema) return schema.anyOf.flatMap(alternatives);
  if (!('choose' in schema)) return [schema];
  const probes = [new Map(), new Map([['do', null]])].map((probe) => schema.choose(probe));
  return [...new Set(probes)].flatMap(alternatives);
}

function below(schema: Schema, step: TreePath[number]): Schema[] {
  if ('listOf' in schema) return typeof step === 'number' ? schema.listOf.flatMap(alternatives) : [];
  if ('eachValue' in schema) return alternatives(schema.eachValue);
  if ('keys' in schema) {
    const value = typeof step === 'string' && Object.hasOwn(schema.keys, step) ? schema.keys[step] : undefined;
    return value ? alternatives(value) : [];
  }
  return [];
}
