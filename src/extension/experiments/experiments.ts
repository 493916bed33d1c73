import { type Disposable, EventEmitter, type Memento, Uri, workspace } from 'vscode';
import type { DirectionOf, ExperimentRow, ExperimentsReader, ExperimentsTable } from '../../engine/index.ts';
import { type Coalesced, coalesce } from '../coalesce.ts';
import { Disposables } from '../disposables.ts';
import { loadEngine } from '../engine.ts';
import type { ExtensionLog } from '../log.ts';
import { quietContext } from '../op-context.ts';
import type { RepoModel } from '../repo-model.ts';
import type { Repositories } from '../repositories.ts';
import { setting } from '../settings.ts';
import { ExperimentRuns } from './experiment-runs.ts';

/** What is known of a repository's experiments. */
export interface ExperimentsState {
  readonly phase: 'loading' | 'ready' | 'failed' | 'restricted';
  readonly table: ExperimentsTable | undefined;
  /** Which way a metric gets better; the same function as long as nobody says something else. */
  readonly directionOf: DirectionOf;
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
  directionOf: () => undefined,
  problem: undefined,
  queue: { queued: 0, running: 0, isStarted: false },
  pushed: new Set(),
};
export const FIRST_COMMITS = 3;

/** Often enough for values that grow, without an event for each of their files. Ms. */
const LIVE = 250;
const QUIET = { quiet: 60, atMost: 500 };

/** Views that come and go, as tabs do, are waited for this long before nothing is followed any more. Ms. */
const NOBODY = 2000;

interface Known {
  readonly read: Coalesced;
  /** Who shows them now. */
  readonly by: Set<object>;
  reader: ExperimentsReader | undefined;
  state: ExperimentsState;
  /** What `directionOf` was made from. */
  directions: string;
  /** What tells of changes, while they are followed. */
  events: readonly Disposable[] | undefined;
  live: NodeJS.Timeout | undefined;
  nobody: NodeJS.Timeout | undefined;
}

/** The experiments of the window's repositories: read once somebody shows them, and followed for as long as somebody does. */
export class Experiments extends Disposables {
  readonly runs: ExperimentRuns;
  readonly #repositories: Repositories;
  readonly #log: ExtensionLog;
  readonly #memory: Memento;
  readonly #changed = this.track(new EventEmitter<RepoModel>());
  readonly onDidChange = this.#changed.event;
  readonly #known = new Map<RepoModel, Known>();

  constructor(repositories: Repositories, log: ExtensionLog, memory: Memento) {
    super();
    this.#repositories = repositories;
    this.#log = log;
    this.#memory = memory;
    this.runs = this.track(new ExperimentRuns(log));
    this.track(this.runs.onDidChange((model) => this.refresh(model)));
    this.track(repositories.onDidChangeSnapshot(({ model }) => this.refresh(model)));
    this.track(repositories.onDidChange(() => this.#forgetGone()));
    this.track(
      workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('lode.metrics.direction'))
          for (const model of this.#known.keys()) this.refresh(model);
      }),
    );
    this.track({ dispose: () => this.#forgetGone(true) });
  }

  /** Has the experiments of a repository read, and followed until `by` shows them no longer. */
  follow(model: RepoModel, by: object): void {
    if (this.isDisposed) return;
    const known = this.#of(model);
    known.by.add(by);
    clearTimeout(known.nobody);
    known.nobody = undefined;
    if (known.events) return;
    const again = (): void => this.refresh(model);
    known.events = [model.onDidSeeUnknown(again), model.onDidChangeFile(again)];
    if (model.trusted) known.read();
  }

  /** Somebody shows them no longer: of no repository, or of those that are not `still`. Soon after the last one, nothing is followed. */
  unfollow(by: object, still?: readonly RepoModel[]): void {
    for (const [model, known] of this.#known) {
      if (still?.includes(model) || !known.by.delete(by) || known.by.size > 0) continue;
      known.nobody = setTimeout(() => stop(known), NOBODY);
    }
  }

  isFollowed(model: RepoModel): boolean {
    return this.#known.get(model)?.events !== undefined;
  }

  /** As known last: of what is not followed, that may be long ago. */
  state(model: RepoModel): ExperimentsState {
    return this.#known.get(model)?.state ?? LOADING;
  }

  row(model: RepoModel, id: string): ExperimentRow | undefined {
    return this.state(model).table?.rows.find((row) => row.id === id);
  }

  /** Reads again, soon; nothing where nobody shows them. */
  refresh(model: RepoModel): void {
    const known = this.#known.get(model);
    if (known?.events && model.trusted) known.read();
  }

  /** Reads what is not known yet, and waits for it. */
  async read(model: RepoModel): Promise<ExperimentsState> {
    const known = this.#of(model);
    if (model.trusted) known.read();
    await known.read.flush();
    return known.state;
  }

  /** What is known where it is followed, else what is read now. */
  async current(model: RepoModel): Promise<ExperimentsState> {
    const state = this.state(model);
    return this.isFollowed(model) && state.phase === 'ready' ? state : this.read(model);
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
    const known = this.#known.get(model);
    if (!known) return;
    known.state = { ...known.state, pushed: new Set([...known.state.pushed, ...refs]) };
    this.#changed.fire(model);
  }

  async #read(model: RepoModel): Promise<void> {
    const known = this.#known.get(model);
    if (!known || model.isDisposed) return;
    clearTimeout(known.live);
    try {
      const [engine, repo] = [await loadEngine(), await model.repo()];
      const ctx = quietContext(engine, this.#log, model.root, new AbortController().signal);
      known.reader ??= new engine.ExperimentsReader(repo);
      const { commits, branches } = this.history(model);
      const table = await known.reader.read({ revs: ['HEAD', ...branches], num: commits }, ctx);
      const { entries, active } = engine.queueStatus(repo);
      const count = (state: string): number => entries.filter((entry) => entry.state === state).length;
      const queue = {
        queued: count('queued'),
        running: count('running'),
        isStarted: active > 0 || this.runs.isQueueAtWork(model),
      };
      const words = setting('metrics.direction', Uri.file(model.root));
      const directions = JSON.stringify([words, table.directions]);
      const isSaid = directions === known.directions;
      const directionOf = isSaid
        ? known.state.directionOf
        : engine.directionBy(engine.directionsOf(words), table.directions);
      known.directions = directions;
      known.state = { ...known.state, phase: 'ready', table, directionOf, problem: undefined, queue };
      const isLive = table.rows.some(({ status }) => status === 'running') || this.runs.isAtWork(model);
      if (isLive && known.events && !this.isDisposed) known.live = setTimeout(() => this.refresh(model), LIVE);
    } catch (error) {
      this.#log.error(`The experiments of ${model.root} cannot be read.`, error);
      const problem = error instanceof Error ? error.message : String(error);
      known.state = { ...known.state, phase: 'failed', problem };
    }
    if (!this.isDisposed) this.#changed.fire(model);
  }

  #of(model: RepoModel): Known {
    let known = this.#known.get(model);
    if (!known) {
      known = {
        read: coalesce(() => this.#read(model), QUIET),
        by: new Set(),
        reader: undefined,
        directions: '',
        state: model.trusted ? LOADING : { ...LOADING, phase: 'restricted' },
        events: undefined,
        live: undefined,
        nobody: undefined,
      };
      this.#known.set(model, known);
    }
    return known;
  }

  #forgetGone(all = false): void {
    for (const [model, known] of this.#known) {
      if (!all && this.#repositories.all.includes(model)) continue;
      stop(known);
      this.#known.delete(model);
    }
  }
}

function stop(known: Known): void {
  clearTimeout(known.live);
  clearTimeout(known.nobody);
  known.nobody = undefined;
  known.read.cancel();
  for (const one of known.events ?? []) one.dispose();
  known.events = undefined;
}
