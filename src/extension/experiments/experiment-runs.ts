import { EventEmitter, l10n, type OutputChannel, Uri, window, workspace } from 'vscode';
import type { EngineEvent, ExpRunResult, RuleMetEvent } from '../../engine/index.ts';
import type { App } from '../app.ts';
import type { Job } from '../command.ts';
import { Disposables } from '../disposables.ts';
import { loadEngine } from '../engine.ts';
import type { ExtensionLog } from '../log.ts';
import { withContext } from '../op-context.ts';
import { stageEnvironment } from '../pipelines/stage-environment.ts';
import { presentError } from '../present-error.ts';
import type { RepoModel } from '../repo-model.ts';
import { defaultRules, tellOfRule } from './stop-rules.ts';

export interface LaunchOptions {
  /** As `exp run -S` takes them. */
  readonly params: readonly string[];
  readonly name?: string;
  /** Told once the parameters are taken. */
  readonly onTaken?: () => void;
}

/** Experiments that this window runs: in the workspace one of each repository, and the queue's. */
export class ExperimentRuns extends Disposables {
  readonly #log: ExtensionLog;
  readonly #changed = this.track(new EventEmitter<RepoModel>());
  readonly onDidChange = this.#changed.event;
  readonly #inWorkspace = new Map<RepoModel, AbortController>();
  readonly #queues = new Map<RepoModel, AbortController>();
  #output: OutputChannel | undefined;

  constructor(log: ExtensionLog) {
    super();
    this.#log = log;
    this.track({
      dispose: () => {
        for (const abort of this.#queues.values()) abort.abort();
      },
    });
  }

  isAtWork(model: RepoModel): boolean {
    return this.#inWorkspace.has(model) || this.#queues.has(model);
  }

  isQueueAtWork(model: RepoModel): boolean {
    return this.#queues.has(model);
  }

  /** The run of the workspace, as a job of its repository. */
  job(app: App, model: RepoModel, { params, name, onTaken }: LaunchOptions): Job {
    const abort = new AbortController();
    let isTaken = false;
    return {
      title: name === undefined ? l10n.t('Running an experiment') : l10n.t('Running the experiment {0}', name),
      where: 'notification',
      followsPipelines: true,
      signal: abort.signal,
      onEvent: (event) => {
        this.#print(event);
        if (event.type === 'rule-met') tellOfRule(app, model, event);
        if (event.type === 'stages-planned' && !isTaken) {
          isTaken = true;
          onTaken?.();
        }
        return app.stageRuns.note(model, event);
      },
      run: async ({ engine, repo, ctx }) => {
        await workspace.saveAll(false);
        this.#inWorkspace.set(model, abort);
        this.#changed.fire(model);
        try {
          const env = await stageEnvironment(Uri.file(model.root));
          const stopWhen = defaultRules(engine, model);
          const options = { params, env, stopWhen, ...(name === undefined ? {} : { name }) };
          const result = await engine.expRun(repo, options, ctx);
          if (!isTaken) onTaken?.();
          if (result.failure?.code === 'experiment-stopped') return undefined; // Its rule was told of.
          if (result.failure) throw result.failure;
          return doneText(result);
        } finally {
          app.stageRuns.clear(model);
          this.#inWorkspace.delete(model);
          this.#changed.fire(model);
        }
      },
    };
  }

  /** Ends the run of the workspace. @returns false where there is none */
  stop(model: RepoModel): boolean {
    const abort = this.#inWorkspace.get(model);
    abort?.abort();
    return abort !== undefined;
  }

  /** Works on the queue beside everything else, until nothing waits in it. */
  async startQueue(app: App, model: RepoModel, jobs: number): Promise<void> {
    if (this.#queues.has(model)) return;
    const abort = new AbortController();
    this.#queues.set(model, abort);
    this.#changed.fire(model);
    try {
      const [engine, repo] = [await loadEngine(), await model.repo()];
      const title = l10n.t('Running queued experiments');
      const env = await stageEnvironment(Uri.file(model.root));
      const ended = await withContext(
        { engine, log: this.#log, cwd: model.root, title, secrets: app.secrets, where: 'window', signal: abort.signal },
        (ctx) => {
          const onRule = (event: RuleMetEvent): void => tellOfRule(app, model, event);
          return engine.queueRun(repo, { jobs, env, onRule, onEnd: () => this.#changed.fire(model) }, ctx);
        },
      );
      const failed = ended.filter(({ state }) => state === 'failed').length;
      if (ended.length === 0) return;
      const text =
        failed === 0
          ? l10n.t('The queue has run: {0} finished', ended.length)
          : l10n.t('The queue has run: {0} finished, {1} failed', ended.length - failed, failed);
      window.setStatusBarMessage(`$(check) ${text}`, 6000);
    } catch (error) {
      await presentError(app, error, { model, again: async () => true });
    } finally {
      this.#queues.delete(model);
      this.#changed.fire(model);
      model.refreshAll();
    }
  }

  /** What the run of the workspace has printed. */
  showOutput(): void {
    this.#channel.show(true);
  }

  get #channel(): OutputChannel {
    this.#output ??= this.track(window.createOutputChannel('Lode Experiments'));
    return this.#output;
  }

  #print(event: EngineEvent): void {
    if (event.type === 'stages-planned') this.#channel.clear();
    if (event.type === 'stage-started') this.#channel.appendLine(`> ${event.stage}: ${event.cmd}`);
    if (event.type === 'stage-line') this.#channel.appendLine(event.line);
    if (event.type === 'stage-failed') this.#channel.appendLine(`! ${event.stage}: ${event.message}`);
  }
}

const doneText = ({ name }: ExpRunResult): string => l10n.t('The experiment {0} has finished', name);
