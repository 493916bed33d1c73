import assert from 'node:assert/strict';
import realFs, * as fs from 'node:fs';
import { commit } from '../../../src/engine/verbs/commit.ts';
import { type MoveResult, move } from '../../../src/engine/verbs/move.ts';
import { status } from '../../../src/engine/verbs/status.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../../support/engine-repo.ts';

describe('move', () => {
  const sandbox = useEngineSandbox('move');
  let repo: EngineRepo;
  const run = (from: string, to: string, cwd = ''): Promise<MoveResult> =>
    repo.open((open, ctx) => move(open, { from, to }, { ...ctx, cwd: repo.path(cwd) }));
  const pointerOf = (file: string, text: string, extra = ''): string =>
    `outs:\n- md5: ${text}\n  size: 1\n  hash: md5\n  path: ${file}\n${extra}`;
  const A = '0cc175b9c0f1b6a831c399e269772661'; // MD5 of `a`.

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
    repo.write('a', 'a').write('d/x', 'x').write('d/s/y', 'y').write('sub/keep', '');
    await repo.add('a', 'd');
  });

  it('renames data, pointer and ignore line', async () => {
    const result = await run('a', 'b');
    assert.deepEqual([result.from, result.to, result.pointer], ['a', 'b', 'b.dvc']);
    assert.deepEqual(result.touched.map((file) => file.slice(repo.root.length + 1)).sort(), [
      '.gitignore',
      'a.dvc',
      'b.dvc',
    ]);
    assert.deepEqual([repo.exists('a'), repo.exists('a.dvc'), repo.read('b')], [false, false, 'a']);
    assert.equal(repo.read('b.dvc'), pointerOf('b', A));
    assert.equal(repo.read('.gitignore'), '/d\n/b\n');
  });

  it('moves into a folder, from another one, and leaves no .gitignore behind', async () => {
    await run('../a', '.', 'sub');
    await run('../d', 'e', 'sub');
    assert.deepEqual(fs.readdirSync(repo.path('sub')).sort(), ['.gitignore', 'a', 'a.dvc', 'e', 'e.dvc', 'keep']);
    assert.equal(repo.read('sub/.gitignore'), '/a\n/e\n');
    assert.equal(repo.exists('.gitignore'), false);
    assert.equal(repo.read('sub/e/s/y'), 'y');
  });

  it('leaves nothing to report', async () => {
    await run('d', 'sub/d');
    const stages = await repo.open((open, ctx) => status(open, {}, ctx));
    assert.deepEqual(
      stages.filter(({ reasons }) => reasons.length > 0),
      [],
    );
  });

  it('keeps what the pointer says of the data, changed or not, and stores the bytes', async () => {
    repo.write('a', 'changed');
    await run('a', 'b');
    assert.equal(repo.read('b.dvc'), pointerOf('b', A));
    assert.equal(repo.read('.dvc/cache/files/md5/89/77dfac2f8e04cb96e66882235f5aba'), 'changed');
  });

  it('keeps description, metadata and frozen', async () => {
    repo.write('a.dvc', `${pointerOf('a', A)}desc: hi\nmeta:\n  k: 1\nfrozen: true\n`);
    await run('a', 'b');
    assert.equal(repo.read('b.dvc'), `desc: hi\nfrozen: true\n${pointerOf('b', A)}meta:\n  k: 1\n`);
  });

  it('changes the path in a pointer that is not named after its data, comments kept', async () => {
    repo.remove('a.dvc').write('sub/other.dvc', `# mine\nwdir: ..\n${pointerOf('a', A)}`);
    await run('a', 'new/folder/b');
    assert.equal(repo.read('sub/other.dvc'), `# mine\nwdir: ..\n${pointerOf('new/folder/b', A)}`);
    assert.equal(repo.read('new/folder/b'), 'a');
    assert.equal(repo.read('new/folder/.gitignore'), '/b\n');
  });

  it('lets an import go on meaning its source', async () => {
    repo
      .write('src', 's')
      .write(
        'imp.dvc',
        `md5: ${A}\nfrozen: true\ndeps:\n- md5: 03c7c0ace395d80182db07ae2c30f034\n  size: 1\n  hash: md5\n  path: src\nouts:\n- md5: ${A}\n  hash: md5\n  path: imp\n`,
      );
    await run('imp', 'sub/imp');
    const text = repo.read('sub/imp.dvc');
    assert.match(text, /path: \.\.\/src/);
    assert.ok(text.startsWith('md5: ') && !text.startsWith(`md5: ${A}`));
  });

  it('moves the pointer alone where the data is missing', async () => {
    repo.remove('a');
    await run('a', 'b');
    assert.deepEqual([repo.exists('b'), repo.read('b.dvc')], [false, pointerOf('b', A)]);
  });

  for (const type of ['symlink', 'hardlink'])
    it(`keeps ${type}s to the cache`, async () => {
      repo.write('.dvc/config', `[cache]\n    type = ${type}\n`).write('l', 'l').write('m/x', 'x');
      await repo.add('l', 'm');
      await run('l', 'l2');
      await run('m', 'm2');
      for (const file of ['l2', 'm2/x']) {
        const stats = fs.lstatSync(repo.path(file));
        assert.equal(type === 'symlink' ? stats.isSymbolicLink() : stats.nlink > 1, true, file);
      }
    });

  describe('taken up again', () => {
    it('after the data was renamed', async () => {
      fs.renameSync(repo.path('a'), repo.path('b'));
      await run('a', 'b');
      assert.deepEqual([repo.read('b'), repo.exists('a.dvc'), repo.read('b.dvc')], ['a', false, pointerOf('b', A)]);
      assert.equal(repo.read('.gitignore'), '/d\n/b\n');
    });

    it('after the new pointer was written', async () => {
      fs.renameSync(repo.path('a'), repo.path('b'));
      repo.write('b.dvc', pointerOf('b', A));
      await run('a', 'b');
      assert.deepEqual([repo.read('b'), repo.exists('a.dvc')], ['a', false]);
    });
  });

  const refused: readonly [what: string, from: string, to: string, expected: RegExp][] = [
    ['untracked data', 'sub/keep', 'k', /Unable to find DVC file with output 'sub\/keep'/],
    ['a part of tracked data', 'd/x', 'k', /Unable to find DVC file with output 'd\/x'/],
    ['a pipeline output', 'made', 'k', /move is not permitted for stages that are not data sources/],
    ['a folder that is not there', 'a', 'nodir/b', /stage working dir '.*nodir' does not exist/],
    ['a place outside', 'a', '../b', /is outside of DVC repo/],
    ['a pointer that exists', 'a', 'd', /bad DVC file name 'd\/a\.dvc' is git-ignored\./],
    ['itself', 'a', 'a', /'a\.dvc' already exists/],
    ['data that is there', 'a', 'precious', /'precious' already exists/],
    ["a DVC file's name", 'a', 'b.dvc', /DVC file 'b\.dvc' cannot be an output/],
    ['a folder of its own', 'd', 'd/in', /cannot move a folder into itself/],
    ["Git's folder", 'a', '.git/a', /belongs to another tool/],
    ['an ignored place', 'a', 'sub/x.log', /is ignored by \.dvcignore:1:\*\.log/],
    ['a file that Git has', 'a', 'tracked', /already exists/],
  ];
  for (const [what, from, to, expected] of refused)
    it(`refuses ${what}, and nothing has changed`, async () => {
      repo.write('dvc.yaml', 'stages:\n  s:\n    cmd: echo > made\n    outs: [made]\n').write('made', 'm');
      await repo.open((open, ctx) => commit(open, { force: true, targets: ['dvc.yaml'] }, ctx));
      repo.write('precious', 'mine').write('.dvcignore', '*.log\n').write('tracked', 't');
      repo.git('add', 'tracked');
      const before = [repo.git('status', '--porcelain'), repo.read('a'), repo.read('d/x'), repo.read('.gitignore')];
      await assert.rejects(run(from, to), expected);
      assert.deepEqual(
        [repo.git('status', '--porcelain'), repo.read('a'), repo.read('d/x'), repo.read('.gitignore')],
        before,
      );
      assert.equal(repo.read('precious'), 'mine');
    });

  it('does not go through a link to a folder', async () => {
    fs.mkdirSync(sandbox().path('far'));
    fs.symlinkSync(sandbox().path('far'), repo.path('link'));
    await assert.rejects(run('a', 'link/b'));
    assert.deepEqual([fs.readdirSync(sandbox().path('far')), repo.read('a')], [[], 'a']);
  });

  it('takes its ignore line back where the rename fails', async () => {
    const before = repo.read('.gitignore');
    const { renameSync } = realFs;
    realFs.renameSync = (from, to) => {
      if (String(to).endsWith('/b')) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
      renameSync(from, to);
    };
    try {
      await assert.rejects(run('a', 'b'), { code: 'permission' });
    } finally {
      realFs.renameSync = renameSync;
    }
    assert.deepEqual([repo.read('.gitignore'), repo.read('a'), repo.exists('b.dvc')], [before, 'a', false]);
  });

  it('copies between file systems, and then takes the source away', async () => {
    const { renameSync } = realFs;
    let refusals = 0;
    realFs.renameSync = (from, to) => {
      if (String(from).endsWith('/d') && refusals++ === 0) throw Object.assign(new Error('EXDEV'), { code: 'EXDEV' });
      renameSync(from, to);
    };
    try {
      await run('d', 'e');
    } finally {
      realFs.renameSync = renameSync;
    }
    assert.equal(refusals, 1);
    assert.deepEqual([repo.exists('d'), repo.read('e/x'), repo.read('e/s/y')], [false, 'x', 'y']);
  });

  it('stages what it wrote where core.autostage is on', async () => {
    repo.commitAll();
    repo.write('.dvc/config', '[core]\n    autostage = true\n');
    await run('a', 'b');
    assert.equal(repo.git('status', '--porcelain', '--', '*.dvc', '.gitignore'), 'M  .gitignore\nR  a.dvc -> b.dvc\n');
  });
});
