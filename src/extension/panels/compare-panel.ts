import { commands, env, l10n, Uri, type WebviewPanel, window } from 'vscode';
import type { DeclaredEnvironment } from '../../engine/index.ts';
import type {
  ChangedFile,
  ChangedFiles,
  CompareCommand,
  ComparePage,
  ComparePlots,
  CompareSection,
  FromCompare,
  FromComparedPlot,
  ToCompare,
} from '../../protocol/compare-page.ts';
import { coalesce } from '../coalesce.ts';
import { Disposables } from '../disposables.ts';
import { loadEngine } from '../engine.ts';
import {
  type Compared,
  codeChanges,
  compareSections,
  comparisonMarkdown,
  dataChanges,
  environmentLines,
} from '../experiments/comparison.ts';
import type { Experiments } from '../experiments/experiments.ts';
import { PageTables } from '../experiments/table-of.ts';
import { gitApi } from '../git-extension.ts';
import type { ExtensionLog } from '../log.ts';
import { quietContext } from '../op-context.ts';
import { PlotFeed } from '../plots/plot-feed.ts';
import { PlotSource, plottedOf } from '../plots/plot-source.ts';
import type { PlotsChoice } from '../plots/plots-choice.ts';
import type { RepoModel } from '../repo-model.ts';
import { revUri } from '../rev-files.ts';
import { compareWords } from './compare-words.ts';
import { factsOf } from './experiments-words.ts';
import { PanelHost } from './panel-host.ts';
import { plotsWords } from './plots-words.ts';

const ALLOWED: ReadonlySet<string> = new Set<CompareCommand>(['lode.expApply', 'lode.expBranch', 'lode.expShowPlots']);

export interface ComparePanelOptions {
  readonly root: string;
  readonly rows: readonly string[];
  readonly extensionUri: Uri;
  readonly experiments: Experiments;
  /** What is plotted, in which colours. */
  readonly choice: PlotsChoice;
  readonly log: ExtensionLog;
  readonly model: () => RepoModel | undefined;
  readonly panel?: WebviewPanel;
}

/** A comparison of two to ten experiments; it follows them while they run. */
export class ComparePanel extends Disposables {
  readonly #options: ComparePanelOptions;
  readonly #host: PanelHost<ToCompare, FromCompare>;
  readonly #update = coalesce(async () => this.#tell(), { quiet: 40, atMost: 250 });
  readonly #tables = new PageTables();
  /** By both revisions: what is committed stays as it is. */
  readonly #files = new Map<string, Pick<ChangedFiles, 'code' | 'data' | 'problem'>>();
  readonly #source: PlotSource;
  readonly #feed: PlotFeed;
  readonly #updatePlots = coalesce(() => this.#tellPlots(), { quiet: 60, atMost: 250 });
  /** By revision; undefined while one is being read. */
  readonly #environments = new Map<string, DeclaredEnvironment | undefined>();
  #rows: readonly string[];
  #baseline = 0;
  /** The page shows plots: before that nothing is read for them. */
  #wantsPlots = false;
  #plots = '';
  #isReady = false;
  #hasPlots = false;
  #shown = '';

  constructor(options: ComparePanelOptions) {
    super();
    this.#options = options;
    this.#rows = options.rows;
    const { root, extensionUri, panel, log } = options;
    this.#host = this.track(
      new PanelHost<ToCompare, FromCompare>({
        name: 'compare',
        title: l10n.t('Compare Experiments'),
        extensionUri,
        images: [Uri.file(root)],
        ...(panel ? { panel } : {}),
        receive: (message) => this.#receive(message),
      }),
    );
    this.#source = new PlotSource(root, log, (file, version) => this.#host.uri(file, version));
    this.#feed = new PlotFeed({
      versionOf: (id) => this.#source.versionOf(id),
      contentOf: async (id, part) =>
        (await this.#source.contentOf(id, part)) ?? { kind: 'images', images: [], problems: [] },
      send: (message) => {
        if (!this.isDisposed) this.#host.send(message);
        return !this.isDisposed;
      },
    });
    this.track({
      dispose: () => {
        this.#update.cancel();
        this.#updatePlots.cancel();
      },
    });
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

  refresh(): void {
    this.#update();
  }

  #receive(message: FromCompare): void {
    switch (message.type) {
      case 'ready':
        void this.#start();
        return;
      case 'baseline':
        this.#baseline = Math.max(
          0,
          this.#compared().findIndex(({ page }) => page.id === message.row),
        );
        this.#update();
        return;
      case 'remove':
        this.#rows = this.#rows.filter((id) => id !== message.row);
        this.#baseline = Math.min(this.#baseline, this.#rows.length - 1);
        this.#update();
        return;
      case 'run':
        if (ALLOWED.has(message.command))
          void commands.executeCommand(message.command, { root: this.#options.root, rows: message.rows });
        return;
      case 'open':
        void this.#open(message.row, message.kind, message.path);
        return;
      case 'markdown':
        void this.#copyMarkdown();
        return;
      case 'plots':
        this.#wantsPlots = true;
        this.#plots = '';
        this.#updatePlots();
        return;
      case 'plot':
        this.#receivePlot(message.message);
        return;
      default:
        throw new Error(`The page of a comparison sent ${JSON.stringify(message satisfies never)}.`);
    }
  }

  #receivePlot(message: FromComparedPlot): void {
    switch (message.type) {
      case 'need':
        void this.#feed.send(message.plots);
        return;
      case 'range':
        void this.#feed.send([message.plot], { from: message.from, to: message.to });
        return;
      case 'open': {
        const model = this.#options.model();
        if (model) void commands.executeCommand('lode.openData', Uri.file(model.absolute(message.path)));
        return;
      }
      case 'save':
        void this.#source.save(message);
        return;
      default:
        throw new Error(`A plot of a comparison sent ${JSON.stringify(message satisfies never)}.`);
    }
  }

  async #start(): Promise<void> {
    this.#hasPlots = (await commands.getCommands(true)).includes('lode.expShowPlots');
    this.#isReady = true;
    this.#shown = '';
    this.#wantsPlots = false;
    this.#feed.clear();
    this.#update();
  }

  /** The rows that are there, in the order they were asked for. */
  #compared(): readonly Compared[] {
    const { experiments, model: find } = this.#options;
    const model = find();
    const state = model && experiments.state(model);
    if (!state?.table) return [];
    const { table, queue, pushed, directionOf } = state;
    const facts = {
      version: 1,
      queue,
      pushed,
      canShowLess: false,
      factsOf,
      colours: new Map(),
      seriesOf: () => undefined,
      directionOf,
    };
    const page = this.#tables.next(table, facts);
    this.#table = page;
    return this.#rows.flatMap((id) => {
      const [own, row] = [page.rows.find((one) => one.id === id), table.rows.find((one) => one.id === id)];
      return own && row ? [{ page: own, row }] : [];
    });
  }

  #table: ReturnType<PageTables['next']> | undefined;

  #tell(): void {
    const model = this.#options.model();
    if (this.isDisposed || !this.#isReady || !model) return;
    this.#options.experiments.follow(model, this);
    const compared = this.#compared();
    const page = this.#page(model, compared);
    const text = JSON.stringify(page);
    if (text !== this.#shown) this.#host.send({ type: 'page', page });
    this.#shown = text;
    if (page.notice !== undefined) return;
    this.#lookForFiles(model, compared);
    this.#lookForEnvironments(model, compared);
    this.#updatePlots();
  }

  /** Every plot there is of what is compared, drawn together; the data goes to those in sight. */
  async #tellPlots(): Promise<void> {
    const model = this.#options.model();
    const compared = this.#compared();
    if (!this.#wantsPlots || !this.#isReady || this.isDisposed || !model || compared.length < 2) return;
    try {
      const rows = compared.map(({ row }) => row);
      const shown = plottedOf(this.#options.choice.coloured(model, rows));
      const { headers, revisions } = await this.#source.read(model, shown);
      this.#sendPlots({ words: plotsWords(), revisions, plots: headers, problem: undefined });
      await this.#feed.refresh();
    } catch (error) {
      this.#options.log.error('The plots of a comparison cannot be read.', error);
      const problem = error instanceof Error ? error.message : String(error);
      this.#sendPlots({ words: plotsWords(), revisions: [], plots: [], problem });
    }
  }

  #sendPlots(plots: ComparePlots): void {
    const text = JSON.stringify(plots);
    if (text === this.#plots || this.isDisposed) return;
    this.#plots = text;
    this.#host.send({ type: 'plots', plots });
  }

  #page(model: RepoModel, compared: readonly Compared[]): ComparePage {
    const { root } = this.#options;
    const baseline = Math.min(this.#baseline, Math.max(0, compared.length - 1));
    const { phase, problem } = this.#options.experiments.state(model);
    const notice =
      phase === 'failed'
        ? problem
        : compared.length >= 2
          ? undefined
          : phase === 'ready'
            ? l10n.t('The experiments are not there any more, or not shown.')
            : l10n.t('Reading experiments…');
    const { sections, explains } = this.#table
      ? compareSections(this.#table, compared, baseline, titles())
      : { sections: [], explains: [] };
    const colors = this.#options.choice.coloured(
      model,
      compared.map(({ row }) => row),
    );
    return {
      root,
      asked: this.#rows,
      words: compareWords(),
      rows: compared.map(({ page }, at) => ({
        id: page.id,
        name: page.name,
        detail: page.detail,
        state: page.state,
        color: colors[at]?.color ?? '',
        isBaseline: at === baseline,
        isFinished: page.kind === 'experiment' && page.state === 'success',
      })),
      explains,
      sections: [...sections, this.#environmentSection(compared, baseline), runSection(compared)],
      changes: compared.flatMap((one, at) => {
        if (at === baseline) return [];
        const known = this.#files.get(pairOf(compared[baseline], one));
        const { code, data, problem: why } = known ?? { code: undefined, data: undefined, problem: undefined };
        return [{ id: one.page.id, name: one.page.name, code, data, problem: why }];
      }),
      notice,
      trusted: model.trusted,
      hasPlots: this.#hasPlots,
    };
  }

  #environmentSection(compared: readonly Compared[], baseline: number): CompareSection {
    const environments = compared.map((one) => this.#environments.get(placeOf(one)));
    const lines = environmentLines(environments, baseline, l10n.t('Packages'));
    return { id: 'environment', title: l10n.t('Environment'), lines };
  }

  #lookForEnvironments(model: RepoModel, compared: readonly Compared[]): void {
    for (const one of compared) {
      const key = placeOf(one);
      if (this.#environments.has(key)) continue;
      this.#environments.set(key, undefined);
      void this.#environmentOf(model, revOf(one) ?? 'workspace').then((found) => {
        this.#environments.set(key, found);
        this.#update();
      });
    }
  }

  async #environmentOf(model: RepoModel, rev: string): Promise<DeclaredEnvironment | undefined> {
    try {
      const [engine, repo] = [await loadEngine(), await model.repo()];
      const ctx = quietContext(engine, this.#options.log, model.root, new AbortController().signal);
      return await engine.environmentOf(repo, rev, ctx);
    } catch (error) {
      this.#options.log.error('The environment of an experiment cannot be told.', error);
      return undefined;
    }
  }

  #lookForFiles(model: RepoModel, compared: readonly Compared[]): void {
    const before = compared[this.#baseline];
    for (const one of compared) {
      const pair = pairOf(before, one);
      if (!before || one === before || this.#files.has(pair)) continue;
      this.#files.set(pair, { code: undefined, data: undefined, problem: undefined });
      void this.#filesBetween(model, before, one).then((found) => {
        this.#files.set(pair, found);
        this.#update();
      });
    }
  }

  async #filesBetween(
    model: RepoModel,
    before: Compared,
    after: Compared,
  ): Promise<Pick<ChangedFiles, 'code' | 'data' | 'problem'>> {
    try {
      const [engine, repo] = [await loadEngine(), await model.repo()];
      const [a, b] = [revOf(before), revOf(after)];
      // The workspace is the side that Git takes for granted.
      const isTurned = a === undefined && b !== undefined;
      const revs = [a, b].filter((rev) => rev !== undefined);
      const output = await repo.git.run(['diff', '--name-status', '-z', '--no-renames', ...revs, '--']);
      const ctx = quietContext(engine, this.#options.log, model.root, new AbortController().signal);
      const found = isTurned
        ? await engine.diff(repo, { a: b, text: true }, ctx)
        : await engine.diff(
            repo,
            { ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }), text: true },
            ctx,
          );
      const rowsText = (added: number, removed: number): string => l10n.t('+{0} −{1} lines', added, removed);
      const turn = (files: readonly ChangedFile[]): ChangedFile[] =>
        files.map((file) =>
          isTurned && file.change !== 'modified' && file.change !== 'renamed'
            ? { ...file, change: file.change === 'added' ? 'deleted' : 'added' }
            : file,
        );
      return {
        code: turn(codeChanges(output.toString())),
        data: turn(dataChanges(found, rowsText)),
        problem: undefined,
      };
    } catch (error) {
      this.#options.log.error('The files of two experiments cannot be compared.', error);
      return { code: [], data: [], problem: error instanceof Error ? error.message : String(error) };
    }
  }

  async #open(row: string, kind: 'code' | 'data', file: string): Promise<void> {
    const [compared, model] = [this.#compared(), this.#options.model()];
    const [before, after] = [compared[this.#baseline], compared.find(({ page }) => page.id === row)];
    if (!before || !after || !model) return;
    const isKnown = this.#files.get(pairOf(before, after))?.[kind]?.some(({ path }) => path === file);
    if (isKnown !== true) return;
    const root = kind === 'code' ? ((await model.repo()).gitRoot ?? model.root) : model.root;
    const uri = Uri.joinPath(Uri.file(root), file);
    const git = await gitApi();
    const side = ({ page, row: { rev } }: Compared): Uri => {
      if (page.kind === 'workspace' || rev === null) return uri;
      return kind === 'data' || !git ? revUri(uri, rev) : git.toGitUri(uri, rev);
    };
    const title = l10n.t('{0} ({1} ↔ {2})', file, before.page.name, after.page.name);
    await commands.executeCommand('vscode.diff', side(before), side(after), title);
  }

  async #copyMarkdown(): Promise<void> {
    const compared = this.#compared();
    if (!this.#table || compared.length < 2) return;
    const found = compareSections(this.#table, compared, this.#baseline, titles());
    const names = compared.map(({ page }) => page.name);
    const { explains } = compareWords();
    await env.clipboard.writeText(comparisonMarkdown(names, found, { explains, metrics: titles().metrics }));
    window.setStatusBarMessage(`$(check) ${l10n.t('The comparison is on the clipboard as Markdown.')}`, 4000);
  }
}

const revOf = ({ page, row }: Compared): string | undefined =>
  page.kind === 'workspace' ? undefined : (row.rev ?? undefined);

/** The workspace is another whenever something in it is. */
const pairOf = (before: Compared | undefined, after: Compared): string =>
  [before, after].map((one) => (one ? placeOf(one) : '')).join(' ');

const placeOf = ({ page, row }: Compared): string => (page.kind === 'workspace' ? row.key : (row.rev ?? row.id));

const titles = () => ({
  metrics: l10n.t('Metrics'),
  params: l10n.t('Parameters'),
  data: l10n.t('Data'),
  dependency: l10n.t('Dependencies'),
  output: l10n.t('Outputs'),
});

/** Where and when each came to be. */
function runSection(compared: readonly Compared[]): CompareSection {
  const line = (label: string, textOf: (one: Compared) => string) => {
    const texts = compared.map(textOf);
    const cells = texts.map((text) => ({ text, full: text, delta: undefined, verdict: undefined, error: undefined }));
    return { label, group: '', differs: new Set(texts).size > 1, cells };
  };
  const date = new Intl.DateTimeFormat(env.language, { dateStyle: 'medium', timeStyle: 'short' });
  return {
    id: 'run',
    title: l10n.t('Runs'),
    lines: [
      line(l10n.t('Revision'), ({ row }) => row.rev?.slice(0, 10) ?? ''),
      line(l10n.t('Started from'), ({ row }) => row.parent?.slice(0, 10) ?? ''),
      line(l10n.t('Author'), ({ row }) => row.author ?? ''),
      line(l10n.t('Created'), ({ row }) => (row.created === null ? '' : date.format(row.created))),
      line(l10n.t('Ran in'), ({ row }) => placeText(row.executor?.kind)),
      line(l10n.t('Note'), ({ row }) => row.marks.note),
    ],
  };
}

function placeText(kind: 'workspace' | 'temp' | 'queue' | undefined): string {
  switch (kind) {
    case 'workspace':
      return l10n.t('the workspace');
    case 'temp':
      return l10n.t('a folder of its own');
    case 'queue':
      return l10n.t('the queue');
    default:
      return '';
  }
}
