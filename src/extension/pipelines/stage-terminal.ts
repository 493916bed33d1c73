import { EventEmitter, l10n, type Pseudoterminal } from 'vscode';
import type { EngineEvent } from '../../engine/index.ts';
import { formatSeconds } from '../format.ts';

const bold = (text: string): string => `\x1b[1m${text}\x1b[22m`;
const dim = (text: string): string => `\x1b[2m${text}\x1b[22m`;
const red = (text: string): string => `\x1b[31m${text}\x1b[39m`;
const green = (text: string): string => `\x1b[32m${text}\x1b[39m`;

/** A terminal that ends sooner is said to have failed to start. Ms. */
const SETTLED = 600;

/** Tells the end of the work. @returns the exit code of the task */
type Work = (onEvent: (event: EngineEvent) => void, signal: AbortSignal) => Promise<number>;

/**
 * The terminal of a task that reproduces stages. Lines are shown as the commands print them, nothing put in front, so that problem
 * matchers find what they know; of stages that run side by side one has the floor, and the others' lines follow when it has ended.
 */
export class StageTerminal implements Pseudoterminal {
  readonly #written = new EventEmitter<string>();
  readonly onDidWrite = this.#written.event;
  readonly #closed = new EventEmitter<number>();
  readonly onDidClose = this.#closed.event;
  readonly #abort = new AbortController();
  readonly #work: Work;
  /** Lines of stages that wait for the floor; the first key has it. */
  readonly #stages = new Map<string, string[]>();

  #hasFailed = false;

  constructor(work: Work) {
    this.#work = work;
  }

  open(): void {
    const openedAt = performance.now();
    void this.#work((event) => this.#show(event), this.#abort.signal).then((code) => {
      const early = SETTLED - (performance.now() - openedAt);
      setTimeout(() => this.#closed.fire(code), Math.max(0, early));
    });
  }

  close(): void {
    this.#abort.abort();
  }

  handleInput(data: string): void {
    if (data === '\x03') this.#abort.abort(); // Ctrl+C.
  }

  /** Says what the run failed with, where no stage has said it. */
  fail(text: string): void {
    if (!this.#hasFailed) this.say(red(text));
  }

  /** Writes what belongs to no stage. */
  say(text: string): void {
    this.#written.fire(`${text.replaceAll(/\r?\n/g, '\r\n')}\r\n`);
  }

  #show(event: EngineEvent): void {
    if (!('stage' in event)) return;
    const { stage } = event;
    switch (event.type) {
      case 'stage-started':
        this.#stages.set(stage, this.#stages.get(stage) ?? []);
        this.#line(stage, bold(l10n.t('Stage {0}', stage)));
        break;
      case 'stage-command':
        this.#line(stage, dim(`$ ${event.cmd}`));
        break;
      case 'stage-line':
        this.#line(stage, event.line);
        break;
      case 'stage-restored':
        this.#end(stage, dim(l10n.t('Stage {0}: restored from the run cache', stage)));
        break;
      case 'stage-finished':
        if (this.#stages.has(stage))
          this.#end(stage, green(l10n.t('Stage {0} finished in {1}', stage, formatSeconds(event.seconds))));
        break;
      case 'stage-failed':
        this.#hasFailed = true;
        this.#end(stage, red(l10n.t('Stage {0} failed: {1}', stage, event.message)));
        break;
      default:
    }
  }

  #line(stage: string, text: string): void {
    const [floor] = this.#stages.keys();
    if (floor === undefined || floor === stage) this.say(text);
    else this.#stages.get(stage)?.push(text);
  }

  #end(stage: string, text: string): void {
    const hadFloor = this.#stages.keys().next().value === stage || !this.#stages.has(stage);
    const held = this.#stages.get(stage) ?? [];
    this.#stages.delete(stage);
    if (!hadFloor && this.#stages.size > 0) for (const line of held) this.say(line);
    this.say(text);
    if (!hadFloor) return;
    const [next] = this.#stages;
    if (!next) return;
    for (const line of next[1].splice(0)) this.say(line);
  }
}
