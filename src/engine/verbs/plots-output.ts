import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { plotFailed } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { type PyMap, type PyValue, pyJson, pyStr } from '../core/python.ts';
import { PlotFailure } from '../metrics/plot-failure.ts';
import { type Filled, fillTemplate, type Template } from '../metrics/plot-fill.ts';
import type { Plot, SeriesPlot } from '../metrics/plots.ts';
import { rowsJson } from '../metrics/points.ts';
import type { Repo } from '../repo.ts';
import { type PagePart, plotsPage } from './plots-page.ts';
import type { PlotsResult } from './plots-show.ts';
import { findTemplate } from './plots-templates.ts';

/** A plot as it is given away: a filled specification, or the images that were written. */
export type PlotOutput =
  | {
      readonly kind: 'vega';
      readonly plot: SeriesPlot;
      readonly revs: readonly string[];
      readonly filled: Filled | undefined;
    }
  | { readonly kind: 'image'; readonly plot: Plot; readonly images: readonly ImageOutput[] };

export interface ImageOutput {
  readonly rev: string;
  /** Absolute. */
  readonly path: string;
}

/**
 * Fills the templates of plots and writes their images.
 *
 * @param folder Where images go: absolute, made if it is not there.
 * @throws `plot-failed`
 */
export async function fillPlots(
  repo: Repo,
  { plots, readImage }: PlotsResult,
  { folder, split }: { readonly folder: string; readonly split: boolean },
  ctx: OpContext,
): Promise<PlotOutput[]> {
  const outputs: PlotOutput[] = [];
  for (const plot of plots) {
    ctx.signal.throwIfAborted();
    if (plot.kind === 'series') {
      const template = findTemplate(repo, plot.template === null ? undefined : pyStr(plot.template), ctx.cwd);
      outputs.push({ kind: 'vega', plot, revs: plot.revs, filled: fillPlot(plot, template, split) });
      continue;
    }
    const images: ImageOutput[] = [];
    for (const { rev, file } of plot.images) {
      const bytes = await readImage(rev, file);
      if (!bytes) continue;
      fs.mkdirSync(folder, { recursive: true });
      const at = path.join(folder, `${rev}_${file}`.replaceAll('/', '_').replaceAll(path.sep, '_'));
      fs.writeFileSync(at, bytes);
      images.push({ rev, path: at });
    }
    outputs.push({ kind: 'image', plot, images });
  }
  return outputs;
}

/** Undefined where no revision has points. */
function fillPlot(plot: SeriesPlot, template: Template, split: boolean): Filled | undefined {
  const { first, points, revs, title } = plot;
  if (!first || points.length === 0) return undefined;
  const { x, y, xLabel, yLabel, series } = first;
  try {
    return fillTemplate({ template, points, revs, series, x, y, title, xLabel, yLabel }, { split, withRows: false });
  } catch (error) {
    if (error instanceof PlotFailure) throw plotFailed(plot.id, error.message);
    throw error;
  }
}

/** JSON of plots or parts of them: rows come from their columns, as there may be very many. */
function jsonOf(value: PyValue, outputs: readonly PlotOutput[]): string {
  const lists = new Map<PyValue, () => string>();
  for (const output of outputs) {
    const filled = output.kind === 'vega' ? output.filled : undefined;
    if (filled) lists.set(filled.rows, () => rowsJson(filled.points));
  }
  return pyJson(value, { lists });
}

/** What is wrong with plots, and their content, as `plots show --json` prints it: one line. Source: dvc-format 11.5. */
export function plotsJson({ plots, failed }: PlotsResult, outputs: readonly PlotOutput[]): string {
  const errors = plots.flatMap(({ id, sourceFailures, failures }): PyMap[] => [
    ...sourceFailures.map(({ rev, source, failure }) => errorJson({ name: id, rev, source }, failure)),
    ...failures.map(({ rev, failure }) => errorJson({ name: id, rev }, failure)),
  ]);
  errors.push(...failed.map(({ rev, failure }) => errorJson({ rev }, failure)));
  const data = new Map(outputs.map((output) => [output.plot.id, outputJson(output)]));
  const all = new Map<string, PyValue>([
    ...(errors.length > 0 ? ([['errors', errors]] as const) : []),
    ...(data.size > 0 ? ([['data', data]] as const) : []),
  ]);
  return jsonOf(all, outputs);
}

const errorJson = (about: Readonly<Record<string, string>>, { type, message }: PlotFailure): PyMap =>
  new Map(Object.entries({ ...about, type, msg: message }));

function outputJson(output: PlotOutput): PyValue {
  if (output.kind === 'image')
    return output.images.map(
      ({ rev, path: url }) =>
        new Map<string, PyValue>([
          ['type', 'image'],
          ['revisions', [rev]],
          ['url', url],
        ]),
    );
  const { filled, revs } = output;
  if (!filled) return [];
  const json = new Map<string, PyValue>([
    ['type', 'vega'],
    ['revisions', revs],
    ['content', filled.content],
  ]);
  if (filled.anchors.size > 0) json.set('anchor_definitions', filled.anchors);
  return [json];
}

/** The specification of the first plot that is drawn by one, as JSON; an empty one where it has no points. */
export function vegaJson(outputs: readonly PlotOutput[]): string | undefined {
  const first = outputs.find(({ kind }) => kind === 'vega');
  return first?.kind === 'vega' ? jsonOf(first.filled?.content ?? new Map(), [first]) : undefined;
}

/**
 * Writes `index.html` with all plots: series first, then images by folder and number.
 *
 * @param template A page of the user's with `{plot_divs}`; absolute, or the page itself.
 * @returns the page's address
 * @throws `plot-failed`
 */
export function writePlotsPage(outputs: readonly PlotOutput[], folder: string, template: string | undefined): string {
  const parts = [...outputs].sort(bySteps).map((output): PagePart => {
    const { id } = output.plot;
    if (output.kind === 'vega')
      return { kind: 'vega', id, spec: jsonOf(output.filled?.content ?? new Map(), [output]) };
    const images = output.images.map(({ rev, path: at }) => ({
      rev,
      src: path.relative(folder, at).split(path.sep).join('/'),
    }));
    return { kind: 'image', id, images };
  });
  fs.mkdirSync(folder, { recursive: true });
  const page = path.join(folder, 'index.html');
  const own = template === undefined || !isFile(template) ? template : fs.readFileSync(template, 'utf8');
  fs.writeFileSync(page, plotsPage(parts, own));
  return pathToFileURL(page).href;
}

const isFile = (at: string): boolean => fs.statSync(at, { throwIfNoEntry: false })?.isFile() === true;

function bySteps(a: PlotOutput, b: PlotOutput): number {
  if (a.kind !== b.kind) return a.kind === 'vega' ? -1 : 1;
  if (a.kind === 'vega') return 0;
  const [one, other] = [a.plot.id, b.plot.id].map((id) => path.posix.parse(id));
  if (!one || !other) return 0;
  if (one.dir !== other.dir) return one.dir < other.dir ? -1 : 1;
  const [n, m] = [one.name, other.name].map((name) => (/^\d+$/.test(name) ? Number(name) : Number.POSITIVE_INFINITY));
  if (n !== m && n !== undefined && m !== undefined) return n - m;
  return one.base < other.base ? -1 : one.base === other.base ? 0 : 1;
}
