import { isatty } from 'node:tty';
import { main } from './main.ts';

/** Exit statuses of a process that a signal ended: 128 and the signal's number. */
const BROKEN_PIPE = 141;
const INTERRUPTED = 252;

const abort = new AbortController();
let signals = 0;
const stop = (): void => {
  signals++;
  if (signals > 1) process.exit(INTERRUPTED); // The second time it is meant: nothing on disk needs the wait.
  abort.abort();
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(BROKEN_PIPE);
    throw error;
  });

const ask = async (question: string): Promise<string> => {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question, { signal: abort.signal });
  } catch {
    return ''; // Interrupted while asking: the answer is no.
  } finally {
    lines.close();
  }
};

/** Reads a line that does not show. Ctrl+C and Ctrl+D back out. */
const askSecret = async (question: string): Promise<string | undefined> => {
  const [{ createInterface }, { Writable }] = await Promise.all([import('node:readline'), import('node:stream')]);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // As for a terminal, so that nothing is echoed; what it would draw goes nowhere.
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  process.stderr.write(question);
  try {
    return await new Promise<string | undefined>((resolve) => {
      lines.once('SIGINT', () => {
        stop();
        resolve(undefined);
      });
      lines.once('close', () => resolve(undefined));
      lines.question('', { signal: abort.signal }, resolve);
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
};

/** Runs one command line with this process's streams. @returns the exit status */
export const run = (argv: readonly string[]): Promise<number> =>
  main(argv, {
    stdout: process.stdout,
    stderr: process.stderr,
    signal: abort.signal,
    env: process.env,
    ...(isatty(0) ? { ask } : {}),
    ...(isatty(0) && isatty(2) ? { askSecret } : {}),
  });
