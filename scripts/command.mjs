// Starting other programs from the scripts.
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's top folder, wherever it was cloned to and wherever a script is called from. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Runs a program to its end with this process's output, and gives its exit code (128 + n after signal n is not told apart: 1).
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & { limit?: number }} options `limit` in ms; the program is killed after it.
 * @returns {Promise<number>}
 */
export function run(program, args, { limit, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], ...options });
    const timer = limit === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), limit);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
}

/**
 * Runs a program to its end and gives what it printed; throws with its error output where it fails.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} options
 */
export function capture(program, args, options = {}) {
  const done = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (done.error) throw done.error;
  if (done.status !== 0)
    throw new Error(`${program} ${args.join(' ')} failed (${done.status}):\n${done.stdout}${done.stderr}`);
  return String(done.stdout);
}

/**
 * True if the program is there and answers `--version`.
 * @param {string} program
 */
export const answers = (program) =>
  spawnSync(program, ['--version'], { stdio: 'ignore', shell: process.platform === 'win32' }).status === 0;

/** npm as `[program, ...first arguments]`: the one that started this script, else the one on the PATH. */
export function npmCommand() {
  const own = process.env.npm_execpath;
  if (own?.endsWith('.js')) return [process.execPath, own];
  return process.platform === 'win32' ? ['cmd', '/d', '/s', '/c', 'npm'] : ['npm'];
}

/** Seconds since `from` (of `performance.now()`), for a person. */
export const since = (/** @type {number} */ from) => `${((performance.now() - from) / 1000).toFixed(1)} s`;

/** An error ends a command with its message; the stack is for `--verbose`. */
export function sayErrorsPlainly() {
  process.on('uncaughtException', (error) => {
    console.error(process.argv.includes('--verbose') ? error : `Error: ${error.message}`);
    process.exit(1);
  });
}
