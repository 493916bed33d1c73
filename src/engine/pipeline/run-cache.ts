import * as fs from 'node:fs';
import * as path from 'node:path';
import { DvcError, errnoOf, fromErrno } from '../core/errors.ts';
import { type OpContext, warn } from '../core/op-context.ts';
import { dumpLockEntry, type LockEntry, parseLockEntry } from '../files/lockfile.ts';
import { tempName } from '../platform/temp-name.ts';
import { runCacheKey, runCacheValue } from './run-cache-key.ts';

const FOLDER_NAME = /^[0-9a-f]{64}$/;

/** Every run ever recorded, by what went in: `<cache>/runs/<K[:2]>/<K>/<V>`, shared with DVC. Source: dvc-format 7. */
export class RunCache {
  readonly #root: string;

  /** @param cacheDir `cache.dir`, absolute. */
  constructor(cacheDir: string) {
    this.#root = path.join(cacheDir, 'runs');
  }

  /**
   * The newest run with the command, dependencies, params and output paths of `entry`.
   *
   * A damaged one is deleted, as in DVC, and counts as none: it would be in the way of every later search. `look` deletes nothing.
   */
  find(entry: LockEntry, ctx: OpContext, { look = false } = {}): LockEntry | undefined {
    const folder = this.#folder(entry);
    const newest = listFolder(folder)
      .filter((name) => FOLDER_NAME.test(name))
      .map((name) => path.join(folder, name))
      .map((file) => ({ file, mtime: fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
      .sort((a, b) => b.mtime - a.mtime)[0];
    if (!newest) return undefined;
    try {
      return parseLockEntry(fs.readFileSync(newest.file, 'utf8'), newest.file);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      if (!DvcError.is(error)) throw fromErrno(error, 'read', newest.file);
      if (look) return undefined;
      warn(ctx, `corrupted cache file '${path.relative(ctx.cwd, newest.file)}'.`);
      fs.rmSync(newest.file, { force: true });
      return undefined;
    }
  }

  /** Remembers a run whose objects are stored and flushed. One that is there already is left as it is, its time too. */
  save(entry: LockEntry): void {
    const folder = this.#folder(entry);
    const file = path.join(folder, runCacheValue(entry));
    if (fs.existsSync(file)) return;
    try {
      fs.mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw fromErrno(error, 'create', folder);
    }
    // Not flushed: a run that a power cut takes, or tears, is run again.
    const temp = path.join(folder, tempName());
    try {
      fs.writeFileSync(temp, dumpLockEntry(withoutFiles(entry)), { flag: 'wx' });
      fs.renameSync(temp, file);
    } catch (error) {
      fs.rmSync(temp, { force: true });
      throw fromErrno(error, 'write', file);
    }
  }

  #folder(entry: LockEntry): string {
    const key = runCacheKey(entry);
    return path.join(this.#root, key.slice(0, 2), key);
  }
}

function listFolder(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw fromErrno(error, 'list', folder);
  }
}

/** A run is known by digests: versions in a cloud are the pointer's affair. */
const withoutFiles = (entry: LockEntry): LockEntry =>
  entry.outs.some(({ files }) => files)
    ? { ...entry, outs: entry.outs.map((out) => ({ ...out, files: undefined })) }
    : entry;
