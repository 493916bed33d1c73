import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { asRepoPath } from '../../src/engine/core/ids.ts';
import { findGit } from '../../src/engine/git/git-dir.ts';
import { PlainIgnores } from '../../src/engine/git/plain-ignores.ts';
import { type Random, runSeed, seededRandom } from '../support/random.ts';

const NAMES = ['a', 'b', 'data', 'x.dvc', 'dvc.yaml', 'A b', 'ab.dvc', 'é'];
const RULES = [
  ...[
    '/data',
    'data',
    'data/',
    '/a/b',
    'a/b/',
    '*.dvc',
    '/*.dvc',
    'a/*',
    '*/x.dvc',
    '?',
    'x.?vc',
    '!x.dvc',
    '!/a/x.dvc',
  ],
  ...[
    '# data',
    '',
    '  ',
    'data  ',
    '**/b',
    '**/a/b',
    'a/**',
    'a/**/b',
    '[ab]',
    '*.py[cod]',
    '\\a',
    'data\\ ',
    'é',
    '/',
    '!',
  ],
  ...['a.b', 'ab.dvc', 'A b', '*a*', 'dvc.yaml\r', '/a/b/data/', 'a//b', './a', '+(a)'],
];

/** What lies in a work tree: rules by folder, `exclude` for Git's own file. */
type Rules = ReadonlyMap<string, readonly string[]>;

describe('PlainIgnores beside Git', () => {
  let root: string;
  let home: string;
  const env = () => ({ PATH: process.env['PATH'], HOME: home });
  const git = (args: readonly string[], input?: string): string =>
    execFileSync('git', args, { cwd: root, env: env(), encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'], input });
  const open = () => PlainIgnores.open(findGit(root)!, env());
  before(() => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), 'lode-ignores-'));
    root = path.join(home, 'work');
    fs.mkdirSync(root);
    git(['init', '-q']);
  });
  after(() => fs.rmSync(home, { recursive: true }));

  it('never contradicts it, over random rules', () => {
    const random = seededRandom(runSeed());
    const paths = [...below('', 3)];
    let certain = 0;
    for (let round = 0; round < 60; round++) {
      const rules = randomRules(random);
      for (const folder of ['', 'a', 'a/b', 'b']) {
        fs.mkdirSync(path.join(root, folder), { recursive: true });
        fs.writeFileSync(path.join(root, folder, '.gitignore'), (rules.get(folder) ?? []).join('\n'));
      }
      fs.writeFileSync(path.join(root, '.git/info/exclude'), (rules.get('exclude') ?? []).join('\n'));
      const plain = open()!;
      const said = new Set(checkIgnore(paths));
      for (const file of paths) {
        const isDir = fs.statSync(path.join(root, file), { throwIfNoEntry: false })?.isDirectory() ?? false;
        if (file.includes('/') && said.has(path.posix.dirname(file))) continue; // Its folder is never entered.
        const verdict = plain.verdict(asRepoPath(file), isDir);
        if (verdict === 'unknown') continue;
        certain++;
        assert.equal(verdict, said.has(file) ? 'ignored' : 'clear', `${file} under ${JSON.stringify([...rules])}`);
      }
    }
    assert.ok(certain > 1000, `${certain} answers`);
  });

  it('leaves what other files may say to Git', () => {
    for (const config of [
      '[core]\n\texcludesFile = ~/x\n',
      '[include]\n\tpath = other\n',
      '[core]\n\tignoreCase = true\n',
    ]) {
      fs.writeFileSync(path.join(home, '.gitconfig'), config);
      assert.equal(open(), undefined, config);
    }
    fs.rmSync(path.join(home, '.gitconfig'));
    assert.notEqual(open(), undefined);
    assert.equal(PlainIgnores.open(findGit(root)!, { ...env(), GIT_CONFIG_COUNT: '0' }), undefined);
  });

  it('follows variables that name other files of configuration', () => {
    const [usual, other] = [path.join(home, '.gitconfig'), path.join(home, 'other')];
    const at = (more: NodeJS.ProcessEnv) => PlainIgnores.open(findGit(root)!, { ...env(), ...more });
    fs.writeFileSync(usual, '[core]\n\texcludesFile = ~/x\n');
    fs.writeFileSync(other, '[user]\n\tname = x\n');
    assert.notEqual(at({ GIT_CONFIG_GLOBAL: other, GIT_CONFIG_NOSYSTEM: '1' }), undefined);
    assert.notEqual(at({ GIT_CONFIG_GLOBAL: '' }), undefined);
    assert.equal(at({ GIT_CONFIG_GLOBAL: usual }), undefined);
    fs.renameSync(usual, other);
    assert.equal(at({ GIT_CONFIG_GLOBAL: other }), undefined);
    assert.equal(at({ GIT_CONFIG_SYSTEM: other }), undefined);
    fs.rmSync(other);
  });

  function checkIgnore(paths: readonly string[]): string[] {
    try {
      return git(['check-ignore', '--no-index', '--stdin', '-z'], paths.join('\0')).split('\0').filter(Boolean);
    } catch (error) {
      if ((error as { status?: number }).status === 1) return []; // None is ignored.
      throw error;
    }
  }
});

const randomRules = (random: Random): Rules =>
  new Map(
    ['exclude', '', 'a', 'a/b', 'b'].map((folder) => [
      folder,
      Array.from({ length: random.int(folder === '' ? 5 : 3) }, () => random.pick(RULES)),
    ]),
  );

function* below(folder: string, depth: number): Iterable<string> {
  for (const name of NAMES) {
    const file = folder === '' ? name : `${folder}/${name}`;
    yield file;
    if (depth > 1 && ['a', 'b'].includes(name)) yield* below(file, depth - 1);
  }
}
