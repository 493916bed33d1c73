import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { DvcError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import type { Backend } from './backend.ts';

const DAY = 24 * 3600 * 1000;
/** The end of a command waits so long for a sweep that it has begun: ms. The next day's goes on. */
const PATIENCE = 1500;

/**
 * What interrupted writes have left on a store, and nobody goes on with any more: everything of the kind that is older than a day, which
 * is how long the notes about unfinished transfers are kept.
 */
export class Leftovers implements AsyncDisposable {
  readonly #backend: Backend;
  readonly #note: string;
  readonly #end = new AbortController();
  #running: Promise<void> | undefined;

  /** @param note A private file that remembers when this was done last. */
  constructor(backend: Backend, note: string) {
    this.#backend = backend;
    this.#note = note;
  }

  /** Removes them. What fails is logged: they are in nobody's way. @throws `cancelled` */
  async sweep(ctx: OpContext): Promise<void> {
    const { sweep, url } = this.#backend;
    if (!sweep) return;
    try {
      this.#remember();
      await sweep(Date.now() - DAY, ctx);
      ctx.log.debug(`what interrupted writes have left at '${url}' was looked for`);
    } catch (error) {
      if (DvcError.is(error, 'cancelled')) throw error;
      ctx.log.warn(`what interrupted writes have left at '${url}' was not removed: ${String(error)}`);
    }
  }

  /** As {@link sweep}, beside other work and at most once a day. */
  sweepDaily(ctx: OpContext): void {
    if (!this.#backend.sweep || this.#running || this.#wasToday()) return;
    this.#running = this.sweep({ ...ctx, signal: this.#end.signal }).catch(() => {}); // Only what is cancelled ends so.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#running) return;
    const timer = setTimeout(() => this.#end.abort(), PATIENCE);
    await this.#running;
    clearTimeout(timer);
  }

  #wasToday(): boolean {
    const last = fs.statSync(this.#note, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return Math.abs(Date.now() - last) < DAY;
  }

  /** Before the first request, so that a store which forbids it is not asked again with each push. */
  #remember(): void {
    fs.mkdirSync(dirname(this.#note), { recursive: true, mode: 0o700 });
    fs.writeFileSync(this.#note, '', { mode: 0o600 });
    const now = new Date();
    fs.utimesSync(this.#note, now, now); // An empty file that is written again keeps its time on some systems.
  }
}
