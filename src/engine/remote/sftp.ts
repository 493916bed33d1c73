import { setMaxListeners } from 'node:events';
import { cancelled, type DvcError } from '../core/errors.ts';
import { checkAborted } from '../core/op-context.ts';
import { connectSsh, type SftpSession, type SshConnection } from './ssh-connection.ts';
import { SFTP, sftpCode } from './ssh-failures.ts';
import type { SshSettings } from './ssh-settings.ts';

/** What a server says of a file. Times are whole seconds since 1970. */
export interface SftpStat {
  readonly size: number;
  readonly mtime: number;
  readonly mode: number;
}

export const isFile = ({ mode }: SftpStat): boolean => (mode & 0o170000) === 0o100000;
export const isFolder = ({ mode }: SftpStat): boolean => (mode & 0o170000) === 0o040000;
export const isLink = ({ mode }: SftpStat): boolean => (mode & 0o170000) === 0o120000;

/** What the library answers to requests that the server will never answer. */
const NO_ANSWER = 'No response from server';

/** Bytes of a request up to which the system call that sends it costs most. */
const SMALL = 32 << 10;

type Done<T> = (error: Error | null | undefined, value: T) => void;

/**
 * Requests over one channel. They are answered in their order, and none waits for the answer to another: a caller that needs no
 * answer goes on.
 */
export class SftpChannel {
  readonly #sftp: SftpSession;
  readonly #connection: SshConnection;
  readonly #waiting = new Set<(reason: DvcError) => void>();
  #reason: DvcError | undefined;

  /** @param connection What ends it. @param over Called once, when it has ended. */
  constructor(sftp: SftpSession, connection: SshConnection, over: () => void) {
    this.#sftp = sftp;
    this.#connection = connection;
    const end = (reason: DvcError): void => {
      if (this.#reason) return;
      this.#reason = reason;
      for (const reject of this.#waiting) reject(reason);
      this.#waiting.clear();
      over();
    };
    void connection.ended.then(end);
    // Alone, or because the connection is ending: which, is known a moment later.
    const closed = (): void => void setImmediate(() => end(connection.broken()));
    for (const event of ['end', 'close', 'error']) sftp.on(event, closed);
  }

  /** Bytes of one write: the library sends what is longer in parts, one after the other, and what was asked for next before the last of them. */
  get longestWrite(): number {
    const known = (this.#sftp as { readonly _maxWriteLen?: unknown })._maxWriteLen; // What this server takes.
    return typeof known === 'number' && known > 0 ? known : 30_000;
  }

  /** @param bytes That go along: many are on their way at once, and gain nothing by waiting for others. */
  #ask<T>(send: (sftp: SftpSession, done: Done<T>) => void, bytes = 0): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#reason) return reject(this.#reason);
      this.#waiting.add(reject);
      if (bytes <= SMALL) this.#connection.gather();
      send(this.#sftp, (error, value) => {
        if (error?.message === NO_ANSWER) return; // The channel is over, and its end says why.
        this.#waiting.delete(reject);
        if (error) reject(error);
        else resolve(value);
      });
    });
  }

  stat = (path: string): Promise<SftpStat> => this.#ask((sftp, done) => sftp.stat(path, done as Done<SftpStat>));
  open = (path: string, flags: 'r' | 'r+' | 'wx'): Promise<Buffer> =>
    this.#ask((sftp, done) => sftp.open(path, flags, done as Done<Buffer>));
  statHandle = (handle: Buffer): Promise<SftpStat> =>
    this.#ask((sftp, done) => sftp.fstat(handle, done as Done<SftpStat>));
  close = (handle: Buffer): Promise<void> => this.#ask<void>((sftp, done) => sftp.close(handle, done as Done<void>));
  write = (handle: Buffer, bytes: Buffer, at: number): Promise<void> =>
    this.#ask<void>((sftp, done) => sftp.write(handle, bytes, 0, bytes.length, at, done as Done<void>), bytes.length);
  makeFolder = (path: string): Promise<void> => this.#ask<void>((sftp, done) => sftp.mkdir(path, done as Done<void>));
  remove = (path: string): Promise<void> => this.#ask<void>((sftp, done) => sftp.unlink(path, done as Done<void>));

  /** Up to `length` bytes; fewer only at the end of the file. */
  async read(handle: Buffer, at: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const got = await this.readInto(bytes, filled, handle, at + filled);
      if (got === 0) break;
      filled += got;
    }
    return bytes.subarray(0, filled);
  }

  /** One answer of the server's, which may be shorter than what `bytes` has room for from `start` on. @returns its length, 0 at the end of the file */
  async readInto(bytes: Buffer, start: number, handle: Buffer, at: number): Promise<number> {
    try {
      return await this.#ask<number>((sftp, done) =>
        sftp.read(handle, bytes, start, bytes.length - start, at, (error, count) => done(error, count)),
      );
    } catch (error) {
      if (sftpCode(error) === SFTP.END) return 0;
      throw error;
    }
  }

  /** Names and what they are, without `.` and `..`; links are not followed. */
  async readFolder(path: string): Promise<{ readonly name: string; readonly stat: SftpStat }[]> {
    const found = await this.#ask<{ filename: string; attrs: SftpStat }[]>((sftp, done) =>
      sftp.readdir(path, done as Done<{ filename: string; attrs: SftpStat }[]>),
    );
    return found.map(({ filename, attrs }) => ({ name: filename, stat: attrs }));
  }

  /** Has the server's disk hold what was written, where the server can say so. */
  sync(handle: Buffer): Promise<void> {
    return this.#ask<void>((sftp, done) => {
      try {
        sftp.ext_openssh_fsync(handle, done as Done<void>);
      } catch {
        done(undefined, undefined); // It has no such request.
      }
    });
  }

  /** Puts a file in the place of another one, in one step where the server can. */
  async replace(from: string, to: string): Promise<void> {
    let posix = true;
    await this.#ask<void>((sftp, done) => {
      try {
        sftp.ext_openssh_rename(from, to, done as Done<void>);
      } catch {
        posix = false;
        done(undefined, undefined);
      }
    });
    if (posix) return;
    const rename = (): Promise<void> => this.#ask<void>((sftp, done) => sftp.rename(from, to, done as Done<void>));
    await rename().catch(async (error: unknown) => {
      if (sftpCode(error) !== SFTP.FAILED) throw error;
      await this.remove(to).catch(() => {});
      await rename();
    });
  }

  /** Bytes that the file system of a path still takes; undefined where the server does not say. */
  async room(path: string): Promise<number | undefined> {
    interface FileSystem {
      readonly f_bavail: number;
      readonly f_frsize: number;
    }
    const found = await this.#ask<FileSystem | undefined>((sftp, done) => {
      try {
        sftp.ext_openssh_statvfs(path, done as Done<FileSystem>);
      } catch {
        done(undefined, undefined);
      }
    }).catch(() => undefined);
    return found && found.f_bavail * found.f_frsize;
  }
}

interface Lane {
  readonly channel: Promise<SftpChannel>;
  load: number;
}

/** Calls that one channel has under way before another one is opened. */
const FULL = 2;

/** Channels over one connection, opened as they are needed, and again after the connection was lost. */
export class SftpPool {
  readonly #settings: SshSettings;
  #connection: Promise<SshConnection> | undefined;
  #lanes: Lane[] = [];
  #most: number;

  constructor(settings: SshSettings) {
    this.#settings = settings;
    this.#most = settings.channels;
  }

  /** The connection, made if there is none. */
  connection(signal: AbortSignal): Promise<SshConnection> {
    return orCancelled(this.#connect(), signal);
  }

  /** Does something over the channel that has least to do. It counts as busy until `work` has ended. */
  async use<T>(signal: AbortSignal, work: (channel: SftpChannel) => Promise<T>): Promise<T> {
    const { channel, release } = await this.lease(signal);
    try {
      return await orCancelled(work(channel), signal);
    } finally {
      release();
    }
  }

  /** As {@link use}, until `release` is called. */
  async lease(signal: AbortSignal): Promise<{ channel: SftpChannel; release: () => void }> {
    checkAborted(signal);
    const connection = await this.connection(signal);
    const lane = this.#lane(connection);
    lane.load++;
    let held = true;
    const release = (): void => {
      if (held) lane.load--;
      held = false;
    };
    try {
      return { channel: await orCancelled(lane.channel, signal), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    this.#forget();
    connection?.close();
  }

  #connect(): Promise<SshConnection> {
    if (this.#connection) return this.#connection;
    const made = connectSsh(this.#settings);
    this.#connection = made;
    const over = (): void => {
      if (this.#connection === made) this.#forget();
    };
    made.then(({ ended }) => void ended.then(over), over);
    return made;
  }

  #forget(): void {
    this.#connection = undefined;
    this.#lanes = [];
    this.#most = this.#settings.channels;
  }

  #lane(connection: SshConnection): Lane {
    const least = this.#lanes.reduce<Lane | undefined>((a, b) => (a && a.load <= b.load ? a : b), undefined);
    if (least && (least.load < FULL || this.#lanes.length >= this.#most)) return least;
    const lane: Lane = { load: 0, channel: this.#open(connection, least, () => this.#drop(lane)) };
    this.#lanes.push(lane);
    lane.channel.catch(() => this.#drop(lane));
    return lane;
  }

  #drop(lane: Lane): void {
    this.#lanes = this.#lanes.filter((other) => other !== lane);
  }

  /** @param other Serves in its place where the server allows no further channel. */
  async #open(connection: SshConnection, other: Lane | undefined, over: () => void): Promise<SftpChannel> {
    try {
      return new SftpChannel(await connection.openSftp(), connection, over);
    } catch (error) {
      if (!other || !connection.isOpen) throw error;
      this.#most = Math.max(1, this.#lanes.length - 1);
      over();
      return other.channel;
    }
  }
}

/** The outcome, unless the signal says first that nobody wants it any more. */
export function orCancelled<T>(outcome: Promise<T>, signal: AbortSignal): Promise<T> {
  setMaxListeners(0, signal); // Many requests wait for one signal.
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(cancelled());
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    outcome.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
