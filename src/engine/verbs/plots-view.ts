import * as fs from 'node:fs';
import { asRepoPath, type RepoPath } from '../core/ids.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import { pyStr } from '../core/python.ts';
import type { Revision } from '../graph/revision.ts';
import { collectDefinitions, type PlotDefinitions } from '../metrics/plot-definitions.ts';
import { asFailure, PlotFailure } from '../metrics/plot-failure.ts';
import { isLines, type LinesView, type TemplateView, type ViewOptions, viewOfPlot } from '../metrics/plot-view.ts';
import { combinePlots, type Plot, type PlotSource, type RevisionPlots, sourcesOf } from '../metrics/plots.ts';
import type { Repo } from '../repo.ts';
import { openRevision, WORKSPACE } from '../repo-revision.ts';
import { plotHeader, readPlotSource } from './plots-show.ts';
import { findTemplate } from './plots-templates.ts';

export interface PlotsViewOptions {
  /** `workspace`, commits, branches, experiments: in the order in which they are drawn. */
  readonly revs: readonly string[];
  /** Ids of plots, exactly; all unless told. */
  readonly targets?: readonly string[];
}

/** The plots of some revisions, without their data. */
export interface PlotsView {
  /** In the order of their definitions. */
  readonly plots: readonly PlotHeading[];
  /** Revisions that have no plots at all, and why. */
  readonly failed: readonly { readonly rev: string; readonly message: string }[];
}

export interface PlotHeading {
  /** What it is called: a path from the root, or a name; images of one folder are one plot, called as the folder. */
  readonly id: string;
  readonly title: string;
  readonly kind: 'series' | 'vega' | 'images';
  /** The dvc.yaml that defines it; '' where a stage does. */
  readonly place: string;
  /** The template it is drawn with; '' for images. */
  readonly template: string;
  /** Another number whenever something that it draws is another. */
  readonly version: number;
  /** What could not be read of it, a sentence each. */
  readonly problems: readonly string[];
}

export type PlotDrawing = LinesView | TemplateView | ImagesView;

export interface ImagesView {
  readonly kind: 'images';
  readonly images: readonly ImageView[];
}

export interface ImageView {
  readonly rev: string;
  /** The number that is the file's name, in a folder of steps; 0 for a plot of one image. */
  readonly step: number;
  /** From the root. `readImage` gives its bytes. */
  readonly path: RepoPath;
  /** It lies there in the workspace: a host may show the file itself. */
  readonly isFile: boolean;
}

/** The plots of some revisions at this moment, each with what it draws. For views that stay, there is {@link PlotsReader}. */
export async function plotsView(
  repo: Repo,
  options: PlotsViewOptions & ViewOptions,
  ctx: OpContext,
): Promise<PlotsView & { readonly drawings: ReadonlyMap<string, PlotDrawing> }> {
  const reader = new PlotsReader(repo);
  const view = await reader.read(options, ctx);
  const drawings = new Map<string, PlotDrawing>();
  for (const { id } of view.plots) drawings.set(id, reader.draw(id, options));
  return { ...view, drawings };
}

/** Commits whose plots are remembered. */
const REMEMBERED = 40;

interface Remembered extends RevisionPlots {
  readonly files: Revision['files'];
}

/** A file of the workspace as it was read. */
interface ReadFile {
  readonly stamp: string;
  readonly header: boolean;
  readonly source: PlotSource;
}

/** One plot as the last reading has it; images of one folder together. */
interface Known {
  readonly plots: readonly Plot[];
  readonly heading: PlotHeading;
}

/**
 * Plots for a view that stays open. Commits are read once; of the workspace, each reading takes again only the files that
 * have changed since. `read` tells what there is, `draw` what one plot shows, so that plots out of sight cost nothing.
 */
export class PlotsReader {
  readonly #repo: Repo;
  readonly #commits = new Map<string, Remembered>();
  readonly #files = new Map<string, ReadFile>();
  readonly #versions = new Map<string, { readonly of: readonly unknown[]; readonly version: number }>();
  #known = new Map<string, Known>();
  #views = new Map<string, Revision['files']>();

  constructor(repo: Repo) {
    this.#repo = repo;
  }

  /**
   * Plots of the revisions as they are now. Nothing is thrown for what is wrong with one revision or one plot.
   *
   * @throws `cancelled`
   */
  async read({ revs, targets = [] }: PlotsViewOptions, ctx: OpContext): Promise<PlotsView> {
    const revisions: RevisionPlots[] = [];
    const views = new Map<string, Revision['files']>();
    for (const rev of new Set(revs)) {
      checkAborted(ctx.signal);
      const found = await this.#readRevision(rev, ctx);
      revisions.push(found);
      if ('files' in found) views.set(rev, found.files);
    }
    this.#views = views;
    this.#known = new Map();
    const places = placesOf(revisions);
    for (const [id, plots] of groupImages(combinePlots(revisions))) {
      if (targets.length > 0 && !targets.includes(id)) continue;
      this.#known.set(id, { plots, heading: this.#headingOf(id, plots, places, ctx) });
    }
    return {
      plots: [...this.#known.values()].map(({ heading }) => heading),
      failed: revisions.flatMap(({ rev, definitions }) =>
        definitions instanceof PlotFailure ? [{ rev, message: definitions.message }] : [],
      ),
    };
  }

  /**
   * What a plot of the last reading draws.
   *
   * @param options `from` and `to` for a part of its lines, exactly where that part is short enough.
   * @throws PlotFailure for a template that cannot be filled. A plot that is gone draws nothing.
   */
  draw(id: string, options: ViewOptions = {}): PlotDrawing {
    const known = this.#known.get(id);
    const plot = known?.plots[0];
    if (!known || !plot) return { kind: 'images', images: [] };
    if (plot.kind === 'image') return imagesOf(this.#repo, known.plots);
    return viewOfPlot(plot, findTemplate(this.#repo, nameOf(plot), this.#repo.root), options);
  }

  /** The bytes of an image of the last reading. */
  async readImage(rev: string, path: RepoPath): Promise<Buffer | undefined> {
    return await this.#views.get(rev)?.read(path);
  }

  async #readRevision(rev: string, ctx: OpContext): Promise<RevisionPlots | Remembered> {
    try {
      if (rev === WORKSPACE) return await this.#readWorkspace(ctx);
      const commit = await this.#repo.git.resolve(rev);
      const known = this.#commits.get(commit) ?? (await this.#readCommit(commit, ctx));
      this.#commits.delete(commit); // The one used last goes last.
      this.#commits.set(commit, known);
      for (const oldest of this.#commits.keys()) if (this.#commits.size > REMEMBERED) this.#commits.delete(oldest);
      return { ...known, rev };
    } catch (error) {
      return { rev, definitions: asFailure(error), sources: new Map() };
    }
  }

  async #readCommit(commit: string, ctx: OpContext): Promise<Remembered> {
    const revision = await openRevision(this.#repo, commit, ctx);
    const definitions = await collectDefinitions(revision, ALL);
    const sources = new Map<string, PlotSource>();
    const header = plotHeader(revision, ALL.props);
    for (const file of sourcesOf(definitions))
      sources.set(file, await readPlotSource(revision, ROOT, file, header(file), ctx));
    return { rev: commit, definitions, sources, files: revision.files };
  }

  async #readWorkspace(ctx: OpContext): Promise<Remembered> {
    const revision = await openRevision(this.#repo, WORKSPACE, ctx);
    const definitions = await collectDefinitions(revision, ALL);
    const sources = new Map<string, PlotSource>();
    const header = plotHeader(revision, ALL.props);
    for (const file of sourcesOf(definitions)) {
      const stamp = stampOf(this.#repo.absolute(asRepoPath(file)));
      const known = this.#files.get(file);
      if (known && stamp !== undefined && known.stamp === stamp && known.header === header(file)) {
        sources.set(file, known.source);
        continue;
      }
      const source = await readPlotSource(revision, ROOT, file, header(file), ctx);
      sources.set(file, source);
      if (stamp === undefined) this.#files.delete(file);
      else this.#files.set(file, { stamp, header: header(file), source });
    }
    for (const file of this.#files.keys()) if (!sources.has(file)) this.#files.delete(file);
    return { rev: WORKSPACE, definitions, sources, files: revision.files };
  }

  #headingOf(id: string, plots: readonly Plot[], places: ReadonlyMap<string, string>, ctx: OpContext): PlotHeading {
    const [first] = plots;
    const problems = plots.flatMap(({ sourceFailures, failures }) => [
      ...sourceFailures.map(({ rev, source, failure }) => `${rev}: ${source}: ${failure.message}`),
      ...failures.map(({ rev, failure }) => `${rev}: ${failure.message}`),
    ]);
    const place = places.get(first?.id ?? id) ?? '';
    if (!first || first.kind === 'image') {
      const version = this.#versionOf(id, imagesStamp(this.#repo, plots));
      return { id, title: id, kind: 'images', place, template: '', version, problems };
    }
    const template = nameOf(first) ?? 'linear';
    let stamp: unknown;
    let kind: 'series' | 'vega' = 'vega';
    try {
      const found = findTemplate(this.#repo, template, this.#repo.root);
      stamp = found.source;
      if (isLines(found)) kind = 'series';
    } catch (error) {
      problems.push(asFailure(error).message);
      ctx.log.debug(`the template of '${id}' cannot be read: ${String(error)}`);
    }
    const version = this.#versionOf(id, [template, stamp, ...partsOf(first), ...problems]);
    return { id, title: pyStr(first.title ?? id), kind, place, template, version, problems };
  }

  /** The number of a plot's state: it grows when one of what it is made of is another. */
  #versionOf(id: string, of: readonly unknown[]): number {
    const known = this.#versions.get(id);
    if (known && known.of.length === of.length && known.of.every((one, i) => one === of[i])) return known.version;
    const version = (known?.version ?? 0) + 1;
    this.#versions.set(id, { of, version });
    return version;
  }
}

const ROOT = asRepoPath('');
const ALL = { folder: ROOT, targets: [], props: new Map() };

/** What tells that a file is the same: it is read again where its time, size or place is another. */
function stampOf(absolute: string): string | undefined {
  const stats = fs.statSync(absolute, { throwIfNoEntry: false, bigint: true });
  return stats?.isFile() ? `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}` : undefined;
}

const nameOf = (plot: Plot): string | undefined =>
  plot.kind === 'image' || plot.template === null ? undefined : pyStr(plot.template);

/** The files' contents, which are the same objects for as long as the files are, and how they are drawn. */
const partsOf = (plot: Plot): unknown[] =>
  plot.kind === 'image'
    ? []
    : [
        JSON.stringify([plot.title, plot.revs, plot.first?.x, plot.first?.y, plot.first?.xLabel, plot.first?.yLabel]),
        ...plot.contents,
      ];

/** Which file defines a plot, by its id. */
function placesOf(revisions: readonly RevisionPlots[]): Map<string, string> {
  const places = new Map<string, string>();
  for (const { definitions } of revisions)
    for (const [file, plots] of definitions instanceof PlotFailure ? NO_DEFINITIONS : definitions)
      for (const id of plots.keys()) if (!places.has(id)) places.set(id, file);
  return places;
}

const NO_DEFINITIONS: PlotDefinitions = new Map();

/** Images whose names are numbers are the steps of one plot, called as their folder. */
function groupImages(plots: readonly Plot[]): Map<string, Plot[]> {
  const groups = new Map<string, Plot[]>();
  for (const plot of plots) {
    const folder = plot.kind === 'image' ? STEP.exec(plot.id)?.groups?.['folder'] : undefined;
    const id = folder ?? plot.id;
    const there = groups.get(id);
    if (there) there.push(plot);
    else groups.set(id, [plot]);
  }
  return groups;
}

const STEP = /^(?<folder>.+)\/(?<step>\d+)\.\w+$/;

function imagesOf(repo: Repo, plots: readonly Plot[]): ImagesView {
  const images = plots.flatMap((plot) =>
    plot.kind !== 'image'
      ? []
      : plot.images.map(({ rev, file }): ImageView => {
          const path = asRepoPath(file);
          const isFile = rev === WORKSPACE && fs.existsSync(repo.absolute(path));
          return { rev, step: Number(STEP.exec(file)?.groups?.['step'] ?? 0), path, isFile };
        }),
  );
  return { kind: 'images', images: images.sort((a, b) => a.step - b.step) };
}

const imagesStamp = (repo: Repo, plots: readonly Plot[]): unknown[] =>
  plots.flatMap((plot) =>
    plot.kind !== 'image'
      ? []
      : plot.images.flatMap(({ rev, file }) => [
          rev,
          file,
          rev === WORKSPACE ? stampOf(repo.absolute(asRepoPath(file))) : undefined,
        ]),
  );
