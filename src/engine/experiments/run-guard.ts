import { DvcError } from '../core/errors.ts';
import type { OpContext } from '../core/op-context.ts';
import { readStopRule, type StopRule } from '../metrics/stop-rule.ts';
import type { Repo } from '../repo.ts';
import { LiveRun } from './live-run.ts';
import { StopRuleStore } from './stop-rule-store.ts';
import { StopRuleWatch } from './stop-rule-watch.ts';

/** A run of an experiment, as its rules are kept. */
export interface GuardedRun {
  /** As {@link runKey}, or the id of its entry in the queue. */
  readonly run: string;
  readonly name: string;
  /** The folder it runs in: absolute. */
  readonly root: string;
}

/** How often rules are looked for, and with rules the files of the run: ms. */
const LOOK_MS = 250;

/**
 * Does the work of a run while its stop rules are watched, those that are added meanwhile too. What the files held before the run says
 * nothing of it. A run without rules costs a look for a file now and then.
 *
 * @param onStopped Gives the result where a rule has ended the work.
 */
export async function guarded<T>(
  repo: Repo,
  run: GuardedRun,
  ctx: OpContext,
  work: (ctx: OpContext) => Promise<T>,
  onStopped: (error: DvcError) => T,
): Promise<T> {
  const guard = new RunGuard(repo, run, ctx);
  await guard.begin();
  try {
    const result = await work({ ...ctx, signal: AbortSignal.any([ctx.signal, guard.stop.signal]) });
    await guard.lastLook();
    return result;
  } catch (error) {
    if (!guard.stoppedBy || ctx.signal.aborted || !DvcError.is(error, 'cancelled')) throw error;
    return onStopped(stopped(run.name, guard.stoppedBy));
  } finally {
    await guard.end();
  }
}

const stopped = (name: string, rule: string): DvcError =>
  new DvcError('experiment-stopped', `Experiment '${name}' was stopped, as ${rule}`, {
    hint: 'What it wrote is where it ran; run it again without that rule to let it go on.',
    data: { rule },
  });

class RunGuard {
  readonly stop = new AbortController();
  readonly #run: GuardedRun;
  readonly #ctx: OpContext;
  readonly #store: StopRuleStore;
  readonly #watch = new StopRuleWatch();
  #live: LiveRun | undefined;
  #stoppedBy: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(repo: Repo, run: GuardedRun, ctx: OpContext) {
    this.#run = run;
    this.#ctx = ctx;
    this.#store = new StopRuleStore(repo);
  }

  /** The rule that has ended the run. */
  get stoppedBy(): string | undefined {
    return this.#stoppedBy;
  }

  async begin(): Promise<void> {
    await this.#look();
    this.#plan();
  }

  /** What was written since the last look. */
  async lastLook(): Promise<void> {
    await this.#pause();
    await this.#look();
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#pause();
    await this.#live?.close();
  }

  #plan(): void {
    if (this.#ended || this.#stoppedBy !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look()
        .catch((error: unknown) => this.#ctx.log.debug(`Stop rules cannot be watched: ${String(error)}`))
        .then(() => this.#plan());
    }, LOOK_MS);
  }

  async #pause(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#looking;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const { run, name, root } = this.#run;
    const rules = this.#rules();
    if (rules.size === 0) return;
    const isFirst = this.#live === undefined;
    this.#live ??= new LiveRun({ name, root });
    const values = await this.#live.look({ ...this.#ctx, signal: NEVER });
    if (!values || isFirst) return;
    for (const { rule, value } of this.#watch.next([...rules.keys()], values)) {
      const text = rules.get(rule);
      if (text === undefined) continue;
      this.#store.noteMet(run, text, { value: String(value), at: Date.now() });
      const stops = rule.action === 'stop';
      this.#ctx.emit({ type: 'rule-met', run, name, rule: text, value, stops });
      if (!stops || this.#stoppedBy !== undefined) continue;
      this.#stoppedBy = text.replace(/^stop when /, '');
      this.stop.abort();
    }
  }

  /** With their texts. One that cannot be read was refused where it was typed. */
  #rules(): Map<StopRule, string> {
    const rules = new Map<StopRule, string>();
    for (const text of this.#store.texts(this.#run.run))
      try {
        rules.set(readStopRule(text), text);
      } catch (error) {
        if (!DvcError.is(error)) throw error;
      }
    return rules;
  }
}

/** A look that has begun ends, whatever becomes of the run. */
const NEVER = new AbortController().signal;
