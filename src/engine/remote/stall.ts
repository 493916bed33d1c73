import { setMaxListeners } from 'node:events';
import { cancelled, type DvcError, remoteFailed } from '../core/errors.ts';

/** Ends work that has gone silent, and lets go at once of work that is cancelled, whether or not it listens. */
export class StallWatch implements Disposable {
  readonly #parent: AbortSignal;
  #abort = new AbortController();
  readonly #onAbort = (): void => this.#end(cancelled());
  readonly #what: string;
  #limit: number;
  #timer: NodeJS.Timeout | undefined;
  #reject: ((error: Error) => void) | undefined;

  /** @param limit Milliseconds of silence. @param what For the message: what does not answer. */
  constructor(parent: AbortSignal, limit: number, what: string) {
    this.#parent = parent;
    this.#limit = limit;
    this.#what = what;
    setMaxListeners(0, parent); // Hundreds of calls may wait for one signal.
    parent.addEventListener('abort', this.#onAbort);
  }

  /** Aborted with the parent, and when the work has stalled. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** There is life. @param limit The silence allowed from now on. */
  touch(limit = this.#limit): void {
    if (limit !== this.#limit) {
      this.#limit = limit;
      if (this.#timer) this.#arm();
    } else this.#timer?.refresh();
  }

  /** The work's outcome, or its end by silence or cancellation. One at a time; time between two does not count. */
  race<T>(work: Promise<T>): Promise<T> {
    if (this.#parent.aborted) {
      work.catch(() => {});
      return Promise.reject(cancelled());
    }
    this.#arm();
    return new Promise<T>((resolve, reject) => {
      this.#reject = reject;
      work.then(resolve, reject);
    }).finally(() => {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#reject = undefined;
    });
  }

  /** Ends what listens to the signal, and has a new one for the next try. */
  renew(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    if (this.#parent.aborted) this.#abort.abort();
  }

  [Symbol.dispose](): void {
    this.#parent.removeEventListener('abort', this.#onAbort);
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(stalled(this.#what, this.#limit)), this.#limit);
  }

  #end(error: DvcError): void {
    this.#reject?.(error);
    this.#abort.abort(error);
  }
}

const stalled = (what: string, limit: number) =>
  remoteFailed('read', 'stalled', `'${what}' has not answered for ${Math.round(limit / 100) / 10} s.`, {
    hint: 'Check the network and the server; what has arrived is not sent twice.',
    retryable: true,
    url: what,
  });
