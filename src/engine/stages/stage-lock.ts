import type { OpContext } from '../core/op-context.ts';
import { type HeldLock, repoLock } from '../platform/lock.ts';
import type { Repo } from '../repo.ts';

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
  /** What others must be told of before they get the lock. */
  readonly #marks = new Set<Mark>();
  #held: HeldLock | undefined;
  #giving: Promise<void> | undefined;
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
    await this.#giving;
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
    this.#release = setTimeout(() => {
      this.#giving = this.#letIn();
    }, KEEP_FOR);
  }

  /** Only for {@link StageLock}. */
  mark(take: () => Promise<AsyncDisposable>): AsyncDisposable {
    const mark = new Mark(take);
    this.#marks.add(mark);
    return {
      [Symbol.asyncDispose]: async () => {
        this.#marks.delete(mark);
        await mark.give();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#release);
    await this.#giving;
    this.#giveBack();
  }

  async #letIn(): Promise<void> {
    try {
      for (const mark of this.#marks) await mark.take();
      if (!this.#isBusy) this.#giveBack();
    } catch {
      // Nobody can be told what is in use: then nobody is let in.
    }
  }

  #giveBack(): void {
    this.#held?.release();
    this.#held = undefined;
  }
}

/** Something that is taken once, when the time has come, and given back if it was. */
class Mark {
  readonly #take: () => Promise<AsyncDisposable>;
  #taken: AsyncDisposable | undefined;

  constructor(take: () => Promise<AsyncDisposable>) {
    this.#take = take;
  }

  async take(): Promise<void> {
    this.#taken ??= await this.#take();
  }

  async give(): Promise<void> {
    await this.#taken?.[Symbol.asyncDispose]();
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

  /**
   * Announces what the stage uses, in a way that costs nothing until others are let in: `take` is called then, and what it answers is
   * disposed with this.
   */
  mark(take: () => Promise<AsyncDisposable>): AsyncDisposable {
    return this.#locks.mark(take);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave();
  }

  #leave(): void {
    if (this.#isInside) this.#locks.end();
    this.#isInside = false;
  }
}
