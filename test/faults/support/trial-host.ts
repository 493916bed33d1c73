import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { lodeCommand, projectRoot } from '../../support/cli.ts';

/** See `test/faults/fault-layer.cjs`, which defines what each field does. */
export interface FaultPlan {
  readonly roots: readonly string[];
  readonly errno?: string;
  readonly at?: number;
  readonly persistent?: boolean;
  readonly killAt?: number;
  readonly torn?: boolean;
  readonly space?: number;
  readonly short?: number;
  readonly clock?: number;
  readonly slow?: readonly [number, number];
  readonly log?: boolean;
  readonly report?: string;
}

/** One operation that reached the disk, as the power-loss model replays it. */
export type LoggedOp =
  | {
      readonly op: 'open';
      readonly path: string;
      readonly id: number;
      readonly truncates: boolean;
      readonly mode?: number;
    }
  | { readonly op: 'write'; readonly id: number; readonly position: number | null; readonly data: Uint8Array }
  | { readonly op: 'truncate'; readonly id?: number; readonly path?: string; readonly length: number }
  | { readonly op: 'fsync'; readonly id: number; readonly path: string }
  | { readonly op: 'chmod'; readonly id?: number; readonly path: string; readonly mode: number }
  | { readonly op: 'rename'; readonly path: string; readonly to: string; readonly content?: Uint8Array }
  | { readonly op: 'link'; readonly path: string; readonly to: string }
  | {
      readonly op: 'copy';
      readonly path: string;
      readonly to: string;
      readonly data: Uint8Array;
      readonly mode: number;
    }
  | { readonly op: 'symlink'; readonly path: string; readonly target: string }
  | { readonly op: 'unlink' | 'rmdir' | 'mkdir'; readonly path: string }
  | { readonly op: 'sync' };

export interface Outcome {
  /** Null where the trial was killed or hung. */
  readonly code: number | null;
  readonly killed: boolean;
  readonly hung?: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Operations that change the disk, in all. */
  readonly ops: number;
  /** Operations that could have met the planned errno. */
  readonly eligible: number;
  readonly fired: number;
  /** The operation the first injected error hit. */
  readonly trace?: string;
  readonly log?: readonly LoggedOp[];
}

export const faultLayer = (): string => join(projectRoot(), 'test/faults/fault-layer.cjs');
const HANG = 20_000; // A small command takes milliseconds; locks are waited for 3 s.

/** A process that runs the CLI under fault plans, one trial after the other; it is replaced when a trial hangs. */
export class TrialHost {
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #next = 0;

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  async run(cwd: string, argv: readonly string[], plan: FaultPlan): Promise<Outcome> {
    this.#child ??= await this.#start();
    const child = this.#child;
    const id = this.#next++;
    return new Promise((resolve) => {
      const failed = (problem: string, hung: boolean): void => {
        stop();
        this.dispose();
        resolve({ code: null, killed: false, hung, stdout: '', stderr: problem, ops: 0, eligible: 0, fired: 1 });
      };
      const timer = setTimeout(() => failed(`no end after ${HANG} ms`, true), HANG);
      const onMessage = (message: { id: number; outcome: Outcome }): void => {
        if (message.id !== id) return;
        stop();
        resolve(message.outcome);
      };
      const onExit = (code: number | null): void => failed(`the trial host ended (${code})`, false);
      const stop = (): void => {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
      };
      child.on('message', onMessage);
      child.on('exit', onExit);
      child.send({ id, argv, cwd, plan });
    });
  }

  #start(): Promise<ChildProcess> {
    const [, cli = ''] = lodeCommand();
    const child = fork(join(projectRoot(), 'test/faults/trial-host.cjs'), [cli], {
      env: this.#env,
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [],
    });
    return new Promise((resolve, reject) => {
      child.once('message', () => resolve(child));
      child.once('exit', (code) => reject(new Error(`the trial host did not start (${code})`)));
    });
  }

  dispose(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}
