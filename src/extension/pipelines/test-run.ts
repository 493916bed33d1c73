import { type CancellationToken, Location, l10n, Range, type TestItem, TestMessage, type TestRun } from 'vscode';
import type { EngineEvent, StageAddress } from '../../engine/index.ts';
import type { App } from '../app.ts';
import { loadEngine } from '../engine.ts';
import type { RepoModel } from '../repo-model.ts';
import { reproJob } from './stage-run.ts';

/** Lines of output that a failure is told with. */
const TAIL = 20;

/** One reproduction of stages of a repository, told as a run of tests. */
export class StageTestRun {
  readonly #app: App;
  readonly #model: RepoModel;
  readonly #run: TestRun;
  readonly #items: ReadonlyMap<string, TestItem>;
  readonly #tails = new Map<string, string[]>();
  /** Stages whose end was told. */
  readonly #told = new Set<string>();

  /** @param items By the addresses of their stages. */
  constructor(app: App, model: RepoModel, run: TestRun, items: ReadonlyMap<string, TestItem>) {
    this.#app = app;
    this.#model = model;
    this.#run = run;
    this.#items = items;
  }

  /** Reproduces the stages with what they need, as the commands do. Never rejects: what goes wrong is a result. */
  async reproduce(token: CancellationToken): Promise<void> {
    const abort = new AbortController();
    const link = token.onCancellationRequested(() => abort.abort());
    for (const item of this.#items.values()) this.#run.enqueued(item);
    const stages = [...this.#items.keys()] as StageAddress[]; // Keys of the snapshot's own stages.
    const onEvent = (event: EngineEvent): void => this.#note(event);
    try {
      await this.#app.work(
        this.#model,
        reproJob(this.#app, this.#model, { mode: 'upstream', stages, goesOn: true }, { onEvent, signal: abort.signal }),
      );
    } catch (error) {
      await this.#fail(error);
    } finally {
      link.dispose();
      for (const [address, item] of this.#items) if (!this.#told.has(address)) this.#run.skipped(item);
      await this.#model.settled();
      this.#app.stageRuns.clear(this.#model);
    }
  }

  #note(event: EngineEvent): void {
    if (!('stage' in event)) return;
    const { stage } = event;
    // Stages that were not asked for run too, where others need them.
    const item = this.#items.get(stage);
    switch (event.type) {
      case 'stage-started':
        if (item) this.#run.started(item);
        break;
      case 'stage-command':
        this.#print(`> ${event.cmd}`, item);
        break;
      case 'stage-line':
        this.#keep(stage, event.line);
        this.#print(event.line, item);
        break;
      case 'stage-skipped':
        this.#print(l10n.t('Stage {0} is up to date', stage), item);
        this.#pass(stage, item);
        break;
      case 'stage-restored':
        this.#print(l10n.t('Stage {0}: restored from the run cache', stage), item);
        this.#pass(stage, item);
        break;
      case 'stage-finished':
        this.#pass(stage, item, event.seconds * 1000);
        break;
      case 'stage-failed':
        this.#print(event.message, item);
        if (!item) break;
        this.#told.add(stage);
        this.#run.failed(item, this.#messageOf(stage, item, event.message));
        break;
      default:
    }
  }

  #pass(stage: string, item: TestItem | undefined, ms?: number): void {
    if (!item) return;
    this.#told.add(stage);
    this.#run.passed(item, ms);
  }

  #print(line: string, item: TestItem | undefined): void {
    this.#run.appendOutput(`${line.replaceAll(/\r?\n/g, '\r\n')}\r\n`, undefined, item);
  }

  #keep(stage: string, line: string): void {
    const tail = this.#tails.get(stage) ?? [];
    tail.push(line);
    if (tail.length > TAIL) tail.shift();
    this.#tails.set(stage, tail);
  }

  /** What went wrong, and the last lines of output, at the stage's place in its file. */
  #messageOf(stage: string, item: TestItem, text: string): TestMessage {
    const message = new TestMessage([text, ...(this.#tails.get(stage) ?? [])].join('\n'));
    if (item.uri) message.location = new Location(item.uri, item.range ?? new Range(0, 0, 0, 0));
    return message;
  }

  /** What kept the run from going on, told of the stages that it did not come to; a failed stage was told of already. */
  async #fail(error: unknown): Promise<void> {
    const { DvcError } = await loadEngine();
    if (DvcError.is(error, 'cancelled')) return;
    this.#app.log.error(`${this.#model.name}: a run of the Testing view failed.`, error);
    if (this.#told.size > 0) return;
    const text = error instanceof Error ? error.message : String(error);
    for (const [address, item] of this.#items) {
      this.#told.add(address);
      this.#run.errored(item, this.#messageOf(address, item, text));
    }
  }
}
