import * as fs from 'node:fs';
import * as path from 'node:path';

export const DVC_DIR = '.dvc';

/** The first folder from `start` upwards that holds a `.dvc` folder; the search ends at a mount point, as DVC's does. */
export function findRoot(start: string): string | undefined {
  let folder = realPath(path.resolve(start));
  for (;;) {
    if (isFolder(path.join(folder, DVC_DIR))) return folder;
    const parent = path.dirname(folder);
    if (parent === folder || deviceOf(folder) !== deviceOf(parent)) return undefined;
    folder = parent;
  }
}

/** Links resolved as far as the path exists. */
export function realPath(target: string): string {
  try {
    return fs.realpathSync(target);
  } catch {
    return target;
  }
}

const isFolder = (target: string): boolean => fs.statSync(target, { throwIfNoEntry: false })?.isDirectory() === true;

const deviceOf = (target: string): number | undefined => fs.statSync(target, { throwIfNoEntry: false })?.dev;
