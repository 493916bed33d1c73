import * as assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as esbuild from 'esbuild';
import { DvcError } from '../../src/engine/core/errors.ts';
import type { EngineEvent } from '../../src/engine/core/events.ts';
import { createOpContext } from '../../src/engine/core/op-context.ts';
import { type HeldLock, type LockOptions, repoLock } from '../../src/engine/platform/lock.ts';
import { tryOwnLock } from '../../src/engine/platform/own-lock.ts';
import { commandOf, livenessOf, pidExists, startTimeMs, thisOwner } from '../../src/engine/platform/owner.ts';
import { pathLock } from '../../src/engine/platform/rwlock.ts';

const isError = (code: string, text?: RegExp) => (error: unknown) =>
  DvcError.is(error) && error.code === code && (text?.test(`${error.message} ${error.hint}`) ?? true);

let tmp: string;
const children: ChildProcess[] = [];
beforeEach(() => (tmp = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'lode-lock-')))));
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  fs.rmSync(tmp, { recursive: true, force: true });
});

const ctx = createOpContext();
const quick: LockOptions = { timeoutMs: 50 };
const deadPid = (): number => spawnSync('true').pid;

/** Our own lock, in a process of its own: `lock-child.ts`. */
function startChild(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [childScript(), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  children.push(child);
  return child;
}
let built: string | undefined;
function childScript(): string {
  if (built === undefined) {
    built = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'lode-lock-child-')), 'child.js');
    const entryPoints = [path.resolve('test/contract/lock-child.ts')];
    esbuild.buildSync({ entryPoints, outfile: built, bundle: true, platform: 'node', target: 'node20', format: 'cjs' });
  }
  return built;
}
after(() => built !== undefined && fs.rmSync(path.dirname(built), { recursive: true }));

/** A process of its own that takes the kernel's lock as DVC does, and says when it has it. */
async function rivalHolding(file: string): Promise<ChildProcess> {
  const child = spawn('flock', ['-x', file, 'sh', '-c', `echo " $$" > '${file}'; echo got; exec sleep 60`], {
    detached: true,
  });
  children.push(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

const kill = async (child: ChildProcess): Promise<void> => {
  const gone = new Promise((resolve) => child.once('close', resolve));
  process.kill(-child.pid!, 'SIGKILL'); // Its group: the shell, and the locker above it.
  await gone;
};

/** What holds for both protocols. */
function lockContract(name: string, options: LockOptions): void {
  describe(`repository lock: ${name}`, () => {
    const take = (more: LockOptions = {}): Promise<HeldLock> => repoLock(tmp, { ...options, ...more }, ctx);

    it('is held by one at a time', async () => {
      const first = await take();
      await assert.rejects(take(quick), isError('lock-held', /^Unable to acquire lock\. .*PID \d+ \(this process\)/));
      first.release();
      (await take(quick)).release();
    });
    it('is given back at the end of a block, also by an error', async () => {
      await assert.rejects(async () => {
        await using _lock = await take();
        throw new Error('inside');
      }, /inside/);
      (await take(quick)).release();
    });
    it('is handed on in the order it was asked for', async () => {
      const order: number[] = [];
      const one = async (i: number): Promise<void> => {
        await using _lock = await take({ timeoutMs: 10_000 });
        order.push(i);
        await sleep(2);
      };
      await Promise.all([0, 1, 2, 3, 4].map(one));
      assert.deepEqual(order, [0, 1, 2, 3, 4]);
    });
    it('survives a second release by its former holder', async () => {
      const first = await take();
      first.release();
      const second = await take();
      first.release();
      await assert.rejects(take(quick), isError('lock-held'));
      second.release();
    });
    it('stops waiting when cancelled, and lets the next one in', async () => {
      const first = await take();
      const abort = new AbortController();
      const waiting = repoLock(
        tmp,
        { ...options, timeoutMs: Number.POSITIVE_INFINITY },
        createOpContext({ signal: abort.signal }),
      );
      setTimeout(() => abort.abort(), 20);
      await assert.rejects(waiting, isError('cancelled'));
      first.release();
      (await take(quick)).release();
    });
    it('does not block another folder', async () => {
      await using _lock = await take();
      (await repoLock(path.join(tmp, 'other'), { ...options, ...quick }, ctx)).release();
    });
    it('keeps eight processes apart', async function () {
      this.timeout(60_000);
      const counter = path.join(tmp, 'counter');
      fs.writeFileSync(counter, '0');
      const runs = Array.from({ length: 8 }, () => {
        const child = startChild('count', tmp, String(options.hardlink ?? false), '10');
        return new Promise((resolve) => child.on('close', resolve));
      });
      assert.deepEqual(new Set(await Promise.all(runs)), new Set([0]));
      assert.equal(fs.readFileSync(counter, 'utf8'), '80');
    });
  });
}

lockContract('flock', {});
lockContract('hard link', { hardlink: true });

describe('repository lock against another process', () => {
  before(function () {
    if (process.platform === 'win32' || spawnSync('flock', ['--version']).error) this.skip();
  });
  const file = (): string => path.join(tmp, 'lock');

  it('writes a space, the process id and a line feed', async () => {
    await using _lock = await repoLock(tmp, {}, ctx);
    assert.equal(fs.readFileSync(file(), 'utf8'), ` ${process.pid}\n`);
  });
  it('replaces a longer text of the holder before', async () => {
    fs.writeFileSync(file(), ' 1234567890123\n');
    await using _lock = await repoLock(tmp, {}, ctx);
    assert.equal(fs.readFileSync(file(), 'utf8'), ` ${process.pid}\n`);
  });
  it('waits for the holder, says who it is, and goes on when it dies', async () => {
    const rival = await rivalHolding(file());
    const events: EngineEvent[] = [];
    const waiting = repoLock(tmp, { timeoutMs: 20_000 }, createOpContext({ emit: (event) => events.push(event) }));
    await sleep(900);
    await kill(rival);
    (await waiting).release();
    const texts = events.map((event) => (event.type === 'waited' ? event.text : ''));
    assert.equal(texts.length, 1);
    assert.match(texts[0]!, /^waiting for the repository lock held by PID \d+ \(sleep\) since \d+ s$/);
  });
  it('gives up after the time it was given, naming the holder', async () => {
    const rival = await rivalHolding(file());
    await assert.rejects(repoLock(tmp, quick, ctx), isError('lock-held', /PID \d+ \(sleep\) since \d+ s holds/));
    await kill(rival);
  });
  it('is seen by others while held, and not after', async () => {
    const tryNow = () => spawnSync('flock', ['-xn', file(), 'true']).status;
    const lock = await repoLock(tmp, {}, ctx);
    assert.equal(tryNow(), 1);
    lock.release();
    assert.equal(tryNow(), 0);
  });
  it('takes the lock without help on this thread in the editor', async () => {
    const lock = await repoLock(tmp, {}, createOpContext({ interactive: true }));
    assert.equal(spawnSync('flock', ['-xn', file(), 'true']).status, 1);
    lock.release();
  });
  it('does not follow a link to write elsewhere', async () => {
    fs.writeFileSync(path.join(tmp, 'victim'), 'precious');
    fs.symlinkSync('victim', file());
    await assert.rejects(repoLock(tmp, quick, ctx), isError('permission', /symbolic link/));
    assert.equal(fs.readFileSync(path.join(tmp, 'victim'), 'utf8'), 'precious');
  });
  it('leaves no lock behind when its holder is killed', async () => {
    for (const kind of ['flock', 'hardlink']) {
      const child = startChild('hold', tmp, String(kind === 'hardlink'));
      await new Promise((resolve) => child.stdout?.once('data', resolve));
      const options = { hardlink: kind === 'hardlink' };
      await assert.rejects(repoLock(tmp, { ...options, ...quick }, ctx), isError('lock-held'), kind);
      await kill(child);
      (await repoLock(tmp, { ...options, ...quick }, ctx)).release();
      fs.rmSync(file(), { force: true });
    }
  });
});

describe('tryOwnLock', () => {
  const file = (): string => path.join(tmp, 'own');
  const got = (attempt: ReturnType<typeof tryOwnLock>): (() => void) => {
    assert.ok(typeof attempt === 'object');
    return attempt.got;
  };

  it('is exclusive, and gone when released', () => {
    const release = got(tryOwnLock(file()));
    assert.equal(tryOwnLock(file()), 'held');
    release();
    release();
    got(tryOwnLock(file()))();
    assert.deepEqual(fs.readdirSync(tmp), []);
  });
  const stale: readonly [name: string, owner: () => object][] = [
    ['a process that ended', () => ({ ...thisOwner(), pid: deadPid() })],
    ['a process whose number was given away again', () => ({ ...thisOwner(), started: '1' })],
    ['a process before the machine restarted', () => ({ ...thisOwner(), boot: 'before' })],
  ];
  for (const [name, owner] of stale)
    it(`is taken over at once from ${name}`, () => {
      if (process.platform !== 'linux' && !name.endsWith('ended')) return;
      fs.writeFileSync(file(), JSON.stringify(owner()));
      got(tryOwnLock(file()))();
    });
  it('waits ten minutes for a silent holder on another machine', () => {
    fs.writeFileSync(file(), JSON.stringify({ ...thisOwner(), host: 'elsewhere' }));
    assert.equal(tryOwnLock(file()), 'held');
    const old = new Date(Date.now() - 11 * 60_000);
    fs.utimesSync(file(), old, old);
    got(tryOwnLock(file()))();
  });
  it('replaces a torn file after a second', () => {
    fs.writeFileSync(file(), '{"host":');
    const old = new Date(Date.now() - 1500);
    fs.utimesSync(file(), old, old);
    got(tryOwnLock(file()))();
  });
});

describe('owner', () => {
  it('tells this process from dead ones', () => {
    assert.equal(livenessOf(thisOwner()), 'alive');
    assert.equal(livenessOf({ ...thisOwner(), pid: deadPid() }), 'dead');
    assert.equal(livenessOf({ ...thisOwner(), host: 'other' }), 'elsewhere');
    assert.ok(!pidExists(0) && !pidExists(-1) && !pidExists(Number.NaN));
  });
  it('knows when a process started', function () {
    if (process.platform !== 'linux') return this.skip();
    const expected = Date.now() - process.uptime() * 1000;
    assert.ok(Math.abs((startTimeMs(process.pid) ?? 0) - expected) < 2500);
  });
  it('names program and verb, not arguments', async function () {
    if (process.platform !== 'linux') return this.skip();
    const script = path.join(tmp, 'dvc');
    fs.writeFileSync(script, 'setInterval(() => {}, 1000)');
    const child = spawn(process.execPath, [script, 'push', '--password', 'hunter2']);
    children.push(child);
    await sleep(100);
    assert.equal(commandOf(child.pid!), 'dvc push');
  });
});

describe('pathLock', () => {
  const table = (): unknown => JSON.parse(fs.readFileSync(path.join(tmp, 'rwlock'), 'utf8'));
  const take = (read: string[], write: string[], cmd = 'lode repro') => pathLock(tmp, cmd, { read, write }, quick, ctx);
  const writeTable = (text: string): void => fs.writeFileSync(path.join(tmp, 'rwlock'), text);

  it("writes DVC's table, byte for byte, and clears it", async () => {
    const lock = await take(['/r/in é'], ['/r/out']);
    const me = `{"pid": ${process.pid}, "cmd": "lode repro"}`;
    assert.equal(
      fs.readFileSync(path.join(tmp, 'rwlock'), 'utf8'),
      `{"write": {"/r/out": ${me}}, "read": {"/r/in \\u00e9": [${me}]}}`,
    );
    await lock[Symbol.asyncDispose]();
    await lock[Symbol.asyncDispose]();
    assert.deepEqual(table(), {});
  });

  const sharing: readonly [name: string, first: [string[], string[]], second: [string[], string[]], clash: boolean][] =
    [
      ['two readers', [['/r/a'], []], [['/r/a'], []], false],
      ['a reader and a writer', [['/r/a'], []], [[], ['/r/a']], true],
      ['a writer and a reader', [[], ['/r/a']], [['/r/a'], []], true],
      ['two writers', [[], ['/r/a']], [[], ['/r/a']], true],
      ['a writer and a reader inside', [[], ['/r/a']], [['/r/a/b'], []], true],
      ['a writer inside and a reader', [[], ['/r/a/b']], [['/r/a'], []], true],
      ['names that only begin alike', [[], ['/r/a']], [[], ['/r/ab']], false],
    ];
  for (const [name, first, second, clash] of sharing)
    for (const where of ['another', 'this'])
      it(`${clash ? 'refuses' : 'allows'} ${name}, the first in ${where} process`, async () => {
        const [read, write] = first;
        const rival = { pid: process.ppid, cmd: 'dvc repro' };
        if (where === 'this') await take(read, write, 'first');
        else
          writeTable(
            JSON.stringify({
              write: Object.fromEntries(write.map((one) => [one, rival])),
              read: Object.fromEntries(read.map((one) => [one, [rival]])),
            }),
          );
        if (clash)
          await assert.rejects(
            take(...second),
            isError(
              'path-busy',
              /is busy, it is being blocked by:\n {2}\(PID \d+\): (dvc repro|first)\n\nIf there are/,
            ),
          );
        else await (await take(...second))[Symbol.asyncDispose]();
      });

  it('keeps other holders when it gives its own back', async () => {
    const rival = { pid: process.ppid, cmd: 'dvc repro' };
    writeTable(JSON.stringify({ read: { '/r/a': [rival] }, write: { '/r/x': rival } }));
    const locks = [await take(['/r/a'], []), await take(['/r/a'], [])];
    for (const lock of locks) await lock[Symbol.asyncDispose]();
    assert.deepEqual(table(), { read: { '/r/a': [rival] }, write: { '/r/x': rival } });
  });
  it('forgets a holder that was killed, and warns', async () => {
    writeTable(JSON.stringify({ write: { '/r/a': { pid: deadPid(), cmd: 'dvc repro' } } }));
    const said: string[] = [];
    const loud = createOpContext({ cwd: '/r', emit: (event) => event.type === 'said' && said.push(event.text) });
    await (await pathLock(tmp, 'x', { read: [], write: ['/r/a'] }, quick, loud))[Symbol.asyncDispose]();
    assert.match(
      said.join(),
      /^Process 'dvc repro' with \(Pid \d+\), in RWLock-file 'a' had been killed\. Auto removed it/,
    );
  });
  it('forgets a holder whose number a younger process has', async function () {
    if (process.platform !== 'linux') return this.skip();
    const child = spawn('sleep', ['60']);
    children.push(child);
    writeTable(JSON.stringify({ write: { '/r/a': { pid: child.pid, cmd: 'dvc repro' } } }));
    const old = new Date(Date.now() - 3_600_000);
    fs.utimesSync(path.join(tmp, 'rwlock'), old, old);
    await take([], ['/r/a']);
  });
  it('forgets what an earlier process with our number left', async () => {
    writeTable(JSON.stringify({ write: { '/r/a': { pid: process.pid, cmd: 'dvc repro' } } }));
    await take([], ['/r/a']);
  });

  for (const text of ['{"write": {"/r/a', '', '[]', '{"write": {"/a": 3}}', '{"more": {}}'])
    it(`replaces ${JSON.stringify(text)}, as nobody it names is running`, async () => {
      writeTable(text);
      await (await take([], ['/r/a']))[Symbol.asyncDispose]();
      assert.deepEqual(table(), {});
    });
  const broken: readonly [text: string, message: RegExp][] = [
    [
      `{"write": {"/r/a": {"pid": ${process.ppid}, "c`,
      /^Unable to read RWLock-file '.*rwlock'\. JSON structure is corrupted/,
    ],
    [`{"write": {"/r/a": {"pid": ${process.ppid}}}}`, /^RWLock-file '.*rwlock' format error\./],
  ];
  for (const [text, message] of broken)
    it(`refuses ${text}, as one it names is running`, async () => {
      writeTable(text);
      await assert.rejects(take([], ['/r/a']), isError('lock-file-broken', message));
      assert.equal(fs.readFileSync(path.join(tmp, 'rwlock'), 'utf8'), text);
    });
});
