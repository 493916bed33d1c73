import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { DvcError } from '../../src/engine/core/errors.ts';
import { asRepoPath } from '../../src/engine/core/ids.ts';
import { commitFiles } from '../../src/engine/git/commit-files.ts';
import type { Git } from '../../src/engine/git/git.ts';
import { openGit } from '../../src/engine/git/git-cli.ts';
import { noGitAt } from '../../src/engine/git/no-git.ts';
import { workspaceFiles } from '../../src/engine/git/workspace-files.ts';

const isError = (code: string, text?: RegExp) => (error: unknown) =>
  DvcError.is(error) && error.code === code && (text?.test(error.message) ?? true);

/** What holds for every implementation, in a folder that has one file `a` which Git does not know. */
function gitContract(name: string, open: () => Git): void {
  describe(`Git: ${name}`, () => {
    let git: Git;
    beforeEach(() => (git = open()));
    afterEach(() => git.close());

    it('neither tracks nor ignores a new file', async () => {
      const file = path.join(git.root, 'a');
      assert.equal((await git.tracked([file])).size, 0);
      assert.equal((await git.ignored([file])).size, 0);
      assert.deepEqual(await git.trackedFiles(git.root), []);
    });
    it('has no commit before the first', async () => {
      assert.equal(git.head(), undefined);
      assert.deepEqual(await git.refs('refs/heads/'), []);
      assert.equal((await git.revisions({})).size, 0);
      assert.deepEqual(await git.reflog('refs/stash'), []);
    });
    it('refuses a revision nobody knows', () => assert.rejects(git.resolve('nosuch'), DvcError));
    it('is not in a rebase', () => assert.equal(git.rebasing(), false));
    it('has no value for a key that is not set', async () => assert.equal(await git.config('lode.nosuch'), undefined));
    it('answers nothing when asked nothing', async () => {
      assert.equal((await git.tracked([])).size, 0);
      assert.equal((await git.ignored([])).size, 0);
      await git.add([]);
    });
    it('can be closed twice, and asked again', async () => {
      git.close();
      git.close();
      assert.equal((await git.revisions({})).size, 0);
    });
  });
}

/** Git's own settings of this machine must not decide a test. */
const ENV = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ann Ü',
  GIT_AUTHOR_EMAIL: 'ann@example.com',
  GIT_COMMITTER_NAME: 'Ann Ü',
  GIT_COMMITTER_EMAIL: 'ann@example.com',
};
const temporary: string[] = [];
const scratch = (): string => {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'lode-git-')));
  temporary.push(folder);
  return folder;
};
const run = (cwd: string, ...args: string[]): string =>
  execFileSync('git', args, { cwd, env: ENV, stdio: ['ignore', 'pipe', 'pipe'] })
    .toString()
    .trim();
const write = (root: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  }
};
const newRepo = (files: Readonly<Record<string, string>> = {}): string => {
  const root = scratch();
  run(root, 'init', '-q', '-b', 'main');
  write(root, files);
  return root;
};
const commitAll = (root: string, message: string, date = '2024-05-05T12:00:00Z'): string => {
  run(root, 'add', '-A', '-f');
  execFileSync('git', ['commit', '-q', '-m', message], {
    cwd: root,
    env: { ...ENV, GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date },
  });
  return run(root, 'rev-parse', 'HEAD');
};
const opened: Git[] = [];
const openAt = (folder: string): Git => {
  const git = openGit(folder);
  assert.ok(git, `${folder} is in no Git repository`);
  opened.push(git);
  return git;
};

after(() => {
  for (const git of opened) git.close();
  for (const folder of temporary) fs.rmSync(folder, { recursive: true, force: true });
});

gitContract('git program', () => openAt(newRepo({ a: '' })));
gitContract('none', () => {
  const root = scratch();
  write(root, { a: '' });
  return noGitAt(root);
});

describe('openGit', () => {
  it('finds the work tree from below, and nothing outside one', () => {
    const root = newRepo({ 'd/e/x': '' });
    assert.equal(openAt(path.join(root, 'd/e')).root, root);
    assert.equal(openGit(scratch()), undefined);
  });
  it('follows the .git file of a worktree, and shares refs with its repository', async () => {
    const root = newRepo({ a: '1' });
    const first = commitAll(root, 'one');
    const other = path.join(scratch(), 'wt');
    run(root, 'worktree', 'add', '-q', '-b', 'side', other);
    const git = openAt(other);
    assert.equal(git.root, other);
    assert.equal(git.branch(), 'side');
    assert.equal(git.head(), first);
    assert.equal(await git.resolve('main'), first);
    const own = path.join(root, '.git/worktrees/wt');
    assert.deepEqual(git.stateFolders(), [own, path.join(own, 'logs'), path.join(root, '.git/refs/heads')]);
  });
  it('takes a .git that is no repository for none', () => {
    const root = newRepo({ 'sub/.git/x': '', 'bad/.git': 'nonsense' });
    assert.equal(openAt(path.join(root, 'sub')).root, root);
    assert.equal(openAt(path.join(root, 'bad')).root, root);
  });
});

describe('gitCli', () => {
  const NAMES = ['plain', 'a b', 'ü', '-dash', 'st*r', '[x]', 'a\nb', '"q"', ':(top)x', '!b', 'tail '];

  it('tells tracked from untracked, whatever the name', async () => {
    const root = newRepo(Object.fromEntries(NAMES.map((name) => [name, 'x'])));
    commitAll(root, 'one');
    write(root, { starr: '', 'd/new': '', 'e/old': '' });
    run(root, 'add', 'e/old');
    const git = openAt(root);
    const paths = [...NAMES, 'starr', 'd', 'd/new', 'e', 'e/old', 'gone'].map((name) => path.join(root, name));
    const expected = [...NAMES, 'e', 'e/old'].map((name) => path.join(root, name));
    assert.deepEqual([...(await git.tracked([...paths, '/elsewhere']))].sort(), expected.sort());
    const many = [...paths, ...Array.from({ length: 600 }, (_, i) => path.join(root, `no${i}`))];
    assert.deepEqual([...(await git.tracked(many))].sort(), expected.sort());
    assert.deepEqual([...(await git.trackedFiles(path.join(root, 'e')))], [path.join(root, 'e/old')]);
  });

  it('tells what is ignored, also where one path is behind a link', async () => {
    const root = newRepo({
      '.gitignore': '*.log\n/data/\n',
      'd/.gitignore': '!keep.log\n',
      'data/x': '',
      'real/y.log': '',
    });
    fs.symlinkSync('real', path.join(root, 'link'));
    const git = openAt(root);
    const ask = async (...names: string[]) =>
      [...(await git.ignored(names.map((name) => path.join(root, name))))].map((file) => path.relative(root, file));
    assert.deepEqual(await ask('a.log', 'a.txt', 'd/keep.log', 'data', '-x.log', 'a\nb.log'), [
      'a.log',
      'data',
      '-x.log',
      'a\nb.log',
    ]);
    assert.deepEqual(await ask('a.log', 'link/y.log'), ['a.log']);
  });

  it('ignores by rule even what is tracked, as DVC asks', async () => {
    const root = newRepo({ '.gitignore': '*.log\n', 'a.log': '' });
    commitAll(root, 'one');
    assert.equal((await openAt(root).ignored([path.join(root, 'a.log')])).size, 1);
  });

  it('stages new, changed and deleted files, ignored ones too, and leaves the rest', async () => {
    const root = newRepo({ '.gitignore': '*.dvc\n', changed: '1', gone: '1', other: '1', '-dash': '1' });
    commitAll(root, 'one');
    write(root, { changed: '2', 'new.dvc': '', other: '2', 'st*r': '' });
    fs.rmSync(path.join(root, 'gone'));
    const git = openAt(root);
    await git.add(['changed', 'gone', 'new.dvc', 'st*r', 'never'].map((name) => path.join(root, name)));
    assert.equal(run(root, 'diff', '--cached', '--name-status'), 'M\tchanged\nD\tgone\nA\tnew.dvc\nA\tst*r');
  });

  it('leaves out files of a submodule', async () => {
    const inner = newRepo({ x: '' });
    commitAll(inner, 'one');
    const root = newRepo({ y: '' });
    run(root, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'sub');
    write(root, { 'sub/z': '' });
    const git = openAt(root);
    await git.add([path.join(root, 'sub/z'), path.join(root, 'y')]);
    assert.ok((await git.tracked([path.join(root, 'y')])).size === 1);
    assert.equal(openAt(path.join(root, 'sub')).root, path.join(root, 'sub'));
  });

  it('resolves what Git resolves, and names what it does not', async () => {
    const root = newRepo({ a: '1' });
    const first = commitAll(root, 'one\n\nbody\n');
    write(root, { a: '2' });
    const second = commitAll(root, 'two');
    run(root, 'tag', '-a', '-m', 'note', 'v1', first);
    run(root, 'pack-refs', '--all');
    const git = openAt(root);
    assert.equal(git.head(), second);
    assert.equal(git.branch(), 'main');
    for (const [rev, id] of [
      ['HEAD', second],
      ['HEAD~1', first],
      ['v1', first],
      [first.slice(0, 8), first],
      ['main', second],
    ] as const)
      assert.equal(await git.resolve(rev), id, rev);
    for (const rev of ['nosuch', 'HEAD~9', '', '-x', 'HEAD:a', 'a\nb', '--all'])
      await assert.rejects(git.resolve(rev), isError('unknown-revision'), rev);
    await assert.rejects(git.resolve('nosuch'), isError('unknown-revision', /^unknown Git revision 'nosuch'$/));
    const { authorName, authorEmail, time, message, parents } = await git.commit('v1');
    assert.deepEqual(
      { authorName, authorEmail, time, message, parents },
      {
        authorName: 'Ann Ü',
        authorEmail: 'ann@example.com',
        time: Date.parse('2024-05-05T12:00:00Z') / 1000,
        message: 'one\n\nbody\n',
        parents: [],
      },
    );
    run(root, 'checkout', '-q', '--detach', first);
    assert.equal(git.branch(), undefined);
    assert.equal(git.head(), first);
  });

  it('finds an experiment by its name, first the one that started at HEAD', async () => {
    const root = newRepo({ a: '1' });
    const first = commitAll(root, 'one');
    write(root, { a: '2' });
    const second = commitAll(root, 'two');
    write(root, { a: '3' });
    const exp = commitAll(root, 'exp');
    run(root, 'reset', '-q', '--hard', second);
    const ref = (base: string, name: string) => `refs/exps/${base.slice(0, 2)}/${base.slice(2)}/${name}`;
    run(root, 'update-ref', ref(second, 'tidy-owl'), exp);
    run(root, 'update-ref', ref(first, 'tidy-owl'), second);
    const git = openAt(root);
    assert.equal(await git.resolve('tidy-owl'), exp);
    run(root, 'checkout', '-q', '--orphan', 'empty');
    await assert.rejects(openAt(root).resolve('tidy-owl'), isError('unknown-revision', /^ambiguous Git revision/));
    assert.deepEqual([...(await git.revisions({ allExperiments: true })).keys()].sort(), [exp, second].sort());
  });

  it('collects revisions by scope', async () => {
    const root = newRepo({ a: '1' });
    const one = commitAll(root, 'one', '2024-01-01T12:00:00Z');
    run(root, 'tag', 'v1');
    write(root, { a: '2' });
    const two = commitAll(root, 'two', '2024-02-01T12:00:00Z');
    run(root, 'branch', 'side');
    write(root, { a: '3' });
    const three = commitAll(root, 'three', '2024-03-01T12:00:00Z');
    const git = openAt(root);
    const ask = async (scope: Parameters<Git['revisions']>[0]) => Object.fromEntries(await git.revisions(scope));
    assert.deepEqual(await ask({ allBranches: true }), { [three]: ['main'], [two]: ['side'] });
    assert.deepEqual(await ask({ allTags: true }), { [one]: ['v1'] });
    assert.deepEqual(await ask({ revs: ['HEAD', 'workspace', 'main'] }), { [three]: ['HEAD', 'main'] });
    assert.deepEqual(await ask({ revs: ['HEAD'], num: 2 }), { [three]: ['HEAD'], [two]: [two] });
    assert.deepEqual(Object.keys(await ask({ revs: ['HEAD'], num: -1 })), [three, two, one]);
    assert.deepEqual(Object.keys(await ask({ allCommits: true, allTags: true })).sort(), [one, two, three].sort());
    assert.deepEqual(Object.keys(await ask({ date: '2024-02-01' })).sort(), [two, three].sort());
    await assert.rejects(git.revisions({ revs: ['nosuch'] }), isError('unknown-revision'));
  });

  it('lists the entries of a stash, newest first', async () => {
    const root = newRepo({ a: '1' });
    commitAll(root, 'one');
    const ids = ['2', '3'].map((text) => {
      write(root, { a: text });
      run(root, 'stash', '-q');
      return run(root, 'rev-parse', 'refs/stash');
    });
    assert.deepEqual(await openAt(root).reflog('refs/stash'), ids.reverse());
  });

  it('reports what is dirty and what is new', async () => {
    const root = newRepo({ a: '1' });
    commitAll(root, 'one');
    const git = openAt(root);
    assert.deepEqual(await git.status('all'), { dirty: false, untracked: [] });
    write(root, { 'd/x y': '', 'd/z': '' });
    assert.deepEqual(await git.status('all'), { dirty: true, untracked: ['d/x y', 'd/z'] });
    assert.deepEqual(await git.status('normal'), { dirty: true, untracked: ['d/'] });
    assert.deepEqual(await git.status('no'), { dirty: false, untracked: [] });
  });

  it('reads and writes settings, and knows where hooks are', async () => {
    const root = newRepo({ 'd/x': '' });
    const git = openAt(path.join(root, 'd'));
    await git.setConfig('merge.dvc.name', 'a b ');
    assert.equal(await git.config('merge.dvc.name'), 'a b ');
    assert.equal(await git.hooksDir(), path.join(root, '.git/hooks'));
    await git.setConfig('core.hooksPath', 'my-hooks');
    assert.equal(await git.hooksDir(), path.join(root, 'my-hooks'));
  });

  it('reads many objects at once through one reader', async () => {
    const big = 'x'.repeat(3_000_000);
    const files = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}`, i === 77 ? big : `text ${i}`]));
    const root = newRepo(files);
    commitAll(root, 'one');
    const view = await commitFiles(openAt(root), 'HEAD', asRepoPath(''));
    const read = await Promise.all(Object.keys(files).map((name) => view.read(asRepoPath(name))));
    assert.deepEqual(read.map(String), Object.values(files));
  });

  it('keeps the hostile settings of a repository from running anything while it is read', async () => {
    const root = newRepo({ a: '1', '.gitattributes': '* filter=evil diff=evil\n', '.gitignore': 'x\n' });
    commitAll(root, 'one');
    const canary = path.join(root, 'canary');
    const hook = `touch '${canary}'`;
    for (const key of [
      'core.fsmonitor',
      'core.pager',
      'core.sshCommand',
      'core.askPass',
      'core.editor',
      'filter.evil.clean',
      'filter.evil.smudge',
      'filter.evil.process',
      'diff.evil.textconv',
      'diff.evil.command',
      'diff.external',
      'gpg.program',
      'alias.ls-files',
      'alias.cat-file',
      'credential.helper',
    ])
      run(root, 'config', key, `!${hook}`.replace(/^!/, key.startsWith('alias') ? '!' : ''));
    run(root, 'config', 'log.showSignature', 'true');
    run(root, 'config', 'core.hooksPath', path.join(root, 'hooks'));
    write(root, {
      'hooks/post-index-change': `#!/bin/sh\n${hook}\n`,
      'hooks/query-watchman': `#!/bin/sh\n${hook}\n`,
      a: '2',
    });
    for (const name of ['post-index-change', 'query-watchman']) fs.chmodSync(path.join(root, 'hooks', name), 0o755);
    const git = openAt(root);
    git.head();
    git.branch();
    await git.resolve('HEAD');
    const view = await commitFiles(git, 'HEAD', asRepoPath(''));
    await view.read(asRepoPath('a'));
    await view.list(asRepoPath(''));
    await git.tracked([path.join(root, 'a')]);
    await git.ignored([path.join(root, 'x')]);
    await git.trackedFiles(root);
    await git.refs('refs/');
    await git.reflog('HEAD');
    await git.revisions({ allCommits: true, date: '2020-01-01' });
    await git.config('core.editor');
    await git.hooksDir();
    assert.ok(!fs.existsSync(canary), 'something ran');
  });

  it('lists the refs of experiments as Git does, loose, packed or both, few or many', async () => {
    const root = newRepo({ a: '' });
    const [first, second] = ['one', 'two'].map((message) => {
      run(root, 'commit', '-q', '--allow-empty', '-m', message);
      return run(root, 'rev-parse', 'HEAD');
    }) as [string, string];
    const point = (name: string, id: string) => run(root, 'update-ref', name, id);
    for (const name of ['aa/bb/one', 'aa/bb/One-2', 'aa/bb/one.x', 'aa/bbb/one', 'z'])
      point(`refs/exps/${name}`, first);
    run(root, 'pack-refs', '--all');
    point('refs/exps/aa/bb/one', second);
    point('refs/exps/aa/bb/new', second);
    run(root, 'symbolic-ref', 'refs/exps/named', 'refs/exps/aa/bb/new');
    fs.writeFileSync(path.join(root, '.git/refs/exps/aa/bb/half.lock'), first);
    const listed = async (): Promise<void> => {
      for (const prefix of ['refs/exps/', 'refs/exps/aa/bb', 'refs/exps/aa/bb/one', 'refs/exps/none', 'refs/lode/'])
        assert.deepEqual(
          (await openAt(root).refs(prefix)).map(({ name, id }) => `${id} ${name}`),
          run(root, 'for-each-ref', '--format=%(objectname) %(refname)', '--', prefix).split('\n').filter(Boolean),
          prefix,
        );
    };
    await listed();
    for (let i = 0; i < 300; i++) fs.writeFileSync(path.join(root, `.git/refs/exps/aa/n${i}`), `${first}\n`);
    await listed();
    run(root, 'worktree', 'add', '-q', '--detach', path.join(root, 'other'));
    assert.deepEqual(await openAt(path.join(root, 'other')).refs('refs/exps/'), await openAt(root).refs('refs/exps/'));
  });

  it('says that git is missing, and what to do', async () => {
    const root = newRepo({ a: '' });
    const [PATH, git] = [process.env['PATH'], openAt(root)];
    process.env['PATH'] = scratch();
    try {
      await assert.rejects(git.tracked([path.join(root, 'a')]), isError('git-failed', /not found/));
      await assert.rejects(git.resolve('HEAD'), isError('git-failed', /not found/));
    } finally {
      process.env['PATH'] = PATH;
    }
  });

  it('is cancelled by its signal', async () => {
    const root = newRepo({ a: '' });
    const git = openGit(root, AbortSignal.abort());
    assert.ok(git);
    await assert.rejects(git.tracked([path.join(root, 'a')]), isError('cancelled'));
  });

  it('uses the index of the commit being made when called from its hook', async () => {
    const root = newRepo({ a: '1' });
    commitAll(root, 'one');
    const index = path.join(root, '.git/other-index');
    fs.copyFileSync(path.join(root, '.git/index'), index);
    write(root, { b: '' });
    execFileSync('git', ['update-index', '--add', 'b'], { cwd: root, env: { ...ENV, GIT_INDEX_FILE: index } });
    const ask = async () => (await openAt(root).tracked([path.join(root, 'b')])).size;
    assert.equal(await ask(), 0);
    Object.assign(process.env, { GIT_DIR: '.git', GIT_INDEX_FILE: '.git/other-index' });
    try {
      assert.equal(await ask(), 1);
      const elsewhere = openAt(newRepo({ b: '' }));
      assert.equal((await elsewhere.tracked([path.join(elsewhere.root, 'b')])).size, 0);
    } finally {
      delete process.env['GIT_DIR'];
      delete process.env['GIT_INDEX_FILE'];
    }
  });
});

describe('FileView', () => {
  const files = { 'dvc.yaml': 'stages: {}\n', 'd/x.dvc': 'x', 'd/e/y': 'y', 'top/ü': 'u' };
  const views: readonly [
    name: string,
    make: (root: string, folder: string) => Promise<ReturnType<typeof workspaceFiles>>,
  ][] = [
    ['the workspace', async (root, folder) => workspaceFiles(path.join(root, folder))],
    ['a commit', async (root, folder) => commitFiles(openAt(root), commitAll(root, 'one'), asRepoPath(folder))],
  ];
  const setUp = (): string => {
    const root = newRepo(files);
    fs.symlinkSync('dvc.yaml', path.join(root, 'link'));
    fs.symlinkSync('d', path.join(root, 'dirlink'));
    fs.symlinkSync('../dvc.yaml', path.join(root, 'd/up'));
    fs.symlinkSync('nowhere', path.join(root, 'dangling'));
    return root;
  };
  for (const [name, make] of views)
    describe(`of ${name}`, () => {
      it('reads files, through links too, and has nothing for what is missing', async () => {
        const view = await make(setUp(), '');
        for (const [path_, text] of [
          ['dvc.yaml', 'stages: {}\n'],
          ['d/e/y', 'y'],
          ['top/ü', 'u'],
          ['link', 'stages: {}\n'],
          ['dirlink/e/y', 'y'],
          ['d/up', 'stages: {}\n'],
        ] as const)
          assert.equal((await view.read(asRepoPath(path_)))?.toString(), text, path_);
        for (const path_ of ['no', 'd', 'dvc.yaml/x', 'no/x', 'dangling', ''])
          assert.equal(await view.read(asRepoPath(path_)), undefined, path_);
      });
      it('tells files from folders', async () => {
        const view = await make(setUp(), '');
        for (const [path_, kind] of [
          ['', 'directory'],
          ['d', 'directory'],
          ['dirlink', 'directory'],
          ['link', 'file'],
          ['d/x.dvc', 'file'],
          ['no', undefined],
          ['dangling', undefined],
          ['dvc.yaml/x', undefined],
        ] as const)
          assert.equal(await view.kind(asRepoPath(path_)), kind, path_);
      });
      it('lists a folder without following links', async () => {
        const view = await make(setUp(), '');
        const list = async (folder: string) =>
          (await view.list(asRepoPath(folder)))
            .map((entry) => `${entry.name} ${entry.kind}`)
            .filter((row) => !row.startsWith('.git'))
            .sort();
        assert.deepEqual(await list(''), [
          'd directory',
          'dangling symlink',
          'dirlink symlink',
          'dvc.yaml file',
          'link symlink',
          'top directory',
        ]);
        assert.deepEqual(await list('d/e'), ['y file']);
        assert.deepEqual(await list('no'), []);
        assert.deepEqual(await list('dvc.yaml'), []);
      });
      it('starts at a folder below the work tree', async () => {
        const view = await make(setUp(), 'd');
        assert.equal((await view.read(asRepoPath('x.dvc')))?.toString(), 'x');
        assert.equal(await view.kind(asRepoPath('')), 'directory');
        assert.equal(await view.read(asRepoPath('dvc.yaml')), undefined);
      });
    });

  it('of a commit ends link loops and links out of the repository', async () => {
    const root = newRepo({ a: '' });
    fs.symlinkSync('loop2', path.join(root, 'loop1'));
    fs.symlinkSync('loop1', path.join(root, 'loop2'));
    fs.symlinkSync('/etc/passwd', path.join(root, 'out'));
    fs.symlinkSync('../../../../../etc/passwd', path.join(root, 'up'));
    const view = await commitFiles(openAt(root), commitAll(root, 'one'), asRepoPath(''));
    for (const name of ['loop1', 'out', 'up']) assert.equal(await view.read(asRepoPath(name)), undefined, name);
  });
  it('of a commit without the folder has no root', async () => {
    const root = newRepo({ a: '' });
    const view = await commitFiles(openAt(root), commitAll(root, 'one'), asRepoPath('sub'));
    assert.equal(await view.kind(asRepoPath('')), undefined);
  });
  it('of the workspace does not wait for a pipe', async function () {
    if (process.platform === 'win32') return this.skip();
    const root = scratch();
    execFileSync('mkfifo', [path.join(root, 'dvc.yaml')]);
    assert.equal(await workspaceFiles(root).read(asRepoPath('dvc.yaml')), undefined);
  });
});
