import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder } from './atomic-write.ts';
import { makeFolder } from './io-thread.ts';

/**
 * Makes a folder and those above it so that a power cut cannot take them away again: what is in a lost folder is lost.
 *
 * @param mode Of new folders, where it is not the umask's.
 */
export function makeDurableFolder(path: string, mode?: number): void {
  let top = path;
  while (fs.statSync(top, { throwIfNoEntry: false }) === undefined) top = dirname(top);
  makeFolder(path, mode);
  for (let folder = path; folder !== top; folder = dirname(folder)) syncFolder(dirname(folder));
}
