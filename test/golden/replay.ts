import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Expectation, GoldenCase, Step } from './cases.ts';
import { differences } from './compare.ts';
import { applyEdit } from './edit.ts';
import { closedEnvironment, git } from './environment.ts';
import { takeSnapshot } from './snapshot.ts';
import { readStdout } from './stdout.ts';

const STEP_LIMIT = 120_000; // ms
const MAX_LINES = 60;

/** What a case's first differing step says, or undefined where every step left what real DVC left. */
export async function replay(golden: GoldenCase, cli: readonly string[]): Promise<string | undefined> {
  const top = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'golden-')));
  try {
    const { root, env } = unpack(golden.folder, top);
    for (const [index, step] of golden.steps.entries()) {
      const { got, stdout, stderr } = await runStep(root, env, cli, step, golden);
      const lines = differences(step.expect, got, step.stdout);
      if (lines.length === 0) continue;
      if (lines.length > MAX_LINES) lines.splice(MAX_LINES, Number.POSITIVE_INFINITY, '…');
      const output = [stdout, stderr].map((text) => text.trim().split('\n').slice(-12).join('\n')).filter(Boolean);
      return [`step ${index + 1} of ${golden.steps.length}: ${step.args.join(' ')}`, ...lines, ...output].join('\n');
    }
    return undefined;
  } finally {
    makeWritable(top);
    fs.rmSync(top, { recursive: true, force: true, maxRetries: 5 });
  }
}

function unpack(folder: string, top: string): { root: string; env: NodeJS.ProcessEnv } {
  const root = path.join(top, 'w');
  fs.mkdirSync(root);
  const tar = spawnSync('tar', ['-xpzf', path.join(folder, 'before.tar.gz'), '-C', root, '--no-same-owner'], {
    encoding: 'utf8',
  });
  if (tar.status !== 0) throw new Error(`tar: ${tar.error?.message ?? tar.stderr}`);
  const env = closedEnvironment(top);
  // Refreshes the index, whose stat data were zeroed when the case was packed.
  for (const name of fs.readdirSync(root))
    if (fs.existsSync(path.join(root, name, '.git'))) git(path.join(root, name), env, ['status', '--porcelain']);
  return { root, env };
}

async function runStep(root: string, env: NodeJS.ProcessEnv, cli: readonly string[], step: Step, golden: GoldenCase) {
  const repo = path.join(root, 'repo');
  for (const edit of step.edit ?? []) applyEdit(repo, env, edit);
  const { exit, stdout, stderr } = await run([...cli, ...step.args], path.join(repo, step.cwd ?? '.'), env);
  const got: Expectation = { exit, ...takeSnapshot(root, env, golden) };
  if (step.stdout && exit === 0)
    try {
      Object.assign(got, readStdout(stdout.replaceAll(root, '<ROOT>'), step.stdout));
    } catch (error) {
      got.stdout_json = { unreadable: String(error) };
    }
  return { got, stdout, stderr };
}

/** Runs one command with nothing on its standard input, and ends its whole group if it takes too long. */
function run(command: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
  const [program, ...args] = command as [string, ...string[]];
  // Real DVC starts the workers of its queue as `dvc` from the PATH.
  const PATH = path.isAbsolute(program) ? `${env['PATH']}${path.delimiter}${path.dirname(program)}` : env['PATH'];
  return new Promise<{ exit: number; stdout: string; stderr: string }>((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...env, PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (data: Buffer) => out.push(data));
    child.stderr.on('data', (data: Buffer) => err.push(data));
    const timer = setTimeout(() => {
      err.push(Buffer.from('\n(timed out)'));
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
    }, STEP_LIMIT);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ exit: code ?? -1, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
    });
  });
}

/** A folder a case made read-only could not be emptied by anyone but root. */
function makeWritable(folder: string): void {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) {
      fs.chmodSync(path.join(folder, entry.name), 0o755);
      makeWritable(path.join(folder, entry.name));
    }
}
