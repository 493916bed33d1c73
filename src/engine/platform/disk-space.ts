import * as fs from 'node:fs';
import { DvcError } from '../core/errors.ts';
import { fileSystemOf } from './file-system.ts';

/** Kept free beyond what is written: names, folders and other programs need some. */
const MARGIN = 1 << 20;

/** Bytes that this user may still write on the file system of `folder`; undefined where the system does not say. */
export function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize, blocks } = fs.statfsSync(folder);
    return blocks === 0 ? undefined : bavail * bsize; // Some virtual file systems report nothing at all.
  } catch {
    return undefined;
  }
}

/** Refuses a big write before its first byte, where it cannot end well. @throws `no-space`, saying need and have */
export function requireSpace(folder: string, bytes: number, doing: string): void {
  const free = freeBytes(folder);
  if (free === undefined || bytes + MARGIN <= free) return;
  const device = fileSystemOf(folder) ?? 'its device';
  throw new DvcError(
    'no-space',
    `cannot ${doing}: '${folder}' needs ${formatBytes(bytes)}, and ${device} has ${formatBytes(free)} free.`,
    {
      hint: 'Free some space and run the command again; nothing was changed.',
      data: { path: folder, need: bytes, have: free },
    },
  );
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `1.5 GiB`: three digits at most. */
export function formatBytes(bytes: number): string {
  const unit = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** unit;
  return `${unit === 0 || value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${UNITS[unit]}`;
}
