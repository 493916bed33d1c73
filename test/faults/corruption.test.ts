import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { checkStore, describeViolation, md5, objectsOf, snapshot } from '../support/checker.ts';
import { type Random, runSeed, seededRandom } from '../support/random.ts';
import { makeRepo, openRepo, type RepoBuilder } from '../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../support/sandbox.ts';
import { LONG } from './support/sweep.ts';
import { copyTree } from './support/world.ts';

type Damage = (path: string, random: Random) => void;

/** Changes an object and gives it back its mode and times: what a tired disk does. */
function inPlace(path: string, change: (bytes: Buffer) => Buffer): void {
  const { atimeMs, mtimeMs, mode } = fs.statSync(path);
  fs.chmodSync(path, 0o644);
  fs.writeFileSync(path, change(fs.readFileSync(path)));
  fs.chmodSync(path, mode & 0o7777);
  fs.utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
}
const DAMAGES: Readonly<Record<string, Damage>> = {
  'a flipped bit': (path, random) =>
    inPlace(path, (bytes) => {
      const copy = Buffer.from(bytes);
      const at = random.int(copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << random.int(8));
      return copy;
    }),
  'a cut end': (path, random) => inPlace(path, (bytes) => bytes.subarray(0, random.int(bytes.length))),
  'a longer end': (path) => inPlace(path, (bytes) => Buffer.concat([bytes, Buffer.from('!')])),
  zeros: (path) => inPlace(path, (bytes) => Buffer.alloc(bytes.length)),
};

describe('a damaged object', function () {
  this.timeout(LONG ? 0 : 300_000);
  const random = seededRandom(runSeed());
  let sandbox: Sandbox;
  let repo: RepoBuilder;
  const cache = (): string => repo.path('.dvc/cache');
  const remote = (): string => sandbox.path('world/remote');

  before(() => {
    console.log(`      seed ${random.seed}`);
    sandbox = makeSandbox('corruption');
    fs.mkdirSync(sandbox.path('world/remote'), { recursive: true });
    repo = makeRepo(sandbox, 'world/repo');
    repo.lode('init', '-q');
    repo.write('data/a', 'alpha\n').write('data/sub/b', 'beta\n'.repeat(50)).write('file.bin', 'gamma\n');
    repo.lode('add', 'data', 'file.bin');
    repo.lode('remote', 'add', '-d', 'store', '../remote');
    copyTree(sandbox.path('world'), sandbox.path('local-only'));
    repo.lode('push');
    copyTree(sandbox.path('world'), sandbox.path('pushed'));
  });
  after(() => sandbox.dispose());

  function restore(image: 'local-only' | 'pushed'): void {
    fs.rmSync(sandbox.path('world'), { recursive: true, force: true });
    copyTree(sandbox.path(image), sandbox.path('world'));
    repo = openRepo(sandbox.path('world/repo'), sandbox.env);
  }
  /** Object ids of the folder's manifest, of one of its members and of the single file. */
  const objects = (): Readonly<Record<string, string>> => {
    const tree = [...objectsOf(cache()).keys()].find((oid) => oid.endsWith('.dir')) ?? assert.fail('no tree');
    return { manifest: tree, member: md5('alpha\n'), file: md5('gamma\n') };
  };
  const objectPath = (store: string, oid: string): string => join(store, 'files/md5', oid.slice(0, 2), oid.slice(2));
  const good = new Set(['alpha\n', 'beta\n'.repeat(50), 'gamma\n'].map((text) => md5(text)));
  const assertNoWrongData = (): void => {
    for (const [path, entry] of snapshot(repo.root))
      if (entry.kind === 'file' && /^(data\/|file\.bin$)/.test(path))
        assert.ok(good.has(entry.md5 ?? ''), `${path} was delivered with wrong bytes`);
  };
  const rounds = LONG ? 40 : 2;

  for (const [damage, apply] of Object.entries(DAMAGES))
    for (const which of ['manifest', 'member', 'file'])
      for (let round = 0; round < (damage === 'a flipped bit' ? rounds : 1); round++) {
        const title = `${damage} in the ${which}${round > 0 ? ` (${round + 1})` : ''}`;
        const prepare = (image: 'local-only' | 'pushed', store: 'cache' | 'remote'): void => {
          restore(image);
          apply(objectPath(store === 'cache' ? cache() : remote(), objects()[which] ?? ''), random);
        };
        it(`is not checked out: ${title}`, () => {
          prepare('local-only', 'cache');
          repo.remove('data').remove('file.bin');
          const { code, stderr } = repo.tryLode('checkout');
          assert.notEqual(code, 0, stderr);
          assertNoWrongData();
        });
        it(`is not pushed: ${title}`, () => {
          prepare('local-only', 'cache');
          const { code, stderr } = repo.tryLode('push');
          assert.notEqual(code, 0, stderr);
          assert.deepEqual(checkStore(remote(), 'I9').map(describeViolation), []);
          assertNoWrongData();
        });
        it(`is not fetched, and stays where it is on the remote: ${title}`, () => {
          prepare('pushed', 'remote');
          fs.rmSync(cache(), { recursive: true });
          repo.remove('data').remove('file.bin');
          const remoteBefore = snapshot(remote());
          const { code, stderr } = repo.tryLode('pull');
          assert.notEqual(code, 0, stderr);
          assert.deepEqual(checkStore(cache(), 'I1').map(describeViolation), []);
          assert.deepEqual(snapshot(remote()), remoteBefore);
          assertNoWrongData();
        });
        it(`is healed from the remote: ${title}`, () => {
          prepare('pushed', 'cache');
          repo.remove('data').remove('file.bin');
          repo.tryLode('checkout'); // Notices the damage.
          const { code, stderr, stdout } = repo.tryLode('pull');
          assert.equal(code, 0, stderr + stdout);
          assert.equal(repo.read('data/a'), 'alpha\n');
          assert.equal(repo.read('data/sub/b'), 'beta\n'.repeat(50));
          assert.equal(repo.read('file.bin'), 'gamma\n');
          assert.deepEqual(checkStore(cache(), 'I1').map(describeViolation), []);
        });
        it(`is healed from the workspace by add: ${title}`, () => {
          prepare('local-only', 'cache');
          const { code, stderr } = repo.tryLode('cache', 'verify', '--repair');
          const added = repo.tryLode('add', 'data', 'file.bin');
          assert.equal(added.code, 0, `${code} ${stderr} then ${added.stderr}`);
          assert.deepEqual(checkStore(cache(), 'I1').map(describeViolation), []);
          assertNoWrongData();
        });
        it(`is found by cache verify: ${title}`, () => {
          prepare('local-only', 'cache');
          const { code, stdout, stderr } = repo.tryLode('cache', 'verify');
          assert.notEqual(code, 0);
          assert.match(stdout + stderr, new RegExp((objects()[which] ?? '').slice(0, 8)));
        });
        it(`is not thrown away by a reading command: ${title}`, () => {
          prepare('local-only', 'cache');
          const before = snapshot(cache());
          for (const args of [['status'], ['data', 'status', '--granular'], ['diff']]) repo.tryLode(...args);
          assert.deepEqual(snapshot(cache()), before);
        });
      }

  it('a manifest replaced by another valid one is refused', () => {
    restore('local-only');
    const other = `[{"md5": "${md5('gamma\n')}", "relpath": "a"}]`;
    inPlace(objectPath(cache(), objects()['manifest'] ?? ''), () => Buffer.from(other));
    repo.remove('data');
    assert.notEqual(repo.tryLode('checkout').code, 0);
    assert.equal(repo.exists('data/a'), false);
  });

  it('is never found in a sound cache', () => {
    restore('pushed');
    const { code, stderr } = repo.tryLode('cache', 'verify');
    assert.equal(code, 0, stderr);
  });
});

describe('damaged hints', function () {
  this.timeout(120_000);
  const random = seededRandom(runSeed());
  let sandbox: Sandbox;
  let repo: RepoBuilder;
  before(() => {
    sandbox = makeSandbox('hints');
    repo = makeRepo(sandbox);
    repo.lode('init', '-q');
    repo.write('data/a', 'alpha\n').write('data/sub/b', 'beta\n').write('file.bin', 'gamma\n');
    repo.lode('add', 'data', 'file.bin');
    repo.commitAll();
    repo.write('data/a', 'ALPHA\n');
    repo.lode('status');
  });
  after(() => sandbox.dispose());

  const QUESTIONS = [
    ['status', '--json'],
    ['data', 'status', '--granular', '--json'],
    ['diff', '--json'],
  ];
  const answers = (): string[] => QUESTIONS.map((args) => repo.lode(...args));

  const harms: readonly [string, (path: string) => void][] = [
    ['deleted', (path) => fs.rmSync(path)],
    ['emptied', (path) => fs.writeFileSync(path, '')],
    ['cut', (path) => fs.truncateSync(path, fs.statSync(path).size >> 1)],
    ['overwritten with noise', (path) => fs.writeFileSync(path, random.bytes(fs.statSync(path).size || 100))],
    [
      'changed in some bytes',
      (path) => {
        const bytes = fs.readFileSync(path);
        for (let n = 0; n < 5 && bytes.length > 0; n++) bytes[random.int(bytes.length)] = random.int(256);
        fs.writeFileSync(path, bytes);
      },
    ],
  ];
  for (const [name, harm] of harms)
    for (let round = 0; round < (LONG ? 40 : 3); round++)
      it(`change no answer: state files ${name} (${round + 1})`, () => {
        fs.rmSync(repo.path('.dvc/tmp'), { recursive: true, force: true });
        const expected = answers();
        repo.lode('status');
        const state = [...snapshot(repo.path('.dvc/tmp'))].filter(([, entry]) => entry.kind === 'file');
        for (const [path] of state) harm(repo.path('.dvc/tmp', path));
        assert.deepEqual(answers(), expected);
        repo.write('file.bin', `new ${round}\n`);
        repo.lode('add', 'file.bin');
        repo.write('file.bin', 'gamma\n');
        repo.lode('add', 'file.bin');
        assert.deepEqual(checkStore(repo.path('.dvc/cache'), 'I1').map(describeViolation), []);
        assert.deepEqual(answers(), expected);
      });
});
