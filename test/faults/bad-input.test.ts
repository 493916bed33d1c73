import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { checkStore, describeViolation, type Entry, md5, snapshot } from '../support/checker.ts';
import { runSeed, seededRandom } from '../support/random.ts';
import { makeRepo, ODD_NAMES, openRepo, type RepoBuilder, randomTree } from '../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../support/sandbox.ts';
import { copyTree } from './support/world.ts';

/** Everything but private state and Git's files: what a refused command must leave as it was. */
const visible = (repo: RepoBuilder): Map<string, Entry> =>
  new Map([...snapshot(repo.root)].filter(([path, { kind }]) => !path.startsWith('.dvc/tmp') && kind !== 'dir'));

interface BadInput {
  readonly name: string;
  spoil(repo: RepoBuilder): void;
  readonly commands: readonly (readonly string[])[];
  /** What the message must name. */
  readonly says: RegExp;
}

const pointer = (more: string): string =>
  `outs:\n- md5: ${md5('alpha\n')}\n  size: 6\n  hash: md5\n  path: file\n${more}`;
const READERS = [['status'], ['checkout'], ['push'], ['data', 'status'], ['gc', '-w', '-f']];
const spoilPointer =
  (text: string | Uint8Array) =>
  (repo: RepoBuilder): void => {
    repo.write('file.dvc', text);
  };
/** Replaces the manifest by other bytes under their right name, so that only the parser can object. */
const spoilTree =
  (text: string) =>
  (repo: RepoBuilder): void => {
    const oid = `${md5(text)}.dir`;
    repo.write(`.dvc/cache/files/md5/${oid.slice(0, 2)}/${oid.slice(2)}`, text, 0o444);
    repo.write('data.dvc', `outs:\n- md5: ${oid}\n  size: 6\n  nfiles: 1\n  hash: md5\n  path: data\n`);
  };
const ALPHA = md5('alpha\n');

const INPUTS: readonly BadInput[] = [
  { name: 'an empty pointer', spoil: spoilPointer(''), commands: READERS, says: /file\.dvc/ },
  { name: 'a pointer of zeros', spoil: spoilPointer(Buffer.alloc(80)), commands: READERS, says: /file\.dvc/ },
  {
    name: 'a pointer cut in its hash',
    spoil: spoilPointer(`outs:\n- md5: ${ALPHA.slice(0, 9)}`),
    commands: READERS,
    says: /file\.dvc/,
  },
  {
    name: 'a pointer with a list that does not end',
    spoil: spoilPointer('outs: [{\n'),
    commands: READERS,
    says: /file\.dvc/,
  },
  { name: 'a pointer that is a list', spoil: spoilPointer('- a\n- b\n'), commands: READERS, says: /file\.dvc/ },
  {
    name: 'a pointer that is not UTF-8',
    spoil: spoilPointer(Buffer.from([0x6f, 0xff, 0xfe])),
    commands: READERS,
    says: /file\.dvc/,
  },
  {
    name: 'a pointer with merge markers',
    spoil: spoilPointer(`<<<<<<< HEAD\n${pointer('')}=======\n${pointer('')}>>>>>>> other\n`),
    commands: READERS,
    says: /file\.dvc/,
  },
  {
    name: 'a pointer with a key twice',
    spoil: spoilPointer(pointer('  path: other\n')),
    commands: READERS,
    says: /file\.dvc/,
  },
  {
    name: 'a pointer with an unknown key',
    spoil: spoilPointer(pointer('  colour: red\n')),
    commands: READERS,
    says: /file\.dvc|colour/,
  },
  {
    name: 'a pointer without path',
    spoil: spoilPointer(`outs:\n- md5: ${ALPHA}\n`),
    commands: READERS,
    says: /file\.dvc/,
  },
  {
    name: 'a YAML bomb',
    spoil: spoilPointer(
      `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghij'].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefghi'[i]}`)}]`).join('\n')}\n`,
    ),
    commands: [['status'], ['checkout']],
    says: /file\.dvc/,
  },
  {
    name: 'nesting without end',
    spoil: spoilPointer(`${'['.repeat(50_000)}`),
    commands: [['status']],
    says: /file\.dvc/,
  },
  ...[
    '0123',
    ALPHA.toUpperCase().replace(/^../, 'ZZ'),
    `${ALPHA}0`,
    `${ALPHA}.dirx`,
    '../../../../etc/passwd',
    `${ALPHA.slice(0, 30)}/.`,
  ].map(
    (oid): BadInput => ({
      name: `a hash that is none: ${oid}`,
      spoil: spoilPointer(`outs:\n- md5: ${oid}\n  size: 6\n  hash: md5\n  path: file\n`),
      commands: [['status'], ['checkout', '-f'], ['push'], ['fetch']],
      says: /file\.dvc/,
    }),
  ),
  {
    name: 'a manifest that is no JSON',
    spoil: spoilTree('[{"md5": '),
    commands: [
      ['checkout', 'data'],
      ['push', 'data'],
    ],
    says: /data|\.dir/,
  },
  {
    name: 'a manifest that is a map',
    spoil: spoilTree('{}'),
    commands: [
      ['checkout', 'data'],
      ['push', 'data'],
    ],
    says: /data|\.dir/,
  },
  ...[
    ['without md5', '[{"relpath": "a"}]'],
    ['with a number as path', `[{"md5": "${ALPHA}", "relpath": 1}]`],
    ['with an empty path', `[{"md5": "${ALPHA}", "relpath": ""}]`],
    ['with a path twice', `[{"md5": "${ALPHA}", "relpath": "a"}, {"md5": "${ALPHA}", "relpath": "a"}]`],
    [
      'with a file that is also a folder',
      `[{"md5": "${ALPHA}", "relpath": "a"}, {"md5": "${ALPHA}", "relpath": "a/b"}]`,
    ],
    ['with a NUL in a path', `[{"md5": "${ALPHA}", "relpath": "a\\u0000b"}]`],
    ['with a hash that is none', '[{"md5": "xyz", "relpath": "a"}]'],
    ['with a name of 300 bytes', `[{"md5": "${ALPHA}", "relpath": "${'n'.repeat(300)}"}]`],
  ].map(
    ([name = '', text = '']): BadInput => ({
      name: `a manifest ${name}`,
      spoil: spoilTree(text),
      commands: [['checkout', '-f', 'data']],
      says: /data|\.dir/,
    }),
  ),
  {
    name: 'a config that is none',
    spoil: (repo) => repo.write('.dvc/config', '[core\nremote = x\n'),
    commands: [['status'], ['add', 'new']],
    says: /config/,
  },
  {
    name: 'a dvc.yaml that is none',
    spoil: (repo) => repo.write('dvc.yaml', 'stages: [\n'),
    commands: [['status']],
    says: /dvc\.yaml/,
  },
  {
    name: 'an empty dvc.lock',
    spoil: (repo) => repo.write('dvc.yaml', 'stages:\n  a:\n    cmd: true\n    outs: [o]\n').write('dvc.lock', ''),
    commands: [['status']],
    says: /dvc\.lock/,
  },
  {
    name: 'two pointers for one output',
    spoil: (repo) => repo.write('twin.dvc', pointer('')),
    commands: [
      ['checkout', '-f'],
      ['add', 'new'],
    ],
    says: /file/,
  },
  {
    name: 'an output around another one',
    spoil: (repo) => {
      repo.write('nested/x', '1').lode('add', 'nested/x');
    },
    commands: [['add', 'nested']],
    says: /nested/,
  },
  { name: 'a path outside', spoil: () => {}, commands: [['add', '../outside/precious']], says: /outside/ },
  {
    name: 'a target that is not there',
    spoil: () => {},
    commands: [
      ['add', 'nosuch'],
      ['checkout', 'nosuch'],
      ['push', 'nosuch'],
      ['commit', 'nosuch'],
    ],
    says: /nosuch/,
  },
  {
    name: 'a missing object',
    spoil: (repo) =>
      repo
        .remove(`.dvc/cache/files/md5/${ALPHA.slice(0, 2)}`)
        .remove('data')
        .remove('file'),
    commands: [['checkout']],
    says: /file|data/,
  },
];

describe('bad input', function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let repo: RepoBuilder;
  before(() => {
    sandbox = makeSandbox('bad-input');
    fs.mkdirSync(sandbox.path('world/outside'), { recursive: true });
    fs.mkdirSync(sandbox.path('world/remote'), { recursive: true });
    fs.writeFileSync(sandbox.path('world/outside/precious'), 'p\n');
    repo = makeRepo(sandbox, 'world/repo');
    repo.lode('init', '-q');
    repo.lode('remote', 'add', '-d', 'store', '../remote');
    repo.write('data/a', 'alpha\n').write('data/sub/b', 'beta\n').write('file', 'alpha\n').write('new', 'n\n');
    repo.lode('add', 'data', 'file');
    repo.commitAll();
    copyTree(sandbox.path('world'), sandbox.path('image'));
  });
  beforeEach(() => {
    fs.rmSync(sandbox.path('world'), { recursive: true, force: true });
    copyTree(sandbox.path('image'), sandbox.path('world'));
    repo = openRepo(sandbox.path('world/repo'), sandbox.env);
  });
  after(() => sandbox.dispose());

  for (const { name, spoil, commands, says } of INPUTS)
    it(`is refused in words, and nothing is lost: ${name}`, () => {
      spoil(repo);
      const before = visible(repo);
      const outside = snapshot(sandbox.path('world/outside'));
      const remote = snapshot(sandbox.path('world/remote'));
      for (const args of commands) {
        const from = performance.now();
        const { code, stderr, stdout } = repo.tryLode(...args);
        const took = performance.now() - from;
        const command = `lode ${args.join(' ')}`;
        assert.notEqual(code, 0, `${command} exits 0: ${stdout}${stderr}`);
        assert.match(stderr, says, command);
        assert.doesNotMatch(stderr, /unexpected error|\n\s+at /, command);
        assert.ok(took < 5000, `${command} took ${took} ms`);
        const now = visible(repo);
        for (const [path, entry] of before) assert.deepEqual(now.get(path), entry, `${command} touched ${path}`);
      }
      assert.deepEqual(snapshot(sandbox.path('world/outside')), outside);
      if (name !== 'a missing object')
        assert.deepEqual(checkStore(sandbox.path('world/remote'), 'I9').map(describeViolation), []);
      assert.ok(snapshot(sandbox.path('world/remote')).size >= remote.size);
    });

  const shapes: readonly [name: string, make: (path: string) => void, says: RegExp][] = [
    ['a FIFO', (path) => void spawnSync('mkfifo', [path]), /odd/],
    ['a dangling link', (path) => fs.symlinkSync('nowhere', path), /odd/],
    ['a link to itself', (path) => fs.symlinkSync('odd', path), /odd/],
  ];
  for (const [name, make, says] of shapes)
    for (const where of ['', 'tree/'])
      it(`is refused at once: ${name}${where === '' ? '' : ' in a folder'}`, () => {
        repo.write('tree/ok', 'ok\n');
        make(repo.path(`${where}odd`));
        const from = performance.now();
        const { code, stderr } = repo.tryLode('add', where === '' ? 'odd' : 'tree');
        assert.notEqual(code, 0);
        assert.match(stderr, says);
        assert.doesNotMatch(stderr, /unexpected error/);
        assert.ok(performance.now() - from < 3000);
        assert.equal(repo.exists(where === '' ? 'odd.dvc' : 'tree.dvc'), false);
      });

  it('is refused, named: a name that is not valid UTF-8', function () {
    if (process.platform !== 'linux') return this.skip();
    repo.write('tree/ok', 'ok\n');
    fs.writeFileSync(Buffer.concat([Buffer.from(`${repo.path('tree')}/bad-`), Buffer.from([0xff, 0xfe])]), 'x');
    const { code, stderr } = repo.tryLode('add', 'tree');
    assert.notEqual(code, 0);
    assert.match(stderr, /bad-/);
    assert.equal(repo.exists('tree.dvc'), false);
  });

  it('odd names survive add, checkout, move and remove', () => {
    for (const name of ODD_NAMES) repo.write(`odd/${name}`, name);
    repo.lode('add', 'odd');
    const before = visible(repo);
    repo.remove('odd');
    repo.lode('checkout', 'odd');
    for (const [path, entry] of before)
      if (path.startsWith('odd/')) assert.equal(visible(repo).get(path)?.md5, entry.md5, JSON.stringify(path));
    const single = ODD_NAMES.filter((name) => !/^[-]|\n/.test(name));
    for (const name of single) {
      repo.write(`one/${name}`, name);
      repo.lode('add', `one/${name}`);
      assert.equal(
        repo.run(['git'], 'status', '--porcelain', '-uall', '-z', '--', `:(literal)one/${name}`),
        '',
        JSON.stringify(name),
      );
    }
    assert.equal(repo.lode('status', '--json').trim(), '{}');
  });

  it('random trees of odd names come back byte for byte', () => {
    const random = seededRandom(runSeed());
    console.log(`      seed ${random.seed}`);
    for (let round = 0; round < 5; round++) {
      const files = randomTree(random, 30, true);
      repo.remove('random').writeAll([...files].map(([path, data]) => [`random/${path}`, data] as const));
      repo.lode('add', 'random');
      repo.remove('random');
      repo.lode('checkout', 'random');
      for (const [path, data] of files)
        assert.ok(fs.readFileSync(repo.path(`random/${path}`)).equals(data), JSON.stringify(path));
    }
  });
});
