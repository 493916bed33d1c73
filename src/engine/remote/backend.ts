import type { Readable } from 'node:stream';
import type { DvcError } from '../core/errors.ts';
import type { Log } from '../core/op-context.ts';

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
  /** Where the server has no mark: what DVC's library makes of its headers, which is what DVC records then. */
  readonly mark?: string;
  /** Which of the kept versions this is, in a store that keeps them. */
  readonly version?: string;
}

/** What a store says of what it has just been given. */
export interface Written extends Pick<BackendEntry, 'etag' | 'version'> {
  /** MD5 of the content as the store has it, in lower-case hex, where it says that: nobody needs to look whether all arrived then. */
  readonly md5?: string;
}

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
  /** `list` reads folder by folder, one request for each; otherwise a page of keys costs one, whatever the prefix. */
  readonly folders?: boolean;
}

/**
 * An error says by `retryable` whether the same call may succeed later; `data.retryAfter` is how long the store asked to be left
 * alone, in milliseconds, and `data.throttled` is true where it was asked too much.
 */
export interface BackendOptions {
  readonly signal: AbortSignal;
  /** Used by `withRetry` alone: told of each try that failed and is repeated. */
  readonly log?: Log;
  readonly onRetry?: (error: unknown) => void;
}

export interface ReadOptions extends BackendOptions {
  /** The first byte wanted, from 0, in a store with `ranges`. */
  readonly offset?: number;
  /** A kept version, instead of the newest one. */
  readonly version?: string;
  /** With `offset`, and wherever a read goes on after a cut: rejects with `remote-changed` where the content has another mark by now. */
  readonly etag?: string;
  /** Told by `readAtOnce` of bytes that have arrived: silence for a minute counts as a stall. */
  readonly onBytes?: (bytes: number) => void;
}

export interface ListOptions extends BackendOptions {
  /** Each entry names its version, in a store that keeps them: some are asked in another way for that. */
  readonly versions?: boolean;
}

export interface WriteOptions extends BackendOptions {
  /** For a store that `resumes`: where it keeps what it needs to go on after a cut, a restart or a kill. */
  readonly resume?: ResumeSlot;
  /** Of a large object, at most so many parts at once. */
  readonly atOnce?: number;
  /**
   * Told of bytes that have arrived, those of an earlier try among them. A write that neither reads on in its source nor tells of
   * bytes for a minute counts as stalled.
   */
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
  /** All of it, where it is in memory: nobody changes it. */
  readonly bytes?: Buffer;
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
  /**
   * As {@link read}; an object of up to `most` bytes comes in one piece, which costs a fraction of a stream. Of a longer one nothing
   * has been read yet.
   */
  readAtOnce?(key: string, most: number, options: ReadOptions): Promise<Buffer | Readable>;
  /** Replaces what is there. The name appears with its last byte, where `atomicWrite` is true. */
  write(key: string, source: Source, options: WriteOptions): Promise<Written>;
  /** All keys that start with `prefix`, in no order; leftovers of interrupted writes are not among them. */
  list(prefix: string, options: ListOptions): AsyncIterable<BackendEntry>;
  /** Removing a key that is not there is not an error. */
  remove(key: string, options: BackendOptions): Promise<void>;
  /** Removes up to 1000 keys in one request, in a store that can. @returns those that stayed, each with the reason */
  removeMany?(keys: readonly string[], options: BackendOptions): Promise<readonly NotRemoved[]>;
  /** Removes what writes left behind that were interrupted before `before`, in milliseconds since 1970. */
  sweep?(before: number, options: BackendOptions): Promise<void>;
  /** What only the store itself can tell of the way from here to its bytes; absent where there is no such way. */
  readonly probe?: Probe;
  close(): Promise<void>;
}

/** How many requests a call may have on their way to a store. */
export const requestsAtOnce = ({ traits }: Pick<Backend, 'traits'>, { jobs }: { readonly jobs?: number }): number =>
  jobs ?? traits.maxConcurrency;

/** `remote.NAME.jobs` holds for every kind of request. */
export const atMost = (backend: Backend, jobs: number | undefined): Backend =>
  jobs ? { ...backend, traits: { ...backend.traits, maxConcurrency: jobs } } : backend;

export interface NotRemoved {
  readonly key: string;
  readonly error: DvcError;
}

/** Where a store is reached: a host of its own, or the proxy in front of it. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Undefined for a connection without TLS. */
  readonly tls?: {
    /** The name the certificate has to be for; `host` unless told. */
    readonly serverName?: string;
    /** Certificate authorities to trust in place of the system's: PEM. */
    readonly ca?: string;
    /** False where the configuration says not to check (`ssl_verify = false`). */
    readonly verify?: boolean;
    /** What this machine shows to the server: PEM. */
    readonly cert?: string;
    readonly key?: string;
  };
  /** The proxy that `host` is, in words for the user. */
  readonly proxy?: string;
}

/**
 * Steps of `remote test` that differ between stores. Each resolves to its evidence in a few words for the user, without a secret, or
 * rejects with the error that explains the failure. Names, connections and TLS are tried by the caller, listing and objects through the
 * backend's own methods.
 */
export interface Probe {
  endpoint(options: BackendOptions): Promise<Endpoint>;
  /** Finds credentials and has the store accept them: `access key AKIA…, from the profile 'work'`. Nobody, where none are needed, is an answer. */
  identity(options: BackendOptions): Promise<string>;
  /** Looks for the bucket, the container or the base folder: `bucket 'data' in eu-central-1`. One that the first write makes may be absent. */
  container(options: BackendOptions): Promise<string>;
}
