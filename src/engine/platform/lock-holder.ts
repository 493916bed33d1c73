import * as fs from 'node:fs';
import { ownerIn } from './own-lock.ts';
import { commandOf, pidExists } from './owner.ts';

/** `PID 123 (dvc push) since 12 s`, as far as it can be found out; undefined where nobody can be named. */
export function describeHolder(file: string): string | undefined {
  const pid = pidIn(file) ?? ownerIn(read(`${file}.lode`))?.pid ?? kernelHolder(file);
  if (pid === undefined || !pidExists(pid)) return undefined;
  const command = pid === process.pid ? 'this process' : commandOf(pid);
  return `PID ${pid}${command === undefined ? '' : ` (${command})`}${since(file)}`;
}

/** The number DVC and Lode write into the lock file, unless its writer is gone. */
function pidIn(file: string): number | undefined {
  const pid = Number(/^ ?(\d+)\n?$/.exec(read(file) ?? '')?.[1]);
  return pidExists(pid) ? pid : undefined;
}

/** The process Linux names for the lock. It may have handed the open file on and ended. */
function kernelHolder(file: string): number | undefined {
  const inode = fs.statSync(file, { throwIfNoEntry: false })?.ino;
  const line = read('/proc/locks')
    ?.split('\n')
    .find((one) => one.includes(' FLOCK ') && one.includes(`:${inode} `));
  const pid = Number(/ WRITE (\d+) /.exec(line ?? '')?.[1]);
  return pidExists(pid) ? pid : undefined;
}

/** The file is written when the lock is taken. */
function since(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  const seconds = stat === undefined ? -1 : Math.round((Date.now() - stat.mtimeMs) / 1000);
  if (seconds < 0) return ''; // A hard-link lock is dated in the future.
  return seconds < 120 ? ` since ${seconds} s` : ` since ${Math.round(seconds / 60)} min`;
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
