import { EventEmitter } from 'vscode';
import type { EngineEvent, StageAddress } from '../../engine/index.ts';
import type { JobProgress } from '../command.ts';
import { Disposables } from '../disposables.ts';
import type { RepoModel } from '../repo-model.ts';
import { progressOf } from './run-progress.ts';

/** What a run of a stage is at. `skipped`: it was up to date already. */
export interface StageRunState {
  readonly phase: 'waiting' | 'running' | 'done' | 'failed' | 'restored' | 'skipped';
  /** Ms since the epoch, once its command has started. */
  readonly startedAt?: number;
  /** The last line it has printed, or why it failed. */
  readonly line?: string;
}

/** Often enough to be alive, seldom enough for a stage that prints thousands of lines. Ms. */
const PAUSE = 250;

/** What the stages of the reproductions at work are at; nothing of those that are over. */
export class StageRuns extends Disposables {
  readonly #changed = this.track(new EventEmitter<StageAddress[]>());
  /** Stages whose state is another now; lines are told of in bunches. */
  readonly onDidChange = this.#changed.event;
  readonly #runs = new Map<RepoModel, Map<StageAddress, StageRunState>>();
  readonly #dirty = new Set<StageAddress>();
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    super();
    this.track({ dispose: () => clearTimeout(this.#timer) });
  }

  state(model: RepoModel, address: StageAddress): StageRunState | undefined {
    return this.#runs.get(model)?.get(address);
  }

  /** Stages of a repository that are part of a run, by what they are at. */
  all(model: RepoModel): ReadonlyMap<StageAddress, StageRunState> {
    return this.#runs.get(model) ?? new Map();
  }

  /** Takes note of what a running `repro` announces. @returns how far it is, where the event says so */
  note(model: RepoModel, event: EngineEvent): JobProgress | undefined {
    const states = this.#runs.get(model) ?? new Map<StageAddress, StageRunState>();
    this.#runs.set(model, states);
    if (event.type === 'stages-planned') {
      const planned = event.stages as StageAddress[]; // Shown from the root, an address is itself.
      for (const address of planned) states.set(address, { phase: 'waiting' });
      this.#tell(planned);
      return progressOf(states);
    }
    if (!('stage' in event)) return undefined;
    const address = event.stage as StageAddress; // As above.
    const before = states.get(address);
    const next = follow(before, event);
    if (next === before || next === undefined) return undefined;
    states.set(address, next);
    if (next.phase !== before?.phase) {
      model.setStagesAtWork(atWork(states));
      this.#tell([address]);
      return progressOf(states);
    }
    this.#tellSoon(address);
    return undefined;
  }

  /** A run is over and the snapshot tells the rest. */
  clear(model: RepoModel): void {
    const states = this.#runs.get(model);
    if (!states) return;
    this.#runs.delete(model);
    model.setStagesAtWork(new Set());
    this.#tell([...states.keys()]);
  }

  #tell(addresses: readonly StageAddress[]): void {
    if (!this.isDisposed && addresses.length > 0) this.#changed.fire([...addresses]);
  }

  #tellSoon(address: StageAddress): void {
    this.#dirty.add(address);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const dirty = [...this.#dirty];
      this.#dirty.clear();
      this.#tell(dirty);
    }, PAUSE);
  }
}

const atWork = (states: ReadonlyMap<StageAddress, StageRunState>): Set<StageAddress> =>
  new Set(
    [...states].flatMap(([address, { phase }]) => (phase === 'running' || phase === 'restored' ? [address] : [])),
  );

function follow(before: StageRunState | undefined, event: EngineEvent): StageRunState | undefined {
  switch (event.type) {
    case 'stage-started':
      return { phase: 'running', startedAt: Date.now() };
    case 'stage-line':
      return { ...before, phase: 'running', line: plain(event.line) };
    case 'stage-skipped':
      return { phase: 'skipped' };
    case 'stage-restored':
      return { phase: 'restored' };
    case 'stage-finished':
      return before?.phase === 'restored' ? before : { ...before, phase: 'done' };
    case 'stage-failed':
      return { ...before, phase: 'failed', line: event.message };
    default:
      return before;
  }
}

/** As a row shows it: without colours, and no longer than one can be. */
const plain = (line: string): string => line.replace(ESCAPES, '').slice(0, LONGEST);
const ESCAPES = /\x1b\[[0-9;?]*[A-Za-z]/g;
const LONGEST = 200;
