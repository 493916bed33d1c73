import * as fs from 'node:fs';
import { basename, dirname } from 'node:path';
import { errnoOf, fromErrno } from '../core/errors.ts';

/** Fewer objects are not worth it; more bytes would be lost if the process were killed before the end. */
const WORTH = { objects: 64, bytes: 4 * 2 ** 30 } as const;

/**
 * Where to make the objects of a run under their own names, to be moved into an empty object folder together; undefined where
 * each is better made and renamed by itself.
 *
 * Beside the object folder, in which a listing of DVC's would see them. @param name A temporary one.
 */
export function asideFolder(root: string, name: string, objects: number, bytes: number): string | undefined {
  const hasParentOfItsOwn = basename(root) === 'md5'; // The folder of DVC 2's objects is whatever the user made it.
  const isWorthIt = objects >= WORTH.objects && bytes <= WORTH.bytes;
  return hasParentOfItsOwn && isWorthIt && isEmptyFolder(root) ? `${dirname(root)}/${name}` : undefined;
}

/** Moves objects made aside to where they are looked for, whole folders where there is none yet. */
export function bringIn(aside: string, root: string): void {
  try {
    for (const fan of namesIn(aside)) {
      try {
        fs.renameSync(`${aside}/${fan}`, `${root}/${fan}`);
      } catch (error) {
        if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error;
        // Another process has made this folder meanwhile: whose object stays does not matter, both are whole.
        for (const name of namesIn(`${aside}/${fan}`))
          fs.renameSync(`${aside}/${fan}/${name}`, `${root}/${fan}/${name}`);
      }
    }
  } catch (error) {
    throw fromErrno(error, 'write to', root);
  } finally {
    fs.rmSync(aside, { recursive: true, force: true });
  }
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

export function isEmptyFolder(path: string): boolean {
  try {
    return fs.readdirSync(path).length === 0;
  } catch {
    return false;
  }
}
