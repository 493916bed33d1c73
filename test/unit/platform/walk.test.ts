import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { createOpContext } from '../../../src/engine/core/op-context.ts';
import { compareCodePoints } from '../../../src/engine/core/paths.ts';
import { type WalkOptions, walkFiles, walkProblemError } from '../../../src/engine/platform/walk.ts';
import { runSeed, seededRandom } from '../../support/random.ts';
import { useSandbox } from '../../support/sandbox.ts';

describe('walkFiles', () => {
  const sandbox = useSandbox('walk');
  const root = (): string => sandbox().path('data');
  const put = (path: string, text = path): void => {
    fs.mkdirSync(`${root()}/${path}`.replace(/\/[^/]*$/, ''), { recursive: true });
    fs.writeFileSync(`${root()}/${path}`, text);
  };
  const walk = (options: WalkOptions = {}, ctx = createOpContext()) => walkFiles(root(), options, ctx);
  const paths = async (options?: WalkOptions) => [...(await walk(options)).files.paths];

  it('sorts by code point of the whole path', async () => {
    const random = seededRandom(runSeed());
    const name = () => random.pick(['a', 'a!', 'a.b', 'a0', 'ab', 'é', '\uffee', '😀', 'A', '-']);
    const all = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const path = Array.from({ length: 1 + random.int(3) }, name).join('/');
      try {
        put(path);
        all.add(path);
      } catch {
        // A folder and a file of one name: whichever came first stays.
      }
    }
    assert.deepEqual(await paths(), [...all].sort(compareCodePoints), `seed ${random.seed}`);
  });

  it('gives each file its stats', async () => {
    put('x', 'abc');
    const { files } = await walk();
    const stats = fs.lstatSync(`${root()}/x`);
    assert.deepEqual(files.statAt(0), {
      size: 3,
      mtime: stats.mtimeMs,
      ctime: stats.ctimeMs,
      ino: stats.ino,
      mode: stats.mode,
    });
    assert.equal(files.totalSize(), 3);
  });

  it('follows links to files and passes over links to folders', async () => {
    put('sub/file', 'content');
    fs.symlinkSync('sub/file', `${root()}/link`);
    fs.symlinkSync('sub', `${root()}/folder-link`);
    const { files, skippedLinks, problems } = await walk();
    assert.deepEqual([...files.paths], ['link', 'sub/file']);
    assert.deepEqual([...files.linked], [1, 0]);
    assert.equal(files.size[0], 7);
    assert.deepEqual([skippedLinks, problems], [['folder-link'], []]);
  });

  it('leaves out what is ignored, a folder with all that is in it', async () => {
    for (const path of ['keep', 'skip.log', 'sub/skip.log', 'build/x', 'sub/build/y']) put(path);
    const asked: string[] = [];
    const ignore = (folder: string, name: string, isFolder: boolean): boolean => {
      asked.push(`${folder}|${name}|${isFolder}`);
      return isFolder ? name === 'build' : name.endsWith('.log');
    };
    assert.deepEqual(await paths({ ignore }), ['keep']);
    assert.ok(asked.includes('sub|build|true') && asked.includes('|keep|false'));
    assert.ok(!asked.some((call) => call.startsWith('build')));
  });

  it('names empty folders, nested projects and forbidden names', async () => {
    put('other/.dvc/config');
    put('other/data');
    put('sub/.dvcignore');
    fs.mkdirSync(`${root()}/hollow/inner`, { recursive: true });
    const found = await walk({ forbidden: ['.dvcignore'] });
    assert.deepEqual(found.emptyFolders, ['hollow/inner']);
    assert.deepEqual(found.nestedRepos, ['other']);
    assert.deepEqual([...found.files.paths], []);
    assert.deepEqual(
      found.problems.map(({ kind, path }) => [kind, path]),
      [['forbidden-name', 'sub/.dvcignore']],
    );
    assert.deepEqual(await paths({ nestedRepos: 'enter' }), ['other/.dvc/config', 'other/data', 'sub/.dvcignore']);
  });

  it('reports what cannot be tracked, and goes on', async () => {
    put('good');
    fs.symlinkSync('nowhere', `${root()}/dangling`);
    fs.symlinkSync('loop', `${root()}/loop`);
    assert.equal(spawnSync('mkfifo', [`${root()}/pipe`]).status, 0);
    fs.symlinkSync('pipe', `${root()}/pipe-link`);
    fs.writeFileSync(Buffer.concat([Buffer.from(`${root()}/bad-`), Buffer.of(0xff)]), '');
    const { files, problems } = await walk();
    assert.deepEqual([...files.paths], ['good']);
    assert.deepEqual(problems.map(({ kind, path }) => `${kind} ${path}`).sort(), [
      'bad-name bad-\ufffd',
      'dangling-link dangling',
      'link-loop loop',
      'special-file pipe',
      'special-file pipe-link',
    ]);
    const codes = problems.map((problem) => walkProblemError(root(), problem).code);
    assert.deepEqual(codes.sort(), ['bad-name', 'dangling-link', 'link-loop', 'special-file', 'special-file']);
  });

  it('takes a real name with a replacement character in it', async () => {
    put('odd-\ufffd');
    assert.deepEqual(await paths(), ['odd-\ufffd']);
  });

  it('finds every entry of a path too long for one call, or says so', async () => {
    const name = 'n'.repeat(250);
    fs.mkdirSync(root());
    const here = process.cwd();
    try {
      process.chdir(root());
      for (let depth = 0; depth < 17; depth++) {
        fs.mkdirSync(name);
        process.chdir(name);
      }
      fs.writeFileSync('deep', '');
    } finally {
      process.chdir(here);
    }
    const { files, problems } = await walk();
    spawnSync('rm', ['-rf', root()]); // Node's own removal stops at such a path as well.
    assert.deepEqual([files.length, problems.map(({ kind }) => kind)], [0, ['name-too-long']]);
  });

  it('says which root it cannot read', async () => {
    await assert.rejects(walkFiles(sandbox().path('file-that-is-not'), {}, createOpContext()), /ENOENT/);
  });

  it('stops when it is cancelled', async () => {
    put('x');
    const abort = new AbortController();
    abort.abort();
    await assert.rejects(walk({}, createOpContext({ signal: abort.signal })), (error) =>
      DvcError.is(error, 'cancelled'),
    );
  });
});
