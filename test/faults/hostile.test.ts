import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { checkUntouched, describeViolation, look, md5 } from '../support/checker.ts';
import { lodeCommand } from '../support/cli.ts';
import { runSeed, seededRandom } from '../support/random.ts';
import { makeRepo, openRepo, type RepoBuilder } from '../support/repo-builder.ts';
import { makeSandbox, type Sandbox } from '../support/sandbox.ts';
import { runJailed, whyNoJail } from './support/jail.ts';
import { LONG } from './support/sweep.ts';
import { copyTree } from './support/world.ts';

const ALPHA = md5('alpha\n');

/** Paths that lead out of the repository, or into what steers Git, DVC and the editor. */
const ESCAPES: readonly string[] = [
  '../outside/victim',
  'sub/../../outside/victim',
  './../outside/victim',
  '..',
  '.',
  '/etc/lode-hostile',
  'ABS/outside/victim', // ABS: the sandbox's own absolute path.
  '.git/hooks/post-checkout',
  '.GIT/config',
  'sub/.git/config',
  '.git./config',
  'git~1/config',
  '.gitmodules',
  '.gitattributes',
  '.dvc/config',
  '.dvc/cache/x',
  '.DVC/config',
  '.vscode/settings.json',
  'C:\\windows\\x',
  '\\\\server\\share',
  'a\\..\\..\\outside',
  'link/victim', // link: a symbolic link to the folder outside.
];
/** Inside a manifest even `a//b` has no meaning. */
const IN_MANIFEST_ONLY: readonly string[] = ['a//b', 'a/', '', 'a/./b'];
const COMMANDS: readonly (readonly string[])[] = [
  ['status'],
  ['data', 'status', '--granular'],
  ['diff'],
  ['checkout', '-f'],
  ['commit', '-f'],
  ['unprotect', 'evil'],
  ['remove', '--outs', 'evil.dvc'],
  ['push'],
  ['pull', '-f'],
  ['gc', '-w', '-f'],
  ['destroy', '-f'],
];

describe('a hostile repository', function () {
  this.timeout(LONG ? 0 : 300_000);
  let sandbox: Sandbox;
  let repo: RepoBuilder;
  before(function () {
    sandbox = makeSandbox('hostile');
    const why = whyNoJail(sandbox);
    if (why !== undefined) {
      console.log(`      skipped: ${why}`);
      this.skip();
    }
    for (const folder of ['outside', 'remote']) fs.mkdirSync(sandbox.path('world', folder), { recursive: true });
    fs.writeFileSync(sandbox.path('world/outside/victim'), 'victim\n');
    repo = makeRepo(sandbox, 'world/repo');
    repo.lode('init', '-q');
    repo.lode('remote', 'add', '-d', 'store', '../remote');
    repo.write('good', 'alpha\n');
    repo.lode('add', 'good');
    repo.lode('push');
    fs.symlinkSync('../outside', repo.path('link'));
    repo.write('.vscode/settings.json', '{}').write('.gitattributes', '').write('.gitmodules', '');
    fs.mkdirSync(repo.path('.git/hooks'), { recursive: true });
    repo.commitAll();
    copyTree(sandbox.path('world'), sandbox.path('image'));
  });
  beforeEach(() => {
    fs.rmSync(sandbox.path('world'), { recursive: true, force: true });
    copyTree(sandbox.path('image'), sandbox.path('world'));
    repo = openRepo(sandbox.path('world/repo'), sandbox.env);
  });
  after(() => sandbox?.dispose());

  const jailed = (args: readonly string[]) =>
    runJailed(sandbox, lodeCommand(), args, { cwd: repo.root, env: sandbox.env, timeout: 10_000 });
  const steering = (): Map<string, string | undefined> =>
    new Map(
      [...(look([repo.root]).get(repo.root) ?? [])]
        .filter(([path]) => /^(\.git\/|\.vscode\/|\.gitmodules|\.gitattributes|\.dvc\/config|link$)/.test(path))
        .map(([path, entry]) => [path, entry.md5]),
    );

  /** Runs every command on the repository as it is now; whatever each answers, nothing outside may change. */
  function attempt(commands: readonly (readonly string[])[], mustFail: (args: readonly string[]) => boolean): number {
    let trials = 0;
    fs.rmSync(sandbox.path('spoiled'), { recursive: true, force: true });
    copyTree(sandbox.path('world'), sandbox.path('spoiled'));
    for (const args of commands) {
      fs.rmSync(sandbox.path('world'), { recursive: true, force: true });
      copyTree(sandbox.path('spoiled'), sandbox.path('world'));
      const outside = look([sandbox.path('world/outside'), sandbox.path('home')]);
      const inside = steering();
      const { code, signal, stderr } = jailed(args);
      trials++;
      const command = `lode ${args.join(' ')}`;
      assert.equal(signal, null, `${command} hangs`);
      assert.doesNotMatch(stderr, /unexpected error|\n\s+at |Read-only file system|EROFS/, command);
      assert.deepEqual(
        checkUntouched(outside, look([sandbox.path('world/outside'), sandbox.path('home')])).map(describeViolation),
        [],
        command,
      );
      if (args[0] !== 'destroy') assert.deepEqual(steering(), inside, `${command} changed what steers other tools`);
      if (mustFail(args)) assert.notEqual(code, 0, `${command} exits 0`);
    }
    fs.rmSync(sandbox.path('spoiled'), { recursive: true });
    return trials;
  }
  const spell = (path: string): string => JSON.stringify(path.replace(/^ABS/, sandbox.path('world')));
  const storeTree = (relpath: string): string => {
    const text = `[{"md5": "${ALPHA}", "relpath": ${spell(relpath)}}]`;
    const oid = `${md5(text)}.dir`;
    for (const store of ['.dvc/cache', '../remote'])
      repo.write(`${store}/files/md5/${oid.slice(0, 2)}/${oid.slice(2)}`, text, 0o444);
    return oid;
  };

  for (const way of ESCAPES)
    it(`cannot make an output of ${way}`, () => {
      repo.write('evil.dvc', `outs:\n- md5: ${ALPHA}\n  size: 6\n  hash: md5\n  path: ${spell(way)}\n`);
      attempt(
        COMMANDS,
        (args) => !way.includes('\\') && way !== 'link/victim' && (args[0] === 'checkout' || args[0] === 'pull'),
      );
    });
  for (const way of ['..', '../outside', '/etc', '.git', '.dvc'])
    it(`cannot make a working folder of ${way}`, () => {
      repo.write('evil.dvc', `wdir: ${way}\nouts:\n- md5: ${ALPHA}\n  size: 6\n  hash: md5\n  path: victim\n`);
      attempt(COMMANDS, (args) => args[0] === 'checkout');
    });
  for (const way of [
    ...ESCAPES.filter((path) => path !== '.gitattributes' && path !== '.gitmodules'),
    ...IN_MANIFEST_ONLY,
  ])
    it(`cannot place a member at '${way}'`, () => {
      const oid = storeTree(way);
      repo.write('evil.dvc', `outs:\n- md5: ${oid}\n  size: 6\n  nfiles: 1\n  hash: md5\n  path: evil\n`);
      if (way === 'link/victim') {
        fs.mkdirSync(repo.path('evil'));
        fs.symlinkSync('../../outside', repo.path('evil/link'));
      }
      attempt(
        [
          ['checkout', '-f'],
          ['pull', '-f'],
          ['gc', '-w', '-f'],
        ],
        (args) => args[0] === 'checkout' && way !== 'link/victim' && !way.includes('\\'),
      );
      assert.equal(fs.readFileSync(sandbox.path('world/outside/victim'), 'utf8'), 'victim\n');
    });

  it('cannot reach out through an output that is a link', () => {
    fs.symlinkSync('../outside', repo.path('evil'));
    const oid = storeTree('victim');
    repo.write('evil.dvc', `outs:\n- md5: ${oid}\n  size: 6\n  nfiles: 1\n  hash: md5\n  path: evil\n`);
    attempt(COMMANDS, () => false);
  });

  it('cannot make metadata be written through a link', () => {
    fs.symlinkSync('../outside/victim', repo.path('good2.dvc'));
    repo.write('good2', 'x');
    repo.remove('.gitignore');
    fs.symlinkSync('../outside/victim', repo.path('.gitignore'));
    attempt(
      [
        ['add', 'good2'],
        ['add', '--file', 'good2.dvc', 'good2'],
        ['remove', 'good.dvc'],
        ['move', 'good', 'better'],
      ],
      () => false,
    );
  });

  it('cannot put objects elsewhere by its configuration without being seen', () => {
    fs.symlinkSync('../../outside', repo.path('.dvc/tmp/lode-link'));
    fs.rmSync(repo.path('.dvc/cache'), { recursive: true });
    repo.write('more', 'more\n');
    repo.write('.dvc/config', '[core]\n    site_cache_dir = ../../outside\n');
    attempt([['status'], ['data', 'status'], ['diff']], () => false);
  });

  it('cannot escape by any path a seeded fuzzer spells', () => {
    const random = seededRandom(runSeed());
    console.log(`      seed ${random.seed}`);
    const parts = [
      '..',
      '.',
      '',
      '/',
      'a',
      'link',
      '.git',
      '.dvc',
      'outside',
      'victim',
      '\\',
      '..\\',
      ' ..',
      '.. ',
      '\u2025',
      '%2e%2e',
    ];
    let trials = 0;
    for (let round = 0; round < (LONG ? 400 : 12); round++) {
      fs.rmSync(sandbox.path('world'), { recursive: true, force: true });
      copyTree(sandbox.path('image'), sandbox.path('world'));
      const path = Array.from({ length: 1 + random.int(5) }, () => random.pick(parts)).join('/');
      const oid = storeTree(path);
      const out =
        random.next() < 0.5
          ? `- md5: ${oid}\n  hash: md5\n  path: evil`
          : `- md5: ${ALPHA}\n  hash: md5\n  path: ${spell(path)}`;
      repo.write('evil.dvc', `outs:\n${out}\n`);
      trials += attempt(
        [
          ['checkout', '-f'],
          ['remove', '--outs', 'evil.dvc'],
        ],
        () => false,
      );
    }
    console.log(`      fuzzed paths: ${trials} trials, 0 escapes`);
  });

  it('does not run programs its Git configuration names in views', () => {
    const bait = sandbox.path('world/outside/bait');
    const run = `touch ${bait}`;
    for (const [key, value] of [
      ['core.fsmonitor', run],
      ['core.sshCommand', run],
      ['core.pager', run],
      ['diff.external', run],
    ] as const)
      repo.git('config', key, value);
    repo.write('good3', 'x');
    attempt(
      [['status'], ['data', 'status'], ['diff'], ['root'], ['remote', 'list'], ['ls', '.'], ['check-ignore', 'good']],
      () => false,
    );
    assert.equal(fs.existsSync(bait), false);
  });
});
