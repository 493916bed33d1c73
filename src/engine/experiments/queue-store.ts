import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, errnoOf, fromErrno } from '../core/errors.ts';
import type { GitId } from '../git/git.ts';
import { writeAtomic } from '../platform/atomic-write.ts';
import { livenessOf, type Owner, thisOwner } from '../platform/owner.ts';
import type { Repo } from '../repo.ts';
import { changeRefs, NO_COMMIT } from './git-trees.ts';
import { StopRuleStore } from './stop-rule-store.ts';

/** Where commits of entries are kept from Git's garbage collection: private to this clone. */
export const QUEUE_REFS = 'refs/lode/queue/';
/** How often a worker says that it lives, and how long it may be silent: ms. */
export const HEARTBEAT_MS = 5_000;
export const SILENT_MS = 30_000;

export type QueueState = 'queued' | 'running' | 'success' | 'failed';

/** The options of `exp run` that an entry remembers. */
export interface QueuedOptions {
  readonly targets: readonly string[];
  readonly recursive: boolean;
  readonly glob: boolean;
  readonly singleItem: boolean;
  readonly pipeline: boolean;
  readonly allPipelines: boolean;
  readonly downstream: boolean;
  readonly force: boolean;
  readonly forceDownstream: boolean;
  readonly pull: boolean;
  readonly allowMissing: boolean;
  readonly onError: 'fail' | 'keep-going' | 'ignore';
  readonly copyPaths: readonly string[];
  readonly message: string | null;
  /** The user's folder, from the top of the work tree. */
  readonly folder: string;
}

/** One experiment of the queue, as a file of its own remembers it. */
export interface QueueEntry {
  /** 40 hex digits: the commit that the experiment starts from, made for this entry. */
  readonly id: GitId;
  readonly name: string;
  readonly baseline: GitId;
  /** The files it starts from. */
  readonly tree: GitId;
  /** Runs before entries with a smaller one; 0 unless told. */
  readonly priority: number;
  /** Of equal priority the smaller one runs first. */
  readonly order: number;
  /** As they were typed. */
  readonly overrides: readonly string[];
  readonly options: QueuedOptions;
  readonly state: QueueState;
  /** Milliseconds since 1970. */
  readonly queuedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly worker: Owner | null;
  /** The folder it runs in. */
  readonly root: string | null;
  /** The experiment it became. */
  readonly rev: GitId | null;
  readonly ref: string | null;
  /** Why it failed. */
  readonly reason: string | null;
}

/**
 * The queue of experiments: `.dvc/tmp/lode/queue`, a file for each entry, written by rename, so that a kill leaves each whole. Several
 * workers share it: who makes an entry's claim has it. What it runs is a commit under `refs/lode/queue`.
 */
export class QueueStore {
  readonly folder: string;
  readonly #repo: Repo;

  constructor(repo: Repo) {
    this.#repo = repo;
    this.folder = path.join(repo.privateDir, 'queue');
  }

  /** By priority and order; ended ones too. An entry whose worker has died or fallen silent is shown as failed. */
  list(): QueueEntry[] {
    const entries = namesIn(path.join(this.folder, 'entries'))
      .filter((name) => /^[0-9a-f]{40,64}\.json$/.test(name))
      .flatMap((name) => this.#read(name.slice(0, -'.json'.length)) ?? []);
    return entries.map((entry) => this.#judged(entry)).sort((a, b) => b.priority - a.priority || a.order - b.order);
  }

  get(id: GitId): QueueEntry | undefined {
    const entry = this.#read(id);
    return entry && this.#judged(entry);
  }

  /** The file with everything an entry printed. */
  logOf(id: GitId): string {
    return path.join(this.folder, 'logs', `${id}.log`);
  }

  /** Adds an entry whose commit is made already. */
  async add(entry: QueueEntry): Promise<void> {
    await changeRefs(this.#repo.git, [{ ref: QUEUE_REFS + entry.id, to: entry.id, from: NO_COMMIT }]);
    this.write(entry);
  }

  /** The order of an entry that comes after all that are there. */
  nextOrder(): number {
    return Math.max(0, ...this.list().map(({ order }) => order)) + 1;
  }

  write(entry: QueueEntry): void {
    const folder = path.join(this.folder, 'entries');
    fs.mkdirSync(folder, { recursive: true });
    writeAtomic(path.join(folder, `${entry.id}.json`), `${JSON.stringify(entry)}\n`);
  }

  /** Takes entries out of the queue, with their logs. */
  async remove(entries: readonly QueueEntry[]): Promise<void> {
    const refs = new Set((await this.#repo.git.refs(QUEUE_REFS)).map(({ name }) => name));
    const rules = new StopRuleStore(this.#repo);
    for (const { id } of entries) {
      for (const file of [
        path.join(this.folder, 'entries', `${id}.json`),
        this.logOf(id),
        this.#claim(id),
        this.#beat(id),
        this.#kill(id),
      ])
        removeFile(file);
      rules.forget(id);
    }
    const gone = entries.map(({ id }) => QUEUE_REFS + id).filter((ref) => refs.has(ref));
    await changeRefs(
      this.#repo.git,
      gone.map((ref) => ({ ref })),
    );
  }

  /** The next entry to run, claimed by this process; undefined where none waits. */
  claimNext(): QueueEntry | undefined {
    for (const entry of this.list()) {
      if (entry.state !== 'queued' || !this.#takeClaim(entry.id)) continue;
      const now = this.#read(entry.id); // Somebody may have run or removed it since.
      if (now?.state === 'queued') return this.#start(now);
      removeFile(this.#claim(entry.id));
    }
    return undefined;
  }

  /** A sign of life for an entry that this process runs. */
  beat(id: GitId): void {
    try {
      fs.mkdirSync(path.dirname(this.#beat(id)), { recursive: true });
      fs.writeFileSync(this.#beat(id), String(Date.now()));
    } catch (error) {
      if (errnoOf(error) === undefined) throw error; // A full disk does not stop the experiment.
    }
  }

  /** Writes what has become of an entry, and gives its claim back. */
  end(entry: QueueEntry): void {
    this.write(entry);
    for (const file of [this.#beat(entry.id), this.#kill(entry.id), this.#claim(entry.id)]) removeFile(file);
  }

  /** Asks whoever runs an entry to end it. */
  askToKill(id: GitId, reason: string): void {
    fs.mkdirSync(path.dirname(this.#kill(id)), { recursive: true });
    writeAtomic(this.#kill(id), reason);
  }

  /** Why an entry is to end; undefined where nobody wants that. */
  killReason(id: GitId): string | undefined {
    return readText(this.#kill(id));
  }

  /** Workers that started before now end after what they run. */
  askToStop(): void {
    fs.mkdirSync(this.folder, { recursive: true });
    writeAtomic(path.join(this.folder, 'stop'), String(Date.now()));
  }

  isStopAsked(startedAt: number): boolean {
    return Number(readText(path.join(this.folder, 'stop')) ?? 0) > startedAt;
  }

  /** A worker's own file, for `queue status`: by a number of its own, what it runs. */
  workers(): { readonly id: string; readonly owner: Owner; readonly task: GitId | null }[] {
    const folder = path.join(this.folder, 'workers');
    return namesIn(folder).flatMap((name) => {
      const found = parse<{ owner: Owner; task: GitId | null }>(readText(path.join(folder, name)));
      if (found && livenessOf(found.owner) !== 'dead') return [{ id: name, ...found }];
      if (found) removeFile(path.join(folder, name));
      return [];
    });
  }

  setWorker(id: string, task: GitId | null): void {
    const folder = path.join(this.folder, 'workers');
    fs.mkdirSync(folder, { recursive: true });
    writeAtomic(path.join(folder, id), JSON.stringify({ owner: thisOwner(), task }));
  }

  removeWorker(id: string): void {
    removeFile(path.join(this.folder, 'workers', id));
  }

  #start(entry: QueueEntry): QueueEntry {
    const started: QueueEntry = { ...entry, state: 'running', startedAt: Date.now(), worker: thisOwner() };
    this.beat(entry.id);
    this.write(started);
    return started;
  }

  #takeClaim(id: GitId): boolean {
    const file = this.#claim(id);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    if (this.#makeClaim(file)) return true;
    // Whoever claimed it and died before it was running has nothing done yet.
    const owner = parse<Owner>(readText(file));
    if (!owner || livenessOf(owner) !== 'dead') return false;
    removeFile(file);
    return this.#makeClaim(file);
  }

  /** Links a whole file into place, which only one process can. */
  #makeClaim(file: string): boolean {
    const temp = `${file}.${randomBytes(6).toString('hex')}`;
    try {
      fs.writeFileSync(temp, JSON.stringify(thisOwner()), { flag: 'wx' });
      fs.linkSync(temp, file);
      return true;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw fromErrno(error, 'create', file);
      return false;
    } finally {
      fs.rmSync(temp, { force: true });
    }
  }

  /** An entry that says it runs, while nobody runs it, has failed. */
  #judged(entry: QueueEntry): QueueEntry {
    if (entry.state !== 'running') return entry;
    const alive = entry.worker ? livenessOf(entry.worker) : 'dead';
    const last = Number(readText(this.#beat(entry.id)) ?? entry.startedAt ?? 0);
    if (alive !== 'dead' && Date.now() - last < SILENT_MS) return entry;
    const reason =
      alive === 'dead' ? 'the worker that ran it has ended' : 'the worker that runs it has been silent for 30 seconds';
    return { ...entry, state: 'failed', endedAt: last, reason };
  }

  #read(id: GitId): QueueEntry | undefined {
    const entry = parse<QueueEntry>(readText(path.join(this.folder, 'entries', `${id}.json`)));
    return entry?.id === id && typeof entry.name === 'string' ? entry : undefined;
  }

  #claim = (id: GitId): string => path.join(this.folder, 'claims', id);
  #beat = (id: GitId): string => path.join(this.folder, 'beats', id);
  #kill = (id: GitId): string => path.join(this.folder, 'kills', id);
}

/** Entries by name, or by the beginning of their id. @throws `unknown-experiment` */
export function findEntries(entries: readonly QueueEntry[], names: readonly string[], what: string): QueueEntry[] {
  const found = new Map<string, QueueEntry | undefined>();
  for (const name of names)
    found.set(
      name,
      entries.findLast((one) => one.name === name) ??
        entries.find(({ id }) => /^[0-9a-f]{5,64}$/i.test(name) && id.startsWith(name.toLowerCase())),
    );
  const missing = [...found].filter(([, one]) => !one).map(([name]) => name);
  if (missing.length > 0)
    throw new DvcError(
      'unknown-experiment',
      missing.length > 1 ? `'${missing.join('; ')}' are not valid ${what}s` : `'${missing[0]}' is not a valid ${what}`,
      { hint: 'See them with `lode queue status`.' },
    );
  return [...new Set([...found.values()].filter((one) => one !== undefined))];
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw fromErrno(error, 'list', folder);
  }
}

function readText(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Undefined for what is no JSON: a file that is none of ours. */
function parse<T>(text: string | undefined): T | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

function removeFile(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch (error) {
    throw fromErrno(error, 'remove', file);
  }
}
