import * as fs from 'node:fs';
import { errnoOf, fromErrno } from '../core/errors.ts';

/**
 * True if something is at `path`, links followed.
 *
 * `fs.existsSync` also answers false where it could not look: a device error must not read as "there is none".
 *
 * @throws `permission`, `io`
 */
export function exists(path: string): boolean {
  try {
    return fs.statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw fromErrno(error, 'look at', path);
  }
}

/** True for a folder, also behind a link. */
export function isFolder(absolute: string): boolean {
  try {
    return fs.statSync(absolute, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
