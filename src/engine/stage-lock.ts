import type { OpContext } from './core/op-context.ts';
import { type HeldLock, repoLock } from './platform/lock.ts';
import type { Repo } from './repo.ts';

/** Commands that end sooner cost nobody a wait worth the two calls of the system: ms. */
const KEEP_FOR = 100;

/**
 * The repository lock as the stages of one command share it: one of them at a time is inside, those whose commands run are outside. As in
 * DVC, others get the lock while all are outside; not for commands that are over at once.
 */
export class StageLocks implements AsyncDisposable {
  readonly #repo: Repo;
  readonly #ctx: OpContext;
  readonly #waiting: (() => void)[] = [];
  #held: HeldLock | undefined;
  #isBusy = false;
  #release: NodeJS.Timeout | undefined;

  /** @param held The lock, which the caller has already. */
  constructor(repo: Repo, held: HeldLock, ctx: OpContext) {
    this.#repo = repo;
    this.#held = held;
    this.#ctx = ctx;
  }

  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  /** Waits for a turn. @throws `cancelled` */
  async enter(): Promise<StageLock> {
    const visit = new StageLock(this);
    await visit.enter();
    return visit;
  }

  /** Only for {@link StageLock}. Waits without an end: nobody wants to lose the work of hours to another command of some seconds. */
  async begin(): Promise<void> {
    if (this.#isBusy) await new Promise<void>((turn) => this.#waiting.push(turn));
    this.#isBusy = true;
    clearTimeout(this.#release);
    const { hardlinkLock: hardlink } = this.#repo.config.core;
    try {
      this.#held ??= await repoLock(this.#repo.tmpDir, { hardlink, timeoutMs: Number.POSITIVE_INFINITY }, this.#ctx);
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** Only for {@link StageLock}. */
  end(): void {
    const next = this.#waiting.shift();
    if (next) {
      next();
      return;
    }
    this.#isBusy = false;
    this.#release = setTimeout(() => this.#giveBack(), KEEP_FOR);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#giveBack();
  }

  #giveBack(): void {
    clearTimeout(this.#release);
    this.#held?.release();
    this.#held = undefined;
  }
}

/** One stage's turns. Disposing ends the present one. */
export class StageLock implements AsyncDisposable {
  readonly #locks: StageLocks;
  #isInside = false;

  constructor(locks: StageLocks) {
    this.#locks = locks;
  }

  /** Whether the repository lock is held, by this stage or another of the same command. */
  get isHeld(): boolean {
    return this.#locks.isHeld;
  }

  async enter(): Promise<void> {
    if (this.#isInside) return;
    await this.#locks.begin();
    this.#isInside = true;
  }

  /** Lets others in while `work` is done. @throws what `work` throws; `cancelled` */
  async unlocked<T>(work: () => Promise<T>): Promise<T> {
    this.#leave();
    try {
      return await work();
    } finally {
      await this.enter();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave();
  }

  #leave(): void {
    if (this.#isInside) this.#locks.end();
    this.#isInside = false;
  }
}
