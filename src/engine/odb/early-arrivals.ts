import type { Oid, RepoPath } from '../core/ids.ts';
import { noneSent, type Sent } from './sent.ts';
import type { TransferControl } from './transfer-control.ts';

export interface EarlyOptions {
  readonly control: TransferControl | undefined;
  /** Directory objects that a path is found by, as far as they are not here. */
  readonly treesOf: (path: RepoPath) => readonly Oid[];
  readonly send: (oids: readonly Oid[]) => Promise<Sent>;
}

/**
 * Hands over what was wanted first as soon as it is here, while the rest of a transfer goes on.
 *
 * A file in a folder is found by the folder's directory object: that comes before the other files then, as it does when that file alone
 * is asked for.
 */
export class EarlyArrivals {
  readonly sent: Sent = noneSent();
  readonly #options: EarlyOptions;
  readonly #trees = new Set<Oid>();
  readonly #running: Promise<void>[] = [];

  constructor(options: EarlyOptions) {
    this.#options = options;
  }

  /** Whether a directory object has been sent already. */
  has(tree: Oid): boolean {
    return this.#trees.has(tree);
  }

  /** The content of a path is here, once `ready` is done. */
  begin(path: RepoPath, ready: Promise<unknown> = Promise.resolve()): void {
    this.#running.push(ready.then(() => this.#handOver(path)));
  }

  /** Nothing of this runs any more. @throws what kept a path from being handed over */
  async finish(): Promise<void> {
    const ended = await Promise.allSettled(this.#running);
    for (const end of ended) if (end.status === 'rejected') throw end.reason;
  }

  async #handOver(path: RepoPath): Promise<void> {
    const { control, treesOf, send } = this.#options;
    const needed = treesOf(path).filter((oid) => !this.#trees.has(oid));
    for (const oid of needed) this.#trees.add(oid);
    const { count, bytes, failed } = needed.length > 0 ? await send(needed) : noneSent();
    this.sent.count += count;
    this.sent.bytes += bytes;
    for (const { oid } of failed) this.#trees.delete(oid); // It is tried again with the others.
    await control?.arrived(path);
  }
}
