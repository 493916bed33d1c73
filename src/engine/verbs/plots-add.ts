import * as fs from 'node:fs';
import { pathOutsideRepo } from '../core/errors.ts';
import { asRepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import { isPyMap, type PyMap, type PyValue, pyMap, pyStr } from '../core/python.ts';
import { changeYaml, parseYaml } from '../files/yaml-doc.ts';
import type { YamlChange } from '../files/yaml-edit.ts';
import { readPlotFile } from '../metrics/plot-file.ts';
import { pointsOf } from '../metrics/points.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import type { Repo } from '../repo.ts';
import type { WriteResult } from './write-result.ts';

export interface PlotsAddOptions {
  /** The data file or image, or a folder of them. */
  readonly target: string;
  /** Columns of x and y; the last column over the row's number unless told. */
  readonly x?: string;
  readonly y?: string;
  /** `linear` unless told. */
  readonly template?: string;
  readonly title?: string;
}

/** Adds a plot to the top level of the dvc.yaml at the root, behind those that are there. @throws `path-outside-repo`, `invalid-file` */
export async function plotsAdd(repo: Repo, options: PlotsAddOptions, ctx: OpContext): Promise<WriteResult> {
  await using _lock = await repo.lock(ctx);
  const at = repo.locate(options.target, ctx.cwd);
  if (at === undefined) throw pathOutsideRepo(options.target);
  const file = repo.absolute(asRepoPath('dvc.yaml'));
  const old = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  const { x, y, template, title } = options;
  const props = Object.entries({ x, y, template, title }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  const root = parseYaml(old, 'dvc.yaml');
  const plots = isPyMap(root) ? root.get('plots') : undefined;
  const text = changeYaml(old, [changeTo(plots, at, pyMap(props))], 'dvc.yaml');
  if (text !== old) writeAtomic(file, text);
  repo.forgetIndex();
  await repo.autostage([file]);
  return { touched: [file] };
}

/** One that is described already is described anew; a list has it as one item more. */
function changeTo(plots: PyValue | undefined, at: string, props: PyMap): YamlChange {
  const value = props.size > 0 ? props : null;
  if (isPyMap(plots))
    return plots.has(at) ? { at: ['plots', at], apply: value } : { at: ['plots'], append: pyMap([[at, value]]) };
  return { at: ['plots'], append: value === null ? at : pyMap([[at, value]]) };
}

/** The columns a plot of a data file can have; none where there are no data points in it. @throws PlotFailure */
export async function plotFields(repo: Repo, target: string, ctx: OpContext): Promise<readonly string[]> {
  const at = repo.locate(target, ctx.cwd);
  if (at === undefined) throw pathOutsideRepo(target);
  const bytes = await repo.workspace.read(at);
  const content = bytes && (await readPlotFile(at, bytes, { shown: at, header: true }, ctx));
  return content ? [...pointsOf(content).columns.keys()].map((name) => pyStr(name)) : [];
}
