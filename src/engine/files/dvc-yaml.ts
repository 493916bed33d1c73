import { isUtf8 } from 'node:buffer';
import * as path from 'node:path';
import { DvcError, invalidFile, outputTwice, resolveFailed, tooManyStages, tornFile } from '../core/errors.ts';
import { isPyList, isPyMap, type PyMap, type PyValue, pyStr } from '../core/python.ts';
import { type Context, EMPTY_CONTEXT, withReserved } from './context.ts';
import { type DvcYamlProblem, type Locate, ProblemList } from './dvc-yaml-problems.ts';
import { checkDvcYaml } from './dvc-yaml-schema.ts';
import {
  checkStageSyntax,
  type PipelineEntry,
  refuseMarkers,
  resolveStage,
  type StageDefinition,
  StageFailure,
  type StageScope,
} from './dvc-yaml-stage.ts';
import { type ArtifactEntry, resolveArtifacts, resolveItems, resolveTexts } from './dvc-yaml-top.ts';
import { foreachGroup, type Group, type GroupKind, MAX_STAGES, matrixGroup } from './expand.ts';
import { DEFAULT_STYLE, type OptionStyle, type TreePath } from './template.ts';
import { loadDefaultParams, loadVars, type ReadFile } from './vars.ts';
import { parseYamlDoc, type YamlDoc } from './yaml-doc.ts';

export type { OutEntry, ParamsEntry } from './dvc-yaml-entry.ts';
export type { DvcYamlProblem } from './dvc-yaml-problems.ts';
export type { FieldUse, PipelineEntry } from './dvc-yaml-stage.ts';
export type { ArtifactEntry } from './dvc-yaml-top.ts';

export interface ResolveInput {
  /** The file as messages name it: relative to the user's folder, posix separators. */
  readonly path: string;
  readonly content: string | Uint8Array;
  /** What the content holds, where it was parsed already: then `where` of what comes of it is unknown. */
  readonly value?: PyValue;
  /**
   * Reads a params file by its path relative to the user's folder (as `path` is), or absolute where the file says so;
   * undefined when there is none. It decides what may be read.
   */
  readonly readFile: ReadFile;
  /** True where a `dvc.lock` lies beside it: then a file without content has been torn, not left empty. */
  readonly hasLock?: boolean;
  /** `parsing.bool` and `parsing.list` of the config. */
  readonly style?: Partial<OptionStyle>;
  /** What `${}` sees, where the content is a part of a file that was resolved: then its vars are not read. */
  readonly context?: Context;
}

/** A dvc.yaml with every `${}` resolved and every group expanded. Parts with errors are left out and named in `problems`. */
export interface ResolvedDvcYaml {
  readonly path: string;
  /** In the file's order, groups in the order of their data. */
  readonly stages: readonly PipelineEntry[];
  /** As written: they cannot be interpolated. */
  readonly vars: readonly PyValue[];
  readonly params: readonly string[];
  readonly metrics: readonly string[];
  readonly plots: readonly PyValue[];
  readonly artifacts: readonly ArtifactEntry[];
  readonly datasets: readonly PyValue[];
  /** What `${}` sees outside stages with vars of their own. */
  readonly context: Context;
  readonly problems: readonly DvcYamlProblem[];
  /** Where a part of the file stands; of a file that cannot be parsed, nowhere. */
  readonly locate: Locate;
  /** The first error, as a command reports it. Outputs given twice are among the problems only: the graph refuses them. */
  readonly error: DvcError | undefined;
}

/** The same file, or its first error thrown. */
export function requireValid(file: ResolvedDvcYaml): ResolvedDvcYaml {
  if (file.error) throw file.error;
  return file;
}

/**
 * Reads a dvc.yaml as DVC does: schema, vars, interpolation, groups (dvc-format 4). Touches no file but through `readFile`.
 *
 * Never throws for what is wrong in the files: that is in `problems`, and {@link requireValid} throws it.
 */
export async function resolveDvcYaml(input: ResolveInput): Promise<ResolvedDvcYaml> {
  const problems = new ProblemList(input.path);
  const text = textOf(input);
  const root = parse(input, text, problems) ?? new Map();
  const scope = scopeOf(input, text !== undefined && MARKER.test(text));
  const vars = listOf(root, 'vars');
  const context = input.context ?? (await loadContext(vars, scope, problems));
  const usable = context ?? EMPTY_CONTEXT;
  const stages = context === undefined ? [] : await resolveStages(root, context, scope, problems);
  const resolved = {
    metrics: context ? resolveTexts('metrics', listOf(root, 'metrics'), usable, problems) : [],
    plots: context ? resolveItems('plots', listOf(root, 'plots'), usable, problems) : [],
    params: context ? resolveTexts('params', listOf(root, 'params'), usable, problems) : [],
    artifacts: context ? resolveArtifacts(mapOf(root, 'artifacts'), usable, problems) : [],
    datasets: context ? resolveItems('datasets', listOf(root, 'datasets'), usable, problems) : [],
  };
  for (const stage of stages) checkOutputs(stage, input.path, problems);
  return {
    path: input.path,
    stages,
    vars,
    ...resolved,
    context: usable,
    problems: problems.problems,
    locate: problems.locate,
    error: problems.firstError,
  };
}

/** What may become a `${`: in double quotes also an escape. */
const MARKER = /\$\{|\\/;

interface FileScope extends StageScope {
  readonly path: string;
}

function scopeOf({ path: file, readFile, style }: ResolveInput, interpolates: boolean): FileScope {
  const folder = path.posix.dirname(file);
  const cache = new Map<string, ReturnType<ReadFile>>();
  return {
    path: file,
    folder: folder === '.' ? '' : folder,
    style: { ...DEFAULT_STYLE, ...style },
    interpolates,
    readFile: (name) => {
      const known = cache.get(name) ?? readFile(name);
      cache.set(name, known);
      return known;
    },
  };
}

/** Undefined where it is not UTF-8. */
function textOf({ content }: ResolveInput): string | undefined {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return isUtf8(bytes) ? new TextDecoder().decode(bytes) : undefined;
}

/** The file's content where its syntax and schema are right; undefined, with the problems noted, where not. */
function parse(
  { path: file, hasLock, value }: ResolveInput,
  text: string | undefined,
  problems: ProblemList,
): PyMap | undefined {
  if (value !== undefined) return checkDvcYaml(value).length === 0 && isPyMap(value) ? value : undefined;
  if (text === undefined) {
    problems.add(invalidFile(file, 'it is not valid utf-8'), []);
    return undefined;
  }
  if (hasLock && text.trim() === '') {
    problems.add(tornFile(file, 'it is empty, but the dvc.lock beside it knows its stages'), []);
    return undefined;
  }
  const doc = parseText(text, file, problems);
  if (doc === undefined) return undefined;
  problems.locate = (at) => doc.locate(at);
  const found = checkDvcYaml(doc.value);
  problems.addSchema(found, doc.value, text);
  return found.length === 0 && isPyMap(doc.value) ? doc.value : undefined;
}

function parseText(text: string, file: string, problems: ProblemList): YamlDoc | undefined {
  try {
    return parseYamlDoc(text, file);
  } catch (error) {
    if (!(error instanceof DvcError)) throw error;
    const { line, column = 1 } = error.data as { line?: number; column?: number };
    const where = line === undefined ? undefined : { line, column, endLine: line, endColumn: column + 1 };
    problems.add(error, [], where);
    return undefined;
  }
}

async function loadContext(
  vars: readonly PyValue[],
  { folder, readFile }: FileScope,
  problems: ProblemList,
): Promise<Context | undefined> {
  try {
    refuseMarkers(vars);
    return await loadVars(await loadDefaultParams(EMPTY_CONTEXT, folder, readFile), vars, folder, readFile);
  } catch (error) {
    problems.addFailure(error, "'vars'", ['vars']);
    return undefined;
  }
}

/** A group whose members are counted but not made yet. */
interface ExpandedStage {
  readonly definition: StageDefinition;
  readonly members: Group | undefined;
}

async function resolveStages(
  root: PyMap,
  context: Context,
  scope: FileScope,
  problems: ProblemList,
): Promise<PipelineEntry[]> {
  const sections = mapOf(root, 'stages');
  const expanded: ExpandedStage[] = [];
  let total = 0;
  for (const [key, body] of sections) {
    if (!isPyMap(body)) continue; // The schema has refused it.
    const found = expand(pyStr(key), body, context, problems);
    if (found === undefined) continue;
    const count = found.members?.count ?? 1;
    total += count;
    if (total > MAX_STAGES) {
      problems.add(tooManyStages(scope.path, pyStr(key), count, MAX_STAGES), ['stages', key]);
      return [];
    }
    expanded.push(found);
  }
  const stages = new Map<string, PipelineEntry>();
  for (const one of expanded) {
    for (const definition of definitionsOf(one, scope, problems)) {
      const entry = await attempt(problems, () => resolveStage(definition, scope));
      if (entry) stages.set(entry.name, located(entry, problems.locate));
    }
  }
  return [...stages.values()];
}

/** Places are for editors; commands never ask for them. */
const located = (entry: Omit<PipelineEntry, 'where'>, locate: Locate): PipelineEntry => {
  let place: ReturnType<Locate>;
  let isKnown = false;
  return Object.defineProperty(entry, 'where', {
    enumerable: true,
    get: () => {
      if (!isKnown) place = locate(entry.at);
      isKnown = true;
      return place;
    },
  }) as PipelineEntry;
};

function expand(name: string, body: PyMap, context: Context, problems: ProblemList): ExpandedStage | undefined {
  const at: TreePath = ['stages', name];
  const axes = body.get('matrix');
  const data = body.get('foreach');
  const kind: GroupKind | undefined = axes !== undefined ? 'matrix' : data !== undefined ? 'foreach' : undefined;
  if (kind === undefined) return { definition: { name, body, at, context, group: undefined }, members: undefined };
  try {
    const members = isPyMap(axes) ? matrixGroup(axes, context) : foreachGroup(data ?? null, context);
    const { hidden } = members;
    const verb = hidden.length === 1 ? 'is' : 'are';
    const hides = `${hidden.join(' and ')} ${verb} already specified, will be overwritten for stages generated from '${name}'`;
    if (hidden.length > 0) problems.warn(hides, [...at, kind]);
    const template = kind === 'matrix' ? new Map([...body].filter(([key]) => key !== 'matrix')) : mapOf(body, 'do');
    const definition = {
      name,
      body: template,
      at: kind === 'matrix' ? at : [...at, 'do'],
      context,
      group: { name, kind },
    };
    return { definition, members };
  } catch (error) {
    problems.addFailure(error, `'stages.${name}.${kind}'`, [...at, kind]);
    return undefined;
  }
}

/** The stages of one entry, once its `${}` are known to be well formed. */
function definitionsOf(
  { definition, members }: ExpandedStage,
  { path: file, interpolates }: FileScope,
  problems: ProblemList,
): StageDefinition[] {
  const { name, body, at, context } = definition;
  const list = members?.members() ?? [{ key: undefined, values: new Map() }];
  if (list.length === 0) return [];
  try {
    if (interpolates) checkStageSyntax(name, body, at);
  } catch (error) {
    noteFailure(problems, error);
    return [];
  }
  return list.flatMap(({ key, values }) => {
    if (key === undefined ? name.includes('@') : key.includes('@')) {
      // The last `@` of an address splits group from member: such a stage could never be named.
      const full = key === undefined ? name : `${name}@${key}`;
      const sentence = `Stage '${full}' not found inside '${file}' file`;
      problems.add(resolveFailed(file, sentence, false, "A stage's own name may not contain '@'."), at);
      return [];
    }
    if (key === undefined) return [definition];
    return [{ ...definition, name: `${name}@${key}`, context: withReserved(context, values) }];
  });
}

async function attempt<T>(problems: ProblemList, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    noteFailure(problems, error);
    return undefined;
  }
}

function noteFailure(problems: ProblemList, error: unknown): void {
  if (!(error instanceof StageFailure)) throw error;
  problems.addFailure(error.cause, error.what, error.at);
}

/** One path in two lists would be two outputs; DVC notices when it builds the graph. */
function checkOutputs({ name, outs, at }: PipelineEntry, file: string, problems: ProblemList): void {
  const seen = new Set<string>();
  for (const out of outs) {
    const key = path.posix.normalize(out.path);
    const owner = file === 'dvc.yaml' ? name : `${file}:${name}`;
    const list = { out: 'outs', metric: 'metrics', plot: 'plots' }[out.kind];
    if (seen.has(key)) problems.show(outputTwice(out.path, owner), [...at, list]);
    seen.add(key);
  }
}

function listOf(map: PyMap, key: string): readonly PyValue[] {
  const value = map.get(key);
  return isPyList(value) ? value : [];
}

function mapOf(map: PyMap, key: string): PyMap {
  const value = map.get(key);
  return isPyMap(value) ? value : new Map();
}
