import type { OpContext } from './core/op-context.ts';
import { type HeldLock, repoLock } from './platform/lock.ts';
import type { Repo } from './repo.ts';

/** The repository lock of one stage's work: held but for the time its commands run, as in DVC. */
export class StageLock implements AsyncDisposable {
  readonly #repo: Repo;
  readonly #ctx: OpContext;
  #held: HeldLock | undefined;

  /** @param held The lock, where the caller has it already. */
  constructor(repo: Repo, held: HeldLock | undefined, ctx: OpContext) {
    this.#repo = repo;
    this.#held = held;
    this.#ctx = ctx;
  }

  /** Waits without an end: nobody wants to lose the work of hours to another command of some seconds. @throws `cancelled` */
  async take(): Promise<void> {
    const { hardlinkLock: hardlink } = this.#repo.config.core;
    this.#held ??= await repoLock(this.#repo.tmpDir, { hardlink, timeoutMs: Number.POSITIVE_INFINITY }, this.#ctx);
  }

  release(): void {
    this.#held?.release();
    this.#held = undefined;
  }

  /** Gives the lock to others while `work` is done. */
  async unlocked<T>(work: () => Promise<T>): Promise<T> {
    this.release();
    const result = await work();
    await this.take();
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }
}
