import { EventEmitter } from 'vscode';
import { Disposables } from './disposables.ts';

/** One verb at work on a repository, or waiting for its turn. */
export interface Operation {
  readonly title: string;
  readonly signal: AbortSignal;
  /** Called with the title of the operation that is waited for, each time that it changes. */
  onWait(forTitle: string): void;
}

/**
 * Lets one verb after another work on a repository, in the order they were asked for.
 *
 * The engine's own lock guards against other processes; this keeps one editor from waiting for itself, and says for whom.
 */
export class OperationQueue extends Disposables {
  readonly #changed = this.track(new EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  readonly #operations: Operation[] = [];
  #tail: Promise<unknown> = Promise.resolve();

  /** The one at work, then those that wait. */
  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** Runs `work` when all before it have ended. An operation cancelled while it waits never starts. @throws What `work` throws. */
  async run<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
    const before = this.#tail;
    let release = (): void => {};
    this.#tail = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#operations.push(operation);
    this.#tell();
    try {
      await Promise.race([before, aborted(operation.signal)]);
      operation.signal.throwIfAborted();
      return await work();
    } finally {
      this.#operations.splice(this.#operations.indexOf(operation), 1);
      // One that was cancelled while it waited must not let those behind it start before the one in front has ended.
      void before.then(release);
      this.#tell();
    }
  }

  #tell(): void {
    this.#changed.fire();
    for (const [at, operation] of this.#operations.entries()) {
      const front = this.#operations[0];
      if (at > 0 && front) operation.onWait(front.title);
    }
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
