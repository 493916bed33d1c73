import type { RepoPath } from '../core/ids.ts';
import type { OpContext } from '../core/op-context.ts';
import type { TransferControl } from '../odb/transfer-control.ts';
import type { Repo } from '../repo.ts';
import { checkoutLocked } from './checkout.ts';

/**
 * Puts what the user wants first into the workspace while the rest of a pull is still on its way. The repository is locked meanwhile.
 *
 * Nothing is overwritten that is stored nowhere else; what cannot be done now is done, or said, by the checkout at the pull's end.
 */
export class PullWishes implements AsyncDisposable {
  readonly #repo: Repo;
  readonly #control: TransferControl;
  readonly #ctx: OpContext;
  readonly #listening: readonly Disposable[];
  /** Wishes that were looked at. */
  #heard = 0;
  /** One after another: each plans from what the one before has left. */
  #tail: Promise<void> = Promise.resolve();

  constructor(repo: Repo, control: TransferControl, ctx: OpContext) {
    this.#repo = repo;
    this.#control = control;
    this.#ctx = { ...ctx, emit: () => {}, confirm: async () => false };
    this.#listening = [control.onArrival((path) => this.#place(path)), control.onChange(() => this.#hear())];
    this.#hear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#listening) one[Symbol.dispose]();
    await this.#tail;
  }

  /** What is in the cache already needs no transfer. */
  #hear(): void {
    const { wanted } = this.#control;
    for (const path of wanted.slice(this.#heard)) void this.#place(path);
    this.#heard = wanted.length;
  }

  #place(path: RepoPath): Promise<void> {
    this.#tail = this.#tail.then(() => this.#placeNow(path));
    return this.#tail;
  }

  async #placeNow(path: RepoPath): Promise<void> {
    try {
      const { failed } = await checkoutLocked(this.#repo, { targets: [this.#repo.absolute(path)] }, this.#ctx);
      if (failed.length === 0) this.#control.placed(path);
    } catch (error) {
      this.#ctx.log.info(`'${path}' waits for the end of the pull: ${error instanceof Error ? error.message : error}`);
    }
  }
}
