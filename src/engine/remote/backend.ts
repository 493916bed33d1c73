import type { Readable } from 'node:stream';

/** One object as a store describes it. */
export interface BackendEntry {
  /** Posix path below the store's root, without a leading slash. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970, where the store says it. */
  readonly mtime?: number;
  /** The store's own mark of this content, without quotes; another one means that the content may be another. */
  readonly etag?: string;
  /** Which of the kept versions this is, in a store that keeps them. */
  readonly version?: string;
}

/** What a store says of what it has just been given. */
export type Written = Pick<BackendEntry, 'etag' | 'version'>;

/** What a store can do, so that its callers choose how to ask. */
export interface BackendTraits {
  /** A reader never sees a part of an object that is being written. */
  readonly atomicWrite: boolean;
  /** `list` is there, and cheaper than one `stat` for each of many keys. */
  readonly lists: boolean;
  /** `read` can begin at an `offset`. */
  readonly ranges: boolean;
  /** `write` goes on where an interrupted one of the same content stopped, told by a {@link ResumeSlot}. */
  readonly resumes: boolean;
  /** Requests at once from which more do not help. */
  readonly maxConcurrency: number;
}

export interface BackendOptions {
  readonly signal: AbortSignal;
}

export interface ReadOptions extends BackendOptions {
  /** The first byte wanted, from 0, in a store with `ranges`. */
  readonly offset?: number;
  /** A kept version, instead of the newest one. */
  readonly version?: string;
  /** With `offset`: rejects with `remote-changed` where the content has another mark by now. */
  readonly etag?: string;
}

export interface WriteOptions extends BackendOptions {
  /** For a store that `resumes`: where it keeps what it needs to go on after a cut, a restart or a kill. */
  readonly resume?: ResumeSlot;
  /** Told of bytes that have arrived, those of an earlier try among them. */
  readonly onBytes?: (bytes: number) => void;
}

/** A small note about one unfinished write, kept beside the repository; its text is the store's own affair and holds no secret. */
export interface ResumeSlot {
  load(): string | undefined;
  save(note: string): void;
  clear(): void;
}

/** Content to be written. Re-openable, so that a failed write can start again, at its first byte or in its middle. */
export interface Source {
  /** Bytes. */
  readonly size: number;
  /** @param from The first byte, 0 unless told. @param to The byte behind the last one, `size` unless told. */
  open(from?: number, to?: number): Readable;
}

/**
 * Bytes by key. Knows nothing of DVC: names, verification and order are its callers' affair.
 *
 * Every method rejects with `cancelled` after an abort, with a typed error the user can act on, or with the store's own.
 */
export interface Backend {
  /** As shown to the user: without credentials. */
  readonly url: string;
  readonly traits: BackendTraits;
  /** The folder of a store on this machine's file systems, which has faster ways than reading and writing. */
  readonly folder?: string;
  /** Undefined for a key that is not there. */
  stat(key: string, options: BackendOptions): Promise<BackendEntry | undefined>;
  /** @throws `object-missing` */
  read(key: string, options: ReadOptions): Promise<Readable>;
  /** Replaces what is there. The name appears with its last byte, where `atomicWrite` is true. */
  write(key: string, source: Source, options: WriteOptions): Promise<Written>;
  /** All keys that start with `prefix`, in no order; leftovers of interrupted writes are not among them. */
  list(prefix: string, options: BackendOptions): AsyncIterable<BackendEntry>;
  /** Removing a key that is not there is not an error. */
  remove(key: string, options: BackendOptions): Promise<void>;
  close(): Promise<void>;
}
