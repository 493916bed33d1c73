import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';

export interface CliResult {
  /** Null where a signal ended the program. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds before SIGKILL; 60 s unless told. */
  readonly timeout?: number;
}

/** The checkout's root, wherever the bundle that asks lies. */
export function projectRoot(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder))
    if (fs.existsSync(join(folder, 'package.json'))) return folder;
  throw new Error('no package.json above the tests');
}

/** The program under test: LODE_CLI, split at spaces, or the built `dist/cli.js`. */
export const lodeCommand = (): readonly string[] =>
  process.env['LODE_CLI']?.split(' ') ?? [process.execPath, join(projectRoot(), 'dist/cli.js')];

/** Real DVC's program (LODE_DVC), or undefined where there is none; tests that need it skip, saying so. */
export const dvcCommand = (): readonly string[] | undefined => process.env['LODE_DVC']?.split(' ');

/** Runs a program to its end. Never rejects: a program that cannot be started has code 127. */
export function run(command: readonly string[], args: readonly string[], options: CliOptions): Promise<CliResult> {
  const [program = '', ...first] = command;
  return new Promise((resolve) => {
    const child = spawn(program, [...first, ...args], {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeout ?? 60_000,
      killSignal: 'SIGKILL',
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => stdout.push(data));
    child.stderr.on('data', (data: Buffer) => stderr.push(data));
    const end = (code: number | null, signal: NodeJS.Signals | null, more = ''): void =>
      resolve({
        code,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString() + more,
      });
    child.on('error', (error) => end(127, null, error.message));
    child.on('close', (code, signal) => end(code, signal));
  });
}

/** As {@link run}, blocking: for building a repository before the test proper. */
export function runSync(command: readonly string[], args: readonly string[], options: CliOptions): CliResult {
  const [program = '', ...first] = command;
  const result = spawnSync(program, [...first, ...args], {
    cwd: options.cwd,
    env: options.env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeout ?? 60_000,
    maxBuffer: 1 << 28,
  });
  return {
    code: result.error ? 127 : result.status,
    signal: result.signal,
    stdout: result.stdout ?? '',
    stderr: (result.stderr ?? '') + (result.error?.message ?? ''),
  };
}
