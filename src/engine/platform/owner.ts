import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { errnoOf } from '../core/errors.ts';

/** Who holds something: enough to tell a live process from a dead one whose number was given away again. */
export interface Owner {
  readonly host: string;
  /** Changes with each start of the machine; undefined where the platform does not say. */
  readonly boot: string | undefined;
  readonly pid: number;
  /** When the process started, in the platform's own unit: only equality means anything. */
  readonly started: string | undefined;
}

let self: Owner | undefined;

/** This process. */
export function thisOwner(): Owner {
  self ??= { host: os.hostname(), boot: bootId(), pid: process.pid, started: startOf(process.pid) };
  return self;
}

/** `elsewhere`: on another machine, which nobody can look into from here. */
export function livenessOf(owner: Owner): 'alive' | 'dead' | 'elsewhere' {
  const me = thisOwner();
  if (owner.host !== me.host) return 'elsewhere';
  if (owner.boot !== undefined && me.boot !== undefined && owner.boot !== me.boot) return 'dead';
  if (!pidExists(owner.pid)) return 'dead';
  if (owner.started === undefined) return 'alive';
  const started = startOf(owner.pid);
  return started === undefined || started === owner.started ? 'alive' : 'dead';
}

/** True for a running process, also one of another user. */
export function pidExists(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

/** Milliseconds since 1970 at which the process started, to about a second; undefined where nobody tells. */
export function startTimeMs(pid: number): number | undefined {
  const ticks = Number(linuxStart(pid));
  if (!Number.isFinite(ticks)) return undefined;
  const boot = /^btime (\d+)$/m.exec(readText('/proc/stat') ?? '')?.[1];
  return boot === undefined ? undefined : Number(boot) * 1000 + ticks * (1000 / TICKS_PER_SECOND);
}

const TICKS_PER_SECOND = 100; // USER_HZ, the same on every Linux that Node supports.

/** Program and verb, such as `dvc push`: never the whole command line, which may hold secrets. */
export function commandOf(pid: number): string | undefined {
  const words =
    readText(`/proc/${pid}/cmdline`)?.split('\0') ??
    (process.platform === 'win32' ? undefined : ps(pid, 'command=')?.split(' '));
  const [first, ...rest] = words ?? [];
  if (first === undefined || first === '') return undefined;
  const interpreted = /^(python|node|perl|ruby|bash|sh|dash)[\d.]*(\.exe)?$/.test(path.basename(first));
  const script = interpreted && !rest.some((word) => word === '-c' || word === '-e') ? rest.findIndex(isPlain) : -1;
  const program = path.basename(script < 0 ? first : rest[script]!).replace(/^cli\.js$/, 'lode');
  const verb =
    interpreted && script < 0 ? undefined : rest.slice(script + 1).find((word) => /^[a-z][a-z-]*$/.test(word));
  return verb === undefined ? program : `${program} ${verb}`;
}

const isPlain = (word: string): boolean => word !== '' && !word.startsWith('-');

const startOf = (pid: number): string | undefined =>
  linuxStart(pid) ?? (process.platform === 'darwin' ? ps(pid, 'lstart=') : undefined);

/** Field 22 of `/proc/<pid>/stat`: clock ticks after boot. The name before it may hold spaces and brackets. */
function linuxStart(pid: number): string | undefined {
  const text = readText(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}

function bootId(): string | undefined {
  return readText('/proc/sys/kernel/random/boot_id')?.trim();
}

function ps(pid: number, field: string): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-o', field, '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

function readText(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined; // Not Linux, or the process is gone.
  }
}
