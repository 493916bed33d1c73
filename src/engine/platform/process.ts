import { type ChildProcess, spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { cancelled, errnoOf } from '../core/errors.ts';
import { monotonicMs } from '../core/monotonic.ts';

export interface CommandOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Given each line without its end; a last line without one too. Lines over 1 MiB come in parts. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Hands this process's streams to the command, which reads no lines then; or copies every byte to streams, and hands over standard input. */
  readonly inherit?: boolean | OutputStreams;
  /** Windows: the arguments are handed over without quoting them, as `cmd.exe` wants. */
  readonly verbatim?: boolean;
  /** From the polite signal to the one that cannot be ignored: ms. */
  readonly graceMs?: number;
}

/** Where a command's output goes beside its lines. Where both are one stream, the command has one too, and what it writes keeps its order. */
export interface OutputStreams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

export interface CommandResult {
  /** Exit code; 128 plus the signal's number where a signal ended it, as shells count. */
  readonly code: number;
}

const GRACE = 2000;
const LONGEST_LINE = 1024 * 1024;

/**
 * Runs a program in a process group of its own and waits until it ended and its output is read. What it leaves running in the
 * background is not waited for.
 *
 * On abort the whole group gets SIGTERM, and what is left of it SIGKILL after the grace; on Windows the process tree is ended.
 *
 * @throws `cancelled`, once nothing of the group runs; a plain error where the program cannot be started
 */
export function runCommand(program: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  if (options.signal.aborted) return Promise.reject(cancelled());
  return new Promise((resolve, reject) => {
    const { inherit = false } = options;
    const copies = typeof inherit === 'object' ? inherit : undefined;
    const isOne = copies !== undefined && copies.stdout === copies.stderr && process.platform !== 'win32';
    const [start, given] = isOne ? ['/bin/sh', ['-c', 'exec "$0" "$@" 2>&1', program, ...args]] : [program, args];
    const child: ChildProcess = spawn(start, given, {
      cwd: options.cwd,
      env: options.env,
      detached: process.platform !== 'win32', // A group of its own.
      stdio: inherit === true ? 'inherit' : [copies ? 'inherit' : 'ignore', 'pipe', isOne ? 'ignore' : 'pipe'],
      windowsHide: true,
      windowsVerbatimArguments: options.verbatim ?? false,
    });
    const flush = [readLines(child, 'stdout', options), readLines(child, 'stderr', options)];
    if (copies) for (const stream of ['stdout', 'stderr'] as const) child[stream]?.pipe(copies[stream], { end: false });
    let stopped: Promise<void> | undefined;
    const stop = (): void => {
      stopped ??= stopGroup(child, options.graceMs ?? GRACE);
    };
    options.signal.addEventListener('abort', stop, { once: true });
    child.on('error', (error) => {
      options.signal.removeEventListener('abort', stop);
      reject(error);
    });
    child.on('exit', () => setTimeout(() => setImmediate(closePipes, child), LINGER).unref()); // What has come is read in between.
    child.on('close', (code, signal) => {
      options.signal.removeEventListener('abort', stop);
      for (const rest of flush) rest();
      if (stopped) stopped.then(() => reject(cancelled()), reject);
      else resolve({ code: code ?? 128 + (SIGNALS[signal ?? ''] ?? 0) });
    });
  });
}

/** What the program wrote has arrived by then; only what it left running in the background could still write. */
const LINGER = 1000; // ms

/** Lets go of output that a process left behind keeps open: the command is over when its own process is. */
function closePipes(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
}

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

/** @returns what hands out a last line that has no end. */
function readLines(child: ChildProcess, stream: 'stdout' | 'stderr', { onLine }: CommandOptions): () => void {
  const decoder = new StringDecoder('utf8'); // A character may be cut in two by a chunk.
  let rest = '';
  const emit = (line: string): void => onLine?.(line, stream);
  child[stream]?.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) emit(line);
    if (rest.length > LONGEST_LINE) {
      emit(rest);
      rest = '';
    }
  });
  return () => {
    rest += decoder.end();
    if (rest !== '') emit(rest.replace(/\r$/, ''));
    rest = '';
  };
}

/** Ends the group of `child`, children of children too, and resolves when none of it is left. */
async function stopGroup(child: ChildProcess, graceMs: number): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    await new Promise((resolve) =>
      spawn('taskkill', ['/pid', String(pid), '/T', '/F'])
        .on('close', resolve)
        .on('error', resolve),
    );
    return;
  }
  const deadline = monotonicMs() + graceMs;
  if (!signalGroup(pid, 'SIGTERM')) return;
  while (monotonicMs() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (!signalGroup(pid, 0)) return;
  }
  signalGroup(pid, 'SIGKILL');
}

/** False when the group has no process any more. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM'; // macOS says so of a group of zombies; they are collected soon.
  }
}
