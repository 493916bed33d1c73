import * as fs from 'node:fs';
import * as path from 'node:path';
import { errnoOf } from '../core/errors.ts';
import type { Commit, GitId } from '../git/git.ts';
import { writeAtomic } from '../platform/atomic-write.ts';

/** What never changes of a commit, so that nobody has to ask Git again. */
export interface RowHeader {
  /** Seconds since 1970, of the committer. */
  readonly time: number;
  readonly author: string;
  readonly message: string;
  /** The first parent, where there is one. */
  readonly parent: GitId | undefined;
}

export interface CachedRow {
  readonly header: RowHeader;
  /** As {@link RevFacts.text}. */
  readonly text: string;
}

const NAME = 'rows-1.txt';
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * Rows by commit, in one private file that only grows: a line of id, header and text for each, of which only those that are asked for
 * are parsed. Lines that a kill has cut, or that two processes wrote twice, do no harm. May be deleted at any time.
 */
export class RowCache {
  readonly #file: string;
  /** Where the line of a commit stands in the text. */
  readonly #lines = new Map<GitId, readonly [start: number, end: number]>();
  #text = '';
  #endsWhole = true;
  readonly #added = new Map<GitId, CachedRow>();

  private constructor(file: string) {
    this.#file = file;
  }

  /** @param folder The repository's private folder: absolute. */
  static open(folder: string): RowCache {
    const cache = new RowCache(path.join(folder, 'exps', NAME));
    cache.#read();
    return cache;
  }

  get(rev: GitId): CachedRow | undefined {
    const added = this.#added.get(rev);
    const line = added ? undefined : this.#lines.get(rev);
    if (!line) return added;
    const tab = this.#text.indexOf('\t', line[0]);
    try {
      return {
        header: JSON.parse(this.#text.slice(line[0], tab)) as RowHeader,
        text: this.#text.slice(tab + 1, line[1]),
      };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return undefined;
    }
  }

  add(rev: GitId, row: CachedRow): void {
    this.#added.set(rev, row);
  }

  /** Appends what was added. A disk that cannot be written costs time, never results. */
  save(): void {
    if (this.#added.size === 0) return;
    const lines = [...this.#added].map(([rev, { header, text }]) => `${rev}\t${JSON.stringify(header)}\t${text}\n`);
    try {
      fs.mkdirSync(path.dirname(this.#file), { recursive: true });
      if (this.#text.length > MOST_BYTES) writeAtomic(this.#file, lines.join(''));
      else fs.appendFileSync(this.#file, (this.#endsWhole ? '' : '\n') + lines.join(''), { mode: 0o600 });
    } catch (error) {
      if (errnoOf(error) === undefined && (error as { code?: string }).code === undefined) throw error;
    }
    this.#added.clear();
  }

  #read(): void {
    try {
      this.#text = fs.readFileSync(this.#file, 'utf8');
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return;
    }
    const text = this.#text;
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf('\n', at);
      if (end < 0) {
        this.#endsWhole = false;
        return;
      }
      const tab = text.indexOf('\t', at);
      // A line that was cut and went on as another one has no text that ends like one.
      if (tab > at && tab < end && text.charCodeAt(end - 1) === 0x7d)
        this.#lines.set(text.slice(at, tab), [tab + 1, end]);
      at = end + 1;
    }
  }
}

export const headerOf = ({ time, authorName, message, parents }: Commit): RowHeader => ({
  time,
  author: authorName,
  message,
  parent: parents[0],
});
