import * as fs from 'node:fs';
import * as path from 'node:path';
import { errnoOf } from '../core/errors.ts';
import { syncFolder, writeAtomic } from './atomic-write.ts';
import { makeDurableFolder } from './durable-folder.ts';
import { livenessOf, type Owner, thisOwner } from './owner.ts';
import { sweepOnce } from './temp-name.ts';

interface Journal {
  readonly owner: Owner;
  /** What the owner's temporary names begin with. */
  readonly prefix: string;
  readonly folders: readonly string[];
}

/** A journal of another machine is left to it for this long, in milliseconds. */
const ELSEWHERE_GRACE = 24 * 3600 * 1000;

/**
 * Says in which folders a process may leave temporary files when it is killed, so that the next one can take them away.
 *
 * Names have DVC's shape and could be anybody's; their first part tells the owner's from those of a live process.
 */
export class TempJournal {
  readonly #folder: string;
  readonly #prefix: string;
  readonly #file: string;
  readonly #folders = new Set<string>();
  #swept = false;

  /** @param folder Of all journals of a repository. @param prefix As `TempNames` has it. */
  constructor(folder: string, prefix: string) {
    this.#folder = folder;
    this.#prefix = prefix;
    this.#file = `${folder}/${prefix}.json`;
  }

  /** To be called before the first temporary file in `folder`. Takes away what dead processes left, once. */
  use(folder: string): void {
    if (this.#folders.has(folder)) return;
    this.#folders.add(folder);
    sweepOnce(folder);
    makeDurableFolder(this.#folder);
    // The private folders may be as new as this process: what names them goes with a power cut unless it is flushed.
    if (!this.#swept) for (let at = this.#folder, up = 0; up < 3; up++) syncFolder((at = path.dirname(at)));
    const journal: Journal = { owner: thisOwner(), prefix: this.#prefix, folders: [...this.#folders] };
    // Flushed, or a power cut could keep the temporary files and not the word about them.
    writeAtomic(this.#file, JSON.stringify(journal));
    if (!this.#swept) this.sweep();
    this.#swept = true;
  }

  /** Removes temporary files whose owner is dead. What cannot be removed stays for the next time. */
  sweep(): void {
    for (const name of namesIn(this.#folder)) {
      const file = `${this.#folder}/${name}`;
      const journal = readJournal(file);
      if (file === this.#file || (journal !== undefined && !isStale(journal, file))) continue;
      const gone = journal?.folders.every((folder) => removeTemps(folder, journal.prefix)) ?? true;
      if (gone) fs.rmSync(file, { force: true });
    }
  }

  /** The work ended in order: nothing is left. */
  close(): void {
    if (this.#folders.size > 0) fs.rmSync(this.#file, { force: true });
    this.#folders.clear();
  }
}

function isStale(journal: Journal, file: string): boolean {
  const liveness = livenessOf(journal.owner);
  if (liveness !== 'elsewhere') return liveness === 'dead';
  const written = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - written > ELSEWHERE_GRACE;
}

/** In the folder and in its fan-out; false if one could not be removed. */
function removeTemps(folder: string, prefix: string): boolean {
  let all = true;
  const inOne = (path: string): void => {
    for (const name of namesIn(path)) {
      if (!name.startsWith(`.${prefix}`)) continue;
      try {
        fs.rmSync(`${path}/${name}`, { recursive: true, force: true });
      } catch {
        all = false;
      }
    }
  };
  inOne(folder);
  for (const name of namesIn(folder)) if (/^[0-9a-f]{2}$/.test(name)) inOne(`${folder}/${name}`);
  return all;
}

function readJournal(file: string): Journal | undefined {
  try {
    const value: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    return isJournal(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The folder is private, but a name in it decides what is deleted: nothing but our own names are. */
const isJournal = (value: unknown): value is Journal => {
  const { owner, prefix, folders } = (value ?? {}) as Partial<Journal>;
  return (
    typeof owner?.pid === 'number' &&
    typeof owner.host === 'string' &&
    typeof prefix === 'string' &&
    /^[\w-]{16}$/.test(prefix) &&
    Array.isArray(folders) &&
    folders.every((folder) => (typeof folder === 'string' && folder.startsWith('/')) || /^[a-z]:/i.test(folder))
  );
};

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}
