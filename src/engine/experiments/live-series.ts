import * as fs from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { errnoOf } from '../core/errors.ts';

/** Points that were added to a series, as DVCLive writes them. */
export interface SeriesPoints {
  /** The column that says where on the x axis: `step` with DVCLive. */
  readonly x: string;
  /** By column. Each has a value for each of `steps`, NaN where there is none. */
  readonly columns: Readonly<Record<string, readonly number[]>>;
  readonly steps: readonly number[];
  /** True where the file was begun anew: what came before counts no more. */
  readonly fresh: boolean;
}

const MOST_BYTES = 8 * 1024 * 1024;

/** A table of values that grows: each look reads only what is new, and only whole lines. */
export class LiveSeries {
  readonly #file: string;
  #at = 0;
  #ino = 0;
  #header: string[] | undefined;
  #rest = '';
  /** Keeps the first bytes of a character whose others are not written yet. */
  #decoder = new StringDecoder('utf8');

  /** @param file Absolute: `.tsv`, or `.csv` with commas. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Undefined where nothing is new. */
  read(): SeriesPoints | undefined {
    const stat = fs.statSync(this.#file, { throwIfNoEntry: false });
    if (!stat) {
      this.#at = 0; // The next one of this name begins anew.
      return undefined;
    }
    const { size, ino } = stat;
    if (size === this.#at && ino === this.#ino) return undefined;
    const fresh = size < this.#at || this.#at === 0 || ino !== this.#ino;
    this.#ino = ino;
    if (fresh) {
      this.#at = 0;
      this.#header = undefined;
      this.#rest = '';
      this.#decoder = new StringDecoder('utf8');
    }
    const lines = `${this.#rest}${this.#take(size)}`.split(/\r?\n/);
    this.#rest = lines.pop() ?? '';
    const separator = this.#file.endsWith('.csv') ? ',' : '\t';
    this.#header ??= lines.shift()?.split(separator);
    const rows = lines.filter((line) => line !== '').map((line) => line.split(separator));
    const header = this.#header;
    if (!header || (rows.length === 0 && !fresh)) return undefined;
    const x = header.includes('step') ? header.indexOf('step') : 0;
    const column = (i: number): number[] => rows.map((row) => toNumber(row[i]));
    const others = header.map((name, i) => [name, i] as const).filter(([, i]) => i !== x);
    return {
      x: header[x] ?? '',
      steps: column(x),
      columns: Object.fromEntries(others.map(([name, i]) => [name, column(i)])),
      fresh,
    };
  }

  #take(size: number): string {
    let fd: number | undefined;
    try {
      fd = fs.openSync(this.#file, 'r');
      const buffer = Buffer.alloc(Math.min(size - this.#at, MOST_BYTES));
      const read = fs.readSync(fd, buffer, 0, buffer.length, this.#at);
      this.#at += read;
      return this.#decoder.write(buffer.subarray(0, read));
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return ''; // Gone again: the next look says so.
    } finally {
      if (fd !== undefined) fs.closeSync(fd);
    }
  }
}

const toNumber = (text: string | undefined): number =>
  text === undefined || text.trim() === ''
    ? Number.NaN
    : /^[+-]?inf(inity)?$/i.test(text)
      ? Number.parseFloat(text.replace(/inf\w*/i, 'Infinity'))
      : Number(text);
