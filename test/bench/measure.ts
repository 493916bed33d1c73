import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What one run of a program cost. */
export interface Cost {
  /** Seconds of user and system time, of the program and everything it waited for. */
  readonly cpu: number;
  /** Seconds. */
  readonly wall: number;
  /** Peak resident memory of its largest process, in MiB. */
  readonly memory: number;
}

const TIME = '/usr/bin/time';
/** Prints what GNU time prints, where that is not installed. */
const PYTHON_TIME = `
import resource, subprocess, sys, time
start = time.monotonic()
code = subprocess.call(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
open(sys.argv[1], 'w').write(f'{used.ru_utime} {used.ru_stime} {time.monotonic() - start} {used.ru_maxrss}')
sys.exit(code)`;

/** Runs a program to its end, its output thrown away; `times` in a row, for what one of them costs. @throws with the end of its output where it fails */
export async function measure(
  program: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  times = 1,
): Promise<Cost> {
  const loop = ['sh', '-c', 'n=$1; shift; while [ "$n" -gt 0 ]; do "$@" || exit; n=$((n - 1)); done', '-', `${times}`];
  const command = times === 1 ? program : [...loop, ...program];
  const report = join(tmpdir(), `lode-bench-${process.pid}.txt`);
  const timed = fs.existsSync(TIME)
    ? [TIME, '-f', '%U %S %e %M', '-o', report, ...command]
    : ['python3', '-c', PYTHON_TIME, report, ...command];
  await run(timed, cwd, env);
  // GNU time writes a line of its own before the numbers when a program fails; run() has thrown then.
  const [user, system, wall, kib] = fs.readFileSync(report, 'utf8').trim().split(/\s+/).map(Number);
  fs.rmSync(report);
  if ([user, system, wall, kib].some((value) => value === undefined || Number.isNaN(value)))
    throw new Error('the times of a run cannot be read');
  return { cpu: (user! + system!) / times, wall: wall! / times, memory: kib! / 1024 };
}

export async function run(
  [program, ...args]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-2000);
      });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${program} ${args.join(' ')} ended with ${code}:\n${output}`)),
    );
  });
}

/** What work in this process costs: the limit that no program of Node's can beat. */
export async function measureHere(work: () => unknown): Promise<Cost> {
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  await work();
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1e6, wall, memory: process.memoryUsage.rss() / 2 ** 20 };
}

/** The run in the middle by CPU time: one that was disturbed counts for nothing. */
export function median(costs: readonly Cost[]): Cost {
  const middle = (of: (cost: Cost) => number): number => {
    const sorted = costs.map(of).sort((a, b) => a - b);
    return sorted[sorted.length >> 1]!;
  };
  return { cpu: middle((cost) => cost.cpu), wall: middle((cost) => cost.wall), memory: middle((cost) => cost.memory) };
}
