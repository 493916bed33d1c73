import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cancelled, errnoOf, fromErrno, objectMissing } from '../core/errors.ts';
import { checkAborted } from '../core/op-context.ts';
import { sweepOnce, tempName } from '../platform/temp-name.ts';
import type { Backend, BackendEntry, BackendOptions } from './backend.ts';

/** The shape of DVC's temporary names, which no listing shows. */
const TEMP = /^\..{22}\.tmp$/;

/** A folder as a store. @param folder Absolute; made when first written to. */
export function localBackend(folder: string): Backend {
  const pathOf = (key: string): string => `${folder}/${key}`;
  return {
    url: folder,
    folder,
    traits: { atomicWrite: true, lists: true, ranges: true, resumes: false, maxConcurrency: 16 },

    async stat(key, { signal }) {
      checkAborted(signal);
      const stats = lookAt(pathOf(key));
      return stats?.isFile() ? { key, size: stats.size, mtime: stats.mtimeMs } : undefined;
    },

    async read(key, { signal, offset = 0 }) {
      checkAborted(signal);
      let file: fs.promises.FileHandle;
      try {
        file = await fs.promises.open(pathOf(key), 'r');
      } catch (error) {
        if (isAbsent(error)) throw objectMissing(key, folder);
        throw fromErrno(error, 'read', pathOf(key));
      }
      return file.createReadStream({ signal, start: offset });
    },

    async write(key, source, { signal }) {
      checkAborted(signal);
      const target = pathOf(key);
      const temp = `${dirname(target)}/${tempName()}`;
      try {
        await fs.promises.mkdir(dirname(target), { recursive: true });
        sweepOnce(dirname(target));
        await pipeline(source.open(), fs.createWriteStream(temp, { flags: 'wx' }), { signal });
        await fs.promises.rename(temp, target);
        return {};
      } catch (error) {
        await fs.promises.rm(temp, { force: true }).catch(() => {});
        throw signal.aborted ? cancelled() : fromErrno(error, 'write', target);
      }
    },

    list: (prefix, options) => listFolder(folder, prefix, options),

    async remove(key, { signal }) {
      checkAborted(signal);
      try {
        await fs.promises.unlink(pathOf(key));
      } catch (error) {
        if (!isAbsent(error)) throw fromErrno(error, 'remove', pathOf(key));
      }
    },

    close: async () => {},
  };
}

const isAbsent = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '');

function lookAt(path: string): fs.Stats | undefined {
  try {
    return fs.statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw fromErrno(error, 'look at', path);
  }
}

/** A prefix need not end at a folder: `runs/a` names what begins so in `runs`. */
async function* listFolder(root: string, prefix: string, { signal }: BackendOptions): AsyncGenerator<BackendEntry> {
  const pending = [prefix.slice(0, prefix.lastIndexOf('/') + 1)];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    checkAborted(signal);
    for (const entry of await entriesOf(`${root}/${folder}`)) {
      const key = folder + entry.name;
      if (entry.isDirectory()) {
        if (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`)) pending.push(`${key}/`);
      } else if (key.startsWith(prefix) && !TEMP.test(entry.name)) {
        const stats = lookAt(`${root}/${key}`);
        if (stats?.isFile()) yield { key, size: stats.size, mtime: stats.mtimeMs };
      }
    }
  }
}

async function entriesOf(folder: string): Promise<fs.Dirent[]> {
  try {
    return await fs.promises.readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw fromErrno(error, 'read the folder', folder);
  }
}
