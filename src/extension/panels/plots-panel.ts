import { commands, l10n, Uri, type WebviewPanel } from 'vscode';
import type { ExperimentRow, RepoPath } from '../../engine/index.ts';
import type {
  BetterDirection,
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
import { PlotFeed } from '../plots/plot-feed.ts';
import { type PlotPart, PlotSource, type Plotted, plottedOf } from '../plots/plot-source.ts';
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

/** The plots of one repository: headings first, the data of a plot when it is in sight, and only what has changed. */
export class PlotsPanel extends Disposables {
  readonly #options: PlotsPanelOptions;
  readonly #host: PanelHost<ToPlots, FromPlots>;
  readonly #update = coalesce(() => this.#read(), { quiet: 60, atMost: 250 });
  readonly #source: PlotSource;
  readonly #feed = new PlotFeed({
    versionOf: (id) => this.#versionOf(id),
    contentOf: (id, part) => this.#contentOf(id, part),
    send: (message) => {
      if (!this.isDisposed) this.#host.send(message);
      return !this.isDisposed;
    },
  });
  #shown: readonly Plotted[] = [];
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
    this.#source = new PlotSource(root, options.log, (file, version) => this.#host.uri(file, version));
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
        this.#feed.clear();
        this.#update();
        return;
      case 'need':
        void this.#feed.send(message.plots);
        return;
      case 'range':
        void this.#feed.send([message.plot], { from: message.from, to: message.to });
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
        void this.#source.save(message);
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
      const { experiments, choice } = this.#options;
      experiments.follow(model, this);
      const state = await experiments.current(model);
      this.#shown = plottedOf(choice.rows(model, state.table));
      const { headers, revisions } = await this.#source.read(model, this.#shown);
      this.#followCustom(choice.custom(model), state.table?.rows ?? [], (column) => this.#betterOf(model, column));
      const all = [...headers, ...choice.custom(model).map((plot) => this.#customHeader(plot))];
      this.#tell(all.length > 0 ? undefined : noPlots(), all, revisions);
      await this.#feed.refresh();
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

  #versionOf(id: string): number | undefined {
    const own = this.#source.versionOf(id);
    if (own !== undefined) return own;
    const model = this.#options.model();
    return model && this.#options.choice.custom(model).some((plot) => plot.id === id) ? this.#customVersion : undefined;
  }

  async #contentOf(id: string, part: PlotPart): Promise<PlotContent> {
    const own = await this.#source.contentOf(id, part);
    if (own) return own;
    const model = this.#options.model();
    const custom = model && this.#options.choice.custom(model).find((plot) => plot.id === id);
    return custom && model ? this.#customContent(model, custom) : { kind: 'images', images: [], problems: [] };
  }

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
}

/** A column without the file it is in. */
const shortName = (column: string): string => column.slice(column.indexOf(':') + 1);

function unreachable(value: never): never {
  throw new Error(`The page of plots sent ${JSON.stringify(value)}.`);
}
