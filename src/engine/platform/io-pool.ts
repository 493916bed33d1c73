import * as fs from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { cancelled } from '../core/errors.ts';
import { checkAborted, type OpContext } from '../core/op-context.ts';
import type { IoBatch, IoOutcome } from './io-batch.ts';
import { runBatch } from './io-tasks.ts';
import { newThread, PROGRESS_STEP, TempNames } from './io-thread.ts';
import type { IoReply, IoRequest, IoWorkerData } from './io-worker.ts';
import { runInSlices } from './slices.ts';
import { livePrefix, retirePrefix } from './temp-name.ts';

export interface IoPart {
  readonly batch: IoBatch;
  /** Where in the job its items are. */
  readonly indices: Uint32Array;
}

/** Work cut into batches, made one by one when a thread is free. */
export interface IoJob {
  /** Items, and bytes of content if known: decides whether threads are worth their start. */
  readonly items: number;
  readonly bytes: number;
  batches(): Generator<IoPart>;
  /** Called in no order with what a part found. */
  collect(part: IoPart, outcome: IoOutcome): void;
  /** Called with bytes of content worked on, in steps of some MiB, and items finished. */
  onProgress?(items: number, bytes: number): void;
}

/** Measured: an object written, and a byte hashed, in milliseconds. A thread costs about 60 to start. */
const COST = { item: 0.03, byte: 1e-6, worthThreads: 150 } as const;
/** In an editor the thread that asks is wanted elsewhere: only the least work is done on it. */
const INTERACTIVE = { items: 8, bytes: 1 << 18 } as const;

/**
 * Runs file work on worker threads, or on the calling one where there is little of it.
 *
 * Synchronous calls on a thread of their own are several times faster than promises (one system call instead of a trip
 * through a queue), and the caller's thread stays free.
 */
export class IoPool implements AsyncDisposable {
  readonly tempPrefix = livePrefix();
  /** How many batches are worked on at once, one of them by the calling thread unless it is wanted elsewhere. */
  readonly threads: number;
  readonly #script: string | undefined;
  readonly #workers: IoWorker[] = [];
  readonly #inline = newThread(new TempNames(this.tempPrefix, 0));
  #runs = 0;

  /** @param options `threads: 0` does everything on the calling thread, as `LODE_IO_THREADS=0` does. */
  constructor(options: { readonly threads?: number } = {}) {
    const wanted = options.threads ?? Number(process.env['LODE_IO_THREADS'] ?? availableParallelism());
    this.#script = wanted > 0 ? findWorkerScript() : undefined;
    this.threads = this.#script === undefined ? 0 : Math.min(wanted, 64);
  }

  /** @throws `cancelled` after the last write has ended, so that nothing happens later. */
  async run(job: IoJob, ctx: OpContext): Promise<void> {
    checkAborted(ctx.signal);
    if (job.items === 0) return;
    this.#inline.written.clear(); // What an earlier run wrote may be gone.
    const workers = this.#workersFor(job, ctx);
    if (workers === 0) await this.#runHere(job, job.batches(), ctx);
    else await this.#runOnThreads(job, workers, ctx);
  }

  /**
   * One batch that does not wait for others to come: on the worker that has least to do, or on the calling thread where there is none.
   *
   * @param given Memory that the batch is in; the caller has it no more.
   * @throws `cancelled` when nothing of it is being written any more
   */
  async submit(batch: IoBatch, ctx: OpContext, given: readonly ArrayBuffer[] = []): Promise<IoOutcome> {
    checkAborted(ctx.signal);
    if (this.threads === 0) return runInSlices(runBatch(batch, this.#inline), ctx);
    const most = ctx.interactive ? this.threads : Math.max(1, this.threads - 1);
    const loadOf = (index: number): number => this.#workers[index]?.load ?? 0;
    let least = 0;
    for (let i = 1; i < most; i++) if (loadOf(i) < loadOf(least)) least = i;
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const halt = (): void => void Atomics.store(stop, 0, 1);
    ctx.signal.addEventListener('abort', halt, { once: true });
    try {
      const request = { run: ++this.#runs, batch, stop };
      const outcome = await this.#worker(least).do(request, () => {}, given);
      if (outcome === undefined) throw cancelled();
      return outcome;
    } finally {
      ctx.signal.removeEventListener('abort', halt);
    }
  }

  /** A name for one temporary file of the calling thread. */
  tempName(): string {
    return this.#inline.temps.next();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.stop()));
    retirePrefix(this.tempPrefix);
  }

  #workersFor({ items, bytes }: IoJob, ctx: OpContext): number {
    if (ctx.interactive) return items <= INTERACTIVE.items && bytes <= INTERACTIVE.bytes ? 0 : this.threads;
    const isSmall = items === 1 || items * COST.item + bytes * COST.byte < COST.worthThreads;
    return isSmall ? 0 : Math.max(0, this.threads - 1);
  }

  /** @param parts What is left of the job's: several may take from them. */
  async #runHere(job: IoJob, parts: Generator<IoPart>, ctx: OpContext, stop?: Int32Array): Promise<void> {
    const thread = this.#inline;
    function* steps(): Generator<number, void> {
      for (let next = parts.next(); !next.done; next = parts.next()) {
        const part = next.value;
        job.collect(part, yield* runBatch(part.batch, thread));
        job.onProgress?.(part.indices.length, 0);
        if (stop !== undefined && Atomics.load(stop, 0) !== 0) return;
        yield TURN;
      }
    }
    let unsaid = 0;
    await runInSlices(steps(), ctx, (step) => {
      // Others wait for their next batch: they get their turn after each one of this thread's.
      if (step === TURN) return stop !== undefined;
      unsaid += step;
      if (unsaid >= PROGRESS_STEP) {
        job.onProgress?.(0, unsaid);
        unsaid = 0;
      }
      return false;
    });
    if (unsaid > 0) job.onProgress?.(0, unsaid);
  }

  async #runOnThreads(job: IoJob, workers: number, ctx: OpContext): Promise<void> {
    const run = ++this.#runs;
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const halt = (): void => void Atomics.store(stop, 0, 1);
    const parts = job.batches();
    const guarded = async (work: Promise<void>): Promise<void> => {
      try {
        await work;
      } catch (error) {
        halt();
        throw error;
      }
    };
    const lane = async (worker: IoWorker): Promise<void> => {
      for (let next = parts.next(); !next.done && Atomics.load(stop, 0) === 0; next = parts.next()) {
        const part = next.value;
        const outcome = await worker.do({ run, batch: part.batch, stop }, (bytes) => job.onProgress?.(0, bytes));
        if (outcome === undefined) return;
        job.collect(part, outcome);
        job.onProgress?.(part.indices.length, 0);
      }
    };
    ctx.signal.addEventListener('abort', halt, { once: true });
    try {
      // Two for each worker: the next batch lies ready when one is done.
      const lanes = Array.from({ length: 2 * workers }, (_, i) => guarded(lane(this.#worker(i % workers))));
      if (!ctx.interactive) lanes.push(guarded(this.#runHere(job, parts, ctx, stop)));
      for (const result of await Promise.allSettled(lanes)) if (result.status === 'rejected') throw result.reason;
      if (ctx.signal.aborted) throw cancelled();
    } finally {
      ctx.signal.removeEventListener('abort', halt);
    }
  }

  #worker(index: number): IoWorker {
    const data: IoWorkerData = { tempPrefix: this.tempPrefix, thread: index + 1 };
    return (this.#workers[index] ??= new IoWorker(this.#script!, data)); // There are no threads without a script.
  }
}

/** A step that is no work: between two batches. */
const TURN = -1;

interface Pending {
  readonly resolve: (outcome: IoOutcome | undefined) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: (bytes: number) => void;
}

/** One thread, which does its batches in the order they come; it keeps the process alive only while it has some. */
class IoWorker {
  readonly #worker: Worker;
  readonly #pending: Pending[] = [];
  #dead: Error | undefined;

  constructor(script: string, data: IoWorkerData) {
    this.#worker = new Worker(script, { workerData: data, execArgv: [] });
    this.#worker.on('message', (reply: IoReply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', (code) => this.#die(new Error(`a file worker ended with code ${code}`)));
    this.#worker.unref();
  }

  /** Batches that it has not done yet. */
  get load(): number {
    return this.#pending.length;
  }

  /** Undefined when it was stopped. */
  do(
    request: IoRequest,
    onProgress: (bytes: number) => void,
    given: readonly ArrayBuffer[] = [],
  ): Promise<IoOutcome | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#dead !== undefined) return reject(this.#dead);
      this.#pending.push({ resolve, reject, onProgress });
      this.#worker.ref();
      this.#worker.postMessage(request, given);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(reply: IoReply): void {
    const [current] = this.#pending;
    if (current === undefined) return;
    if (reply.type === 'progress' || reply.type === 'done') current.onProgress(reply.bytes);
    if (reply.type === 'progress') return;
    this.#pending.shift();
    if (this.#pending.length === 0) this.#worker.unref();
    if (reply.type === 'done') current.resolve(reply.outcome);
    else if (reply.type === 'stopped') current.resolve(undefined);
    else current.reject(reply.error);
  }

  #die(error: Error): void {
    this.#dead ??= error;
    for (const { reject } of this.#pending.splice(0)) reject(error);
  }
}

/** The worker's bundle lies beside the running one, or above it for tests; undefined where there is none. */
function findWorkerScript(): string | undefined {
  for (let folder = __dirname, left = 3; left > 0; folder = dirname(folder), left--) {
    const script = join(folder, 'io-worker.js');
    if (fs.existsSync(script)) return script;
  }
  return undefined;
}
