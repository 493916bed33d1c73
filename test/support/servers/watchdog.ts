import { type ChildProcess, spawn } from 'node:child_process';

/** Reads `+ PID` and `- PID`; when its input ends, because the tests did, it ends the processes that are left. */
const SCRIPT = `
trap '' INT TERM HUP
live=
while read -r verb pid; do
  rest=
  for one in $live; do [ "$one" = "$pid" ] || rest="$rest $one"; done
  live=$rest
  [ "$verb" = + ] && live="$live $pid"
done
for one in $live; do kill -KILL "$one" 2>/dev/null; done
`;

let watchdog: ChildProcess | undefined;
const guarded = new Set<number>();

process.on('exit', () => {
  for (const pid of guarded) endNow(pid);
});

/** The process ends with this one, also where this one is killed. */
export function guard(pid: number | undefined): void {
  if (pid === undefined) return;
  guarded.add(pid);
  tell(`+ ${pid}\n`);
}

/** The process has ended. */
export function unguard(pid: number | undefined): void {
  if (pid === undefined || !guarded.delete(pid)) return;
  tell(`- ${pid}\n`);
}

function tell(line: string): void {
  watchdog ??= startWatchdog();
  watchdog.stdin?.write(line);
}

function startWatchdog(): ChildProcess {
  const child = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref(); // A pipe of a child is a socket.
  return child;
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
