import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { DvcError } from '../../src/engine/core/errors.ts';
import { Gitignores } from '../../src/engine/files/gitignore.ts';
import type { Git } from '../../src/engine/git/git.ts';
import { openGit } from '../../src/engine/git/git-cli.ts';
import { seededRandom } from '../support/random.ts';

describe('Gitignores over real Git', () => {
  let root: string;
  let git: Git;
  beforeEach(() => {
    root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'lode-gitignore-')));
    execFileSync('git', ['init', '-q'], { cwd: root });
    const found = openGit(root);
    assert.ok(found);
    git = found;
  });
  afterEach(() => {
    git.close();
    fs.rmSync(root, { recursive: true, force: true });
  });
  const outputs = (...names: string[]) => names.map((name) => ({ path: path.join(root, name), shown: name }));
  const text = (name = '.gitignore'): string => fs.readFileSync(path.join(root, name), 'utf8');
  const unignored = (): string[] =>
    execFileSync('git', ['ls-files', '-z', '--others', '--exclude-standard'], { cwd: root })
      .toString()
      .split('\0')
      .filter(Boolean);

  it('leaves what a stage has yet to make a folder for to the run, and what comes after it', async () => {
    const edits = new Gitignores(git);
    const waiting = await edits.addAhead(outputs('first', 'models/deep/model', 'last'));
    assert.equal(waiting, path.join(root, 'models/deep/.gitignore'));
    assert.equal(text(), '/first\n');
    assert.deepEqual(fs.readdirSync(root).sort(), ['.git', '.gitignore']);
    await edits.add(outputs('last'));
    assert.equal(await edits.addAhead(outputs('first', 'last')), undefined);
    assert.equal(text(), '/first\n/last\n');
  });

  it('ignores exactly the outputs, whatever their names', async () => {
    const seed = Number(process.env['LODE_SEED'] ?? 53);
    const random = seededRandom(seed);
    const alphabet = ['a', 'b', ' ', '*', '?', '!', '#', '[', ']', '\\', '"', "'", '-', 'é', '\t', '$', '~', '{', ','];
    const name = (): string => Array.from({ length: 1 + random.int(5) }, () => random.pick(alphabet)).join('');
    const names = [
      ...new Set([
        '#a',
        '!a',
        ' a',
        'a ',
        'a  ',
        '*',
        '**',
        '?',
        '[a]',
        '\\',
        'a\\',
        ...Array.from({ length: 300 }, name),
      ]),
    ];
    for (const one of names) fs.writeFileSync(path.join(root, one), '');
    const [mine, others] = [names.filter((_, i) => i % 2 === 0), names.filter((_, i) => i % 2 === 1)];
    const edits = new Gitignores(git);
    await edits.add(outputs(...mine));
    assert.deepEqual(unignored().sort(), [...others, '.gitignore'].sort(), `seed ${seed}`);
    edits.remove(outputs(...mine).map((output) => output.path));
    assert.deepEqual(unignored().sort(), names.sort(), `seed ${seed}`);
  });

  it('writes beside each output, and nothing for what is ignored already', async () => {
    fs.mkdirSync(path.join(root, 'd'));
    fs.writeFileSync(path.join(root, '.gitignore'), '*.log');
    const edits = new Gitignores(git);
    await edits.add(outputs('a.log', 'x', 'd/y'));
    assert.equal(text(), '*.log\n/x\n');
    assert.equal(text('d/.gitignore'), '/y\n');
    assert.deepEqual(edits.touched, [path.join(root, '.gitignore'), path.join(root, 'd/.gitignore')]);
  });
  it('takes back its own lines only', async () => {
    fs.mkdirSync(path.join(root, 'd'));
    fs.writeFileSync(path.join(root, '.gitignore'), '/old\n/z\n!/z\n');
    const edits = new Gitignores(git);
    await edits.add(outputs('x', 'z', 'd/y'));
    edits.undo();
    assert.equal(text(), '/old\n/z\n!/z\n');
    assert.ok(!fs.existsSync(path.join(root, 'd/.gitignore')));
    assert.deepEqual(edits.touched, [path.join(root, '.gitignore')]);
  });
  it('refuses what Git tracks, before anything is written', async () => {
    fs.writeFileSync(path.join(root, 'tracked'), '');
    execFileSync('git', ['add', 'tracked'], { cwd: root });
    await assert.rejects(
      new Gitignores(git).add(outputs('new', 'tracked')),
      (error) =>
        DvcError.is(error, 'output-tracked-by-git') &&
        error.message.startsWith(" output 'tracked' is already tracked by SCM (e.g. Git).\n    You can remove it"),
    );
    assert.ok(!fs.existsSync(path.join(root, '.gitignore')));
  });
  it('refuses a name with a line break, before anything is written', async () => {
    await assert.rejects(new Gitignores(git).add(outputs('ok', 'a\nb')), (error) => DvcError.is(error, 'bad-name'));
    assert.ok(!fs.existsSync(path.join(root, '.gitignore')));
  });
  it('keeps lines in another encoding as they are', async () => {
    fs.writeFileSync(path.join(root, '.gitignore'), Buffer.from([0x2f, 0xe9, 0x0a]));
    const edits = new Gitignores(git);
    await edits.add(outputs('ü'));
    assert.deepEqual(fs.readFileSync(path.join(root, '.gitignore')), Buffer.from('/\xe9\n/\xc3\xbc\n', 'latin1'));
    edits.undo();
    assert.deepEqual(fs.readFileSync(path.join(root, '.gitignore')), Buffer.from([0x2f, 0xe9, 0x0a]));
  });
});
