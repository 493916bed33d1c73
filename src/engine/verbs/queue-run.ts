import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, fromErrno } from '../core/errors.ts';
import { type EngineEvent, type RuleMetEvent, ruleMetText } from '../core/events.ts';
import type { OpContext } from '../core/op-context.ts';
import { HEARTBEAT_MS, type QueueEntry, QueueStore } from '../experiments/queue-store.ts';
import type { Repo } from '../repo.ts';
import { runStashed } from './exp-run-temp.ts';

export interface QueueRunOptions {
  /** Experiments at a time; 1 unless told. */
  readonly jobs?: number;
  /** For commands; this process's own unless told. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ended experiments, as they end. */
  readonly onEnd?: (entry: QueueEntry) => void;
  /** Stop rules that are met. */
  readonly onRule?: (event: RuleMetEvent) => void;
}

/** How often a running experiment looks whether somebody wants it to end: ms. */
const LOOK_MS = 250;

/**
 * Runs what waits in the queue until nothing does, or until `queue stop`. Each experiment has a work tree of its own; all it prints goes
 * into its log. A failed one stays in the queue with its reason. Cancelled, those that run go back to where they were.
 *
 * @returns the entries that have ended, in the order in which they did
 */
export async function queueRun(repo: Repo, options: QueueRunOptions, ctx: OpContext): Promise<QueueEntry[]> {
  const store = new QueueStore(repo);
  const began = Date.now();
  const ended: QueueEntry[] = [];
  const lane = async (): Promise<void> => {
    const worker = `${process.pid}-${randomBytes(4).toString('hex')}`;
    store.setWorker(worker, null);
    try {
      while (!ctx.signal.aborted && !store.isStopAsked(began)) {
        const entry = store.claimNext();
        if (!entry) return;
        store.setWorker(worker, entry.id);
        const result = await runEntry(repo, store, entry, options, ctx);
        store.setWorker(worker, null);
        if (!result) return;
        ended.push(result);
        options.onEnd?.(result);
      }
    } finally {
      store.removeWorker(worker);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.jobs ?? 1) }, lane));
  return ended;
}

/** @returns the ended entry; undefined where it was put back, as the caller was cancelled */
async function runEntry(
  repo: Repo,
  store: QueueStore,
  started: QueueEntry,
  options: QueueRunOptions,
  ctx: OpContext,
): Promise<QueueEntry | undefined> {
  let entry = started;
  const log = new EntryLog(store.logOf(entry.id));
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  ctx.signal.addEventListener('abort', stop, { once: true });
  const beat = setInterval(() => store.beat(entry.id), HEARTBEAT_MS);
  const look = setInterval(() => store.killReason(entry.id) !== undefined && abort.abort(), LOOK_MS);
  const own: OpContext = {
    ...ctx,
    signal: abort.signal,
    cwd: path.join(repo.git.root, entry.options.folder),
    emit: (event) => {
      log.event(event);
      if (event.type === 'rule-met') options.onRule?.(event);
    },
    confirm: async () => false,
  };
  try {
    const { message, folder: _folder, ...stages } = entry.options;
    const result = await runStashed(
      repo,
      { name: entry.name, head: entry.baseline, baseline: entry.baseline, tree: entry.tree },
      { ...stages, ...(message === null ? {} : { message }), ...(options.env ? { env: options.env } : {}) },
      own,
      (root) => {
        entry = { ...entry, root };
        store.write(entry);
        return entry.id;
      },
    );
    const base = { ...entry, root: null, endedAt: Date.now() };
    entry = result.failure
      ? { ...base, state: 'failed', reason: log.failed(result.failure) }
      : { ...base, state: 'success', rev: result.rev ?? null, ref: result.ref ?? null };
  } catch (error) {
    const killed = store.killReason(entry.id);
    if (ctx.signal.aborted && killed === undefined) {
      store.end({ ...started, state: 'queued', startedAt: null, worker: null, root: null });
      return undefined;
    }
    const reason = abort.signal.aborted ? (killed ?? 'it was killed') : log.failed(error);
    entry = { ...entry, root: null, endedAt: Date.now(), state: 'failed', reason };
  } finally {
    clearInterval(beat);
    clearInterval(look);
    ctx.signal.removeEventListener('abort', stop);
    log.close();
  }
  store.end(entry);
  return entry;
}

/** What an experiment prints, as a person would have seen it. */
class EntryLog {
  readonly #fd: number;

  constructor(file: string) {
    try {
      fs.mkdirSync(path.dirname(file), { recursive: true });
      this.#fd = fs.openSync(file, 'a', 0o600);
    } catch (error) {
      throw fromErrno(error, 'create', file);
    }
  }

  event(event: EngineEvent): void {
    switch (event.type) {
      case 'said':
        this.#line(event.level === 'warning' ? `WARNING: ${event.text}` : event.text);
        break;
      case 'stage-started':
        this.#line(`Running stage '${event.stage}':`);
        break;
      case 'stage-command':
        this.#line(`> ${event.cmd}`);
        break;
      case 'stage-line':
        this.#line(event.line);
        break;
      case 'stage-skipped':
        this.#line(`Stage '${event.stage}' didn't change, skipping`);
        break;
      case 'rule-met':
        this.#line(ruleMetText(event));
        break;
      case 'stage-restored':
        this.#line(`Stage '${event.stage}' is cached - skipping run, checking out outputs`);
        break;
    }
  }

  /** @returns the reason, in one line */
  failed(error: unknown): string {
    const rule = DvcError.is(error, 'experiment-stopped') ? error.data['rule'] : undefined;
    const text = rule === undefined ? (error instanceof Error ? error.message : String(error)) : `stopped, as ${rule}`;
    this.#line(`ERROR: ${text}`);
    if (!DvcError.is(error) && error instanceof Error && error.stack) this.#line(error.stack);
    return text;
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  #line(text: string): void {
    try {
      fs.writeSync(this.#fd, `${text}\n`);
    } catch (error) {
      throw fromErrno(error, 'write', 'the log of the experiment');
    }
  }
}
