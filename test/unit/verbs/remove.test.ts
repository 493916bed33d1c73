import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { commit } from '../../../src/engine/verbs/commit.ts';
import { type RemoveResult, remove } from '../../../src/engine/verbs/remove.ts';
import { type EngineRepo, makeEngineRepo, useEngineSandbox } from '../../support/engine-repo.ts';

/** Of `x`; in no cache. */
const OID = '9dd4e461268c8034f5c8564e155c67a6';

describe('remove', () => {
  const sandbox = useEngineSandbox('remove');
  let repo: EngineRepo;
  const run = (targets: string[], outs = false): Promise<RemoveResult> =>
    repo.open((open, ctx) => remove(open, { targets, outs }, ctx));
  const linkType = (type: string): unknown => repo.write('.dvc/config', `[cache]\n    type = ${type}\n`);

  beforeEach(async () => {
    repo = await makeEngineRepo(sandbox());
  });

  it('keeps the data and takes pointer and ignore line', async () => {
    repo.write('a', 'a').write('b', 'b');
    await repo.add('a', 'b');
    const { touched, stages } = await run(['a.dvc']);
    assert.deepEqual(stages, ['a.dvc']);
    assert.deepEqual(touched.map((file) => file.slice(repo.root.length + 1)).sort(), ['.gitignore', 'a.dvc']);
    assert.equal(repo.read('a'), 'a');
    assert.equal(repo.exists('a.dvc'), false);
    assert.equal(repo.read('.gitignore'), '/b\n');
  });

  it('deletes a .gitignore whose last line goes', async () => {
    repo.write('a', 'a');
    await repo.add('a');
    await run(['a.dvc']);
    assert.equal(repo.exists('.gitignore'), false);
  });

  for (const type of ['symlink', 'hardlink'])
    it(`turns ${type}s into files of the user's own`, async () => {
      linkType(type);
      repo.write('d/x', 'x').write('d/s/y', 'y');
      await repo.add('d');
      await run(['d.dvc']);
      for (const file of ['d/x', 'd/s/y']) {
        const stats = fs.lstatSync(repo.path(file));
        assert.deepEqual([stats.isFile(), stats.nlink, stats.mode & 0o777], [true, 1, 0o644], file);
      }
      assert.equal(repo.read('d/s/y'), 'y');
    });

  it('deletes the data when asked, and of a link only the link', async () => {
    linkType('symlink');
    repo.write('a', 'a').write('d/x', 'x').write('keep', 'keep');
    await repo.add('a', 'd');
    fs.symlinkSync('../keep', repo.path('d/link'));
    await run(['a.dvc', 'd.dvc'], true);
    assert.deepEqual([repo.exists('a'), repo.exists('d'), repo.read('keep')], [false, false, 'keep']);
    const objects = fs.readdirSync(repo.path('.dvc/cache/files/md5'), { recursive: true, withFileTypes: true });
    assert.equal(objects.filter((entry) => entry.isFile()).length, 3, 'the cache keeps its objects');
  });

  const outside: readonly [name: string, path: string][] = [
    ['the repository itself', '.'],
    ["Git's folder", '.git'],
    ["a path in DVC's folder", '.dvc/config'],
    ["Git's folder in another case", '.GIT'],
  ];
  for (const [name, path] of outside)
    it(`refuses to delete ${name}`, async () => {
      repo.write('bad.dvc', `outs:\n- md5: ${OID}\n  hash: md5\n  path: ${path}\n`);
      await assert.rejects(run(['bad.dvc'], true), { code: 'output-reserved' });
      assert.equal(repo.exists('.git/HEAD') && repo.exists('.dvc/config') && repo.exists('bad.dvc'), true);
    });

  it('leaves data outside of the repository alone', async () => {
    const file = sandbox().path('outside');
    fs.writeFileSync(file, 'mine');
    repo.write('out.dvc', `outs:\n- md5: ${OID}\n  hash: md5\n  path: ../outside\n`);
    await run(['out.dvc'], true);
    assert.equal(fs.readFileSync(file, 'utf8'), 'mine');
    assert.equal(repo.exists('out.dvc'), false);
  });

  it('never deletes through a link to a folder', async () => {
    fs.mkdirSync(sandbox().path('elsewhere'));
    fs.writeFileSync(sandbox().path('elsewhere/x'), 'mine');
    fs.symlinkSync(sandbox().path('elsewhere'), repo.path('link'));
    repo.write('x.dvc', `outs:\n- md5: ${OID}\n  hash: md5\n  path: link/x\n`);
    await assert.rejects(run(['x.dvc'], true), { code: 'output-in-symlink' });
    assert.equal(fs.readFileSync(sandbox().path('elsewhere/x'), 'utf8'), 'mine');
  });

  it('stops at the first target that fails, those before it being done', async () => {
    for (const name of ['a', 'b', 'c']) repo.write(name, name);
    await repo.add('a', 'b', 'c');
    await assert.rejects(run(['a.dvc', 'nosuch.dvc', 'c.dvc']), /nosuch\.dvc' does not exist/);
    assert.deepEqual([repo.exists('a.dvc'), repo.exists('c.dvc')], [false, true]);
  });

  it('tells the .dvc file of data that was named instead', async () => {
    repo.write('a', 'a');
    await repo.add('a');
    await assert.rejects(run(['a']), /'a' is not a \.dvc file\. Do you mean 'a\.dvc'\?/);
  });

  it('is not stopped by a broken file elsewhere', async () => {
    repo.write('a', 'a');
    await repo.add('a');
    repo.write('broken.dvc', '');
    await run(['a.dvc']);
    assert.equal(repo.exists('a.dvc'), false);
  });

  describe('of stages', () => {
    const PIPELINE = [
      '# top',
      'stages:',
      '  one:',
      '    cmd: echo 1 > one.out',
      '    outs:',
      '    - one.out',
      '  two:',
      '    cmd: echo 2 > two.out',
      '    outs:',
      '    - two.out:',
      '        cache: false',
      '  group:',
      '    foreach: [a]',
      '    do:',
      '      cmd: echo $' + '{item} > g',
      '      outs:',
      '      - g',
      '',
    ].join('\n');

    beforeEach(async () => {
      repo.write('dvc.yaml', PIPELINE).write('one.out', '1\n').write('two.out', '2\n').write('g', 'a\n');
      await repo.open((open, ctx) => commit(open, { force: true }, ctx));
    });

    it('takes the entry out of dvc.yaml and dvc.lock, and keeps the rest', async () => {
      await run(['one']);
      const [yaml, lock] = [repo.read('dvc.yaml'), repo.read('dvc.lock')];
      assert.equal(yaml.includes('one.out') || lock.includes('one.out'), false);
      assert.ok(yaml.startsWith('# top\nstages:\n  two:') && lock.includes('two:'));
      assert.equal(repo.read('.gitignore'), '/g\n');
      assert.equal(repo.read('one.out'), '1\n');
    });

    it('deletes outputs that are not in the cache as well', async () => {
      await run(['two'], true);
      assert.equal(repo.exists('two.out'), false);
    });

    it('deletes both files with the last stage', async () => {
      repo.write('p/dvc.yaml', 'stages:\n  s:\n    cmd: echo 1 > o\n    outs: [o]\nplots:\n- o\n').write('p/o', '1\n');
      await repo.open((open, ctx) => commit(open, { force: true, targets: ['p/dvc.yaml'] }, ctx));
      assert.equal(repo.exists('p/dvc.lock'), true);
      await run(['p/dvc.yaml:s']);
      assert.deepEqual(fs.readdirSync(repo.path('p')), ['o']);
    });

    const refused: readonly [target: string, expected: RegExp][] = [
      ['group@a', /cannot remove a parametrized stage: 'group@a'/],
      ['group', /Stage 'group' not found inside 'dvc\.yaml' file/],
      ['nosuch', /Stage 'nosuch' not found inside 'dvc\.yaml' file/],
      ['dvc.yaml', /cannot remove a parametrized stage/],
      ['sub/dvc.yaml:x', /sub\/dvc\.yaml' does not exist/],
    ];
    for (const [target, expected] of refused)
      it(`refuses '${target}' and changes nothing`, async () => {
        const before = [repo.read('dvc.yaml'), repo.read('dvc.lock'), repo.read('.gitignore')];
        await assert.rejects(run([target], true), expected);
        assert.deepEqual([repo.read('dvc.yaml'), repo.read('dvc.lock'), repo.read('.gitignore')], before);
        assert.equal(repo.read('one.out'), '1\n');
      });
  });
});
