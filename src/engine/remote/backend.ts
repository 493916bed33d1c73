import type { Readable } from 'node:stream';

/** One object as a store describes it. */
export interface BackendEntry {
  /** Posix path below the store's root, without a leading slash. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970, where the store says it. */
  readonly mtime?: number;
}

/** What a store can do, so that its callers choose how to ask. */
export interface BackendTraits {
  /** A reader never sees a part of an object that is being written. */
  readonly atomicWrite: boolean;
  /** `list` is there, and cheaper than one `stat` for each of many keys. */
  readonly lists: boolean;
  /** Requests at once from which more do not help. */
  readonly maxConcurrency: number;
}

export interface BackendOptions {
  readonly signal: AbortSignal;
}

/** Content to be written. Re-openable, so that a failed write can start again at its first byte. */
export interface Source {
  /** Bytes. */
  readonly size: number;
  open(): Readable;
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
  read(key: string, options: BackendOptions): Promise<Readable>;
  /** Replaces what is there. The name appears with its last byte, where `atomicWrite` is true. */
  write(key: string, source: Source, options: BackendOptions): Promise<void>;
  /** All keys that start with `prefix`, in no order; leftovers of interrupted writes are not among them. */
  list(prefix: string, options: BackendOptions): AsyncIterable<BackendEntry>;
  /** Removing a key that is not there is not an error. */
  remove(key: string, options: BackendOptions): Promise<void>;
  close(): Promise<void>;
}
