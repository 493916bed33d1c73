import { cancelled } from './errors.ts';
import type { EngineEvent } from './events.ts';

/** Where messages for the maintainer go. Never secrets, never file content. */
export interface Log {
  debug(text: string): void;
  info(text: string): void;
  warn(text: string): void;
  error(text: string, cause?: unknown): void;
}

/**
 * What every long call carries, made by a face and passed last.
 *
 * `confirm` is asked before something that is not stored anywhere else is thrown away; a face that cannot ask answers false.
 */
export interface OpContext {
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Folder the user's relative paths start from: absolute. */
  readonly cwd: string;
  /** False where blocking the calling thread for the length of a batch is fine (a CLI); true in the extension host. */
  readonly interactive: boolean;
  /** At most so many requests to a store at once, in place of what its remote's `jobs` says, or of as many as help. */
  readonly jobs?: number;
  emit(event: EngineEvent): void;
  confirm(question: string): Promise<boolean>;
  /** Asks whether what a repository's files name may be used; absent where nobody can be asked. */
  consent?(question: ConsentQuestion): Promise<boolean>;
  /** Asks the user for a secret, unseen; absent where nobody can answer. Undefined: the user has backed out. */
  askSecret?(question: SecretQuestion): Promise<AskedSecret | undefined>;
}

/** Something that a file of a repository names, and that the user has not. */
export interface ConsentQuestion {
  /** A path outside of the repository, a server, or the remote of another repository. */
  readonly kind: 'path' | 'address' | 'remote';
  /** Absolute, or scheme and host: without credentials. */
  readonly place: string;
  /** The file, or for `remote` the repository, that names it. */
  readonly by: string;
}

/** What a user is asked for to log in to a store. */
export interface SecretQuestion {
  readonly option: 'password' | 'passphrase';
  /** `me@host`, or the file of the key. */
  readonly about: string;
  /** The remote, where it is one, and the place that its credentials are for. */
  readonly remote?: { readonly name: string; readonly place: string } | undefined;
  /** The last answer was wrong. */
  readonly again: boolean;
}

export interface AskedSecret {
  readonly value: string;
  /** Called when the store has accepted it. */
  readonly accepted?: () => void;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A context with defaults for what a test or a small call does not care about. */
export function createOpContext(given: Partial<OpContext> = {}): OpContext {
  return {
    signal: new AbortController().signal,
    log: silentLog,
    cwd: process.cwd(),
    interactive: false,
    emit: () => {},
    confirm: async () => false,
    ...given,
  };
}

/** For a verb that was told by an option how much may be done at once. */
export const withJobs = (ctx: OpContext, jobs: number | undefined): OpContext => (jobs ? { ...ctx, jobs } : ctx);

/** Throws `cancelled` once the signal is aborted. Called after each await that took time and before each destructive step. */
export function checkAborted(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled();
}

export const say = (ctx: OpContext, text: string): void => ctx.emit({ type: 'said', level: 'info', text });
export const warn = (ctx: OpContext, text: string): void => {
  ctx.log.warn(text);
  ctx.emit({ type: 'said', level: 'warning', text });
};

export { type Counter, startProgress } from './progress.ts';
