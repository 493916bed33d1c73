import * as path from 'node:path';
import { isPyList, type PyKey, type PyMap, type PyValue, pyEquals } from '../core/python.ts';
import type { Context } from './context.ts';
import {
  cmdOf,
  mergeParams,
  type OutEntry,
  optionalText,
  outsOf,
  type ParamsEntry,
  textsOf,
} from './dvc-yaml-entry.ts';
import type { GroupKind } from './expand.ts';
import { interpolate, mapStrings, type OptionStyle, stringify, type TreePath, type Use } from './template.ts';
import { TemplateError } from './template-error.ts';
import { checkSyntax, findMarkers } from './template-expression.ts';
import { loadVars, type ReadFile } from './vars.ts';
import type { Location } from './yaml-locate.ts';

/** What a `${}` of a stage stood for, and where in the file it stands. */
export interface FieldUse extends Use {
  readonly at: TreePath;
}

/** A stage of a dvc.yaml ready to run: everything resolved, paths relative to `wdir`. */
export interface PipelineEntry {
  readonly name: string;
  readonly cmd: string | readonly string[];
  /** As the file has it. */
  readonly rawCmd: string | readonly string[];
  /** Relative to the dvc.yaml's folder; undefined for that folder. */
  readonly wdir: string | undefined;
  readonly deps: readonly string[];
  readonly params: readonly ParamsEntry[];
  readonly outs: readonly OutEntry[];
  readonly frozen: boolean;
  readonly alwaysChanged: boolean;
  readonly desc: string | undefined;
  readonly meta: PyValue;
  readonly group: { readonly name: string; readonly kind: GroupKind } | undefined;
  /** Made by interpolation or with vars of its own: commands cannot edit its entry. */
  readonly parametrized: boolean;
  readonly uses: readonly FieldUse[];
  /** Where its definition (or its group's) stands in the file: keys from the top. */
  readonly at: TreePath;
  readonly where: Location | undefined;
}

/** A failure with the part of the file it belongs to, as DVC names it. */
export class StageFailure extends Error {
  override readonly name = 'StageFailure';
  readonly what: string;
  readonly at: TreePath;
  constructor(what: string, at: TreePath, cause: unknown) {
    super('a stage cannot be resolved', { cause });
    this.what = what;
    this.at = at;
  }
}

/** What resolving a stage needs to know of its file. */
export interface StageScope {
  /** The dvc.yaml's folder, relative to the user's. */
  readonly folder: string;
  readonly style: OptionStyle;
  /** False where the file holds no `${` anywhere: then everything is what it says. */
  readonly interpolates: boolean;
  readonly readFile: ReadFile;
}

export interface StageDefinition {
  readonly name: string;
  readonly body: PyMap;
  readonly at: TreePath;
  readonly context: Context;
  readonly group: PipelineEntry['group'];
}

/** Checks every `${}` of a definition before any is resolved. @throws StageFailure for the first field with an error. */
export function checkStageSyntax(name: string, body: PyMap, at: TreePath): void {
  for (const [key, value] of body) {
    wrap(`'stages.${name}.${String(key)}'`, [...at, key], () => {
      mapStrings(value, (text) => {
        checkSyntax(text);
        return text;
      });
    });
  }
}

/**
 * One stage, after {@link checkStageSyntax}: `wdir` first, then its own vars, then the other keys in order.
 *
 * @throws StageFailure
 */
export async function resolveStage(
  definition: StageDefinition,
  scope: StageScope,
): Promise<Omit<PipelineEntry, 'where'>> {
  const { name, body, at, group } = definition;
  const context = await stageContext(definition, scope);
  const uses: FieldUse[] = [];
  const resolved = new Map<PyKey, PyValue>(scope.interpolates ? [] : body);
  for (const [key, value] of scope.interpolates ? body : []) {
    if (key === 'vars') continue;
    const field = String(key);
    const options = { field, style: scope.style, checked: group !== undefined };
    wrap(`'stages.${name}.${field}'`, [...at, key], () => {
      const result = mapStrings(value, (text, inner) => {
        const done = interpolate(text, context, options);
        for (const use of done.uses) uses.push({ ...use, at: [...at, key, ...inner] });
        return done.value;
      });
      resolved.set(key, result);
    });
  }
  const parametrized = group !== undefined || body.has('vars') || (scope.interpolates && !pyEquals(body, resolved));
  const cmd = wrap(`'stages.${name}.cmd'`, [...at, 'cmd'], () => cmdOf(resolved.get('cmd') ?? null));
  return wrap(`stage '${name}'`, at, () => ({
    name,
    cmd,
    rawCmd: cmdOf(body.get('cmd') ?? null),
    wdir: optionalText(resolved.get('wdir')),
    deps: textsOf(resolved.get('deps')),
    params: mergeParams(resolved.get('params')),
    outs: outsOf(resolved),
    frozen: resolved.get('frozen') === true,
    alwaysChanged: resolved.get('always_changed') === true,
    desc: optionalText(resolved.get('desc')),
    meta: resolved.get('meta') ?? null,
    group,
    parametrized,
    uses,
    at: at.slice(0, 2), // A `foreach` keeps its template one level deeper.
  }));
}

/** The context with the stage's own vars, whose files lie relative to its wdir. */
async function stageContext({ name, body, at, context }: StageDefinition, scope: StageScope): Promise<Context> {
  const wdir = body.get('wdir');
  const folder = wrap(`'stages.${name}.wdir'`, [...at, 'wdir'], () =>
    typeof wdir === 'string' ? stringify(interpolate(wdir, context).value) : '',
  );
  const vars = body.get('vars');
  if (!isPyList(vars)) return context;
  const what = `'stages.${name}.vars'`;
  wrap(what, [...at, 'vars'], () => refuseMarkers(vars));
  const from = path.posix.isAbsolute(folder) ? folder : path.posix.join(scope.folder, folder);
  try {
    return await loadVars(context, vars, from, scope.readFile, name);
  } catch (error) {
    const own = error instanceof TemplateError && error.failure === 'already-loaded';
    throw new StageFailure(own ? what : `stage '${name}'`, [...at, 'vars'], error);
  }
}

/** Vars may hold no `${}`: they are what it is resolved from. */
export function refuseMarkers(vars: PyValue): void {
  mapStrings(vars, (text) => {
    if (findMarkers(text).length > 0) throw new TemplateError('vars', 'interpolating is not allowed');
    return text;
  });
}

function wrap<T>(what: string, at: TreePath, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new StageFailure(what, at, error);
  }
}
