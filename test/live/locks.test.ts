import * as assert from 'node:assert/strict';
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { DvcError } from '../../src/engine/core/errors.ts';
import { createOpContext } from '../../src/engine/core/op-context.ts';
import { repoLock } from '../../src/engine/platform/lock.ts';
import { pathLock } from '../../src/engine/platform/rwlock.ts';

const isError = (code: string, text: RegExp) => (error: unknown) =>
  DvcError.is(error) && error.code === code && text.test(`${error.message} ${error.hint}`);

/** DVC's own lock classes, held until standard input ends. */
const HOLD_LOCK = `
import sys
from dvc.lock import make_lock
with make_lock(sys.argv[1] + "/lock", tmp_dir=sys.argv[1], hardlink_lock=sys.argv[2] == "true"):
    print("held", flush=True)
    sys.stdin.read()
`;
const HOLD_PATHS = `
import sys
from dvc.fs import localfs
from dvc.rwlock import rwlock
with rwlock(sys.argv[1], localfs, "dvc repro", [sys.argv[2]], [sys.argv[3]], False):
    print("held", flush=True)
    sys.stdin.read()
`;

describe('locks shared with real DVC', function () {
  this.timeout(120_000);
  const [python, dvc] = [process.env['LODE_DVC_PYTHON'], process.env['LODE_DVC']];
  let root: string;
  let tmp: string;
  let options: SpawnOptions;
  const children: ChildProcess[] = [];
  const ctx = createOpContext();

  before(function () {
    if (python === undefined || dvc === undefined) {
      console.log('      skipped: LODE_DVC and LODE_DVC_PYTHON are not set');
      this.skip();
    }
  });
  beforeEach(() => {
    root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'lode-locks-')));
    tmp = path.join(root, 'repo/.dvc/tmp');
    fs.mkdirSync(path.join(root, 'repo'));
    const home = path.join(root, 'home');
    const env = {
      ...process.env,
      HOME: home,
      XDG_CONFIG_HOME: home,
      XDG_CACHE_HOME: home,
      DVC_SITE_CACHE_DIR: home,
      DVC_NO_ANALYTICS: '1',
    };
    options = { cwd: path.join(root, 'repo'), env };
    assert.equal(runDvc('init', '-q', '--no-scm').status, 0);
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    fs.rmSync(root, { recursive: true, force: true });
  });

  const runDvc = (...args: string[]) => spawnSync(dvc!, args, { ...options, encoding: 'utf8' } as const);
  const startDvc = async (code: string, ...args: string[]): Promise<ChildProcess> => {
    const child = spawn(python!, ['-c', code, tmp, ...args], { ...options, stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    return child;
  };

  for (const hardlink of [false, true]) {
    const kind = hardlink ? 'hard link' : 'flock';
    it(`DVC gives up while we hold the lock, and works after (${kind})`, async () => {
      if (hardlink) runDvc('config', 'core.hardlink_lock', 'true');
      const lock = await repoLock(tmp, { hardlink }, ctx);
      const refused = runDvc('status');
      assert.equal(refused.status, 255, refused.stderr);
      assert.match(refused.stderr, /Unable to acquire lock/);
      lock.release();
      assert.equal(runDvc('status').status, 0);
    });

    it(`we wait while DVC holds the lock, and go on when it ends (${kind})`, async () => {
      const rival = await startDvc(HOLD_LOCK, String(hardlink));
      const named = hardlink
        ? /Another process holds/
        : new RegExp(`PID ${rival.pid} \\(python[\\d.]*\\) since \\d+ s holds`);
      await assert.rejects(repoLock(tmp, { hardlink, timeoutMs: 300 }, ctx), isError('lock-held', named));
      const waiting = repoLock(tmp, { hardlink, timeoutMs: 20_000 }, ctx);
      setTimeout(() => rival.stdin?.end(), 700);
      (await waiting).release();
      assert.equal(runDvc('status').status, 0);
    });
  }

  it('a killed DVC leaves nothing in our way', async () => {
    const rival = await startDvc(HOLD_LOCK, 'false');
    const gone = new Promise((resolve) => rival.once('close', resolve));
    rival.kill('SIGKILL');
    await gone;
    (await repoLock(tmp, { timeoutMs: 100 }, ctx)).release();
  });

  it('DVC refuses a path we write', async () => {
    fs.writeFileSync(path.join(root, 'repo/x'), 'x');
    assert.equal(runDvc('add', '-q', 'x').status, 0);
    const lock = await pathLock(tmp, 'lode repro', { read: [], write: [path.join(root, 'repo/x')] }, {}, ctx);
    fs.writeFileSync(path.join(root, 'repo/x'), 'changed');
    const refused = runDvc('commit', '-f', 'x.dvc');
    assert.notEqual(refused.status, 0);
    assert.match(
      refused.stderr,
      new RegExp(`is busy, it is being blocked by:\\n {2}\\(PID ${process.pid}\\): lode repro`),
    );
    await lock[Symbol.asyncDispose]();
    assert.equal(runDvc('commit', '-f', 'x.dvc').status, 0);
    assert.doesNotMatch(fs.readFileSync(path.join(tmp, 'rwlock'), 'utf8'), /pid/);
  });

  it('we refuse a path DVC writes, share one it reads, and clear neither', async () => {
    const [reads, writes] = [path.join(root, 'repo/in'), path.join(root, 'repo/out')];
    const rival = await startDvc(HOLD_PATHS, reads, writes);
    const busy = new RegExp(`'${writes}/x' is busy, it is being blocked by:\\n {2}\\(PID ${rival.pid}\\): dvc repro`);
    await assert.rejects(
      pathLock(tmp, 'lode', { read: [], write: [`${writes}/x`] }, {}, ctx),
      isError('path-busy', busy),
    );
    const shared = await pathLock(tmp, 'lode', { read: [reads], write: [] }, {}, ctx);
    await shared[Symbol.asyncDispose]();
    const left = JSON.parse(fs.readFileSync(path.join(tmp, 'rwlock'), 'utf8'));
    const entry = { pid: rival.pid, cmd: 'dvc repro' };
    assert.deepEqual(left, { write: { [writes]: entry }, read: { [reads]: [entry] } });
    const gone = new Promise((resolve) => rival.once('close', resolve));
    rival.stdin?.end();
    assert.equal(await gone, 0);
  });
});
