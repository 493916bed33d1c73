import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { errnoOf, fromErrno } from '../core/errors.ts';

/** What survives a power cut: each file as it is written, all files before the pointer that names them, or what the system makes of it. */
export type Durability = 'full' | 'batch' | 'off';

/** From this many files on, one flush of the whole file system costs less than one for each. */
export const FLUSH_TOGETHER = 64;

/** `LODE_DURABILITY` decides over the option; `batch` without either. */
export function durabilityOf(option?: string, env: NodeJS.ProcessEnv = process.env): Durability {
  const wanted = env['LODE_DURABILITY'] ?? option;
  return wanted === 'full' || wanted === 'off' ? wanted : 'batch';
}

/**
 * Flushes all of the file system that holds `folder`, content and names, with one system call.
 *
 * Node has no `syncfs`, but coreutils has: `sync -f`.
 *
 * @returns False where there is no such program: the caller then flushes file by file.
 * @throws `io`, `no-space` if the device could not take it
 */
export async function flushFileSystem(folder: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const failure = await new Promise<Error | null>((resolve) => {
    execFile('sync', ['-f', folder], { env: { PATH: process.env['PATH'], LC_ALL: 'C' } }, (error) => resolve(error));
  });
  if (failure === null) return true;
  if (errnoOf(failure) === 'ENOENT' || /option|usage/i.test(failure.message)) return false;
  const errno = /No space/.test(failure.message) ? 'ENOSPC' : /quota/.test(failure.message) ? 'EDQUOT' : 'EIO';
  throw fromErrno(Object.assign(failure, { code: errno }), 'flush', folder);
}

/** Makes a file's content survive a power cut; names are flushed with their folder. */
export function flushFile(path: string): void {
  const file = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}
