import type { ContentHash } from './digest.ts';
import type { FileStat } from './file-list.ts';
import type { LinkType } from './links.ts';
import type { PathList } from './path-list.ts';

/** Paths, as they cross to a worker thread. */
export interface PathColumns {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
  readonly ascii: boolean;
}

/** What is known of files before they are read, in columns. */
export interface StatColumns {
  readonly size: Float64Array;
  readonly mtime: Float64Array;
  readonly ctime: Float64Array;
  readonly ino: Float64Array;
}

/** An object database's folder on this machine, as the tasks see it. */
export interface ObjectFolder {
  readonly root: string;
  /**
   * Where new objects are made under their own names when `root` holds none: nobody looks there, and its 256 folders are
   * moved into place at the end, which spares a rename for each object.
   */
  readonly aside?: string;
  readonly hash: ContentHash;
  /** Mode of new folders, where it is not the umask's: `02775` for a cache shared by a group. */
  readonly folderMode: number | undefined;
  /** Flush each file before its name appears: for few files; many are flushed together afterwards. */
  readonly flush: boolean;
  /** Files from the other side can be cloned into it. */
  readonly reflink: boolean;
  /** Where objects go whose content is not what their name says. */
  readonly quarantine: string;
}

/** Digests the files at `paths`. */
export interface HashBatch {
  readonly kind: 'hash';
  readonly root: string;
  readonly paths: PathColumns;
  readonly stats: StatColumns;
  readonly hash: ContentHash;
}

/** Digests files and puts their bytes into a cache, in one pass. The files stay as they are. */
export interface StoreBatch {
  readonly kind: 'store';
  readonly root: string;
  readonly paths: PathColumns;
  readonly stats: StatColumns;
  readonly objects: ObjectFolder;
  /** The cache held nothing when the run began: no object needs to be looked for. */
  readonly empty: boolean;
}

/** Puts objects at workspace paths. What was there stays until the new file is whole. */
export interface PlaceBatch {
  readonly kind: 'place';
  /** A folder that is ours, as the repository's root; below it no link is followed. */
  readonly root: string;
  /** From `root` to the folder that `paths` start from; '' for the root. */
  readonly folder: string;
  readonly paths: PathColumns;
  readonly digests: Uint8Array;
  /** 1 where the owner may execute the file. */
  readonly exec: Uint8Array;
  /** 1 where the object was verified and has not changed since. */
  readonly trusted: Uint8Array;
  readonly objects: ObjectFolder;
  /** Tried in this order. */
  readonly types: readonly LinkType[];
  /** Folder for unfinished files: on the targets' file system, outside of tracked folders. */
  readonly scratch: string;
  /** Nobody sees `root` before all is done: files get their names at once. */
  readonly unseen: boolean;
}

/** Objects of one kind by digest: files, or directory objects with `.dir` behind their names. */
export interface ObjectColumns {
  readonly digests: Uint8Array;
  readonly suffix: '' | '.dir';
}

/** Copies objects from one folder to another, verifying the bytes copied. */
export interface CopyBatch extends ObjectColumns {
  readonly kind: 'copy';
  readonly from: ObjectFolder;
  readonly to: ObjectFolder;
}

/** Digests objects and compares with their names. */
export interface VerifyBatch extends ObjectColumns {
  readonly kind: 'verify';
  readonly objects: ObjectFolder;
}

/** Deletes objects. One that is gone already is fine. */
export interface RemoveBatch extends ObjectColumns {
  readonly kind: 'remove';
  readonly objects: ObjectFolder;
}

/** Makes objects of bytes in memory, which whoever gives them has hashed. */
export interface PutBatch extends ObjectColumns {
  readonly kind: 'put';
  /** The contents, end to end. */
  readonly bytes: Uint8Array;
  /** Where each of them ends. */
  readonly ends: Uint32Array;
  readonly objects: ObjectFolder;
}

export type IoBatch = HashBatch | StoreBatch | PlaceBatch | CopyBatch | VerifyBatch | RemoveBatch | PutBatch;

/** Why one item was not done. */
export interface IoFailure {
  /** Of the item in its job. */
  readonly index: number;
  /** The path that could not be worked on: absolute. */
  readonly path: string;
  /** An errno, or what {@link IoProblem} names. */
  readonly code: string;
  readonly message: string;
  readonly syscall?: string;
}

export type IoProblemCode = 'file-changing' | 'object-corrupt' | 'object-missing' | 'link-in-path' | 'special-file';

/** A failure that no system call reported. */
export class IoProblem extends Error {
  readonly code: IoProblemCode;
  readonly path: string;
  constructor(code: IoProblemCode, path: string) {
    super(`${code}: ${path}`);
    this.code = code;
    this.path = path;
  }
}

/** Index, size, mtime, ctime, ino and mode end to end: numbers cross to another thread many times faster than objects. */
export type StatRecords = number[];

export function noteStat(records: StatRecords, index: number, stat: FileStat): void {
  records.push(index, stat.size, stat.mtime, stat.ctime, stat.ino, stat.mode);
}

export function eachStat(records: StatRecords, visit: (index: number, stat: FileStat) => void): void {
  for (let i = 0; i < records.length; i += 6) {
    // Written six at a time by `noteStat`.
    const [index, size, mtime, ctime, ino, mode] = records.slice(i, i + 6) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    visit(index, { size, mtime, ctime, ino, mode });
  }
}

/** An object whose content was its name's, and how the file looked then. */
export interface VerifiedObject {
  /** Digest, with `.dir` behind a directory object's. */
  readonly name: string;
  readonly stat: FileStat;
}

/** What a batch found and did; what does not apply to its kind is empty. */
export interface IoOutcome {
  /** hash, store: 16 bytes an item; zeros where the item failed. */
  readonly digests: Uint8Array;
  /** hash, store: items that were not as the walk had seen them, and how they were when read. place: every item. */
  readonly stats: StatRecords;
  /** Large objects found or made whole, by name: worth remembering, as reading them again takes time. */
  readonly verified: VerifiedObject[];
  /** store, copy, put, remove: items for which something was written or deleted. place: items placed. */
  done: number;
  /** Bytes of content written, or freed. */
  bytes: number;
  /** place: by which link type, counted. */
  readonly links: Partial<Record<LinkType, number>>;
  readonly failures: IoFailure[];
}

export const emptyOutcome = (digests: number): IoOutcome => ({
  digests: new Uint8Array(digests * 16),
  stats: [],
  verified: [],
  done: 0,
  bytes: 0,
  links: {},
  failures: [],
});

export const pathColumns = ({ bytes, ends, ascii }: PathList): PathColumns => ({ bytes, ends, ascii });
