/** Folders that belong to tools: content placed there could run or change what the tools do. */
const RESERVED = new Set(['.git', '.hg', '.dvc', '.vscode']);
/** Reserved names in the forms that folding file systems take for the same: 8.3 short names. */
const SHORT_NAMES = /^(git|dvc|vscode)~\d+$/;
/** Characters that HFS+ leaves out of comparisons. */
const INVISIBLE = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;
const WINDOWS_NAMES = /^(con|prn|aux|nul|com[1-9]|lpt[1-9]|conin\$|conout\$)(\..*)?$/i;
const WINDOWS_CHARACTERS = /[<>:"|?*\\\u0001-\u001f]/;

/**
 * Why a directory object's `relpath` may not be used, as the rest of a sentence; undefined for a good one.
 *
 * A manifest comes from a remote or from Git: a path in it must never lead out of the directory, nor into another tool's.
 */
export function refusedRelpath(relpath: string, windows = process.platform === 'win32'): string | undefined {
  if (relpath === '') return 'is empty';
  if (relpath.includes('\0')) return 'holds a NUL character';
  if (relpath.startsWith('/')) return 'is absolute';
  if (/\p{Surrogate}/u.test(relpath)) return 'is not valid Unicode';
  for (const part of relpath.split('/')) {
    if (part === '') return 'has an empty component';
    if (part === '.' || part === '..') return `has a component '${part}'`;
    if (isReservedName(part)) return `leads into '${part}', which belongs to another tool`;
    if (Buffer.byteLength(part) > 255) return 'has a component of more than 255 bytes';
    if (windows) {
      if (WINDOWS_CHARACTERS.test(part)) return 'has a character that Windows does not allow';
      if (WINDOWS_NAMES.test(part)) return `has a component '${part}', which is a device on Windows`;
      if (/[. ]$/.test(part)) return 'has a component that ends in a dot or a space';
    }
  }
  return Buffer.byteLength(relpath) > 4096 ? 'is longer than 4096 bytes' : undefined;
}

/** True for a folder that belongs to a tool, in any spelling that a folding file system takes for the same. */
export function isReservedName(part: string): boolean {
  const first = part.charCodeAt(0);
  // Nearly all names end here: a reserved one starts with a dot, an invisible character, or is a short name.
  if (first !== 0x2e && first < 0x80 && !part.includes('~')) return false;
  const folded = part
    .replace(INVISIBLE, '')
    .split(':', 1)[0]!
    .replace(/[. ]+$/, '')
    .toLowerCase();
  return RESERVED.has(folded) || SHORT_NAMES.test(folded);
}
