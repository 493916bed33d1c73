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
  readonly tempPrefix = TempNames.newPrefix();
  readonly threads: number;
  readonly #script: string | undefined;
  readonly #idle: IoWorker[] = [];
  readonly #waiting: ((worker: IoWorker) => void)[] = [];
  readonly #all: IoWorker[] = [];
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
    if (this.#isSmall(job, ctx)) await this.#runInline(job, ctx);
    else await this.#runOnThreads(job, ctx);
  }

  /** A name for one temporary file of the calling thread. */
  tempName(): string {
    return this.#inline.temps.next();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.splice(0).map((worker) => worker.stop()));
    this.#idle.length = 0;
  }

  #isSmall({ items, bytes }: IoJob, ctx: OpContext): boolean {
    if (this.threads === 0) return true;
    if (ctx.interactive) return items <= INTERACTIVE.items && bytes <= INTERACTIVE.bytes;
    return items === 1 || items * COST.item + bytes * COST.byte < COST.worthThreads;
  }

  async #runInline(job: IoJob, ctx: OpContext): Promise<void> {
    const thread = this.#inline;
    thread.written.clear(); // What an earlier run wrote may be gone.
    function* steps(): Generator<number, void> {
      for (const part of job.batches()) {
        job.collect(part, yield* runBatch(part.batch, thread));
        job.onProgress?.(part.indices.length, 0);
      }
    }
    let unsaid = 0;
    await runInSlices(steps(), ctx, (bytes) => {
      unsaid += bytes;
      if (unsaid < PROGRESS_STEP) return;
      job.onProgress?.(0, unsaid);
      unsaid = 0;
    });
    if (unsaid > 0) job.onProgress?.(0, unsaid);
  }

  async #runOnThreads(job: IoJob, ctx: OpContext): Promise<void> {
    const run = ++this.#runs;
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const halt = (): void => void Atomics.store(stop, 0, 1);
    const batches = job.batches();
    const lane = async (): Promise<void> => {
      for (let next = batches.next(); !next.done && Atomics.load(stop, 0) === 0; next = batches.next()) {
        const part = next.value;
        const worker = await this.#take();
        try {
          const outcome = await worker.do({ run, batch: part.batch, stop }, (bytes) => job.onProgress?.(0, bytes));
          if (outcome === undefined) return;
          job.collect(part, outcome);
          job.onProgress?.(part.indices.length, 0);
        } catch (error) {
          halt();
          throw error;
        } finally {
          this.#give(worker);
        }
      }
    };
    ctx.signal.addEventListener('abort', halt, { once: true });
    try {
      const lanes = await Promise.allSettled(Array.from({ length: this.threads }, lane));
      for (const result of lanes) if (result.status === 'rejected') throw result.reason;
      if (ctx.signal.aborted) throw cancelled();
    } finally {
      ctx.signal.removeEventListener('abort', halt);
    }
  }

  #take(): IoWorker | Promise<IoWorker> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#all.length >= this.threads) return new Promise((resolve) => this.#waiting.push(resolve));
    const data: IoWorkerData = { tempPrefix: this.tempPrefix, thread: this.#all.length + 1 };
    const worker = new IoWorker(this.#script!, data); // There are no threads without a script.
    this.#all.push(worker);
    return worker;
  }

  #give(worker: IoWorker): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next(worker);
    else this.#idle.push(worker);
  }
}

/** One thread; keeps the process alive only while it works. */
class IoWorker {
  readonly #worker: Worker;
  #settle: { resolve(outcome: IoOutcome | undefined): void; reject(error: unknown): void } | undefined;
  #onProgress: ((bytes: number) => void) | undefined;
  #dead: Error | undefined;

  constructor(script: string, data: IoWorkerData) {
    this.#worker = new Worker(script, { workerData: data, execArgv: [] });
    this.#worker.on('message', (reply: IoReply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', (code) => this.#die(new Error(`a file worker ended with code ${code}`)));
    this.#worker.unref();
  }

  /** Undefined when it was stopped. */
  do(request: IoRequest, onProgress: (bytes: number) => void): Promise<IoOutcome | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#dead !== undefined) return reject(this.#dead);
      this.#settle = { resolve, reject };
      this.#onProgress = onProgress;
      this.#worker.ref();
      this.#worker.postMessage(request);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(reply: IoReply): void {
    if (reply.type === 'progress' || reply.type === 'done') this.#onProgress?.(reply.bytes);
    if (reply.type === 'progress') return;
    const settle = this.#settle;
    this.#settle = undefined;
    this.#worker.unref();
    if (reply.type === 'done') settle?.resolve(reply.outcome);
    else if (reply.type === 'stopped') settle?.resolve(undefined);
    else settle?.reject(reply.error);
  }

  #die(error: Error): void {
    this.#dead ??= error;
    this.#settle?.reject(error);
    this.#settle = undefined;
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
