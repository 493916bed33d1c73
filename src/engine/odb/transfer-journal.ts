import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { errnoOf } from '../core/errors.ts';
import type { BackendEntry, ResumeSlot } from '../remote/backend.ts';

/** What is left of interrupted transfers is kept so long: ms. */
const KEPT = 24 * 3600 * 1000;

/** A download that was interrupted: its bytes so far lie in a file of their own. */
export interface PartialNote {
  readonly key: string;
  /** What the store said of the object then. */
  readonly mark: string;
  /** Of the whole object. */
  readonly size: number;
}

/**
 * Notes about transfers that are not finished, in a private folder: they cost time when they are gone, never results.
 *
 * A note appears by a rename, so that a kill at any instant leaves the old one or the new one. It holds no secret.
 */
export class TransferJournal {
  readonly #folder: string;
  readonly #store: string;
  /** What is in the folder, so that the many objects without a note cost no look at the disk. */
  #names: Set<string> | undefined;

  /** @param store Tells one remote from another, without its credentials. */
  constructor(folder: string, store: string) {
    this.#folder = folder;
    this.#store = store;
  }

  /** For a store that can go on with a write. */
  slot(key: string): ResumeSlot {
    const file = `${this.#folder}/${this.#name(key)}.up`;
    return {
      load: () => read(file),
      save: (note) => this.#write(file, note),
      clear: () => remove(file),
    };
  }

  loadPartial(key: string): PartialNote | undefined {
    this.open();
    if (!this.#names?.has(`${this.#name(key)}.down`)) return undefined;
    try {
      const { key: of, mark, size } = JSON.parse(read(this.#noteOf(key)) ?? '') as Partial<PartialNote>;
      if (of !== key || typeof mark !== 'string' || typeof size !== 'number') return undefined;
      return { key, mark, size };
    } catch {
      return undefined; // Not there, or damaged: the download begins at the first byte.
    }
  }

  savePartial(note: PartialNote): void {
    this.#write(this.#noteOf(note.key), JSON.stringify(note));
  }

  /** Where the bytes of a download lie. @param folder Another one, where the cache is on another file system. */
  partialFile(key: string, folder: string | undefined): string {
    // Elsewhere with the shape of a temporary name, which no listing of a cache shows.
    return folder === undefined ? `${this.#folder}/${this.#name(key)}.part` : `${folder}/.${this.#name(key)}.tmp`;
  }

  forgetPartial(key: string): void {
    if (this.#names?.delete(`${this.#name(key)}.down`)) remove(this.#noteOf(key));
  }

  /** Makes the folder, and removes what has been left for longer than a day. */
  open(): void {
    if (this.#names !== undefined) return;
    const names = new Set<string>();
    this.makeFolder();
    for (const name of fs.readdirSync(this.#folder)) {
      const file = `${this.#folder}/${name}`;
      const written = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (Math.abs(Date.now() - written) > KEPT) remove(file);
      else names.add(name);
    }
    this.#names = names;
  }

  /** It may have been deleted at any time. */
  makeFolder(): void {
    fs.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  #noteOf(key: string): string {
    return `${this.#folder}/${this.#name(key)}.down`;
  }

  /** 22 characters, as in the temporary names of DVC. */
  #name(key: string): string {
    return createHash('md5').update(`${this.#store}\n${key}`).digest('base64url');
  }

  /** Without a flush: after a power cut a note is there or not, or damaged, which its reader sees. */
  #write(file: string, note: string): void {
    this.makeFolder();
    const temp = `${file}.new`;
    fs.writeFileSync(temp, note, { mode: 0o600 });
    fs.renameSync(temp, file);
    this.#names?.add(file.slice(this.#folder.length + 1));
  }
}

/** What tells one content under a key from another; undefined where a store says nothing of the kind. */
export const markOf = ({ etag, version, mtime, size }: BackendEntry): string | undefined =>
  etag ?? version ?? (mtime === undefined ? undefined : `${size} bytes of ${mtime}`);

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function remove(file: string): void {
  try {
    fs.unlinkSync(file);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error; // A later sweep takes it.
  }
}
