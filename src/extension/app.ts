import { commands, type ExtensionContext, l10n, type MessageItem, window, workspace } from 'vscode';
import { BigFiles } from './big-files.ts';
import { type Call, chooseRepository, selectedUris } from './call.ts';
import type { AnyCommand, Job } from './command.ts';
import { Contexts } from './contexts.ts';
import { Decorations } from './decorations.ts';
import { Disposables } from './disposables.ts';
import { loadEngine } from './engine.ts';
import { Experiments } from './experiments/experiments.ts';
import { RunInsights } from './experiments/run-insights.ts';
import { ValueDiffs } from './experiments/value-diffs.ts';
import { FollowGit } from './follow-git.ts';
import { LanguageFeatures } from './language/language-features.ts';
import { ExtensionLog } from './log.ts';
import { withContext } from './op-context.ts';
import { ComparePanels } from './panels/compare-panels.ts';
import { DoctorPanel } from './panels/doctor-panel.ts';
import { ExperimentsPanels } from './panels/experiments-panels.ts';
import { GraphPanels } from './panels/graph-panels.ts';
import { PlotsPanels } from './panels/plots-panels.ts';
import { StageRuns } from './pipelines/run-state.ts';
import { StageDiagnostics } from './pipelines/stage-diagnostics.ts';
import { StageLenses } from './pipelines/stage-lenses.ts';
import { StageTasks } from './pipelines/stage-tasks.ts';
import { StaleOutputs } from './pipelines/stale-outputs.ts';
import { StageTests } from './pipelines/testing.ts';
import { PlotsChoice } from './plots/plots-choice.ts';
import { presentError } from './present-error.ts';
import { PushGuard } from './push-guard.ts';
import { RemoteSecrets } from './remote-secrets.ts';
import { RemoteStates } from './remote-states.ts';
import type { RepoModel } from './repo-model.ts';
import { Repositories } from './repositories.ts';
import { RevFiles } from './rev-files.ts';
import { SourceControls } from './scm.ts';
import { StatusBar, summary } from './status-bar.ts';
import { Transfer, Transfers } from './transfers.ts';
import { ExperimentsTree } from './views/experiments-tree.ts';
import { PipelinesTree } from './views/pipelines-tree.ts';
import { RemotesTree } from './views/remotes-tree.ts';
import { TrackedTree } from './views/tracked-tree.ts';

/** Ms after which somebody has looked away, and the end of the work is worth a notification. */
const LOOKED_AWAY = 5000;
const SHOWN = 6000;

/** What all parts of the extension share, and the one path every command takes. */
export class App extends Disposables {
  readonly log = this.track(new ExtensionLog());
  readonly secrets: RemoteSecrets;
  readonly repositories: Repositories;
  readonly statusBar: StatusBar;
  readonly trackedTree: TrackedTree;
  readonly bigFiles: BigFiles;
  readonly sourceControl: SourceControls;
  readonly remoteStates: RemoteStates;
  readonly transfers = this.track(new Transfers());
  readonly stageRuns = this.track(new StageRuns());
  readonly stageTasks = this.track(new StageTasks(this));
  readonly doctor: DoctorPanel;
  readonly graphs: GraphPanels;
  readonly experiments: Experiments;
  readonly experimentsPanels: ExperimentsPanels;
  readonly plotsChoice: PlotsChoice;
  readonly plotsPanels: PlotsPanels;
  readonly comparePanels: ComparePanels;
  readonly extensionId: string;

  constructor(context: ExtensionContext) {
    super();
    const { log } = this;
    this.secrets = new RemoteSecrets(context.secrets);
    const repositories = this.track(new Repositories(log, this.secrets));
    this.repositories = repositories;
    this.statusBar = this.track(new StatusBar(repositories, this.transfers));
    this.trackedTree = this.track(new TrackedTree(repositories, log));
    this.bigFiles = this.track(new BigFiles(repositories, log));
    this.sourceControl = this.track(new SourceControls(repositories, this.bigFiles));
    this.remoteStates = this.track(new RemoteStates());
    this.extensionId = context.extension.id;
    this.doctor = this.track(new DoctorPanel({ repositories, log, extensionUri: context.extensionUri }));
    this.graphs = this.track(
      new GraphPanels({ repositories, runs: this.stageRuns, extensionUri: context.extensionUri }),
    );
    const { extensionUri, workspaceState: memory } = context;
    this.experiments = this.track(new Experiments(repositories, log, memory));
    const { experiments } = this;
    const choice = this.track(new PlotsChoice(memory));
    this.plotsChoice = choice;
    this.experimentsPanels = this.track(
      new ExperimentsPanels({ repositories, experiments, memory, choice, log, extensionUri }),
    );
    this.plotsPanels = this.track(
      new PlotsPanels({
        repositories,
        experiments,
        choice,
        log,
        extensionUri,
        onBrush: (model, rows) => this.experimentsPanels.highlight(model, rows),
      }),
    );
    this.comparePanels = this.track(
      new ComparePanels({ repositories, experiments, choice: this.plotsChoice, log, extensionUri }),
    );
    this.track(new ValueDiffs(this));
    this.track(new RunInsights(repositories, experiments));
    this.track(new ExperimentsTree(repositories, experiments));
    this.track(new Decorations(this.repositories, this.track(new Contexts(this.repositories))));
    this.track(new PipelinesTree(this.repositories, this.stageRuns));
    this.track(new RemotesTree(this.repositories, this.remoteStates, this.transfers));
    this.track(new StageLenses(this.repositories, this.stageRuns));
    this.track(new StageDiagnostics(this.repositories));
    this.track(new StaleOutputs(this.repositories));
    this.track(new StageTests(this));
    this.track(new FollowGit(this.repositories, this.log));
    this.track(new PushGuard(this.repositories, this.log));
    this.track(new RevFiles(this.repositories, this.log));
    this.track(new LanguageFeatures(this.repositories, this.log));
  }

  /**
   * Runs a command: checks what it needs, asks what it must, waits for its turn, works with progress, tells the end.
   * Never rejects: an error is presented to the user here.
   *
   * @returns Whether it did what it is for.
   */
  async invoke(command: AnyCommand, args: readonly unknown[]): Promise<boolean> {
    const call: Call = { app: this, args, uris: selectedUris(args) };
    let model: RepoModel | undefined;
    try {
      if (command.needs !== 'nothing' && command.needs !== 'repo' && !(await this.#isTrusted())) return false;
      if (command.needs === 'nothing' || command.needs === 'trust') {
        await command.start(call);
        return true;
      }
      await this.repositories.ready();
      model = await chooseRepository(call);
      if (!model) return await this.#sayNoRepository(call);
      const job = await command.start({ ...call, model });
      return job === undefined || (await this.work(model, job));
    } catch (error) {
      await presentError(this, error, { model, again: () => this.invoke(command, args) });
      return false;
    }
  }

  /** Says how the data of a repository stands. */
  showSummary(model: RepoModel): void {
    void window.showInformationMessage(`${model.name}: ${summary(model)}`);
  }

  /** Works on a repository when it is its turn, with progress, and tells the end. @throws What the job throws. */
  async work(model: RepoModel, job: Job): Promise<true> {
    const engine = await loadEngine();
    const repo = await model.repo();
    const startedAt = performance.now();
    const { log } = this;
    log.info(`${model.name}: ${job.title}`);
    const onProgress = (fraction: number | undefined) => this.statusBar.running(model, job.title, fraction);
    const transfer =
      job.transfer && new Transfer(model, job.title, new engine.TransferControl(), job.transfer === 'brings');
    const message = await withContext(
      {
        engine,
        log,
        cwd: model.root,
        title: job.title,
        secrets: this.secrets,
        where: job.where,
        onProgress,
        onEvent: job.onEvent,
        onCount: transfer && ((progress) => this.transfers.progressed(transfer, progress)),
        signal: transfer?.signal ?? job.signal,
      },
      (ctx, { say }) =>
        model.queue.run(
          { title: job.title, signal: ctx.signal, onWait: (other) => say(l10n.t('Waiting for “{0}” to end', other)) },
          async () => {
            using _transfer = transfer && this.transfers.begin(transfer);
            const held = model.hold({ pipelines: job.followsPipelines !== true });
            this.statusBar.running(model, job.title);
            try {
              repo.forgetIndex(); // A stage file may have been written that no event has told of yet.
              return await job.run({
                app: this,
                engine,
                model,
                repo,
                ctx,
                ...(transfer && { control: transfer.control }),
              });
            } finally {
              this.statusBar.finished(model);
              held.release();
            }
          },
        ),
    );
    const took = performance.now() - startedAt;
    log.info(`${model.name}: ${job.title}: ${message ?? 'done'} (${Math.round(took)} ms)`);
    if (message !== undefined) {
      if (took > LOOKED_AWAY) void window.showInformationMessage(message);
      else window.setStatusBarMessage(`$(check) ${message}`, SHOWN);
    }
    return true;
  }

  async #isTrusted(): Promise<boolean> {
    if (workspace.isTrusted) return true;
    const manage: MessageItem = { title: l10n.t('Manage Workspace Trust') };
    const text = l10n.t('This is not available in Restricted Mode, because a repository can name programs to run.');
    if ((await window.showWarningMessage(text, manage)) === manage)
      await commands.executeCommand('workbench.trust.manage');
    return false;
  }

  async #sayNoRepository({ uris }: Call): Promise<false> {
    if (this.repositories.all.length > 0 && uris.length === 0) return false; // The user closed the question which one.
    const init: MessageItem = { title: l10n.t('Initialize a Repository') };
    const text =
      uris.length > 0 && this.repositories.all.length > 0
        ? l10n.t('The selection is not in a DVC repository.')
        : l10n.t('There is no DVC repository in this window.');
    if ((await window.showInformationMessage(text, init)) === init) await commands.executeCommand('lode.init');
    return false;
  }
}
