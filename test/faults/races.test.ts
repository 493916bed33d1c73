import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { checkLeftovers, checkPointers, checkStore, describeViolation, look, snapshot } from '../support/checker.ts';
import { type CliResult, lodeCommand, run } from '../support/cli.ts';
import { runSeed, seededRandom } from '../support/random.ts';
import { makeRepo, openRepo, type RepoBuilder } from '../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../support/sandbox.ts';
import { LONG } from './support/sweep.ts';
import { faultLayer } from './support/trial-host.ts';
import { copyTree } from './support/world.ts';

/** Pairs that meet on one repository. */
const PAIRS: readonly (readonly [readonly string[], readonly string[]])[] = [
  [
    ['add', 'new1'],
    ['add', 'new2'],
  ],
  [
    ['add', 'new1'],
    ['add', 'new1'],
  ],
  [
    ['add', 'new1'],
    ['gc', '-w', '-f'],
  ],
  [['add', 'new1'], ['checkout']],
  [
    ['add', 'new1'],
    ['status', '--json'],
  ],
  [['commit', '-f'], ['push']],
  [
    ['commit', '-f'],
    ['gc', '-w', '-f'],
  ],
  [['checkout'], ['checkout']],
  [
    ['checkout', '-f'],
    ['gc', '-w', '-f'],
  ],
  [['push'], ['push']],
  [['push'], ['gc', '-w', '-c', '-f']],
  [['pull'], ['gc', '-w', '-f']],
  [
    ['remove', 'data.dvc'],
    ['add', 'new1'],
  ],
  [
    ['config', 'core.autostage', 'true'],
    ['remote', 'add', '-f', 'two', '../two'],
  ],
];

describe('two processes on one repository', function () {
  this.timeout(LONG ? 0 : 300_000);
  const random = seededRandom(runSeed());
  let sandbox: Sandbox;
  let repo: RepoBuilder;
  let trials = 0;
  before(() => {
    console.log(`      seed ${random.seed}`);
    sandbox = makeSandbox('races');
    fs.mkdirSync(sandbox.path('world/remote'), { recursive: true });
    repo = makeRepo(sandbox, 'world/repo');
    repo.lode('init', '-q');
    repo.lode('remote', 'add', '-d', 'store', '../remote');
    for (let n = 0; n < 30; n++)
      repo
        .write(`data/f${n}`, `d${n}`)
        .write(`new1/f${n}`, `n${n}`)
        .write(`new2/f${n}`, `n${n * 2}`);
    repo.write('file', 'one\n');
    repo.lode('add', 'data', 'file');
    repo.lode('push');
    repo.write('file', 'two\n');
    repo.lode('add', 'file');
    copyTree(sandbox.path('world'), sandbox.path('image'));
  });
  after(() => {
    sandbox.dispose();
    console.log(`      races: ${trials} trials`);
  });

  for (const [first, second] of PAIRS)
    it(`keeps it valid: ${first.join(' ')} against ${second.join(' ')}`, async () => {
      for (let round = 0; round < (LONG ? 60 : 4); round++) {
        fs.rmSync(sandbox.path('world'), { recursive: true, force: true });
        copyTree(sandbox.path('image'), sandbox.path('world'));
        repo = openRepo(sandbox.path('world/repo'), sandbox.env);
        const before = look([repo.root]);
        const delay = random.int(120) - 40;
        const start = async (args: readonly string[], after: number): Promise<CliResult> => {
          await wait(Math.max(0, after));
          return run(lodeCommand(), args, { cwd: repo.root, env: sandbox.env });
        };
        const [a, b] = await Promise.all([start(first, -delay), start(second, delay)]);
        trials++;
        const words = `delay ${delay}: ${first.join(' ')} → ${a.code} ${a.stderr} | ${second.join(' ')} → ${b.code} ${b.stderr}`;
        for (const { code, stderr } of [a, b]) {
          assert.notEqual(code, null, words);
          assert.doesNotMatch(stderr, /unexpected error/, words);
          if (code !== 0) assert.match(stderr, /lock|busy|does not exist|not exist|changed|no longer|missing/i, words);
        }
        const now = look([repo.root, sandbox.path('world/remote')]);
        const found = [
          ...checkStore(repo.path('.dvc/cache'), 'I1'),
          ...checkStore(sandbox.path('world/remote'), 'I9'),
          ...checkPointers(repo.root, repo.path('.dvc/cache')),
          ...checkLeftovers(now),
        ];
        assert.deepEqual(found.map(describeViolation), [], words);
        const kept = new Set([...(now.get(repo.root)?.values() ?? [])].map((entry) => entry.md5));
        for (const [path, entry] of before.get(repo.root) ?? [])
          if (/^(data|new1|new2)\/|^file$/.test(path)) assert.ok(kept.has(entry.md5), `${path} is gone; ${words}`);
        const status = repo.tryLode('status');
        assert.equal(status.code, 0, status.stderr);
      }
    });

  it('notices a file that changes while it is hashed', async () => {
    for (let round = 0; round < (LONG ? 40 : 6); round++) {
      const own = makeSandbox('changing');
      const at = makeRepo(own);
      at.lode('init', '-q');
      const size = 3_000_000;
      at.write('big', Buffer.alloc(size, 'a'));
      const done = run(lodeCommand(), ['add', 'big'], { cwd: at.root, env: own.env });
      let running = true;
      void done.then(() => {
        running = false;
      });
      const file = fs.openSync(at.path('big'), 'r+');
      while (running) {
        fs.writeSync(file, Buffer.from([65 + random.int(26)]), 0, 1, random.int(size));
        await wait(random.int(4));
      }
      fs.closeSync(file);
      const { code, stderr } = await done;
      assert.deepEqual(checkStore(at.path('.dvc/cache'), 'I1').map(describeViolation), [], stderr);
      if (code === 0) assert.deepEqual(checkPointers(at.root, at.path('.dvc/cache')).map(describeViolation), []);
      else {
        assert.match(stderr, /big/);
        assert.equal(at.exists('big.dvc'), false);
      }
      own.dispose();
    }
  });

  it('sees an edit that keeps size and modification time', () => {
    const own = makeSandbox('mtime');
    const at = makeRepo(own);
    at.lode('init', '-q');
    at.write('file', 'one\n').write('data/a', 'one\n');
    at.lode('add', 'file', 'data');
    at.lode('status');
    for (const path of ['file', 'data/a']) {
      const { atimeMs, mtimeMs } = fs.statSync(at.path(path));
      fs.writeFileSync(at.path(path), 'two\n');
      fs.utimesSync(at.path(path), atimeMs / 1000, mtimeMs / 1000);
    }
    const status = JSON.parse(at.lode('status', '--json')) as Record<string, unknown>;
    assert.deepEqual(Object.keys(status).sort(), ['data.dvc', 'file.dvc']);
    own.dispose();
  });
});

describe('SIGKILL by the clock', function () {
  this.timeout(LONG ? 0 : 300_000);
  const random = seededRandom(runSeed());
  const FILES = 500;
  let sandbox: Sandbox;
  let repo: RepoBuilder;
  before(() => {
    sandbox = makeSandbox('sigkill');
    fs.mkdirSync(sandbox.path('world/remote'), { recursive: true });
    repo = makeRepo(sandbox, 'world/repo');
    repo.lode('init', '-q');
    repo.lode('remote', 'add', '-d', 'store', '../remote');
    for (let n = 0; n < FILES; n++) repo.write(`data/${n % 20}/f${n}`, `content ${n}\n`.repeat(n % 50));
    copyTree(sandbox.path('world'), sandbox.path('untracked'));
    repo.lode('add', 'data');
    copyTree(sandbox.path('world'), sandbox.path('added'));
    repo.lode('push');
    repo.remove('.dvc/cache').remove('data');
    copyTree(sandbox.path('world'), sandbox.path('pushed'));
  });
  after(() => sandbox.dispose());

  const cases: readonly (readonly [image: string, args: readonly string[], remove: string])[] = [
    ['untracked', ['add', 'data'], ''],
    ['added', ['checkout'], 'data'],
    ['added', ['push'], ''],
    ['pushed', ['fetch'], ''],
    ['pushed', ['pull'], ''],
  ];
  for (const [image, args, remove] of cases)
    it(`leaves the repository valid in ${args.join(' ')} of ${FILES} files`, async () => {
      const contents = new Map(
        [...snapshot(sandbox.path('added/repo/data'))].map(([path, entry]) => [path, entry.md5]),
      );
      const rounds = LONG ? 60 : 4;
      let killed = 0;
      for (let round = 0; round < rounds; round++) {
        fs.rmSync(sandbox.path('world'), { recursive: true, force: true });
        copyTree(sandbox.path(image), sandbox.path('world'));
        repo = openRepo(sandbox.path('world/repo'), sandbox.env);
        if (remove !== '') repo.remove(remove);
        const [program = '', ...first] = lodeCommand();
        const child = spawn(program, [...first, ...args], { cwd: repo.root, env: sandbox.env, stdio: 'ignore' });
        const ended = new Promise<NodeJS.Signals | null>((resolve) =>
          child.on('exit', (_code, signal) => resolve(signal)),
        );
        const timer = setTimeout(() => child.kill('SIGKILL'), 30 + random.int(500));
        if ((await ended) !== null) killed++;
        clearTimeout(timer);
        const words = `round ${round}`;
        const found = [...checkStore(repo.path('.dvc/cache'), 'I1'), ...checkStore(sandbox.path('world/remote'), 'I9')];
        assert.deepEqual(found.map(describeViolation), [], words);
        for (const [path, entry] of snapshot(repo.path('data')))
          if (entry.kind === 'file' && !path.endsWith('.tmp'))
            assert.equal(entry.md5, contents.get(path), `${words}: ${path}`);
        const again = repo.tryLode(...args);
        assert.equal(again.code, 0, `${words}: ${again.stderr}${again.stdout}`);
        assert.deepEqual(
          [
            ...checkLeftovers(look([repo.root, sandbox.path('world/remote')])),
            ...checkStore(repo.path('.dvc/cache'), 'I1'),
            ...checkPointers(repo.root, repo.path('.dvc/cache')),
          ].map(describeViolation),
          [],
          words,
        );
      }
      console.log(`      ${args.join(' ')}: ${rounds} trials (${killed} killed), 0 violations`);
    });
});

describe('a kill at one operation among those of several threads', function () {
  this.timeout(LONG ? 0 : 300_000);
  const random = seededRandom(runSeed());
  const FILES = 5200; // Enough for the engine to find threads worth their start.

  it('leaves the repository valid, and the next add finishes it', async () => {
    const sandbox = makeSandbox('threads');
    const repo = makeRepo(sandbox);
    repo.lode('init', '-q');
    for (let n = 0; n < FILES; n++) repo.write(`data/${n % 20}/f${n}`, `content ${n}\n`);
    const { length } = [...snapshot(repo.path('data')).values()].filter(({ kind }) => kind === 'file');
    assert.equal(length, FILES);
    const rounds = LONG ? 40 : 2;
    for (let round = 0; round < rounds; round++) {
      repo.remove('.dvc/cache').remove('data.dvc').remove('.dvc/tmp');
      const plan = { roots: [repo.root], killAt: 1 + random.int(2 * FILES), torn: random.next() < 0.5 };
      const { signal } = await run(lodeCommand(), ['add', 'data'], {
        cwd: repo.root,
        env: { ...sandbox.env, NODE_OPTIONS: `--require ${faultLayer()}`, LODE_FAULT: JSON.stringify(plan) },
      });
      const words = JSON.stringify(plan);
      assert.equal(signal, 'SIGKILL', words);
      assert.deepEqual(checkStore(repo.path('.dvc/cache'), 'I1').map(describeViolation), [], words);
      const again = repo.tryLode('add', 'data');
      assert.equal(again.code, 0, again.stderr);
      assert.deepEqual(checkLeftovers(look([repo.root])).map(describeViolation), [], words);
      assert.deepEqual(checkPointers(repo.root, repo.path('.dvc/cache')).map(describeViolation), [], words);
    }
    console.log(`      add with threads: ${rounds} trials, 0 violations`);
    sandbox.dispose();
  });
});
