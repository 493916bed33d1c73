import {
  CustomExecution,
  l10n,
  Task,
  type TaskDefinition,
  TaskPanelKind,
  type TaskProvider,
  TaskRevealKind,
  TaskScope,
  tasks,
  Uri,
  workspace,
} from 'vscode';
import type { StageAddress } from '../../engine/index.ts';
import type { App } from '../app.ts';
import { Disposables } from '../disposables.ts';
import { presentError } from '../present-error.ts';
import type { RepoModel } from '../repo-model.ts';
import { type RunMode, reproJob, runTitle, type StageRunRequest } from './stage-run.ts';
import { stagesOf } from './stage-target.ts';
import { StageTerminal } from './stage-terminal.ts';

export const TASK_TYPE = 'lode';

/** What a task of `tasks.json` says. */
interface StageTask extends TaskDefinition {
  /** Its address; without one every pipeline. */
  readonly stage?: string;
  /** `upstream` unless told. */
  readonly mode?: RunMode;
  /** Below the workspace folder; needed where there are several. */
  readonly repository?: string;
}

/** Runs of stages as tasks: those of `tasks.json`, with their problem matchers, and those that commands start. */
export class StageTasks extends Disposables implements TaskProvider {
  readonly #app: App;
  /** What has become of the runs that {@link run} has started. */
  readonly #ended = new Map<StageRunRequest, (isRight: boolean) => void>();

  constructor(app: App) {
    super();
    this.#app = app;
    this.track(tasks.registerTaskProvider(TASK_TYPE, this));
  }

  async provideTasks(): Promise<Task[]> {
    if (!workspace.isTrusted) return [];
    const models = this.#app.repositories.all;
    const found = await Promise.all(
      models.map(async (model) =>
        (await stagesOf(model)).map(({ address }) => this.#task(model, { mode: 'upstream', stages: [address] })),
      ),
    );
    return found.flat();
  }

  resolveTask(task: Task): Task | undefined {
    const definition = task.definition as StageTask; // Of the type this is registered for.
    const folder = typeof task.scope === 'object' ? task.scope.uri : workspace.workspaceFolders?.[0]?.uri;
    const at = folder && (definition.repository ? Uri.joinPath(folder, definition.repository) : folder);
    const model = (at && this.#app.repositories.at(at)) ?? this.#app.repositories.all[0];
    if (!model || !workspace.isTrusted) return undefined;
    const stages = definition.stage === undefined ? [] : [definition.stage as StageAddress];
    return this.#task(model, { mode: definition.mode ?? 'upstream', stages }, task);
  }

  /** Starts a run in a terminal and waits for its end. @returns whether all went well */
  async run(model: RepoModel, request: StageRunRequest): Promise<boolean> {
    const ended = new Promise<boolean>((resolve) => this.#ended.set(request, resolve));
    await tasks.executeTask(await this.#configured(model, request));
    return ended;
  }

  /** The task, with the problem matchers and looks that `tasks.json` gives it. */
  async #configured(model: RepoModel, request: StageRunRequest): Promise<Task> {
    const own = this.#task(model, request);
    const { stage, mode } = own.definition as StageTask;
    const [given] = configuredTasks(model).filter(
      (one) => one['stage'] === stage && (one['mode'] ?? 'upstream') === mode,
    );
    const matchers = given?.['problemMatcher'];
    if (matchers !== undefined) own.problemMatchers = [matchers].flat().filter((one) => typeof one === 'string');
    return own;
  }

  #task(model: RepoModel, request: StageRunRequest, given?: Task): Task {
    const { stages, mode } = request;
    const definition: StageTask = (given?.definition as StageTask) ?? {
      type: TASK_TYPE,
      ...(stages[0] === undefined ? {} : { stage: stages[0] }),
      mode,
    };
    const scope = workspace.getWorkspaceFolder(Uri.file(model.root)) ?? TaskScope.Workspace;
    const name = given?.name ?? nameOf(request);
    const execution = new CustomExecution(async () => this.#terminal(model, request));
    const task = new Task(definition, given?.scope ?? scope, name, TASK_TYPE, execution, given?.problemMatchers ?? []);
    task.detail = runTitle(request);
    task.presentationOptions = {
      reveal: TaskRevealKind.Always,
      focus: false,
      panel: TaskPanelKind.Shared,
      showReuseMessage: false,
      clear: true,
      ...given?.presentationOptions,
    };
    return task;
  }

  #terminal(model: RepoModel, request: StageRunRequest): StageTerminal {
    const terminal = new StageTerminal(async (onEvent, signal) => {
      try {
        await this.#app.work(model, reproJob(this.#app, model, request, { onEvent, signal }));
        terminal.say(l10n.t('Done.'));
        this.#end(request, true);
        return 0;
      } catch (error) {
        this.#end(request, false);
        terminal.fail(error instanceof Error ? error.message : String(error));
        const again = (): Promise<boolean> => this.run(model, { ...request });
        void presentError(this.#app, error, { model, again });
        return 1;
      } finally {
        void model.settled().then(() => this.#app.stageRuns.clear(model));
      }
    });
    return terminal;
  }

  #end(request: StageRunRequest, isRight: boolean): void {
    this.#ended.get(request)?.(isRight);
    this.#ended.delete(request);
  }
}

function nameOf({ mode, stages }: StageRunRequest): string {
  const [first, ...more] = stages;
  if (first === undefined) return l10n.t('all pipelines');
  if (more.length > 0) return l10n.t('{0} and {1} more', first, more.length);
  return mode === 'upstream' ? first : `${first} (${mode})`;
}

/** Tasks of ours that the user has written. */
const configuredTasks = (model: RepoModel): readonly TaskDefinition[] =>
  (workspace.getConfiguration('tasks', Uri.file(model.root)).get<readonly TaskDefinition[]>('tasks') ?? []).filter(
    ({ type }) => type === TASK_TYPE,
  );
