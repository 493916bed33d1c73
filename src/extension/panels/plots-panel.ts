import { commands, l10n, Uri, type WebviewPanel, window, workspace } from 'vscode';
import type { ExperimentRow, PlotDrawing, PlotHeading, PlotsReader, RepoPath } from '../../engine/index.ts';
import type {
  BetterDirection,
  ExportFormat,
  FromPlots,
  PlotContent,
  PlotHeader,
  PlotRevision,
  PlotsCommand,
  PlotsNotice,
  PlotsPage,
  ToPlots,
} from '../../protocol/plots-page.ts';
import { coalesce } from '../coalesce.ts';
import { Disposables } from '../disposables.ts';
import { loadEngine } from '../engine.ts';
import { labelOf } from '../experiments/chosen-experiments.ts';
import type { Experiments } from '../experiments/experiments.ts';
import type { ExtensionLog } from '../log.ts';
import { quietContext } from '../op-context.ts';
import { valuesOf } from '../plots/columns.ts';
import type { CustomPlot, PlotsChoice } from '../plots/plots-choice.ts';
import type { RepoModel } from '../repo-model.ts';
import { PanelHost } from './panel-host.ts';
import { noPlots, plotsFailed, plotsLoading, plotsRestricted, plotsWords } from './plots-words.ts';

const ALLOWED: ReadonlySet<string> = new Set<PlotsCommand>([
  'lode.plotsAdd',
  'lode.plotsAddCustom',
  'lode.plotsSelect',
  'lode.plotsReport',
  'lode.refresh',
  'lode.showLog',
  'lode.expRun',
]);

/** What the page shows of experiments that are not plotted themselves, in plots of all experiments. */
const QUIET_COLOR = '#8a8a8a';
const SUFFIX: Readonly<Record<ExportFormat, string>> = {
  svg: 'svg',
  png: 'png',
  csv: 'csv',
  tsv: 'tsv',
  json: 'json',
  vega: 'vl.json',
};

export interface PlotsPanelOptions {
  readonly root: string;
  readonly extensionUri: Uri;
  readonly experiments: Experiments;
  readonly choice: PlotsChoice;
  readonly log: ExtensionLog;
  /** The repository as the window has it now: trust that is granted replaces it. */
  readonly model: () => RepoModel | undefined;
  /** Told which experiments were chosen by brushing. */
  readonly onBrush: (revs: readonly string[] | undefined) => void;
  /** Brought back by VS Code after a reload. */
  readonly panel?: WebviewPanel;
}

interface Shown {
  readonly rev: string;
  readonly row: ExperimentRow;
  readonly color: string;
}

/** The plots of one repository: headings first, the data of a plot when it is in sight, and only what has changed. */
export class PlotsPanel extends Disposables {
  readonly #options: PlotsPanelOptions;
  readonly #host: PanelHost<ToPlots, FromPlots>;
  readonly #update = coalesce(() => this.#read(), { quiet: 60, atMost: 250 });
  /** Plots whose data the page has, with the version. */
  readonly #sent = new Map<string, number>();
  #reader: PlotsReader | undefined;
  #readFrom: RepoModel | undefined;
  #plots: readonly PlotHeading[] = [];
  #shown: readonly Shown[] = [];
  #page = '';
  #customVersion = 0;
  #customText = '';
  #isReady = false;

  constructor(options: PlotsPanelOptions) {
    super();
    this.#options = options;
    const { root, extensionUri, panel } = options;
    this.#host = this.track(
      new PanelHost<ToPlots, FromPlots>({
        name: 'plots',
        title: l10n.t('Plots: {0}', root.slice(Math.max(root.lastIndexOf('/'), root.lastIndexOf('\\')) + 1)),
        extensionUri,
        images: [Uri.file(root)],
        ...(panel ? { panel } : {}),
        receive: (message) => this.#receive(message),
      }),
    );
    this.track({ dispose: () => this.#update.cancel() });
    this.#host.onDidHide(() => this.#rest());
    this.track({ dispose: () => this.#rest() });
  }

  onDidClose(listener: () => void): void {
    this.#host.onDidClose(listener);
  }

  /** Nobody sees it: a page that comes back says that it is ready. */
  #rest(): void {
    this.#isReady = false;
    this.#options.experiments.unfollow(this);
  }

  reveal(): void {
    this.#host.reveal();
  }

  /** Something that is plotted may be another. */
  refresh(): void {
    if (this.#isReady) this.#update();
  }

  #receive(message: FromPlots): void {
    const model = this.#options.model();
    switch (message.type) {
      case 'ready':
        this.#isReady = true;
        this.#page = '';
        this.#sent.clear();
        this.#update();
        return;
      case 'need':
        void this.#send(message.plots);
        return;
      case 'range':
        void this.#send([message.plot], { from: message.from, to: message.to });
        return;
      case 'command':
        if (ALLOWED.has(message.command))
          void commands.executeCommand(message.command, {
            root: this.#options.root,
            rootUri: Uri.file(this.#options.root),
          });
        return;
      case 'toggle': {
        const id = this.#shown.find(({ rev }) => rev === message.rev)?.row.id;
        if (model && id !== undefined) void this.#options.choice.toggle(model, id);
        return;
      }
      case 'remove':
        if (model)
          void this.#options.choice.setCustom(
            model,
            this.#options.choice.custom(model).filter(({ id }) => id !== message.plot),
          );
        return;
      case 'open':
        if (model) void commands.executeCommand('lode.openData', Uri.file(model.absolute(message.path)));
        return;
      case 'brushed':
        this.#options.onBrush(message.revs);
        return;
      case 'save':
        void this.#save(message);
        return;
      default:
        unreachable(message);
    }
  }

  async #read(): Promise<void> {
    const model = this.#options.model();
    if (!model || this.isDisposed || !this.#isReady) return;
    if (!model.trusted) return this.#tell(plotsRestricted());
    if (this.#page === '') this.#tell(plotsLoading());
    try {
      const { experiments, choice, log } = this.#options;
      experiments.follow(model, this);
      const state = await experiments.current(model);
      const [engine, repo] = [await loadEngine(), await model.repo()];
      if (this.#readFrom !== model) this.#reader = undefined;
      this.#readFrom = model;
      this.#reader ??= new engine.PlotsReader(repo);
      this.#shown = choice.rows(model, state.table).flatMap(({ row, color }) => {
        const rev = row.kind === 'workspace' ? 'workspace' : row.rev;
        return rev === null ? [] : [{ rev, row, color }];
      });
      const ctx = quietContext(engine, log, model.root, new AbortController().signal);
      const view = await this.#reader.read({ revs: this.#shown.map(({ rev }) => rev) }, ctx);
      this.#plots = view.plots;
      this.#followCustom(choice.custom(model), state.table?.rows ?? [], (column) => this.#betterOf(model, column));
      const headers = [...this.#plots.map(headerOf), ...choice.custom(model).map((plot) => this.#customHeader(plot))];
      const failed = new Map(view.failed.map(({ rev, message }) => [rev, message]));
      const hasAny = headers.length > 0;
      this.#tell(
        hasAny ? undefined : noPlots(),
        headers,
        this.#shown.map((shown) => revisionOf(shown, failed)),
      );
      await this.#send([...this.#sent].flatMap(([id, version]) => (this.#versionOf(id) === version ? [] : [id])));
    } catch (error) {
      this.#options.log.error(`The plots of ${this.#options.root} cannot be read.`, error);
      this.#tell(plotsFailed(error instanceof Error ? error.message : String(error)));
    }
  }

  #tell(
    notice: PlotsNotice | undefined,
    plots: readonly PlotHeader[] = [],
    revisions: readonly PlotRevision[] = [],
  ): void {
    const page: PlotsPage = {
      root: this.#options.root,
      words: plotsWords(),
      revisions,
      plots,
      warnings: revisions.flatMap(({ label, problem }) => (problem === undefined ? [] : [`${label}: ${problem}`])),
      notice,
    };
    const text = JSON.stringify(page);
    if (text === this.#page) return;
    this.#page = text;
    this.#host.send({ type: 'page', page });
  }

  /** Sends the data of plots. @param part Values of x that are in sight */
  async #send(ids: readonly string[], part: { readonly from?: number; readonly to?: number } = {}): Promise<void> {
    for (const id of ids) {
      const version = this.#versionOf(id);
      if (version === undefined) {
        this.#sent.delete(id);
        continue;
      }
      const content = await this.#contentOf(id, part);
      if (this.isDisposed) return;
      this.#sent.set(id, version);
      this.#host.send({ type: 'content', plot: id, version, content });
      await new Promise((resume) => setImmediate(resume)); // Others get their turn between two plots.
    }
  }

  #versionOf(id: string): number | undefined {
    const heading = this.#plots.find((plot) => plot.id === id);
    if (heading) return heading.version;
    const model = this.#options.model();
    return model && this.#options.choice.custom(model).some((plot) => plot.id === id) ? this.#customVersion : undefined;
  }

  async #contentOf(id: string, part: { readonly from?: number; readonly to?: number }): Promise<PlotContent> {
    const heading = this.#plots.find((plot) => plot.id === id);
    const model = this.#options.model();
    if (!heading || !this.#reader) {
      const custom = model && this.#options.choice.custom(model).find((plot) => plot.id === id);
      return custom && model ? this.#customContent(model, custom) : { kind: 'images', images: [], problems: [] };
    }
    try {
      const colours = new Map(this.#shown.map(({ rev, color }) => [rev, color]));
      const drawing = this.#reader.draw(id, { ...part, colours });
      return { ...(await this.#drawn(drawing, heading.version)), problems: this.#named(heading.problems) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { kind: 'images', images: [], problems: [...this.#named(heading.problems), why] };
    }
  }

  async #drawn(drawing: PlotDrawing, version: number): Promise<Exclude<PlotContent, never>> {
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
          const src = isFile ? this.#host.uri(this.#uriOf(path), version) : await this.#dataUri(rev, path);
          if (src !== undefined) images.push({ rev, step, src, path: isFile ? path : undefined });
        }
        return { kind: 'images', images, problems: [] };
      }
      default:
        return unreachable(drawing);
    }
  }

  #uriOf = (path: RepoPath): Uri => Uri.joinPath(Uri.file(this.#options.root), path);

  async #dataUri(rev: string, path: RepoPath): Promise<string | undefined> {
    const bytes = await this.#reader?.readImage(rev, path);
    return (
      bytes &&
      `data:${MEDIA[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] ?? 'image/png'};base64,${bytes.toString('base64')}`
    );
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

  // ------------------------------------------------------------------ plots of the user's own

  #customHeader(plot: CustomPlot): PlotHeader {
    const title =
      plot.kind === 'history'
        ? l10n.t('{0} along the branch', shortName(plot.metric))
        : plot.kind === 'scatter'
          ? plot.columns.map(shortName).reverse().join(' / ')
          : l10n.t('Parallel coordinates');
    return { id: plot.id, title, kind: plot.kind, place: '', version: this.#customVersion, isCustom: true };
  }

  #followCustom(
    plots: readonly CustomPlot[],
    rows: readonly ExperimentRow[],
    directionOf: (column: string) => BetterDirection,
  ): void {
    const better = plots.flatMap((plot) => (plot.kind === 'history' ? [plot.metric] : plot.columns).map(directionOf));
    const text = JSON.stringify([
      plots,
      rows.map(({ key }) => key),
      this.#shown.map(({ rev, color }) => [rev, color]),
      better,
    ]);
    if (text === this.#customText) return;
    this.#customText = text;
    this.#customVersion += 1;
  }

  async #customContent(model: RepoModel, plot: CustomPlot): Promise<PlotContent> {
    if (plot.kind === 'history') {
      const [engine, repo] = [await loadEngine(), await model.repo()];
      const ctx = quietContext(engine, this.#options.log, model.root, new AbortController().signal);
      const [file, ...name] = plot.metric.split(':');
      const history = await engine.metricHistory(repo, { metric: name.join(':'), file: file as RepoPath }, ctx);
      const commits = history.map(({ commit, message, time, value, changedData }) => ({
        rev: commit,
        label: `${commit.slice(0, 7)} ${message}`,
        date: new Date(time).toISOString(),
        value,
        dataChanged: changedData.length > 0,
      }));
      return {
        kind: 'history',
        metric: shortName(plot.metric),
        better: this.#betterOf(model, plot.metric),
        commits,
        problems: [],
      };
    }
    const colors = new Map(this.#shown.map(({ row, color }) => [row.id, color]));
    const rows = this.#options.experiments.state(model).table?.rows ?? [];
    const points = rows.flatMap((row) => {
      const values = valuesOf(row);
      const picked = plot.columns.map((column) => values.get(column));
      if (picked.every((value) => value === undefined)) return [];
      return [{ rev: row.id, label: labelOf(row), color: colors.get(row.id) ?? QUIET_COLOR, values: picked }];
    });
    const better = plot.columns.map((column) => this.#betterOf(model, column));
    return { kind: plot.kind, columns: plot.columns.map(shortName), better, points, problems: [] };
  }

  /** Of a metric; parameters are neither better nor worse. */
  #betterOf(model: RepoModel, column: string): BetterDirection {
    const { table, directionOf } = this.#options.experiments.state(model);
    const colon = column.indexOf(':');
    const [file, name] = [column.slice(0, colon), column.slice(colon + 1)];
    const isMetric = table?.rows.some(({ metrics }) => metrics.some(({ path }) => path === file)) ?? false;
    return isMetric ? directionOf(file, name.split('.')) : undefined;
  }

  async #save({ name, format, data }: Extract<FromPlots, { type: 'save' }>): Promise<void> {
    const suffix = SUFFIX[format];
    const file = `${name.replace(/[^\p{L}\p{N}._-]+/gu, '-')}.${suffix}`;
    const chosen = await window.showSaveDialog({
      defaultUri: Uri.joinPath(Uri.file(this.#options.root), file),
      filters: { [format.toUpperCase()]: [suffix] },
    });
    if (!chosen) return;
    const bytes = format === 'png' ? Buffer.from(data, 'base64') : new TextEncoder().encode(data);
    await workspace.fs.writeFile(chosen, bytes);
    window.setStatusBarMessage(`$(check) ${l10n.t('Saved {0}', chosen.fsPath)}`, 5000);
  }
}

const MEDIA: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  svg: 'image/svg+xml',
};

const headerOf = ({ id, title, kind, place, version }: PlotHeading): PlotHeader => ({
  id,
  title,
  kind,
  place,
  version,
  isCustom: false,
});

const revisionOf = ({ rev, row, color }: Shown, failed: ReadonlyMap<string, string>): PlotRevision => ({
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

/** A column without the file it is in. */
const shortName = (column: string): string => column.slice(column.indexOf(':') + 1);

function unreachable(value: never): never {
  throw new Error(`The page of plots sent ${JSON.stringify(value)}.`);
}
