import { commands, env, l10n, type Memento, type Uri, type WebviewPanel, window } from 'vscode';
import type {
  ExperimentsCommand,
  ExperimentsNotice,
  ExperimentsTable,
  FromExperiments,
  ParamChange,
  SavedView,
  TableView,
  ToExperiments,
} from '../../protocol/experiments-page.ts';
import { coalesce } from '../coalesce.ts';
import { Disposables } from '../disposables.ts';
import { type Engine, loadEngine } from '../engine.ts';
import { type Experiments, FIRST_COMMITS } from '../experiments/experiments.ts';
import { FinishedSeries } from '../experiments/finished-series.ts';
import type { LaunchArgs } from '../experiments/launch.ts';
import { seriesOfRuns } from '../experiments/live-series.ts';
import { overrideOf, PageTables, pagePatch } from '../experiments/table-of.ts';
import { tableParts } from '../experiments/table-parts.ts';
import type { ExtensionLog } from '../log.ts';
import type { PlotsChoice } from '../plots/plots-choice.ts';
import type { RepoModel } from '../repo-model.ts';
import { emptyNotice, failedNotice, loadingNotice, restrictedNotice } from './experiments-notices.ts';
import { experimentsWords, factsOf } from './experiments-words.ts';
import { PanelHost } from './panel-host.ts';

const ALLOWED: ReadonlySet<string> = new Set<ExperimentsCommand>([
  'lode.expRun',
  'lode.expQueue',
  'lode.expQueueStart',
  'lode.expQueueStop',
  'lode.expQueueStatus',
  'lode.expApply',
  'lode.expBranch',
  'lode.expRename',
  'lode.expRemove',
  'lode.expPush',
  'lode.expPull',
  'lode.expSave',
  'lode.expStar',
  'lode.expUnstar',
  'lode.expNote',
  'lode.expStop',
  'lode.expAddStopRule',
  'lode.expRemoveStopRule',
  'lode.expLog',
  'lode.expCompare',
  'lode.expShowPlots',
  'lode.expCopyName',
  'lode.expCopyRevision',
  'lode.expMoreCommits',
  'lode.expFewerCommits',
  'lode.expBranches',
  'lode.newStage',
  'lode.refresh',
  'lode.showLog',
  'workbench.trust.manage',
]);

export interface ExperimentsPanelOptions {
  readonly root: string;
  readonly extensionUri: Uri;
  readonly experiments: Experiments;
  readonly memory: Memento;
  /** What is plotted, in which colours. */
  readonly choice: PlotsChoice;
  readonly log: ExtensionLog;
  /** The repository as the window has it now: trust that is granted replaces it. */
  readonly model: () => RepoModel | undefined;
  /** Brought back by VS Code after a reload. */
  readonly panel?: WebviewPanel;
}

/** The table of experiments of one repository: told what changed, and no more. */
export class ExperimentsPanel extends Disposables {
  readonly #options: ExperimentsPanelOptions;
  readonly #host: PanelHost<ToExperiments, FromExperiments>;
  readonly #update = coalesce(() => this.#tell(), { quiet: 20, atMost: 100 });
  readonly #tables = new PageTables();
  readonly #series: FinishedSeries;
  /** What the page shows; undefined until it is there. */
  #shown: ExperimentsTable | undefined;
  #notice = '';
  #isReady = false;
  #isTrusted = false;
  #hasPlots = false;
  #version = 0;
  #toReveal: string | undefined;

  constructor(options: ExperimentsPanelOptions) {
    super();
    this.#options = options;
    const { root, extensionUri, panel } = options;
    this.#host = this.track(
      new PanelHost<ToExperiments, FromExperiments>({
        name: 'experiments',
        title: l10n.t('Experiments: {0}', root.slice(Math.max(root.lastIndexOf('/'), root.lastIndexOf('\\')) + 1)),
        extensionUri,
        hasOwnFind: true,
        ...(panel ? { panel } : {}),
        receive: (message) => this.#receive(message),
      }),
    );
    this.#series = new FinishedSeries(options.log, () => this.#update());
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

  /** Something of the repository's experiments is shown differently now. */
  refresh(): void {
    this.#update();
  }

  /** Picks out rows that were chosen elsewhere. */
  pick(rows: readonly string[] | undefined): void {
    if (this.#isReady) this.#host.send({ type: 'pick', rows });
  }

  /** Brings the page to the front, and a row of it. */
  reveal(row: string | undefined): void {
    this.#host.reveal();
    this.#toReveal = row;
    this.#update();
  }

  #receive(message: FromExperiments): void {
    switch (message.type) {
      case 'ready':
        void this.#start();
        return;
      case 'resend':
        this.#sendAll();
        return;
      case 'run':
        this.#run(message.command, { rows: message.rows });
        return;
      case 'launch':
        this.#launch(message.how, message.changes);
        return;
      case 'copy':
        void env.clipboard.writeText(message.text);
        window.setStatusBarMessage(`$(check) ${l10n.t('Copied: {0}', message.what)}`, 3000);
        return;
      case 'view':
        void this.#options.memory.update(this.#key('view'), message.view);
        return;
      case 'saveView':
        void this.#saveView(message.view);
        return;
      case 'removeView':
        void this.#keepViews(this.#views.filter(({ name }) => name !== message.name));
        return;
      case 'selected':
        return;
      case 'inSight':
        this.#wantSeries(message.rows);
        return;
      default:
        unreachable(message);
    }
  }

  /** Runs a command of the list on rows of the table; anything else a page might send is dropped. */
  #run(command: ExperimentsCommand, args: { readonly rows: readonly string[] } | LaunchArgs): void {
    if (!ALLOWED.has(command)) return;
    const { root } = this.#options;
    void commands.executeCommand(command, { ...args, root });
  }

  #launch(how: 'run' | 'queue', changes: readonly ParamChange[]): void {
    const columns = this.#shown?.columns ?? [];
    const [first] = changes;
    this.#run(how === 'run' ? 'lode.expRun' : 'lode.expQueue', {
      params: changes.flatMap(({ column, text }) => overrideOf(columns, column, text) ?? []),
      onTaken: () => this.#host.send({ type: 'taken' }),
      onRefused: (message) => {
        const named = changes.find(({ text }) => message.includes(text)) ?? first;
        if (named) this.#host.send({ type: 'refused', column: named.column, message });
      },
    });
  }

  // ------------------------------------------------------------------ views

  #key(what: string): string {
    return `lode.experiments.${what}:${this.#options.root}`;
  }

  get #views(): readonly SavedView[] {
    return this.#options.memory.get<readonly SavedView[]>(this.#key('views')) ?? [];
  }

  async #saveView(view: TableView): Promise<void> {
    const name = (await window.showInputBox({ prompt: l10n.t('Name of the view') }))?.trim();
    if (name) await this.#keepViews([...this.#views.filter((one) => one.name !== name), { name, view }]);
  }

  async #keepViews(views: readonly SavedView[]): Promise<void> {
    await this.#options.memory.update(this.#key('views'), views);
    this.#host.send({ type: 'views', views });
  }

  // ------------------------------------------------------------------ what the page is told

  async #start(): Promise<void> {
    this.#hasPlots = (await commands.getCommands(true)).includes('lode.expShowPlots');
    this.#isReady = true;
    this.#sendPage();
    this.#sendAll();
  }

  #sendPage(): void {
    this.#isTrusted = this.#options.model()?.trusted ?? false;
    this.#host.send({
      type: 'page',
      root: this.#options.root,
      words: experimentsWords(),
      locale: env.language,
      trusted: this.#isTrusted,
      hasPlots: this.#hasPlots,
      view: this.#options.memory.get<TableView>(this.#key('view')),
      views: this.#views,
    });
  }

  #sendAll(): void {
    this.#shown = undefined;
    this.#notice = '';
    this.#update();
  }

  async #tell(): Promise<void> {
    const model = this.#options.model();
    if (this.isDisposed || !this.#isReady || !model) return;
    if (model.trusted !== this.#isTrusted) this.#sendPage();
    this.#options.experiments.follow(model, this);
    const { table, phase, problem } = this.#options.experiments.state(model);
    if (!model.trusted) this.#tellNotice(restrictedNotice());
    else if (phase === 'failed') this.#tellNotice(failedNotice(problem ?? ''));
    else if (!table) this.#tellNotice(loadingNotice());
    else if (
      table.rows.every(({ metrics, params, kind }) => kind !== 'experiment' && metrics.length + params.length === 0)
    )
      this.#tellNotice(emptyNotice());
    else await this.#tellTable(model, await loadEngine());
  }

  #tellNotice(notice: ExperimentsNotice): void {
    const text = JSON.stringify(notice);
    if (text === this.#notice) return;
    this.#notice = text;
    this.#shown = undefined;
    this.#host.send({ type: 'notice', notice });
  }

  #wantSeries(ids: readonly string[]): void {
    const model = this.#options.model();
    if (!model?.trusted) return;
    const rows = new Map(this.#options.experiments.state(model).table?.rows.map((row) => [row.id, row]));
    this.#series.want(
      model,
      ids.flatMap((id) => rows.get(id) ?? []),
    );
  }

  async #tellTable(model: RepoModel, engine: Engine): Promise<void> {
    const live = seriesOfRuns(engine, model.root);
    const { experiments } = this.#options;
    const { table, queue, pushed, directionOf } = experiments.state(model);
    if (!table) return;
    const before = this.#shown;
    const next = this.#tables.next(table, {
      version: this.#version + 1,
      queue,
      canShowLess: experiments.history(model).commits > FIRST_COMMITS,
      factsOf,
      pushed,
      colours: new Map(this.#options.choice.rows(model, table).map(({ row, color }) => [row.id, color])),
      seriesOf: (row) => live(row) ?? this.#series.of(row),
      directionOf,
    });
    const patch = before && this.#notice === '' ? pagePatch(before, next) : undefined;
    this.#notice = '';
    this.#version = next.version;
    this.#shown = next;
    if (patch) this.#host.send({ type: 'patch', patch });
    else await this.#sendTable(next);
    if (this.#toReveal === undefined) return;
    this.#host.send({ type: 'reveal', row: this.#toReveal });
    this.#toReveal = undefined;
  }

  async #sendTable(table: ExperimentsTable): Promise<void> {
    for (const part of tableParts(table)) {
      if (this.isDisposed) return;
      this.#host.send(part);
      await new Promise((resume) => setImmediate(resume)); // Others get their turn between two parts.
    }
  }
}

function unreachable(message: never): never {
  throw new Error(`The page of experiments sent ${JSON.stringify(message)}.`);
}
