import type { PyKey, PyValue } from '../core/python.ts';
import { byPlotId, type PlotDefinitions, type PlotProps, plotSources } from './plot-definitions.ts';
import { asFailure, PlotFailure } from './plot-failure.ts';
import { isImage } from './plot-file.ts';
import { type RevisionPoints, revisionPoints } from './plot-points.ts';
import { concatPoints, NO_POINTS, type PlotContent, type Points } from './points.ts';

/** What a file of a plot holds in one revision: an image, data, nothing, or why it could not be read. */
export type PlotSource =
  | { readonly kind: 'image'; readonly file: string }
  | { readonly kind: 'data'; readonly content: PlotContent }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly failure: PlotFailure };

/** Plots of one revision, and their files as the definitions name them. */
export interface RevisionPlots {
  /** As the user named it. */
  readonly rev: string;
  /** Why the definitions could not be read, or what they are. */
  readonly definitions: PlotDefinitions | PlotFailure;
  readonly sources: ReadonlyMap<string, PlotSource>;
}

interface PlotBase {
  /** What it is called: a path, or a name of the user's. */
  readonly id: string;
  /** By revision and file. */
  readonly sourceFailures: readonly { readonly rev: string; readonly source: string; readonly failure: PlotFailure }[];
  /** By revision: what is wrong with the definition, beside its data. */
  readonly failures: readonly { readonly rev: string; readonly failure: PlotFailure }[];
}

export interface ImagePlot extends PlotBase {
  readonly kind: 'image';
  readonly images: readonly { readonly rev: string; readonly file: string }[];
}

/** Everything a template is filled with. Without points there is no more than a title. */
export interface SeriesPlot extends PlotBase {
  readonly kind: 'series';
  readonly points: Points;
  /** Revisions with points. */
  readonly revs: readonly string[];
  /** The points of each of them. */
  readonly parts: readonly { readonly rev: string; readonly found: RevisionPoints }[];
  /** What its points were made of: the same objects for as long as nothing has been read again. */
  readonly contents: readonly PlotContent[];
  /** The definition of the first revision with points, and what was inferred of it. */
  readonly first: RevisionPoints | undefined;
  readonly title: PyValue;
  readonly template: PyValue;
}

export type Plot = ImagePlot | SeriesPlot;

/**
 * Plots of several revisions, each once: points of all revisions one after the other, drawn as the first revision that has
 * the plot says. Source: dvc-format 11.
 */
export function combinePlots(revisions: readonly RevisionPlots[]): Plot[] {
  const groups = new Map<string, { revision: RevisionPlots; id: string; props: PlotProps }[]>();
  for (const revision of revisions) {
    if (!(revision.definitions instanceof Map)) continue;
    for (const [full, { id, props }] of byPlotId(revision.definitions))
      groups.set(full, [...(groups.get(full) ?? []), { revision, id, props }]);
  }
  return [...groups].map(([full, group]) => (isImage(group.at(-1)!.id) ? imagePlot(group) : seriesPlot(full, group)));
}

type Group = readonly { readonly revision: RevisionPlots; readonly id: string; readonly props: PlotProps }[];

function imagePlot(group: Group): ImagePlot {
  const images: { rev: string; file: string }[] = [];
  const failures: { rev: string; failure: PlotFailure }[] = [];
  for (const { revision, id, props } of group) {
    const { rev, sources } = revision;
    const found = plotSources(id, props).flatMap((file) => ({ file, kind: sources.get(file)?.kind }));
    if (found.some(({ kind }) => kind === 'data'))
      failures.push({ rev, failure: new PlotFailure('TypeError', "a bytes-like object is required, not 'list'") });
    else for (const { file, kind } of found) if (kind === 'image') images.push({ rev, file });
  }
  return { kind: 'image', id: group.at(-1)!.id, images, sourceFailures: sourceFailures(group), failures };
}

function seriesPlot(full: string, group: Group): SeriesPlot {
  // What the first revision says goes before what later ones say.
  const props: PlotProps = new Map<PyKey, PyValue>([...group].reverse().flatMap((one) => [...one.props]));
  const parts: { rev: string; found: RevisionPoints }[] = [];
  const used: PlotContent[] = [];
  const failures: { rev: string; failure: PlotFailure }[] = [];
  let first: RevisionPoints | undefined;
  for (const { revision, id, props: own } of group) {
    const contents = new Map<string, PlotContent>();
    for (const file of plotSources(id, own)) {
      const source = revision.sources.get(file);
      if (source?.kind === 'image') contents.set(file, IMAGE);
      if (source?.kind !== 'data') continue;
      contents.set(file, source.content);
      used.push(source.content);
    }
    try {
      const found = revisionPoints(id, props, contents, revision.rev);
      if (!found) continue;
      parts.push({ rev: revision.rev, found });
      first ??= found;
    } catch (error) {
      failures.push({ rev: revision.rev, failure: asFailure(error) });
    }
  }
  return {
    kind: 'series',
    id: full,
    points: parts.length === 0 ? NO_POINTS : concatPoints(parts.map(({ found }) => found.points)),
    revs: parts.map(({ rev }) => rev),
    parts,
    contents: used,
    first,
    title: first && props.has('title') ? (props.get('title') ?? null) : full,
    template: first ? (props.get('template') ?? null) : null,
    sourceFailures: sourceFailures(group),
    failures,
  };
}

/** What an image is where points are wanted: nothing that has any. */
const IMAGE: PlotContent = { kind: 'value', value: '' };

const sourceFailures = (group: Group): PlotBase['sourceFailures'] =>
  group.flatMap(({ revision: { rev, sources }, id, props }) =>
    plotSources(id, props).flatMap((source) => {
      const found = sources.get(source);
      return found?.kind === 'failed' ? [{ rev, source, failure: found.failure }] : [];
    }),
  );

/** Files that the plots of a revision take their points from. */
export function sourcesOf(definitions: PlotDefinitions): Set<string> {
  const found = new Set<string>();
  for (const plots of definitions.values())
    for (const [id, props] of plots) for (const file of plotSources(id, props)) found.add(file);
  return found;
}
