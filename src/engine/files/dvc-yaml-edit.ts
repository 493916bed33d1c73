import * as path from 'node:path';
import { stageParametrized } from '../core/errors.ts';
import { compareCodePoints, isPyMap, type PyKey, type PyMap, type PyValue, pyMap, pyTruthy } from '../core/python.ts';
import type { OutEntry, ParamsEntry } from './dvc-yaml-entry.ts';
import type { PipelineEntry } from './dvc-yaml-stage.ts';
import { DEFAULT_PARAMS_FILE } from './params-file.ts';
import { changeYaml, parseYaml } from './yaml-doc.ts';

/** What a command knows of a stage that it writes. */
export type StageSpec = Pick<
  PipelineEntry,
  'name' | 'cmd' | 'wdir' | 'deps' | 'params' | 'outs' | 'frozen' | 'alwaysChanged' | 'desc' | 'meta'
>;

/**
 * The dvc.yaml with a stage added at its end, or in the place of the one (or the group) of its name, as `dvc stage add`
 * writes it (dvc-format 4.9, 4.10).
 *
 * @param oldText Undefined where there is no file yet.
 * @param replaced The stage that had the name: what a command line cannot say about it stays.
 */
export function addStage(oldText: string | undefined, stage: StageSpec, file: string, replaced?: StageSpec): string {
  const entry = stageEntry(replaced === undefined ? stage : inherit(stage, replaced));
  return changeYaml(oldText ?? '', [{ at: ['stages', stage.name], apply: entry }], file);
}

/** The dvc.yaml with a stage frozen or not. Like DVC, writes the whole entry: its lists come out sorted. */
export function setFrozen(oldText: string, stage: PipelineEntry, frozen: boolean, file: string): string {
  if (stage.parametrized) throw stageParametrized('dump', addressIn(file, stage.name));
  return addStage(oldText, { ...stage, frozen }, file);
}

/** The dvc.yaml with one output of a stage described in another way. Like DVC, writes the whole entry. */
export function changeOutput(oldText: string, stage: PipelineEntry, out: OutEntry, file: string): string {
  if (stage.parametrized) throw stageParametrized('dump', addressIn(file, stage.name));
  const outs = stage.outs.map((one) => (one.path === out.path ? out : one));
  return addStage(oldText, { ...stage, outs }, file);
}

/** The dvc.yaml without a stage; undefined when no stage is left: then DVC deletes the file, whatever else is in it. */
export function removeStage(oldText: string, stage: PipelineEntry, file: string): string | undefined {
  if (stage.parametrized) throw stageParametrized('remove', addressIn(file, stage.name));
  const root = parseYaml(oldText, file);
  const stages = isPyMap(root) ? root.get('stages') : undefined;
  if (!isPyMap(stages) || !stages.has(stage.name)) return oldText;
  return stages.size === 1 ? undefined : changeYaml(oldText, [{ at: ['stages', stage.name], remove: true }], file);
}

const addressIn = (file: string, name: string): string => (file === 'dvc.yaml' ? name : `${file}:${name}`);

/** Descriptions, metadata and where outputs go are written by hand: a new command line does not take them away. */
function inherit(stage: StageSpec, old: StageSpec): StageSpec {
  const before = new Map(old.outs.map((out) => [out.path, out]));
  return {
    ...stage,
    desc: stage.desc ?? old.desc,
    meta: old.meta,
    outs: stage.outs.map((out) => {
      const known = before.get(out.path);
      if (!known) return out;
      const { desc, type, labels, meta, remote, push } = known;
      return { ...out, desc, type, labels, meta, remote, push };
    }),
  };
}

/** A stage as DVC prints it: keys in its order, those without content left out, lists sorted by path. */
export function stageEntry(stage: StageSpec): PyMap {
  const outs = [...stage.outs].sort((a, b) => compareCodePoints(a.path, b.path));
  const listed = (kind: OutEntry['kind']): PyValue => outs.filter((out) => out.kind === kind).map(outItem);
  const wdir = stage.wdir === undefined ? '.' : path.posix.normalize(stage.wdir).replace(/(?<=.)\/$/, '');
  const entries: [string, PyValue][] = [
    ['desc', stage.desc ?? null],
    ['cmd', stage.cmd],
    ['wdir', wdir === '.' ? null : wdir],
    ['deps', [...stage.deps].sort(compareCodePoints)],
    ['params', paramsItems(stage.params)],
    ['outs', listed('out')],
    ['metrics', listed('metric')],
    ['plots', listed('plot')],
    ['frozen', stage.frozen],
    ['always_changed', stage.alwaysChanged],
    ['meta', stage.meta],
  ];
  return new Map<PyKey, PyValue>(entries.filter(([, value]) => pyTruthy(value)));
}

/** Keys of params.yaml first, then the other files; a file used whole has no keys. */
function paramsItems(params: readonly ParamsEntry[]): PyValue[] {
  let items: PyValue[] = [];
  for (const { path: file, keys } of [...params].sort((a, b) => compareCodePoints(a.path, b.path))) {
    const sorted = keys === 'all' ? [] : [...keys].sort(compareCodePoints);
    if (sorted.length > 0 && file === DEFAULT_PARAMS_FILE) items = [...sorted, ...items];
    else items = [...items, new Map<PyKey, PyValue>([[file, sorted.length > 0 ? sorted : null]])];
  }
  return items;
}

/** The path alone, or with the flags that are not the default. */
function outItem(out: OutEntry): PyValue {
  const annotations = [
    ['desc', out.desc ?? null],
    ['type', out.type ?? null],
    ['labels', out.labels],
    ['meta', out.meta],
  ] as const;
  const flags = pyMap([
    ...annotations.filter(([, value]) => pyTruthy(value)),
    ['cache', out.cache ? undefined : false],
    ['persist', out.persist ? true : undefined],
    ...out.plot,
    ['remote', out.remote],
    ['push', out.push ? undefined : false],
  ]);
  return flags.size === 0 ? out.path : new Map<PyKey, PyValue>([[out.path, flags]]);
}
