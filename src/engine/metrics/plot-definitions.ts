import * as path from 'node:path';
import type { RepoPath } from '../core/ids.ts';
import { joinRepoPath } from '../core/paths.ts';
import { isPyList, isPyMap, type PyKey, type PyMap, type PyValue, pyStr } from '../core/python.ts';
import { repoPathOf } from '../graph/output.ts';
import { findFiles, type Revision } from '../graph/revision.ts';
import { PlotFailure } from './plot-failure.ts';

/** How a plot is drawn: `x`, `y`, `template`, `title`, … */
export type PlotProps = ReadonlyMap<PyKey, PyValue>;

/** Plots of one revision: by the file that defines them as seen from the user's folder ('' for those of stages), then by id. */
export type PlotDefinitions = ReadonlyMap<string, ReadonlyMap<string, PlotProps>>;

export interface DefinitionOptions {
  /** The user's folder, which ids and paths start from. */
  readonly folder: RepoPath;
  /** Regular expressions in DVC, which begin an id; also files that no definition names. All plots, where none is given. */
  readonly targets: readonly string[];
  /** What the user wants of every plot. */
  readonly props: PlotProps;
}

/**
 * Collects the plots that the top levels of dvc.yaml files and the stages of a revision define. Source: dvc-format 11.1.
 *
 * @throws PlotFailure
 */
export async function collectDefinitions(
  revision: Revision,
  { folder, targets, props }: DefinitionOptions,
): Promise<PlotDefinitions> {
  const found = new Map<string, Map<string, PlotProps>>();
  const plotsOf = (file: string): Map<string, PlotProps> => {
    const known = found.get(file) ?? new Map<string, PlotProps>();
    found.set(file, known);
    return known;
  };
  const isWanted = matcher(targets);
  const seen = (at: RepoPath): string => path.posix.relative(folder, at) || '.';

  for (const { file, plots } of revision.index.topLevels) {
    if (plots.length === 0) continue;
    const config = seen(file);
    const defined = definedIn(plots);
    const own = plotsOf(config);
    const near = (id: string): string => path.posix.join(path.posix.dirname(config), id).replace(/(?<=.)\/$/, '');
    const places = [...defined.keys()].map(near);
    for (const [id, given] of defined) {
      if (!isWanted(config, id)) continue;
      if (isPyMap(given.get('y') ?? null)) {
        merge(own, id, withProps(besideConfig(given, near), props));
        continue;
      }
      for (const file of await filesAt(revision, folder, near(id)))
        if (closest(file, places) === near(id)) merge(own, file, withProps(given, props));
    }
  }

  for (const stage of revision.index.stages)
    for (const out of stage.outs) {
      const at = out.kind === 'plot' ? repoPathOf(out) : undefined;
      if (at === undefined || !isWanted(seen(stage.file), seen(at))) continue;
      const own = plotsOf('');
      for (const file of await filesAt(revision, folder, seen(at)))
        merge(own, file, withProps(out.plot ?? NONE, props));
    }

  for (const target of targets) {
    const at = joinRepoPath(folder, target);
    if (found.size > 0 && (at === undefined || (await revision.files.kind(at)) === undefined)) continue;
    const own = plotsOf('');
    for (const file of await filesAt(revision, folder, target)) merge(own, file, props);
  }
  return found;
}

const NONE: PyMap = new Map();

/** Ids with their properties, as the last item of a name has them. */
function definedIn(plots: readonly PyValue[]): Map<string, PyMap> {
  const defined = new Map<string, PyMap>();
  for (const item of plots) {
    if (!isPyMap(item)) defined.set(pyStr(item), NONE);
    else for (const [id, given] of [...item].slice(0, 1)) defined.set(pyStr(id), isPyMap(given) ? given : NONE);
  }
  return defined;
}

/** Files named by `x` and `y` as seen from the user's folder. */
function besideConfig(given: PyMap, near: (file: string) => string): PyMap {
  const moved = new Map(given);
  for (const axis of ['x', 'y']) {
    const files = given.get(axis);
    if (!isPyMap(files)) continue;
    moved.delete(axis);
    moved.set(axis, new Map([...files].map(([file, fields]) => [near(pyStr(file)), fields])));
  }
  return moved;
}

const withProps = (given: PlotProps, props: PlotProps): PlotProps => new Map([...given, ...props]);

/** A folder stands for all files in it. */
async function filesAt({ files }: Revision, folder: RepoPath, given: string): Promise<string[]> {
  const at = joinRepoPath(folder, given);
  if (at === undefined || (await files.kind(at)) !== 'directory') return [given];
  const found = await findFiles(files, at);
  return found.map((file) => path.posix.join(given, path.posix.relative(at, file))).sort();
}

/** Of the places around or beside a file, what the nearest has in common with it. */
function closest(file: string, places: readonly string[]): string {
  let best = '';
  for (const place of places) {
    const common = commonPath(file, place);
    if (common.length > best.length) best = common;
  }
  return best;
}

export function commonPath(a: string, b: string): string {
  const [left, right] = [a.split('/'), b.split('/')];
  let same = 0;
  while (same < left.length && same < right.length && left[same] === right[same]) same++;
  return left.slice(0, same).join('/');
}

/** Dicts are merged and lists joined where two definitions meet; else the later one holds. */
function merge(plots: Map<string, PlotProps>, id: string, props: PlotProps): void {
  const known = plots.get(id);
  const merged = known === undefined ? props : mergeValues(known, props);
  if (isPyMap(merged)) plots.set(id, merged);
}

function mergeValues(a: PyValue, b: PyValue): PyValue {
  if (isPyList(a) && isPyList(b)) return [...a, ...b];
  if (!isPyMap(a) || !isPyMap(b)) return b;
  const merged = new Map(a);
  for (const [key, value] of b) {
    const known = merged.get(key);
    merged.set(key, known === undefined ? value : mergeValues(known, value));
  }
  return merged;
}

/** Whether a target begins the id, bare or behind its file. @throws PlotFailure for what is no regular expression */
function matcher(targets: readonly string[]): (file: string, id: string) => boolean {
  if (targets.length === 0) return () => true;
  const patterns = targets.map(patternOf);
  return (file, id) => {
    const full = file === '' ? id : `${file}::${id}`;
    return patterns.some((pattern) => pattern.test(id) || pattern.test(full));
  };
}

function patternOf(target: string): RegExp {
  try {
    return new RegExp(`^(?:${target})`, 's');
  } catch (error) {
    throw new PlotFailure('error', error instanceof Error ? error.message : String(error));
  }
}

/** The files a plot takes its points from: those of `y`, else the id itself, and that of `x`. As seen from the user's folder. */
export function plotSources(id: string, props: PlotProps): string[] {
  const [x, y] = [props.get('x'), props.get('y')];
  const sources = isPyMap(y) ? [...y.keys()].map(pyStr) : [id];
  if (isPyMap(x)) for (const [file] of [...x].slice(0, 1)) sources.push(pyStr(file));
  return [...new Set(sources)];
}

/** Definitions by the id under which a plot is shown: with its file in front where several files use one id. */
export function byPlotId(
  definitions: PlotDefinitions,
): Map<string, { readonly id: string; readonly props: PlotProps }> {
  const files = new Map<string, string[]>();
  for (const [file, plots] of definitions)
    for (const id of plots.keys()) files.set(id, [...(files.get(id) ?? []), file]);
  const found = new Map<string, { id: string; props: PlotProps }>();
  for (const [id, definedBy] of files)
    for (const file of definedBy) {
      const full = definedBy.length === 1 || file === '' ? id : `${file}::${id}`;
      found.set(full, { id, props: definitions.get(file)?.get(id) ?? NONE });
    }
  return found;
}
