import * as fs from 'node:fs';
import { tempName } from './temp-name.ts';

/** How a workspace file is made from a cache object (format §2.5). */
export type LinkType = 'reflink' | 'hardlink' | 'symlink' | 'copy';

export const LINK_TYPES: readonly LinkType[] = ['reflink', 'hardlink', 'symlink', 'copy'];

/** By the two devices and the type: the answer does not change while a process lives. */
const known = new Map<string, boolean>();

/**
 * Which of `types` work from one folder to another, in the given order. Tried on scratch names only, never on the user's
 * files; both folders must exist.
 *
 * @param scratchName Gives names that a later command can tell for leftovers.
 */
export function usableLinkTypes(
  types: readonly LinkType[],
  from: string,
  to: string,
  scratchName: () => string = tempName,
): LinkType[] {
  return types.filter((type) => type === 'copy' || isUsable(type, from, to, scratchName));
}

function isUsable(type: Exclude<LinkType, 'copy'>, from: string, to: string, scratchName: () => string): boolean {
  const key = `${type} ${fs.statSync(from).dev} ${fs.statSync(to).dev}`;
  let usable = known.get(key);
  if (usable === undefined)
    known.set(key, (usable = probe(type, `${from}/${scratchName()}`, `${to}/${scratchName()}`)));
  return usable;
}

function probe(type: Exclude<LinkType, 'copy'>, source: string, target: string): boolean {
  try {
    fs.writeFileSync(source, 'probe', { flag: 'wx' });
    makeLink(type, source, target);
    return true;
  } catch {
    return false; // Read-only or unsupported: either way not to be used.
  } finally {
    for (const path of [target, source]) fs.rmSync(path, { force: true });
  }
}

function makeLink(type: Exclude<LinkType, 'copy'>, source: string, target: string): void {
  if (type === 'hardlink') fs.linkSync(source, target);
  else if (type === 'symlink') fs.symlinkSync(source, target);
  else fs.copyFileSync(source, target, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE_FORCE);
}
