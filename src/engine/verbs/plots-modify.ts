import * as fs from 'node:fs';
import { DvcError, pathOutsideRepo } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { fromCwd } from '../core/paths.ts';
import type { PyKey, PyMap, PyValue } from '../core/python.ts';
import { changeOutput } from '../files/dvc-yaml-edit.ts';
import { buildGraph } from '../graph/graph.ts';
import { loadPipeline } from '../graph/load-pipeline.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import type { Repo } from '../repo.ts';
import { findTemplate } from './plots-templates.ts';
import type { WriteResult } from './write-result.ts';

export interface PlotsModifyOptions {
  /** An output of a stage, which becomes a plot if it is none. */
  readonly target: string;
  /** What to set: `template`, `x`, `y`, `x_label`, `y_label`, `title`, `header`. */
  readonly props: PyMap;
  /** Names of what to take away. */
  readonly unset?: readonly string[];
}

/**
 * Changes how a plot of a stage is drawn, in its dvc.yaml. Source: dvc-format 11.5.
 *
 * @throws `plot-failed` for a template that is not there, `target-not-found`, and for what cannot be unset
 */
export async function plotsModify(repo: Repo, options: PlotsModifyOptions, ctx: OpContext): Promise<WriteResult> {
  const { target, props, unset } = options;
  await using _lock = await repo.lock(ctx);
  const template = props.get('template');
  if (typeof template === 'string' && template !== '') findTemplate(repo, template, ctx.cwd);
  const index = await repo.index();
  buildGraph(index.stages);
  const at = repo.locate(target, ctx.cwd);
  if (at === undefined) throw pathOutsideRepo(target);
  const output = index.outputs.at(at)[0];
  const stage = output && index.stage(output.stage);
  if (!output || !stage)
    throw refused(
      'target-not-found',
      `Unable to find DVC file with output '${target}'`,
      'Plots at the top level of dvc.yaml are changed there.',
    );
  if (stage.kind !== 'pipeline')
    throw refused(
      'unsupported',
      `'${target}' is not made by a stage of a dvc.yaml.`,
      'Define the plot at the top level of dvc.yaml.',
    );
  const { resolved } = await loadPipeline(repo.workspace, stage.file, repo.loadOptions);
  const entry = resolved.stages.find(({ name }) => name === stage.name);
  const out = entry?.outs.find(({ path }) => path === output.defPath);
  if (!entry || !out) throw refused('target-not-found', `Unable to find DVC file with output '${target}'`);
  if (out.kind !== 'plot' && unset !== undefined)
    throw refused('usage', `'${target}' is not a known plot. Use \`lode plots modify\` to turn it into one.`);
  const plot = changed(out.plot, props, unset ?? [], target);
  const absolute = repo.absolute(stage.file);
  const old = fs.readFileSync(absolute, 'utf8');
  const text = changeOutput(old, entry, { ...out, kind: 'plot', plot }, fromCwd(ctx.cwd, absolute));
  if (text !== old) writeAtomic(absolute, text);
  repo.forgetIndex();
  await repo.autostage([absolute]);
  return { touched: [absolute] };
}

function changed(before: PyMap, props: PyMap, unset: readonly string[], target: string): PyMap {
  const plot = new Map<PyKey, PyValue>(before);
  const missing = [...new Set(unset)].filter((name) => !plot.has(name));
  if (missing.length > 0)
    throw refused(
      'usage',
      `display properties ${missing.map((name) => `'${name}'`).join(', ')} not found in plot '${target}'`,
    );
  for (const name of unset) plot.delete(name);
  for (const [name, value] of props) plot.set(name, value);
  return plot;
}

const refused = (code: 'target-not-found' | 'unsupported' | 'usage', message: string, hint?: string) =>
  new DvcError(code, message, { exitCode: 255, ...(hint === undefined ? {} : { hint }) });
