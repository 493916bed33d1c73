import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import { join } from 'node:path';
import { makeSandbox } from '../sandbox.ts';
import { guard, unguard } from './watchdog.ts';

/**
 * How one kind of server is run. To add a server, write a file beside this one that exports
 * `startNAME(options): Promise<NAMEServer>`: it calls {@link startServer} with such a plan, makes what a test needs (a bucket, a
 * user) and adds addresses and credentials to what it returns. `versitygw.ts` is the example. A program of Debian's is named
 * through `programOnPath`, one that `scripts/servers.mjs` makes through `builtProgram`; both throw {@link ServerMissing}.
 */
export interface ServerPlan {
  readonly name: string;
  /** Called again, with the same arguments, at each restart. */
  command(at: ServerPlace): ServerCommand | Promise<ServerCommand>;
  /** Whether it serves by now; asked every few milliseconds. Any answer over HTTP will do, unless told otherwise. */
  ready?(at: ServerPlace): Promise<boolean>;
  /** Milliseconds that it may take to become ready: 20 s unless told. */
  readonly patience?: number;
}

export interface ServerPlace {
  /** Free on the loopback interface. */
  readonly port: number;
  /** Its own, for data, settings and logs. */
  readonly folder: string;
}

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Added to PATH and HOME (its folder), which is all that it sees. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Server extends ServerPlace {
  readonly name: string;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** What it has printed. */
  log(): string;
  /** It keeps its connections and answers nothing. */
  pause(): Promise<void>;
  resume(): void;
  /** Ends it at once, as a power loss would; the port and the data stay. */
  kill(): Promise<void>;
  /** Over the same data, at the same port, whether or not it is running. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** A server whose program is not on this machine. */
export class ServerMissing extends Error {
  override readonly name = 'ServerMissing';
}

/** Starts a server and waits until it answers. It ends with {@link Server.stop}, at the latest with this process, however that ends. */
export async function startServer(plan: ServerPlan): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const sandbox = makeSandbox(plan.name);
    const at: ServerPlace = { port: await freePort(), folder: sandbox.root };
    const run = new RunningServer(plan, at);
    try {
      await run.start();
      return run.face(sandbox.dispose);
    } catch (error) {
      await run.kill();
      sandbox.dispose();
      if (error instanceof ServerMissing || attempt === 3) throw error; // Somebody else may have taken the port meanwhile.
    }
  }
}

/**
 * Starts servers in a `before` hook, and counts the suite as skipped where a program is missing.
 * @param hook What mocha calls `this`.
 */
export async function startOrSkip<T>(hook: Mocha.Context, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof ServerMissing)) throw error;
    console.log(`  ${error.message}`);
    return hook.skip();
  }
}

class RunningServer {
  readonly #plan: ServerPlan;
  readonly #at: ServerPlace;
  #child: ChildProcess | undefined;

  constructor(plan: ServerPlan, at: ServerPlace) {
    this.#plan = plan;
    this.#at = at;
  }

  get #logFile(): string {
    return join(this.#at.folder, 'server.log');
  }

  async start(): Promise<void> {
    const { program, args, env } = await this.#plan.command(this.#at);
    const log = fs.openSync(this.#logFile, 'a');
    const child = spawn(program, args, {
      cwd: this.#at.folder,
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: this.#at.folder, ...env },
      stdio: ['ignore', log, log],
    });
    fs.closeSync(log);
    child.unref();
    let failure: string | undefined;
    child.once('error', ({ message }) => {
      failure = message;
    });
    child.once('exit', (code, signal) => {
      failure ??= `it ended with ${code ?? signal}`;
      unguard(child.pid);
    });
    guard(child.pid);
    this.#child = child;
    const ready = this.#plan.ready ?? (({ port }) => answersHttp(`http://127.0.0.1:${port}/`));
    const until = Date.now() + (this.#plan.patience ?? 20_000);
    while (!(await ready(this.#at))) {
      if (Date.now() > until) failure ??= 'it does not answer';
      if (failure !== undefined) throw new Error(`${this.#plan.name} did not start: ${failure}\n${this.log()}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  log(): string {
    return fs.existsSync(this.#logFile) ? fs.readFileSync(this.#logFile, 'utf8') : '';
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.ref();
    child.kill('SIGKILL');
    await ended;
  }

  face(removeFolder: () => void): Server {
    const signal = (name: NodeJS.Signals) => {
      this.#child?.kill(name);
    };
    return {
      ...this.#at,
      name: this.#plan.name,
      url: `http://127.0.0.1:${this.#at.port}`,
      log: () => this.log(),
      pause: async () => {
        signal('SIGSTOP');
        while (!isStopped(this.#child?.pid)) await new Promise((resolve) => setTimeout(resolve, 5));
      },
      resume: () => signal('SIGCONT'),
      kill: () => this.kill(),
      restart: async () => {
        await this.kill();
        await this.start();
      },
      stop: async () => {
        await this.kill();
        removeFolder();
      },
    };
  }
}

/** Whether every thread has stopped: a signal takes its time on a busy machine. */
function isStopped(pid: number | undefined): boolean {
  const threads = `/proc/${pid}/task`;
  if (pid === undefined || !fs.existsSync(threads)) return true;
  return fs
    .readdirSync(threads)
    .every((thread) => /\) [Tt] /.test(fs.readFileSync(join(threads, thread, 'stat'), 'latin1')));
}

/** A port of the loopback interface that nobody listens at. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo; // Of a socket that is bound to a port.
      probe.close(() => resolve(port));
    });
  });
}

/** Whether anything is answered over HTTP, a refusal too. */
export async function answersHttp(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await answer.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** Whether a connection is taken, and where `greeting` is told, begins with it. */
export function answersTcp(port: number, greeting = ''): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('connect', () => greeting === '' && end(true));
    socket.once('data', (data: Buffer) => end(data.toString('latin1').startsWith(greeting)));
  });
}
