import { cancelled } from '../core/errors.ts';
import type { RepoPath } from '../core/ids.ts';

/** Does what is to be done with a path whose content is all here. Does not reject. */
export type ArrivalListener = (path: RepoPath) => Promise<void>;

interface Wish {
  readonly path: RepoPath;
  readonly settle: (isThere: boolean) => void;
}

/** Holds transfers, and says what is wanted first. Made by a face for one verb, passed in its options; may be used at any time. */
export class TransferControl {
  readonly #listeners = new Set<() => void>();
  readonly #arrivals = new Set<ArrivalListener>();
  readonly #wishes: Wish[] = [];
  #paused = false;
  #ended = false;

  get paused(): boolean {
    return this.#paused;
  }

  /** Nothing new is begun, and large files are put down where they can be taken up again; small ones are brought to their end. */
  pause(): void {
    this.#paused = true;
    this.#tell();
  }

  resume(): void {
    this.#paused = false;
    this.#tell();
  }

  /**
   * This file, or what is below this folder, comes before everything else. The last one told comes first.
   *
   * @returns True once a pull has put it into the workspace, while the rest may still be on its way; false where the verb ended without that.
   */
  first(path: RepoPath): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false);
    const wish = new Promise<boolean>((settle) => this.#wishes.push({ path, settle }));
    this.#tell();
    return wish;
  }

  /** What {@link first} was told, in the order of the calls. It only grows. */
  get wanted(): readonly RepoPath[] {
    return this.#wishes.map(({ path }) => path);
  }

  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Told of what was wanted first once all its content is here. */
  onArrival(listener: ArrivalListener): Disposable {
    this.#arrivals.add(listener);
    return { [Symbol.dispose]: () => void this.#arrivals.delete(listener) };
  }

  async arrived(path: RepoPath): Promise<void> {
    for (const listener of [...this.#arrivals]) await listener(path);
  }

  /** What was wanted is in the workspace now. */
  placed(path: RepoPath): void {
    for (const wish of this.#wishes) if (wish.path === path) wish.settle(true);
  }

  /** Resolves while transfers may go on. @throws `cancelled` */
  async untilResumed(signal: AbortSignal): Promise<void> {
    while (this.#paused) {
      if (signal.aborted) throw cancelled();
      await new Promise<void>((resolve) => {
        const done = (): void => {
          listening[Symbol.dispose]();
          signal.removeEventListener('abort', done);
          resolve();
        };
        const listening = this.onChange(done);
        signal.addEventListener('abort', done);
      });
    }
  }

  /** The verb is over: nobody waits any more. */
  end(): void {
    this.#ended = true;
    for (const wish of this.#wishes) wish.settle(false); // Those that were settled stay so.
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
