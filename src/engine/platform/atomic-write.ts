import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { DvcError, errnoOf, fromErrno } from '../core/errors.ts';
import { durabilityOf } from './flush.ts';
import { sweepOnce, tempName } from './temp-name.ts';

/**
 * Replaces `path` in one step: readers see the old bytes or the new ones, also after a crash. The folder must exist.
 *
 * Synchronous, as metadata files are a few KiB; an existing file keeps its mode. `LODE_DURABILITY=off` leaves out the crash.
 *
 * @throws `no-space`, `permission`, `read-only`, `io`
 */
export function writeAtomic(path: string, data: string | Uint8Array, mode?: number): void {
  const folder = dirname(path);
  let temp: string | undefined;
  try {
    refuseLink(path);
    const wanted = mode ?? modeOf(path);
    sweepOnce(folder);
    temp = `${folder}/${tempName()}`; // Beside the target: a rename must not cross file systems.
    const file = fs.openSync(temp, 'wx', wanted ?? 0o666);
    try {
      if (wanted !== undefined) fs.fchmodSync(file, wanted); // Not subject to the umask.
      fs.writeFileSync(file, data);
      if (durabilityOf() !== 'off') fs.fsyncSync(file); // Before the rename, or a crash could leave the new name over empty content.
    } finally {
      fs.closeSync(file);
    }
    fs.renameSync(temp, path);
  } catch (error) {
    if (temp !== undefined) discard(temp);
    throw fromErrno(error, 'write', path);
  }
  if (durabilityOf() !== 'off') syncFolder(folder);
}

/** What cannot be removed now goes with a later sweep; the failure that led here is the one to tell of. */
function discard(temp: string): void {
  try {
    fs.unlinkSync(temp);
  } catch {
    // Not there, or not ours to say.
  }
}

/** Makes a rename in `folder` survive a power cut, where the platform can open a folder. */
export function syncFolder(folder: string): void {
  let handle: number;
  try {
    handle = fs.openSync(folder, 'r');
  } catch {
    return; // Windows cannot open folders; there renames are journalled.
  }
  try {
    fs.fsyncSync(handle);
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'ENOTSUP', 'EISDIR'].includes(errnoOf(error) ?? ''))
      throw fromErrno(error, 'flush', folder);
  } finally {
    fs.closeSync(handle);
  }
}

/** {@link syncFolder} for a folder and those below it that hold these files, by their paths from it. */
export function syncFoldersOf(top: string, relpaths: Iterable<string>): void {
  const folders = new Set<string>();
  for (const relpath of relpaths)
    for (let at = relpath; at !== ''; ) {
      at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
      if (folders.has(at)) break;
      folders.add(at);
    }
  for (const folder of folders) syncFolder(folder === '' ? top : `${top}/${folder}`);
}

const modeOf = (path: string): number | undefined => {
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : stat.mode & 0o7777;
};

/** A link could lead out of the repository, and a rename would silently replace it: neither is what its owner wants. */
function refuseLink(path: string): void {
  if (!fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  throw new DvcError('permission', `cannot write '${path}': it is a symbolic link.`, {
    hint: 'Replace the link with the file it points to.',
    data: { path },
  });
}
