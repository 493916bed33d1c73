import * as fs from 'node:fs';
import { DvcError, errnoOf, fromErrno } from '../core/errors.ts';
import { findEntries, type QueueEntry, QueueStore } from '../experiments/queue-store.ts';
import type { Repo } from '../repo.ts';

export type { QueueEntry, QueueState } from '../experiments/queue-store.ts';

export interface QueueStatus {
  /** Running and waiting ones in the order they run, then ended ones. */
  readonly entries: readonly QueueEntry[];
  readonly active: number;
  readonly idle: number;
}

/** What is in the queue, and who works on it. */
export function queueStatus(repo: Repo): QueueStatus {
  const store = new QueueStore(repo);
  const rank = { running: 0, queued: 1, success: 2, failed: 3 } as const;
  const entries = store.list().sort((a, b) => rank[a.state] - rank[b.state]);
  const workers = store.workers();
  const active = workers.filter(({ task }) => task !== null).length;
  return { entries, active, idle: workers.length - active };
}

export interface QueueRemoveOptions {
  /** By name or by the beginning of their id. */
  readonly names?: readonly string[];
  readonly queued?: boolean;
  readonly failed?: boolean;
  readonly success?: boolean;
}

/** Takes entries out of the queue. Experiments that came of them stay. @throws `unknown-experiment` */
export async function queueRemove(repo: Repo, options: QueueRemoveOptions): Promise<readonly QueueEntry[]> {
  const store = new QueueStore(repo);
  const entries = store.list().filter(({ state }) => state !== 'running');
  const chosen =
    (options.names ?? []).length > 0
      ? findEntries(entries, options.names ?? [], 'queued experiment name')
      : entries.filter(({ state }) => state !== 'running' && options[state]);
  await store.remove(chosen);
  return chosen;
}

/** Asks running experiments to end. They stay in the queue as failed, with the reason. @throws `unknown-experiment` */
export function queueKill(
  repo: Repo,
  names: readonly string[],
  { reason = 'it was killed' } = {},
): readonly QueueEntry[] {
  const store = new QueueStore(repo);
  const running = store.list().filter(({ state }) => state === 'running');
  const chosen = findEntries(running, names, 'running experiment name');
  for (const { id } of chosen) store.askToKill(id, reason);
  return chosen;
}

/** Workers end after what they run; with `kill` that is ended first. */
export function queueStop(repo: Repo, { kill = false } = {}): void {
  const store = new QueueStore(repo);
  store.askToStop();
  if (kill)
    for (const { id, state } of store.list()) if (state === 'running') store.askToKill(id, 'the queue was stopped');
}

export interface QueueLog {
  readonly entry: QueueEntry;
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

/** All that an experiment of the queue has printed so far. @throws `unknown-experiment`, `experiment-failed` where it has not started */
export function queueLog(repo: Repo, name: string): QueueLog {
  const store = new QueueStore(repo);
  const [entry] = findEntries(store.list(), [name], 'queued experiment name');
  if (!entry) throw new Error('an entry that was found is there');
  const file = store.logOf(entry.id);
  try {
    return { entry, file, text: fs.readFileSync(file, 'utf8') };
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw fromErrno(error, 'read', file);
    throw new DvcError(
      'experiment-failed',
      entry.state === 'queued'
        ? `Queued experiment '${name}' exists but has not started running yet`
        : `No output logs found for experiment '${name}'`,
    );
  }
}

/** Moves a waiting entry: greater priorities run first. @throws `unknown-experiment` */
export function queuePrioritize(repo: Repo, name: string, priority: number): QueueEntry {
  const store = new QueueStore(repo);
  const waiting = store.list().filter(({ state }) => state === 'queued');
  const [entry] = findEntries(waiting, [name], 'queued experiment name');
  if (!entry) throw new Error('an entry that was found is there');
  const moved = { ...entry, priority };
  store.write(moved);
  return moved;
}
