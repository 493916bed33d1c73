import * as fs from 'node:fs';
import { DvcError } from '../core/errors.ts';
import type { FileEntry, FileView } from '../core/file-view.ts';
import type { RepoPath } from '../core/ids.ts';
import { toAbsolute } from '../core/paths.ts';
import { orMissing } from '../platform/or-missing.ts';

/** Metadata beyond this is refused rather than read into memory: bytes. */
const MOST_BYTES = 256 * 1024 * 1024;

/** The files on disk below `root`. Nothing is remembered: each call sees the disk as it is. */
export function workspaceFiles(root: string): FileView {
  const at = (path: RepoPath): string => toAbsolute(root, path);
  return {
    rev: undefined,
    async read(path) {
      const file = at(path);
      return orMissing('read', file, () => {
        const stat = fs.statSync(file); // Before opening: opening a pipe would wait for its writer.
        if (!stat.isFile()) return undefined;
        if (stat.size > MOST_BYTES)
          throw new DvcError('too-big', `'${path}' is too big: ${stat.size} bytes.`, {
            data: { path, size: stat.size },
          });
        return fs.readFileSync(file);
      });
    },
    async kind(path) {
      const file = at(path);
      return orMissing('look at', file, () => {
        const stat = fs.statSync(file);
        return stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : undefined;
      });
    },
    async list(path) {
      const folder = at(path);
      const entries = orMissing('list', folder, () => fs.readdirSync(folder, { withFileTypes: true }));
      return (entries ?? []).map(describe);
    },
  };
}

const describe = (entry: fs.Dirent): FileEntry => ({
  name: entry.name,
  kind: entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : entry.isSymbolicLink() ? 'symlink' : 'other',
});
