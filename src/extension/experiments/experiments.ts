import { EventEmitter, type Memento } from 'vscode';
import type { ExperimentRow, ExperimentsReader, ExperimentsTable } from '../../engine/index.ts';
import { type Coalesced, coalesce } from '../coalesce.ts';
import { Disposables } from '../disposables.ts';
import { loadEngine } from '../engine.ts';
import type { ExtensionLog } from '../log.ts';
import { quietContext } from '../op-context.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import { ExperimentRuns } from './experiment-runs.ts';

/** What is known of a repository's experiments. */
export interface ExperimentsState {
  readonly phase: 'loading' | 'ready' | 'failed' | 'restricted';
  readonly table: ExperimentsTable | undefined;
  /** Why they cannot be read, in a sentence. */
  readonly problem: string | undefined;
  readonly queue: { readonly queued: number; readonly running: number; readonly isStarted: boolean };
  /** Refs of experiments that the default Git remote had when it was asked last. */
  readonly pushed: ReadonlySet<string>;
}

/** How much of the history is shown. */
export interface HistoryChoice {
  /** Commits of each branch. */
  readonly commits: number;
  /** Beside the one that is checked out. */
  readonly branches: readonly string[];
}

const LOADING: ExperimentsState = {
  phase: 'loading',
  table: undefined,
  problem: undefined,
  queue: { queued: 0, running: 0, isStarted: false },
  pushed: new Set(),
};
export const FIRST_COMMITS = 3;

/** Often enough for values that grow, without an event for each of their files. Ms. */
const LIVE = 250;
const QUIET = { quiet: 60, atMost: 500 };

interface Followed {
  readonly read: Coalesced;
  readonly stop: () => void;
  reader: ExperimentsReader | undefined;
  state: ExperimentsState;
  timer: NodeJS.Timeout | undefined;
}

/** The experiments of the window's repositories: read once a view has asked for them, and followed from then on. */
export class Experiments extends Disposables {
  readonly runs: ExperimentRuns;
  readonly #repositories: Repositories;
  readonly #log: ExtensionLog;
  readonly #memory: Memento;
  readonly #changed = this.track(new EventEmitter<RepoModel>());
  readonly onDidChange = this.#changed.event;
  readonly #followed = new Map<RepoModel, Followed>();

  constructor(repositories: Repositories, log: ExtensionLog, memory: Memento) {
    super();
    this.#repositories = repositories;
    this.#log = log;
    this.#memory = memory;
    this.runs = this.track(new ExperimentRuns(log));
    this.track(this.runs.onDidChange((model) => this.refresh(model)));
    this.track(repositories.onDidChangeSnapshot(({ model }) => this.refresh(model)));
    this.track(repositories.onDidChange(() => this.#forgetGone()));
    this.track({ dispose: () => this.#forgetGone(true) });
  }

  /** Has the experiments of a repository read and followed. */
  ask(model: RepoModel): void {
    if (this.#followed.has(model) || this.isDisposed) return;
    const unknown = [
      model.onDidSeeUnknown(() => this.refresh(model)),
      model.onDidChangeFile(() => this.refresh(model)),
    ];
    const read = coalesce(() => this.#read(model), QUIET);
    this.#followed.set(model, {
      read,
      stop: () => {
        read.cancel();
        for (const one of unknown) one.dispose();
      },
      reader: undefined,
      state: model.trusted ? LOADING : { ...LOADING, phase: 'restricted' },
      timer: undefined,
    });
    if (model.trusted) read();
  }

  state(model: RepoModel): ExperimentsState {
    return this.#followed.get(model)?.state ?? LOADING;
  }

  row(model: RepoModel, id: string): ExperimentRow | undefined {
    return this.state(model).table?.rows.find((row) => row.id === id);
  }

  /** Reads again, soon; nothing where nobody has asked. */
  refresh(model: RepoModel): void {
    const followed = this.#followed.get(model);
    if (followed && model.trusted) followed.read();
  }

  /** Reads what is not known yet, and waits for it. */
  async read(model: RepoModel): Promise<ExperimentsState> {
    this.ask(model);
    this.refresh(model);
    await this.#followed.get(model)?.read.flush();
    return this.state(model);
  }

  history(model: RepoModel): HistoryChoice {
    return this.#memory.get<HistoryChoice>(`lode.history:${model.root}`) ?? { commits: FIRST_COMMITS, branches: [] };
  }

  async setHistory(model: RepoModel, choice: HistoryChoice): Promise<void> {
    await this.#memory.update(`lode.history:${model.root}`, choice);
    this.refresh(model);
  }

  /** What the Git remote was seen to have. */
  notePushed(model: RepoModel, refs: readonly string[]): void {
    const followed = this.#followed.get(model);
    if (!followed) return;
    followed.state = { ...followed.state, pushed: new Set([...followed.state.pushed, ...refs]) };
    this.#changed.fire(model);
  }

  async #read(model: RepoModel): Promise<void> {
    const followed = this.#followed.get(model);
    if (!followed || model.isDisposed) return;
    clearTimeout(followed.timer);
    try {
      const [engine, repo] = [await loadEngine(), await model.repo()];
      const ctx = quietContext(engine, this.#log, model.root, new AbortController().signal);
      followed.reader ??= new engine.ExperimentsReader(repo);
      const { commits, branches } = this.history(model);
      const table = await followed.reader.read({ revs: ['HEAD', ...branches], num: commits }, ctx);
      const { entries, active } = engine.queueStatus(repo);
      const count = (state: string): number => entries.filter((entry) => entry.state === state).length;
      const queue = {
        queued: count('queued'),
        running: count('running'),
        isStarted: active > 0 || this.runs.isQueueAtWork(model),
      };
      followed.state = { ...followed.state, phase: 'ready', table, problem: undefined, queue };
      const isLive = table.rows.some(({ status }) => status === 'running') || this.runs.isAtWork(model);
      if (isLive && !this.isDisposed) followed.timer = setTimeout(() => this.refresh(model), LIVE);
    } catch (error) {
      this.#log.error(`The experiments of ${model.root} cannot be read.`, error);
      const problem = error instanceof Error ? error.message : String(error);
      followed.state = { ...followed.state, phase: 'failed', problem };
    }
    if (!this.isDisposed) this.#changed.fire(model);
  }

  #forgetGone(all = false): void {
    for (const [model, followed] of this.#followed) {
      if (!all && this.#repositories.all.includes(model)) continue;
      clearTimeout(followed.timer);
      followed.stop();
      this.#followed.delete(model);
    }
  }
}
