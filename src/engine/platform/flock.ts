import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { DvcError, errnoOf, fromErrno } from '../core/errors.ts';

/** Gives a lock back. Calling it again does nothing. */
export type Release = () => void;

/** `unsupported`: this machine or file system has no such locks. */
export type LockAttempt = { readonly got: Release } | 'held' | 'unsupported';

/**
 * Programs that lock the file handed to them as descriptor 3, and exit 0, or 1 where someone else has it.
 *
 * Such a lock belongs to the open file, not to the process that asked for it: the program ends, we keep the file open and
 * with it the lock, and the kernel frees it when we close it or die.
 */
const LOCKERS: readonly (readonly [program: string, ...args: string[]])[] = [
  ['flock', '-xn', '3'],
  [
    'perl',
    '-e',
    'use Fcntl qw(:flock); use Errno; open(my $f, "+<&=", 3) or exit 9; exit 0 if flock($f, LOCK_EX|LOCK_NB); exit($!{EWOULDBLOCK} ? 1 : 9)',
  ],
  [
    'python3',
    '-c',
    'import fcntl,sys\ntry: fcntl.flock(3, fcntl.LOCK_EX|fcntl.LOCK_NB)\nexcept BlockingIOError: sys.exit(1)\nexcept OSError: sys.exit(9)',
  ],
];

let locker = 0; // The first program that this machine turned out to have.

/**
 * Tries once for the advisory lock DVC takes on `file`, creating the file.
 *
 * @param blocking Wait for the helper on this thread: 2 ms sooner, for processes that serve nobody else meanwhile.
 * @throws `permission`, `read-only`, `no-space`
 */
export async function tryFlock(file: string, blocking: boolean): Promise<LockAttempt> {
  if (process.platform === 'win32') return 'unsupported';
  const fd = openLockFile(file);
  let kept = false;
  try {
    for (; locker < LOCKERS.length; locker++) {
      const [program, ...args] = LOCKERS[locker]!;
      const code = await runLocker(program, args, fd, blocking);
      if (code === 1) return 'held';
      if (code !== 0) continue;
      kept = true;
      writePid(fd);
      let open = true;
      return {
        got: () => {
          if (open) fs.closeSync(fd);
          open = false;
        },
      };
    }
    return 'unsupported';
  } finally {
    if (!kept) fs.closeSync(fd);
  }
}

/** A link in its place could make us write into any file, so it is refused. */
function openLockFile(file: string): number {
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = fs.constants;
  try {
    return fs.openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0o666);
  } catch (error) {
    if (errnoOf(error) === 'ELOOP')
      throw new DvcError('permission', `cannot lock '${file}': it is a symbolic link.`, { data: { path: file } });
    throw fromErrno(error, 'open', file);
  }
}

/** Exit code, or undefined where the program cannot be started. */
function runLocker(
  program: string,
  args: readonly string[],
  fd: number,
  blocking: boolean,
): Promise<number | undefined> {
  const options = { cwd: '/', stdio: ['ignore', 'ignore', 'ignore', fd] } satisfies SpawnOptions;
  if (blocking) return Promise.resolve(spawnSync(program, args, options).status ?? undefined);
  return new Promise((resolve) => {
    const child = spawn(program, args, options);
    child.on('error', () => resolve(undefined));
    child.on('close', (code) => resolve(code ?? undefined));
  });
}

/** A space, the process id, a line feed: what DVC writes. Only for people, so a full disk does not matter. */
function writePid(fd: number): void {
  try {
    const text = ` ${process.pid}\n`;
    fs.writeSync(fd, text, 0);
    fs.ftruncateSync(fd, text.length);
  } catch {
    // The lock holds all the same.
  }
}
