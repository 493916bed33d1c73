import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { DvcError } from '../../src/engine/core/errors.ts';
import { pidExists } from '../../src/engine/platform/owner.ts';
import { type CommandOptions, runCommand } from '../../src/engine/platform/process.ts';

describe('runCommand', () => {
  before(function () {
    if (process.platform === 'win32') this.skip(); // The commands below are for a POSIX shell.
  });
  const run = async (script: string, more: Partial<CommandOptions> = {}) => {
    const lines: string[] = [];
    const onLine = (line: string, stream: string): void => void lines.push(`${stream}: ${line}`);
    const signal = new AbortController().signal;
    const { code } = await runCommand('sh', ['-c', script], {
      cwd: os.tmpdir(),
      env: process.env,
      signal,
      onLine,
      ...more,
    });
    return { code, lines };
  };

  it('gives lines of both streams, the last without an end, and the exit code', async () => {
    const { code, lines } = await run("printf 'a\\r\\nb\\n\\nlast'; printf 'e\\n' >&2; exit 3");
    assert.equal(code, 3);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('stdout')),
      ['stdout: a', 'stdout: b', 'stdout: ', 'stdout: last'],
    );
    assert.deepEqual(
      lines.filter((line) => line.startsWith('stderr')),
      ['stderr: e'],
    );
  });
  it('copies every byte to streams besides, in their order where both are one', async () => {
    const script = "printf 'a\\0b\\n'; printf 'e' >&2; printf 'last'";
    const [out, err, both] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const apart = await run(script, { inherit: { stdout: out, stderr: err } });
    assert.deepEqual([out.read().toString(), err.read().toString()], ['a\0b\nlast', 'e']);
    assert.deepEqual(apart.lines.sort(), ['stderr: e', 'stdout: a\0b', 'stdout: last']);
    const together = await run(`${script}; exit 4`, { inherit: { stdout: both, stderr: both } });
    assert.equal(both.read().toString(), 'a\0b\nelast');
    assert.deepEqual(together, { code: 4, lines: ['stdout: a\0b', 'stdout: elast'] });
  });
  it('keeps a character whole that comes in two chunks', async () =>
    assert.deepEqual((await run("printf '\\303'; sleep 0.1; printf '\\274\\n'")).lines, ['stdout: ü']));
  it('counts a signal as shells do', async () => assert.equal((await run('kill -9 $$')).code, 137));
  it('refuses what cannot be started', () =>
    assert.rejects(
      runCommand('/nonexistent/program', [], { cwd: '/', env: {}, signal: new AbortController().signal }),
      /ENOENT/,
    ));
  it('starts nothing once aborted', () => assert.rejects(run('true', { signal: AbortSignal.abort() }), DvcError));

  const stubborn: readonly [name: string, script: (file: string) => string][] = [
    ['a child in the background', (file) => `sleep 60 & echo $! > '${file}'; wait`],
    [
      'a child that ignores the polite signal',
      (file) => `(trap '' TERM; sh -c 'trap "" TERM; echo $$ > "${file}"; sleep 60; sleep 60') & wait`,
    ],
    ['a child left over by a parent that ended', (file) => `sh -c 'sleep 60 & echo $! > "${file}"'; sleep 60`],
  ];
  for (const [name, script] of stubborn)
    it(`ends ${name} on abort`, async () => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lode-process-'));
      const file = path.join(folder, 'pid');
      const abort = new AbortController();
      const running = run(script(file), { signal: abort.signal, graceMs: 200 });
      while (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') === '') await sleep(10);
      const pid = Number(fs.readFileSync(file, 'utf8'));
      assert.ok(pidExists(pid));
      abort.abort();
      await assert.rejects(running, (error) => DvcError.is(error, 'cancelled'));
      for (let i = 0; i < 50 && isRunning(pid); i++) await sleep(10); // Until its new parent has collected it.
      assert.ok(!isRunning(pid), `${pid} still runs`);
      fs.rmSync(folder, { recursive: true });
    });
});

/** A zombie that nobody collects is as good as gone. */
function isRunning(pid: number): boolean {
  if (!pidExists(pid)) return false;
  if (process.platform !== 'linux') return true;
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
}
