import { parentPort, workerData } from 'node:worker_threads';
import type { IoBatch, IoOutcome } from './io-batch.ts';
import { runBatch } from './io-tasks.ts';
import { newThread, PROGRESS_STEP, TempNames } from './io-thread.ts';

/** What a worker is started with. */
export interface IoWorkerData {
  readonly tempPrefix: string;
  /** Tells this thread's temporary names from those of the others. */
  readonly thread: number;
}

/** One batch of a run. The flag turns nonzero when the run is stopped. */
export interface IoRequest {
  readonly run: number;
  readonly batch: IoBatch;
  readonly stop: Int32Array;
}

export type IoReply =
  | { readonly type: 'progress'; readonly bytes: number }
  | { readonly type: 'done'; readonly outcome: IoOutcome; readonly bytes: number }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: unknown };

const { tempPrefix, thread: number } = workerData as IoWorkerData; // Set by the pool, which is the only one to start this.
const thread = newThread(new TempNames(tempPrefix, number));
let run = -1;

const reply = (message: IoReply): void => parentPort?.postMessage(message);

function work({ batch, stop }: IoRequest): IoReply {
  const steps = runBatch(batch, thread);
  let unsaid = 0;
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return { type: 'done', outcome: step.value, bytes: unsaid };
    if (Atomics.load(stop, 0) !== 0) {
      steps.return(undefined as never); // Runs the `finally` blocks: no temporary file stays.
      return { type: 'stopped' };
    }
    unsaid += step.value;
    if (unsaid < PROGRESS_STEP) continue;
    reply({ type: 'progress', bytes: unsaid });
    unsaid = 0;
  }
}

parentPort?.on('message', (request: IoRequest) => {
  // What a run has written may be gone when the next one begins.
  if (request.run !== run) thread.written.clear();
  run = request.run;
  try {
    reply(work(request));
  } catch (error) {
    reply({ type: 'failed', error });
  }
});
