import { dirname } from 'node:path/posix';
import { Readable } from 'node:stream';
import { DvcError, objectMissing, remoteChanged, remoteFailed } from '../core/errors.ts';
import { checkAborted } from '../core/op-context.ts';
import type {
  Backend,
  BackendEntry,
  BackendOptions,
  ReadOptions,
  ResumeSlot,
  Source,
  WriteOptions,
} from './backend.ts';
import type { RemoteOptions } from './registry.ts';
import { OWN_TEMP, REMOTE_TEMP, remoteTempName } from './remote-temp.ts';
import { isFile, isFolder, isLink, type SftpChannel, SftpPool, type SftpStat } from './sftp.ts';
import { readAhead, readRest, readStart, sendStream } from './sftp-transfer.ts';
import { isLockedKey } from './ssh-connection.ts';
import { cutShort, SFTP, sftpCode, sftpFailed } from './ssh-failures.ts';
import { readSshSettings, type SshHop, type SshPlace, type SshSettings, thisPlace } from './ssh-settings.ts';
import { type FolderName, walkFolders } from './walk-folders.ts';

/** Requests at once, over all channels. */
const AT_ONCE = 32;
/** Folders that are listed at once. */
const FOLDERS_AT_ONCE = 16;
/** A cancelled write is given so long, in milliseconds, to take its temporary file away. */
const CLEAN_UP = 500;

export { unlock } from './ssh-connection.ts';

/** Whether a key that is tried there is protected by a passphrase. */
export const mayBeLocked = (url: string, options: RemoteOptions): boolean => {
  for (let hop: SshHop | undefined = readSshSettings(url, options, thisPlace()).hop; hop; hop = hop.via)
    if ([...(hop.keyFile === undefined ? [] : [hop.keyFile]), ...hop.keys].some(isLockedKey)) return true;
  return false;
};

/** Folders on machines that are logged in to over SSH. */
export const openStore = (url: string, options: RemoteOptions): Backend => openSshStore(url, options, thisPlace());

/** As {@link openStore}, with the configuration, keys and agent of `place`. */
export function openSshStore(url: string, options: RemoteOptions, place: SshPlace): Backend {
  const settings = readSshSettings(url, options, place);
  return sshBackend(settings, new SftpPool(settings));
}

function sshBackend({ url, folder, hop }: SshSettings, pool: SftpPool): Backend {
  const pathOf = (key: string): string => `${folder}/${key}`;
  const folders = new Folders();

  const write = async (key: string, source: Source, options: WriteOptions): Promise<void> => {
    const { signal, resume } = options;
    const target = pathOf(key);
    const { channel, release } = await pool.lease(signal);
    let temp = '';
    let handle: Buffer | undefined;
    try {
      const opened = await openTemp(channel, dirname(target), source.size, resume, folders);
      ({ temp, handle } = opened);
      const { at } = opened;
      if (at > 0) options.onBytes?.(at);
      let arrived = 0;
      const file = handle;
      await sendStream(channel, file, source.open(at), at, options, () => [
        channel.sync(file),
        channel.statHandle(file).then(({ size }) => {
          arrived = size;
        }),
        channel.close(file),
      ]);
      handle = undefined;
      checkAborted(signal);
      if (arrived !== source.size) throw incomplete(url, target, source.size, arrived);
      await channel.replace(temp, target);
      resume?.clear();
    } catch (error) {
      const keeps = resume !== undefined && !isIncomplete(error);
      await settled([...(handle ? [channel.close(handle)] : []), ...(temp && !keeps ? [channel.remove(temp)] : [])]);
      if (!keeps) resume?.clear();
      checkAborted(signal);
      const full =
        sftpCode(error) === SFTP.FAILED && ((await channel.room(folder || '/')) ?? Infinity) < source.size + (1 << 16);
      throw sftpFailed(url, 'write', 'write', target, error, full);
    } finally {
      release();
    }
  };

  const statAt = (channel: SftpChannel, path: string): Promise<SftpStat | undefined> =>
    channel.stat(path).catch((error: unknown) => {
      if (sftpCode(error) === SFTP.MISSING) return undefined;
      throw sftpFailed(url, 'read', 'look at', path, error);
    });

  /** @param most Bytes up to which an object comes in one piece; one answer of the server's may come as such as well. */
  const read = async (
    key: string,
    most: number,
    { signal, offset = 0, etag }: ReadOptions,
  ): Promise<Buffer | Readable> => {
    const path = pathOf(key);
    const { channel, release } = await pool.lease(signal);
    let handle: Buffer | undefined;
    const leave = (): void => {
      release();
      if (handle) channel.close(handle).catch(() => {});
    };
    try {
      handle = await channel.open(path, 'r');
      // Sent together: the first answer says whether the second one is worth anything.
      const [stat, start] = await Promise.allSettled([channel.statHandle(handle), readStart(channel, handle, offset)]);
      if (stat.status === 'rejected') throw stat.reason;
      if (!isFile(stat.value)) throw objectMissing(key, url);
      if (start.status === 'rejected') throw start.reason;
      const { size } = stat.value;
      if (etag !== undefined && etag !== markOf(stat.value)) throw remoteChanged(key, url);
      checkAborted(signal);
      const left = size - offset;
      const first =
        start.value.length < left && left <= most
          ? await readRest(channel, handle, start.value, offset, left)
          : start.value;
      checkAborted(signal);
      if (first.length >= left) {
        leave();
        return first;
      }
      return readAhead(channel, handle, first, { from: offset, size, signal }, leave, (found) =>
        cutShort(url, path, size, found),
      );
    } catch (error) {
      leave();
      checkAborted(signal);
      if (sftpCode(error) === SFTP.MISSING) throw objectMissing(key, url);
      throw sftpFailed(url, 'read', 'read', path, error);
    }
  };

  const remove = async (key: string, { signal }: BackendOptions): Promise<void> => {
    const path = pathOf(key);
    await pool.use(signal, (channel) =>
      channel.remove(path).catch((error: unknown) => {
        if (sftpCode(error) !== SFTP.MISSING) throw sftpFailed(url, 'write', 'remove', path, error);
      }),
    );
  };

  const walk = (prefix: string, { signal }: BackendOptions, shuffled = false) => {
    const read = (below: string) => pool.use(signal, (channel) => entriesOf(channel, below));
    return walkFolders(prefix, FOLDERS_AT_ONCE, signal, read, shuffled);
  };

  /** A folder that is not there has no names in it. */
  async function entriesOf(channel: SftpChannel, below: string): Promise<Found[]> {
    const path = `${folder}/${below}`.replace(/(.)\/$/, '$1');
    try {
      const found: Found[] = [];
      for (const { name, stat } of await channel.readFolder(path)) {
        const followed = isLink(stat) ? await statAt(channel, `${path}/${name}`) : stat;
        if (followed && (isFile(followed) || isFolder(followed)))
          found.push({ name, isFolder: isFolder(followed), stat: followed });
      }
      return found;
    } catch (error) {
      if (sftpCode(error) === SFTP.MISSING) return [];
      throw sftpFailed(url, 'list', 'list', path, error);
    }
  }

  return {
    url,
    traits: { atomicWrite: true, lists: true, ranges: true, resumes: true, maxConcurrency: AT_ONCE, folders: true },

    async stat(key, { signal }) {
      const found = await pool.use(signal, (channel) => statAt(channel, pathOf(key)));
      return found && isFile(found) ? entryOf(key, found) : undefined;
    },

    read: async (key, options) => asStream(await read(key, 0, options)),

    readAtOnce: async (key, most, options) => {
      const found = await read(key, most, options);
      return Buffer.isBuffer(found) && found.length > most ? asStream(found) : found;
    },

    async write(key, source, options) {
      checkAborted(options.signal);
      await write(key, source, options);
      return {};
    },

    async *list(prefix, options) {
      for await (const { key, found } of walk(prefix, options))
        if (!REMOTE_TEMP.test(found.name)) yield entryOf(key, found.stat);
    },

    remove,

    async sweep(before, options) {
      for await (const { key, found } of walk('', options, true))
        if (OWN_TEMP.test(found.name) && found.stat.mtime * 1000 < before) await remove(key, options);
    },

    probe: {
      endpoint: async () => ({ host: (hop.via ?? hop).host, port: (hop.via ?? hop).port }),

      async identity({ signal }) {
        return (await pool.connection(signal)).identity;
      },

      async container({ signal }) {
        const found = await pool.use(signal, (channel) => statAt(channel, folder || '/'));
        if (found && !isFolder(found)) throw noFolder(url, folder);
        return found ? `the folder '${folder || '/'}'` : `the folder '${folder}', which the first push makes`;
      },
    },

    close: () => pool.close(),
  };
}

const asStream = (found: Buffer | Readable): Readable =>
  Buffer.isBuffer(found) ? Readable.from(found.length > 0 ? [found] : [], { objectMode: false }) : found;

interface Found extends FolderName {
  readonly stat: SftpStat;
}

const markOf = ({ mtime, size }: SftpStat): string => `${mtime.toString(16)}-${size.toString(16)}`;
const entryOf = (key: string, stat: SftpStat): BackendEntry => ({
  key,
  size: stat.size,
  mtime: stat.mtime * 1000,
  etag: markOf(stat),
});

/** Folders of the server that are there; each is made once, by whoever needs it first. */
class Folders {
  readonly #known = new Map<string, Promise<void>>();

  make(channel: SftpChannel, path: string): Promise<void> {
    const known = this.#known.get(path) ?? this.#make(channel, path);
    this.#known.set(path, known);
    known.catch(() => this.#known.delete(path));
    return known;
  }

  forget(path: string): void {
    for (let at = path; at.length > 1; at = dirname(at)) this.#known.delete(at);
  }

  has(path: string): boolean {
    return this.#known.has(path);
  }

  async #make(channel: SftpChannel, path: string): Promise<void> {
    try {
      await channel.makeFolder(path);
    } catch (error) {
      if (sftpCode(error) === SFTP.MISSING && path.length > 1) {
        await this.make(channel, dirname(path));
        return this.#make(channel, path);
      }
      const found = await channel.stat(path).catch(() => undefined);
      if (!found || !isFolder(found)) throw error;
    }
  }
}

/** A temporary file beside the target: that of an interrupted write of the same content, or a new one. */
async function openTemp(
  channel: SftpChannel,
  folder: string,
  size: number,
  resume: ResumeSlot | undefined,
  folders: Folders,
): Promise<{ temp: string; handle: Buffer; at: number }> {
  const [before, name = ''] = resume?.load()?.split(' ') ?? [];
  if (before === String(size) && OWN_TEMP.test(name)) {
    const temp = `${folder}/${name}`;
    const handle = await channel.open(temp, 'r+').catch(() => undefined);
    const at = handle && (await channel.statHandle(handle)).size;
    if (handle && at !== undefined && at <= size) return { temp, handle, at };
    if (handle) await channel.close(handle);
  }
  const fresh = remoteTempName();
  const temp = `${folder}/${fresh}`;
  resume?.save(`${size} ${fresh}`);
  const known = folders.has(folder);
  try {
    return { temp, handle: await channel.open(temp, 'wx'), at: 0 };
  } catch (error) {
    if (sftpCode(error) !== SFTP.MISSING) throw error;
    if (known) folders.forget(folder); // Somebody has taken it away since.
    await folders.make(channel, folder);
    return { temp, handle: await channel.open(temp, 'wx'), at: 0 };
  }
}

/** Waits for what may as well fail, but not for long. */
async function settled(outcomes: readonly Promise<unknown>[]): Promise<void> {
  if (outcomes.length === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise((resolve) => {
    timer = setTimeout(resolve, CLEAN_UP);
  });
  await Promise.race([Promise.allSettled(outcomes), enough]);
  clearTimeout(timer);
}

const incomplete = (url: string, path: string, expected: number, found: number): DvcError =>
  remoteFailed('write', 'cut', `'${path}' did not arrive whole: the server has ${found} of ${expected} bytes.`, {
    url,
    hint: 'Run the command again.',
    retryable: true,
    evidence: INCOMPLETE,
  });
const INCOMPLETE = 'size after the last byte';
const isIncomplete = (error: unknown): boolean => DvcError.is(error) && error.data['evidence'] === INCOMPLETE;

const noFolder = (url: string, path: string): DvcError =>
  remoteFailed('bucket', 'no-bucket', `'${path}' is a file on the server, not a folder.`, {
    url,
    hint: "Correct the path in the remote's URL.",
  });
