import * as fs from 'node:fs';
import { dirname } from 'node:path';

/**
 * A folder for unfinished files from which a rename to `target` works, and which no tracked folder holds where that can be.
 *
 * @param own A private folder; made where it is missing. @param root The folder that `target` lies in, both absolute.
 */
export function scratchFolder(own: string, root: string, target: string): string {
  fs.mkdirSync(own, { recursive: true });
  let folder = target;
  while (deviceOf(folder) === undefined && folder.length > root.length) folder = dirname(folder);
  const device = deviceOf(folder);
  if (device === deviceOf(own)) return own;
  // Another file system is mounted here: at its top, which lies above whatever is tracked in it.
  while (deviceOf(dirname(folder)) === device && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

const deviceOf = (path: string): number | undefined => fs.statSync(path, { throwIfNoEntry: false })?.dev;
