import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { cancelled, errnoOf, gitFailed, gitMissing } from '../core/errors.ts';

/** Settings that keep a repository's own configuration from starting programs while it is only read. */
const READ_ONLY = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'core.untrackedCache=false'];

/** Variables that would point Git at another repository than the one named. */
const REPOSITORY_VARIABLES = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_COMMON_DIR',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
  'GIT_INDEX_FILE',
  'GIT_CEILING_DIRECTORIES',
  'GIT_LITERAL_PATHSPECS',
  'GIT_GLOB_PATHSPECS',
  'GIT_ICASE_PATHSPECS',
  'GIT_EXTERNAL_DIFF',
];

/** Plain English, no prompts, no pager, no locks for reads; inside a hook of this very repository its index is kept. */
function environment(root: string, gitDir: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  const [hookDir, hookIndex] = [env['GIT_DIR'], env['GIT_INDEX_FILE']];
  for (const name of REPOSITORY_VARIABLES) delete env[name];
  if (hookIndex !== undefined && hookDir !== undefined && path.resolve(root, hookDir) === gitDir)
    env['GIT_INDEX_FILE'] = path.resolve(root, hookIndex);
  return {
    ...env,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_PAGER: 'cat',
    GCM_INTERACTIVE: 'never',
  };
}

export interface GitPlace {
  readonly root: string;
  readonly gitDir: string;
}

export interface GitRun {
  readonly input?: string | Buffer;
  /** Exit codes besides 0 that are answers. */
  readonly accept?: readonly number[];
  /** Lets hooks and monitors of the repository run, as the user's own Git would. */
  readonly asUser?: boolean;
  readonly signal?: AbortSignal;
  /** Added to the process's variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs git once with an argument list, never a shell. @throws `git-failed`, `cancelled` */
export function runGit(place: GitPlace, args: readonly string[], run: GitRun = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = start(place, args, run.asUser ?? false, run.signal, run.env);
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.on('error', () => {}); // Git may answer without reading all; its exit code tells.
    child.on('error', (error) => reject(startError(error)));
    child.on('close', (code) => {
      if (code === 0 || (code !== null && run.accept?.includes(code))) resolve(Buffer.concat(out));
      else if (run.signal?.aborted) reject(cancelled());
      else
        reject(
          gitFailed(
            args.find((arg) => !arg.startsWith('-')) ?? '',
            Buffer.concat(err).toString() || `exit code ${code}`,
          ),
        );
    });
    child.stdin.end(run.input ?? '');
  });
}

/** One short answer at once, where refs are not files; undefined where git has none. */
export function askGit(place: GitPlace, args: readonly string[]): string | undefined {
  const env = environment(place.root, place.gitDir);
  const run = spawnSync('git', [...READ_ONLY, ...args], { cwd: place.root, env, windowsHide: true });
  if (run.error) throw startError(run.error);
  return run.status === 0 ? run.stdout.toString().trim() : undefined;
}

function start(
  place: GitPlace,
  args: readonly string[],
  asUser: boolean,
  signal?: AbortSignal,
  more: Readonly<Record<string, string>> = {},
) {
  return spawn('git', ['--no-pager', ...(asUser ? [] : READ_ONLY), ...args], {
    cwd: place.root,
    env: { ...environment(place.root, place.gitDir), ...more },
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
    ...(signal ? { signal } : {}),
  });
}

const startError = (error: Error): Error =>
  error.name === 'AbortError' ? cancelled() : errnoOf(error) === 'ENOENT' ? gitMissing(error) : error;

export interface GitObject {
  readonly id: string;
  readonly type: string;
  readonly content: Buffer;
}

interface Request {
  readonly name: string;
  readonly done: (object: GitObject | undefined) => void;
  readonly failed: (error: Error) => void;
}

/**
 * One `git cat-file --batch` for all objects asked for, started by the first question.
 *
 * It keeps no Node process alive: only a pending question does.
 */
export class ObjectReader {
  readonly #place: GitPlace;
  #child: ChildProcessWithoutNullStreams | undefined;
  readonly #pending: Request[] = [];
  #chunks: Buffer[] = [];
  #length = 0;
  #wanted = 0; // Bytes needed before parsing can go on.

  constructor(place: GitPlace) {
    this.#place = place;
  }

  /** Undefined where Git finds no such object, or several. */
  read(name: string): Promise<GitObject | undefined> {
    if (name === '' || /[\n\0]/.test(name)) return Promise.resolve(undefined);
    return new Promise((done, failed) => {
      const child = (this.#child ??= this.#start());
      if (this.#pending.push({ name, done, failed }) === 1) hold(child, true);
      child.stdin.write(`${name}\n`);
    });
  }

  close(): void {
    const child = this.#child;
    this.#child = undefined;
    child?.stdin.end();
    this.#failAll(cancelled('Reading from Git'));
  }

  #start(): ChildProcessWithoutNullStreams {
    const child = start(this.#place, ['cat-file', '--batch'], false);
    const errors: Buffer[] = [];
    const ended = (error: Error): void => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#failAll(error);
    };
    child.stdout.on('data', (chunk: Buffer) => this.#child === child && this.#take(chunk, child));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.stdin.on('error', () => {}); // 'close' follows.
    child.on('error', (error) => ended(startError(error)));
    child.on('close', (code) => ended(gitFailed('cat-file', Buffer.concat(errors).toString() || `exit code ${code}`)));
    hold(child, false);
    return child;
  }

  #failAll(error: Error): void {
    this.#chunks = [];
    this.#length = this.#wanted = 0;
    for (const { failed } of this.#pending.splice(0)) failed(error);
  }

  #take(chunk: Buffer, child: ChildProcessWithoutNullStreams): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#wanted) return; // A large object: do not join its chunks again and again.
    let data = Buffer.concat(this.#chunks);
    this.#wanted = 0;
    for (;;) {
      const request = this.#pending[0];
      const answer = request && parseAnswer(data, request.name);
      if (!request || answer === undefined) break;
      if ('wanted' in answer) {
        this.#wanted = answer.wanted;
        break;
      }
      data = data.subarray(answer.used);
      this.#pending.shift();
      request.done(answer.object);
    }
    this.#chunks = data.length > 0 ? [data] : [];
    this.#length = data.length;
    if (this.#pending.length === 0) hold(child, false);
  }
}

/** `<id> <type> <size>\n<content>\n`, or the name back with `missing` or `ambiguous`. Undefined: the line is not whole yet. */
function parseAnswer(data: Buffer, name: string) {
  for (const word of [' missing\n', ' ambiguous\n']) {
    const text = Buffer.from(`${name}${word}`); // The name may hold spaces, so it is compared whole.
    if (data.subarray(0, text.length).equals(text)) return { used: text.length, object: undefined };
  }
  const end = data.indexOf(0x0a);
  if (end < 0) return undefined;
  const match = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(data.toString('latin1', 0, end));
  if (!match) return { used: end + 1, object: undefined };
  const [, id = '', type = '', size = ''] = match;
  const used = end + 1 + Number(size) + 1;
  if (data.length < used) return { wanted: used };
  return { used, object: { id, type, content: Buffer.from(data.subarray(end + 1, used - 1)) } };
}

/** Whether the child keeps this process alive. */
function hold(child: ChildProcessWithoutNullStreams, yes: boolean): void {
  // Pipes of a child are sockets, whose type here lacks these two methods.
  const parts = [child, child.stdin, child.stdout, child.stderr] as unknown as { ref?(): void; unref?(): void }[];
  for (const part of parts) yes ? part.ref?.() : part.unref?.();
}
