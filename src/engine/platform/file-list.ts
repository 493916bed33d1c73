import type * as fs from 'node:fs';
import { grown, type PathList, PathListBuilder } from './path-list.ts';

/** What tells one state of a file from another. Times in milliseconds, fractions kept as far as a double holds them. */
export interface FileStat {
  readonly size: number;
  readonly mtime: number;
  readonly ctime: number;
  readonly ino: number;
  readonly mode: number;
}

export const fileStatOf = (stats: fs.Stats): FileStat => ({
  size: stats.size,
  mtime: stats.mtimeMs,
  ctime: stats.ctimeMs,
  ino: stats.ino,
  mode: stats.mode,
});

/** True if no write can have happened between the two. Mode is left out: it changes the change time anyway. */
export const sameFile = (a: FileStat, b: FileStat): boolean =>
  a.size === b.size && a.mtime === b.mtime && a.ctime === b.ctime && a.ino === b.ino;

/** Any of the three execute bits, as DVC's `isexec`. */
export const isExecutable = (mode: number): boolean => (mode & 0o111) !== 0;

/** Files with their stats in columns, sorted by path where a walk made it. */
export class FileList {
  readonly paths: PathList;
  readonly size: Float64Array;
  readonly mtime: Float64Array;
  readonly ctime: Float64Array;
  readonly ino: Float64Array;
  readonly mode: Uint32Array;
  /** 1 where the path is a symbolic link and the stats are its target's. */
  readonly linked: Uint8Array;

  constructor(paths: PathList, columns: FileColumns) {
    this.paths = paths;
    this.size = columns.size;
    this.mtime = columns.mtime;
    this.ctime = columns.ctime;
    this.ino = columns.ino;
    this.mode = columns.mode;
    this.linked = columns.linked;
  }

  /** All stats zero, to be filled by `set`. */
  static blank(paths: PathList): FileList {
    return new FileList(paths, blankColumns(paths.length));
  }

  static of(entries: readonly (readonly [path: string, stat: FileStat])[]): FileList {
    const builder = new FileListBuilder();
    for (const [path, stat] of entries) builder.push(path, undefined, stat, false);
    return builder.finish();
  }

  get length(): number {
    return this.paths.length;
  }

  statAt(index: number): FileStat {
    return {
      size: this.size[index] as number,
      mtime: this.mtime[index] as number,
      ctime: this.ctime[index] as number,
      ino: this.ino[index] as number,
      mode: this.mode[index] as number,
    };
  }

  set(index: number, stat: FileStat): void {
    this.size[index] = stat.size;
    this.mtime[index] = stat.mtime;
    this.ctime[index] = stat.ctime;
    this.ino[index] = stat.ino;
    this.mode[index] = stat.mode;
  }

  /** Bytes of content, of all files or of those at `only`. */
  totalSize(only?: Uint32Array): number {
    let total = 0;
    if (only === undefined) for (let i = 0; i < this.length; i++) total += this.size[i] as number;
    else for (let i = 0; i < only.length; i++) total += this.size[only[i] as number] as number;
    return total;
  }
}

export interface FileColumns {
  size: Float64Array;
  mtime: Float64Array;
  ctime: Float64Array;
  ino: Float64Array;
  mode: Uint32Array;
  linked: Uint8Array;
}

export const blankColumns = (length: number): FileColumns => ({
  size: new Float64Array(length),
  mtime: new Float64Array(length),
  ctime: new Float64Array(length),
  ino: new Float64Array(length),
  mode: new Uint32Array(length),
  linked: new Uint8Array(length),
});

/** Appends files one by one; columns grow by doubling. */
export class FileListBuilder {
  readonly #paths = new PathListBuilder();
  #columns = blankColumns(64);

  get length(): number {
    return this.#paths.length;
  }

  push(name: string, prefix: Buffer | undefined, stat: FileStat, linked: boolean): void {
    const at = this.#paths.length;
    let columns = this.#columns;
    if (at === columns.size.length) columns = this.#columns = mapColumns(columns, (column) => grown(column, at * 2));
    this.#paths.push(name, prefix);
    columns.size[at] = stat.size;
    columns.mtime[at] = stat.mtime;
    columns.ctime[at] = stat.ctime;
    columns.ino[at] = stat.ino;
    columns.mode[at] = stat.mode;
    columns.linked[at] = linked ? 1 : 0;
  }

  finish(): FileList {
    const paths = this.#paths.finish();
    return new FileList(
      paths,
      mapColumns(this.#columns, (column) => shortened(column, paths.length)),
    );
  }
}

type Column = Uint8Array | Uint32Array | Float64Array;

const mapColumns = (columns: FileColumns, change: <T extends Column>(column: T) => T): FileColumns => ({
  size: change(columns.size),
  mtime: change(columns.mtime),
  ctime: change(columns.ctime),
  ino: change(columns.ino),
  mode: change(columns.mode),
  linked: change(columns.linked),
});

const shortened = <T extends Column>(column: T, length: number): T => column.slice(0, length) as T;
