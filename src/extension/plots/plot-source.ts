import { l10n, Uri, window, workspace } from 'vscode';
import type { ExperimentRow, PlotDrawing, PlotHeading, PlotsReader, RepoPath } from '../../engine/index.ts';
import type { ExportFormat, FromPlots, PlotContent, PlotHeader, PlotRevision } from '../../protocol/plots-page.ts';
import { loadEngine } from '../engine.ts';
import { labelOf } from '../experiments/chosen-experiments.ts';
import type { ExtensionLog } from '../log.ts';
import { quietContext } from '../op-context.ts';
import type { RepoModel } from '../repo-model.ts';

/** A revision that is plotted, and its colour. */
export interface Plotted {
  readonly rev: string;
  readonly row: ExperimentRow;
  readonly color: string;
}

/** A part of a line in full: values of x. */
export interface PlotPart {
  readonly from?: number;
  readonly to?: number;
}

/** Rows as revisions: what waits to run has none. */
export const plottedOf = (rows: readonly { readonly row: ExperimentRow; readonly color: string }[]): Plotted[] =>
  rows.flatMap(({ row, color }) => {
    const rev = row.kind === 'workspace' ? 'workspace' : row.rev;
    return rev === null ? [] : [{ rev, row, color }];
  });

const SUFFIX: Readonly<Record<ExportFormat, string>> = {
  svg: 'svg',
  png: 'png',
  csv: 'csv',
  tsv: 'tsv',
  json: 'json',
  vega: 'vl.json',
};

const MEDIA: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  svg: 'image/svg+xml',
};

/** The plots of some revisions for a page: what there is, and what one of them draws once it is wanted. */
export class PlotSource {
  readonly #root: string;
  readonly #log: ExtensionLog;
  readonly #addressOf: (file: Uri, version: number) => string;
  #reader: PlotsReader | undefined;
  #readFrom: RepoModel | undefined;
  #plots: readonly PlotHeading[] = [];
  #shown: readonly Plotted[] = [];

  /** @param addressOf Under which address the page may load an image. */
  constructor(root: string, log: ExtensionLog, addressOf: (file: Uri, version: number) => string) {
    this.#root = root;
    this.#log = log;
    this.#addressOf = addressOf;
  }

  /** Reads what has changed since the last time. */
  async read(
    model: RepoModel,
    shown: readonly Plotted[],
  ): Promise<{ readonly headers: readonly PlotHeader[]; readonly revisions: readonly PlotRevision[] }> {
    const [engine, repo] = [await loadEngine(), await model.repo()];
    if (this.#readFrom !== model) this.#reader = undefined;
    this.#readFrom = model;
    this.#reader ??= new engine.PlotsReader(repo);
    this.#shown = shown;
    const ctx = quietContext(engine, this.#log, model.root, new AbortController().signal);
    const view = await this.#reader.read({ revs: shown.map(({ rev }) => rev) }, ctx);
    this.#plots = view.plots;
    const failed = new Map(view.failed.map(({ rev, message }) => [rev, message]));
    return { headers: view.plots.map(headerOf), revisions: shown.map((one) => revisionOf(one, failed)) };
  }

  versionOf(id: string): number | undefined {
    return this.#plots.find((plot) => plot.id === id)?.version;
  }

  /** What a plot draws; undefined where there is no such plot. */
  async contentOf(id: string, part: PlotPart): Promise<PlotContent | undefined> {
    const heading = this.#plots.find((plot) => plot.id === id);
    if (!heading || !this.#reader) return undefined;
    try {
      const colours = new Map(this.#shown.map(({ rev, color }) => [rev, color]));
      const drawing = this.#reader.draw(id, { ...part, colours });
      return { ...(await this.#drawn(drawing, heading.version)), problems: this.#named(heading.problems) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { kind: 'images', images: [], problems: [...this.#named(heading.problems), why] };
    }
  }

  /** Writes what the page has made of a plot where the user wants it. */
  async save({ name, format, data }: Extract<FromPlots, { type: 'save' }>): Promise<void> {
    const suffix = SUFFIX[format];
    const file = `${name.replace(/[^\p{L}\p{N}._-]+/gu, '-')}.${suffix}`;
    const chosen = await window.showSaveDialog({
      defaultUri: Uri.joinPath(Uri.file(this.#root), file),
      filters: { [format.toUpperCase()]: [suffix] },
    });
    if (!chosen) return;
    const bytes = format === 'png' ? Buffer.from(data, 'base64') : new TextEncoder().encode(data);
    await workspace.fs.writeFile(chosen, bytes);
    window.setStatusBarMessage(`$(check) ${l10n.t('Saved {0}', chosen.fsPath)}`, 5000);
  }

  async #drawn(drawing: PlotDrawing, version: number): Promise<PlotContent> {
    switch (drawing.kind) {
      case 'series':
        return { ...drawing, problems: [] };
      case 'vega': {
        const { spec, rows } = drawing;
        const { data: _, ...rest } = JSON.parse(this.#withLabels(JSON.stringify(spec))) as Record<string, unknown>;
        return { kind: 'vega', spec: rest, rows: JSON.parse(this.#withLabels(JSON.stringify(rows))), problems: [] };
      }
      case 'images': {
        const images = [];
        for (const { rev, step, path, isFile } of drawing.images) {
          const src = isFile ? this.#addressOf(this.#uriOf(path), version) : await this.#dataUri(rev, path);
          if (src !== undefined) images.push({ rev, step, src, path: isFile ? path : undefined });
        }
        return { kind: 'images', images, problems: [] };
      }
      default:
        throw new Error(`There is no drawing of ${JSON.stringify(drawing satisfies never)}.`);
    }
  }

  #uriOf = (path: RepoPath): Uri => Uri.joinPath(Uri.file(this.#root), path);

  async #dataUri(rev: string, path: RepoPath): Promise<string | undefined> {
    const bytes = await this.#reader?.readImage(rev, path);
    const media = MEDIA[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] ?? 'image/png';
    return bytes && `data:${media};base64,${bytes.toString('base64')}`;
  }

  /** Commits by their names, in texts of a template. */
  #withLabels(text: string): string {
    return this.#shown.reduce(
      (named, { rev, row }) =>
        rev === 'workspace' ? named : named.replaceAll(rev, JSON.stringify(labelOf(row)).slice(1, -1)),
      text,
    );
  }

  #named = (problems: readonly string[]): string[] =>
    problems.map((text) => this.#shown.reduce((named, { rev, row }) => named.replaceAll(rev, labelOf(row)), text));
}

const headerOf = ({ id, title, kind, place, version }: PlotHeading): PlotHeader => ({
  id,
  title,
  kind,
  place,
  version,
  isCustom: false,
});

const revisionOf = ({ rev, row, color }: Plotted, failed: ReadonlyMap<string, string>): PlotRevision => ({
  id: rev,
  label: labelOf(row),
  detail: [
    row.message?.split('\n')[0],
    row.author,
    row.created === null ? undefined : new Date(row.created).toLocaleString(),
  ]
    .filter(Boolean)
    .join('\n'),
  color,
  isRunning: row.status === 'running',
  problem: failed.get(rev),
});
