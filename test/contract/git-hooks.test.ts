import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { DvcError } from '../../src/engine/core/errors.ts';
import { asOid, type Oid } from '../../src/engine/core/ids.ts';
import { createOpContext } from '../../src/engine/core/op-context.ts';
import { Tree } from '../../src/engine/hash/tree.ts';
import { encodeTree, treeOid } from '../../src/engine/hash/tree-encode.ts';
import { Repo } from '../../src/engine/repo.ts';
import { add as addData } from '../../src/engine/verbs/add.ts';
import { checkIgnore } from '../../src/engine/verbs/check-ignore.ts';
import { dataShouldFollow, type MergeStore, mergePointers } from '../../src/engine/verbs/git-hook.ts';
import { install } from '../../src/engine/verbs/install.ts';
import { unpushedData } from '../../src/engine/verbs/push-guard.ts';

let root: string;
const ctx = createOpContext();
const isError = (code: string, text: RegExp) => (error: unknown) =>
  DvcError.is(error) && error.code === code && text.test(error.message);
const git = (...args: string[]): string => execFileSync('git', args, { cwd: root }).toString().trim();
const write = (name: string, text: string): void => {
  fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  fs.writeFileSync(path.join(root, name), text);
};
const read = (name: string): string => fs.readFileSync(path.join(root, name), 'utf8');

beforeEach(() => {
  root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'lode-hooks-')));
  git('init', '-q');
  write('.dvc/config', '');
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

describe('install', () => {
  const run = async (usePreCommitTool = false): Promise<readonly string[]> => {
    await using repo = await Repo.open(root, createOpContext({ cwd: root }));
    return await install(repo, { usePreCommitTool }, ctx);
  };
  const HOOKS = ['post-checkout', 'pre-commit', 'pre-push'];

  it('writes two lines per hook and the merge driver, and nothing the second time', async () => {
    assert.equal((await run()).length, 3);
    for (const name of HOOKS) {
      assert.match(read(`.git/hooks/${name}`), new RegExp(`^#!/.*sh\\nexec lode git-hook ${name} \\$@\\n$`));
      assert.equal(fs.statSync(path.join(root, '.git/hooks', name)).mode & 0o777, 0o777);
    }
    assert.equal(
      read('.git/config').match(/driver = (.*)/)?.[1],
      '"lode git-hook merge-driver --ancestor %O --our %A --their %B "',
    );
    assert.equal(git('config', 'merge.dvc.name'), 'DVC merge driver');
    assert.deepEqual(await run(), []);
  });
  it('leaves the hooks of others alone, all of them', async () => {
    write('.git/hooks/pre-push', '#!/bin/sh\nmake\n');
    await assert.rejects(
      run(),
      isError('hook-exists', /^failed to install DVC Git hooks - Hook 'pre-push' already exists\. Please refer/),
    );
    assert.ok(!fs.existsSync(path.join(root, '.git/hooks/pre-commit')));
    assert.equal(read('.git/hooks/pre-push'), '#!/bin/sh\nmake\n');
  });
  it('writes where Git looks, but not into hooks that others share', async () => {
    git('config', 'core.hooksPath', '.husky');
    await run();
    assert.ok(fs.existsSync(path.join(root, '.husky/pre-push')));
    git('config', 'core.hooksPath', os.tmpdir());
    await assert.rejects(run(), isError('hook-exists', /other repositories may share/));
  });
  it('adds one entry for the pre-commit tool, keeping the file', async () => {
    write('.pre-commit-config.yaml', '# ours\nrepos:\n- repo: https://example.com/x  # pinned\n  rev: v1\n');
    assert.equal((await run(true)).length, 1);
    const text = read('.pre-commit-config.yaml');
    assert.match(
      text,
      /^# ours\nrepos:\n- repo: https:\/\/example\.com\/x {2}# pinned\n {2}rev: v1\n- repo: local\n {2}hooks:\n/,
    );
    assert.equal((await run(true)).length, 0);
    write('.pre-commit-config.yaml', 'repos: [] # none yet\nfail_fast: true\n');
    await run(true);
    assert.match(read('.pre-commit-config.yaml'), /^repos:.*- repo: local.*\nfail_fast: true\n$/s);
    assert.ok(!fs.existsSync(path.join(root, '.git/hooks/pre-push')));
  });
  it('does nothing without Git', async () => {
    write('.dvc/config', '[core]\n    no_scm = True\n');
    assert.deepEqual(await run(), []);
    assert.ok(!fs.existsSync(path.join(root, '.git/hooks/pre-push')));
  });
});

describe('checkIgnore', () => {
  it('names the rule for each path, in the order given', async () => {
    write('.dvcignore', '*.tmp\n!keep.tmp\nout/\n');
    write('sub/.dvcignore', 'local\n');
    write('out/x', '');
    const here = createOpContext({ cwd: path.join(root, 'sub') });
    await using repo = await Repo.open(root, here);
    const rows = await checkIgnore(
      repo,
      ['local', '../x.tmp', '../keep.tmp', '../out', '../out/x', '/etc/passwd', '..'],
      here,
    );
    assert.deepEqual(
      rows.map(({ path: shown, match }) => [shown, match?.rule, match?.ignored]),
      [
        ['local', 'sub/.dvcignore:1:local', true],
        ['../x.tmp', '.dvcignore:1:*.tmp', true],
        ['../keep.tmp', '.dvcignore:2:!keep.tmp', false],
        ['../out', '.dvcignore:3:out/', true],
        ['../out/x', '.dvcignore:3:out/', true],
        ['/etc/passwd', undefined, undefined],
        ['..', undefined, undefined],
      ],
    );
  });
});

describe('dataShouldFollow', () => {
  it('after a switch of branches, not after a checkout of files', () => {
    assert.equal(dataShouldFollow(['a', 'b', '1'], {}, root), true);
    assert.equal(dataShouldFollow(['a', 'b', '0'], {}, root), false);
    assert.equal(dataShouldFollow([], {}, root), false);
    assert.equal(dataShouldFollow([], { PRE_COMMIT_CHECKOUT_TYPE: '1' }, root), true);
    assert.equal(dataShouldFollow(['a', 'b', '1'], { PRE_COMMIT_CHECKOUT_TYPE: '0' }, root), false);
  });
  it('not during a rebase', () => {
    fs.mkdirSync(path.join(root, '.git/rebase-merge'));
    assert.equal(dataShouldFollow(['a', 'b', '1'], {}, root), false);
  });
});

describe('mergePointers', () => {
  const trees = new Map<Oid, Tree>();
  const flushed: Oid[] = [];
  const store: MergeStore = {
    readTree: async (oid) => trees.get(oid) ?? assert.fail(`asked for ${oid}`),
    addTree(tree) {
      const oid = treeOid(encodeTree(tree));
      trees.set(oid, tree);
      return oid;
    },
    flush: async () => void flushed.push(...trees.keys()),
    statObject: (oid) => (oid.startsWith('f') ? undefined : { size: 10 }),
  };
  /** A pointer to a directory: `a1` is a file `a` whose digest is all ones. */
  const pointer = (files: string, more = ''): string => {
    const entries = files.split(' ').map((file) => ({ relpath: file.slice(0, -1), md5: file.at(-1)!.repeat(32) }));
    return `outs:\n- md5: ${store.addTree(Tree.from(entries))}\n  size: 1\n  nfiles: 1\n  hash: md5\n${more}  path: data\n`;
  };
  const merge = async (ancestor: string, our: string, their: string): Promise<string> => {
    for (const [name, text] of Object.entries({ ancestor, our, their })) write(name, text);
    const versions = {
      ancestor: path.join(root, 'ancestor'),
      our: path.join(root, 'our'),
      their: path.join(root, 'their'),
    };
    await mergePointers(versions, () => store, ctx);
    return read('our');
  };

  it('takes the changes of both sides, with the size and count of the result', async () => {
    const merged = await merge(pointer('a1 b1'), pointer('a2 b1'), pointer('a1 b1 c3'));
    assert.equal(merged, pointer('a2 b1 c3').replace('size: 1', 'size: 30').replace('nfiles: 1', 'nfiles: 3'));
    assert.ok(flushed.includes(asOid(/md5: (\S+)/.exec(merged)![1]!)));
  });
  it('leaves out the size when an object is not here, and keeps comments', async () => {
    const merged = await merge(pointer('a1'), `# mine\n${pointer('a1 b1')}`, pointer('a1 cf'));
    assert.match(merged, /^# mine\nouts:\n- md5: [0-9a-f]{32}\.dir\n {2}nfiles: 3\n/);
  });
  it('starts from nothing where both branches added the file', async () =>
    assert.match(await merge('', pointer('a1'), pointer('b1')), /nfiles: 2\n/));

  const FILE = `outs:\n- md5: ${'a'.repeat(32)}\n  size: 1\n  hash: md5\n  path: data\n`;
  it('refuses different changes of a file, and leaves our version as it is', async () => {
    await assert.rejects(
      merge(pointer('a1 b1'), pointer('a2 b1'), pointer('a3 b1')),
      isError('merge-failed', /^unable to auto-merge the following paths:\na$/),
    );
    assert.equal(read('our'), pointer('a2 b1'));
  });
  it('refuses files', () =>
    assert.rejects(
      merge(FILE, FILE, FILE),
      isError('merge-failed', /^unable to auto-merge outputs that are not directories$/),
    ));
  it('refuses outputs that differ in more than content', () =>
    assert.rejects(
      merge(pointer('a1'), pointer('a2', '  desc: x\n'), pointer('a1')),
      isError('merge-failed', /^unable to auto-merge outputs with different options$/),
    ));
  it('refuses imports', () => {
    const imported = `deps:\n- path: /x\n${pointer('a1')}`;
    return assert.rejects(merge(imported, imported, imported), isError('merge-failed', /weren't created by `dvc add`/));
  });
});

describe('the push guard', () => {
  const unpushed = async (): ReturnType<typeof unpushedData> => {
    await using repo = await Repo.open(root, createOpContext({ cwd: root }));
    return await unpushedData(repo, createOpContext({ cwd: root }));
  };
  const add = async (): Promise<void> => {
    write('data.csv', 'a,b\n');
    await using repo = await Repo.open(root, createOpContext({ cwd: root }));
    await addData(repo, { targets: ['data.csv'] }, createOpContext({ cwd: root }));
  };

  beforeEach(() => write('.dvc/config', '[core]\n    remote = storage\n[\'remote "storage"\']\n    url = ../remote\n'));

  it('takes data along unless told otherwise, without asking the remote', async () =>
    assert.deepEqual(await unpushed(), { guard: 'push', missing: [] }));

  it('names what the remote lacks where it stops a push', async () => {
    await add();
    git('config', 'lode.pushGuard', 'stop');
    assert.deepEqual(await unpushed(), { guard: 'stop', missing: ['data.csv'] });
    git('config', 'lode.pushGuard', 'never');
    assert.deepEqual(await unpushed(), { guard: 'never', missing: [] });
  });

  it('refuses a word it does not know', async () => {
    git('config', 'lode.pushGuard', 'maybe');
    await assert.rejects(unpushed(), isError('config', /lode\.pushGuard is 'maybe'/));
  });
});
