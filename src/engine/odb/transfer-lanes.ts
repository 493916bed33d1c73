import { cancelled, DvcError } from '../core/errors.ts';
import type { RepoPath } from '../core/ids.ts';
import { monotonicMs } from '../core/monotonic.ts';
import type { OpContext } from '../core/op-context.ts';
import type { ConcurrencyLimit } from './concurrency.ts';
import type { TransferControl } from './transfer-control.ts';

/** What one piece of work is given. */
export interface Lane {
  /** Aborted when everything is, and when the work is to be put down. */
  readonly signal: AbortSignal;
  /** From now on a pause may put the work down; it is begun again afterwards, and has to find where it was. */
  mayPause(): void;
  /** Bytes that have arrived. */
  moved(bytes: number): void;
  readonly onRetry: (error: unknown) => void;
}

export interface LanesOptions<T> {
  readonly limit: ConcurrencyLimit;
  readonly ctx: OpContext;
  readonly control?: TransferControl | undefined;
  /** Rejects only with what ends all the work. */
  readonly work: (item: T, lane: Lane) => Promise<void>;
  /** What the paths mean that are wanted first. */
  readonly itemsAt?: (path: RepoPath) => Iterable<T>;
  /** Everything that such a path means has been worked on. */
  readonly onArrived?: (path: RepoPath) => void;
  readonly onPause?: (paused: boolean) => void;
}

interface Running<T> {
  readonly item: T;
  readonly abort: AbortController;
  mayPause: boolean;
}

/** Shortest span over which a rate says something: ms. */
const SPAN = 500;

/** Works through items that may still be coming, as many at once as the limit allows at the moment. */
export class Lanes<T> {
  readonly #options: LanesOptions<T>;
  readonly #queue: T[] = [];
  readonly #running = new Set<Running<T>>();
  /** Not begun yet, where the order may change. */
  readonly #left: Set<T> | undefined;
  #first: T[] = [];
  /** Paths of the control that were heard of. */
  #heard = 0;
  /** What is still missing of the paths that are wanted first. */
  readonly #awaited = new Map<RepoPath, Set<T>>();
  #next = 0;
  #paused = false;
  #closed = false;
  #failure: { readonly error: unknown } | undefined;
  #span = { begun: monotonicMs(), requests: 0, bytes: 0 };
  readonly #done: Promise<void>;
  #settle: () => void = () => {};
  readonly #onAbort = (): void => this.#fail(cancelled());
  readonly #onControl: Disposable | undefined;

  constructor(options: LanesOptions<T>) {
    const { ctx, control } = options;
    this.#options = options;
    this.#left = control && new Set();
    this.#done = new Promise((resolve) => {
      this.#settle = resolve;
    });
    ctx.signal.addEventListener('abort', this.#onAbort);
    if (ctx.signal.aborted) this.#onAbort();
    this.#onControl = control?.onChange(() => {
      this.#hear();
      this.#obey();
    });
    this.#obey();
  }

  add(item: T): void {
    this.#queue.push(item);
    this.#left?.add(item);
    this.#pump();
  }

  /** All items at once: what is wanted first already is begun first. */
  addAll(items: Iterable<T>): void {
    for (const item of items) {
      this.#queue.push(item);
      this.#left?.add(item);
    }
    this.#hear();
    this.#pump();
  }

  /** No more items come: resolves when all are done. @throws what ended the work, once nothing of it runs any more */
  async finish(): Promise<void> {
    this.#closed = true;
    this.#pump();
    await this.#done;
    this.#options.ctx.signal.removeEventListener('abort', this.#onAbort);
    this.#onControl?.[Symbol.dispose]();
    if (this.#failure) throw this.#failure.error;
  }

  /** Ends what runs, for a caller that has failed itself. */
  async stop(): Promise<void> {
    this.#fail(cancelled());
    await this.finish().catch(() => {});
  }

  #obey(): void {
    const { control, onPause } = this.#options;
    if (control !== undefined && control.paused !== this.#paused) {
      this.#paused = control.paused;
      onPause?.(this.#paused);
    }
    if (control?.paused) for (const { abort, mayPause } of this.#running) if (mayPause) abort.abort();
    this.#pump();
  }

  #hear(): void {
    const { control, itemsAt } = this.#options;
    const wanted = control?.wanted ?? [];
    for (const path of wanted.slice(this.#heard)) {
      const items = [...(itemsAt?.(path) ?? [])];
      if (items.length === 0) continue; // It belongs to another transfer, or to none.
      this.#first = [...items, ...this.#first];
      const running = new Set([...this.#running].map(({ item }) => item));
      this.#awaited.set(path, new Set(items.filter((item) => this.#left?.has(item) || running.has(item))));
    }
    this.#heard = wanted.length;
    this.#tellArrived();
  }

  #tellArrived(done?: T): void {
    for (const [path, items] of this.#awaited) {
      if (done !== undefined) items.delete(done);
      if (items.size > 0) continue;
      this.#awaited.delete(path);
      this.#options.onArrived?.(path);
    }
  }

  #pump(): void {
    const { limit, control } = this.#options;
    while (!this.#failure && !control?.paused && this.#running.size < limit.now) {
      const item = this.#take();
      if (item === undefined) break;
      void this.#run(item);
    }
    const idle = this.#running.size === 0 && (this.#failure !== undefined || this.#next >= this.#queue.length);
    if (this.#closed && idle) this.#settle();
  }

  #take(): T | undefined {
    for (let wanted = this.#first.shift(); wanted !== undefined; wanted = this.#first.shift())
      if (this.#left?.delete(wanted)) return wanted;
    while (this.#next < this.#queue.length) {
      const item = this.#queue[this.#next++] as T; // The index is below the length.
      if (this.#left === undefined || this.#left.delete(item)) return item;
    }
    return undefined;
  }

  async #run(item: T): Promise<void> {
    const { limit, control, work } = this.#options;
    const running: Running<T> = { item, abort: new AbortController(), mayPause: false };
    this.#running.add(running);
    try {
      await work(item, {
        signal: running.abort.signal,
        mayPause: () => {
          running.mayPause = true;
          if (control?.paused) running.abort.abort();
        },
        moved: (bytes) => void (this.#span.bytes += bytes),
        onRetry: (error) => {
          if (DvcError.is(error) && error.data['throttled'] === true) limit.throttled();
        },
      });
      this.#span.requests++;
      this.#tellArrived(item);
    } catch (error) {
      if (running.abort.signal.aborted && running.mayPause && !this.#failure) {
        this.#queue.push(item);
        this.#left?.add(item);
      } else this.#fail(error);
    }
    this.#running.delete(running);
    this.#measure();
    this.#pump();
  }

  #measure(): void {
    const now = monotonicMs();
    const { begun, requests, bytes } = this.#span;
    const enough = requests >= this.#options.limit.now || bytes > 0;
    if (now - begun < SPAN || !enough) return;
    this.#options.limit.sample(requests, bytes, now - begun);
    this.#span = { begun: now, requests: 0, bytes: 0 };
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    for (const { abort } of this.#running) abort.abort();
    this.#pump();
  }
}
