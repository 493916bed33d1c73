import { commands, EventEmitter, l10n } from 'vscode';
import type { Progress, TransferControl } from '../engine/index.ts';
import { Disposables } from './disposables.ts';
import { formatPercent } from './format.ts';
import { describeProgress, fractionDone, progressParts } from './progress-text.ts';
import type { RepoModel } from './repo-model.ts';

/** Ms between two drawings of what is at work: a person reads no faster, and a tree has work of its own. */
const STEP = 500;

/** A push, fetch or pull at work. */
export class Transfer {
  readonly model: RepoModel;
  readonly title: string;
  readonly control: TransferControl;
  /** False where nothing arrives here by it: nobody waits for a file of a push. */
  readonly brings: boolean;
  readonly #abort = new AbortController();
  #progress: Progress | undefined;

  constructor(model: RepoModel, title: string, control: TransferControl, brings: boolean) {
    this.model = model;
    this.title = title;
    this.control = control;
    this.brings = brings;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get progress(): Progress | undefined {
    return this.#progress;
  }

  /** `120 of 1,000 files · 3 MB of 20 MB · 1 MB/s · 17 s left`, or that it is paused. */
  get text(): string {
    const counted = this.#progress && describeProgress(this.#progress);
    return [this.control.paused ? l10n.t('paused') : '', counted ?? ''].filter(Boolean).join(' · ');
  }

  /** The same where there is little room, what a person waits for first: `43% · 17 s left · 1 MB/s · …` */
  get shortText(): string {
    const { control, fraction } = this;
    const { files, bytes, rate, left } = progressParts(this.#progress);
    const percent = fraction === undefined ? '' : formatPercent(fraction);
    return [control.paused ? l10n.t('paused') : '', percent, left, rate, files, bytes].filter(Boolean).join(' · ');
  }

  /** 0 to 1; undefined while nobody knows. */
  get fraction(): number | undefined {
    return this.#progress && fractionDone(this.#progress);
  }

  cancel(): void {
    this.#abort.abort();
  }

  /** @internal Told by {@link Transfers.progressed}. */
  take(progress: Progress): void {
    this.#progress = progress;
  }
}

/** The transfers at work: at most one in each repository, as its verbs take turns. */
export class Transfers extends Disposables {
  readonly #changed = this.track(new EventEmitter<Transfer>());
  /** One has begun, is held, goes on or has ended. */
  readonly onDidChange = this.#changed.event;
  readonly #moved = this.track(new EventEmitter<Transfer>());
  /** One has come further; at most every half second. */
  readonly onDidMove = this.#moved.event;
  readonly #running = new Map<RepoModel, Transfer>();
  readonly #due = new Map<Transfer, NodeJS.Timeout>();

  constructor() {
    super();
    this.track({ dispose: () => [...this.#due.values()].forEach(clearTimeout) });
  }

  get all(): readonly Transfer[] {
    return [...this.#running.values()];
  }

  of(model: RepoModel): Transfer | undefined {
    return this.#running.get(model);
  }

  /** @returns What ends it. */
  begin(transfer: Transfer): Disposable {
    const { model, control } = transfer;
    this.#running.set(model, transfer);
    const listening = control.onChange(() => this.#tell(transfer));
    this.#tell(transfer);
    return {
      [Symbol.dispose]: () => {
        listening[Symbol.dispose]();
        control.end();
        this.#running.delete(model);
        this.#tell(transfer);
      },
    };
  }

  progressed(transfer: Transfer, progress: Progress): void {
    transfer.take(progress);
    if (this.#due.has(transfer)) return;
    const tell = (): void => {
      this.#due.delete(transfer);
      if (this.#running.get(transfer.model) === transfer) this.#moved.fire(transfer);
    };
    this.#due.set(transfer, setTimeout(tell, STEP));
  }

  #tell(transfer: Transfer): void {
    if (this.isDisposed) return;
    const { all } = this;
    const held = all.filter(({ control }) => control.paused).length;
    void commands.executeCommand('setContext', 'lode.transferring', all.length > 0);
    void commands.executeCommand('setContext', 'lode.transferPaused', held > 0);
    void commands.executeCommand('setContext', 'lode.transferRunning', held < all.length);
    this.#changed.fire(transfer);
  }
}
