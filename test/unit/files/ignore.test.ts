import * as assert from 'node:assert/strict';
import { DvcError } from '../../../src/engine/core/errors.ts';
import type { FileEntry, FileView } from '../../../src/engine/core/file-view.ts';
import { asRepoPath } from '../../../src/engine/core/ids.ts';
import {
  BUILT_IN_RULES,
  compileIgnore,
  IgnoreFiles,
  parseIgnoreFile,
  refuseIgnoreFile,
} from '../../../src/engine/files/ignore.ts';

/** Files by path; folders are what their paths imply. */
function memoryFiles(files: Readonly<Record<string, string>>, reads: string[] = []): FileView {
  const children = (folder: string): FileEntry[] => {
    const prefix = folder === '' ? '' : `${folder}/`;
    const found = new Map<string, FileEntry>();
    for (const file of Object.keys(files)) {
      if (!file.startsWith(prefix)) continue;
      const [name = '', ...rest] = file.slice(prefix.length).split('/');
      found.set(name, { name, kind: rest.length > 0 ? 'directory' : 'file' });
    }
    return [...found.values()];
  };
  return {
    rev: undefined,
    async read(path) {
      reads.push(path);
      const text = files[path];
      return text === undefined ? undefined : Buffer.from(text);
    },
    kind: async (path) => (path in files ? 'file' : children(path).length > 0 ? 'directory' : undefined),
    list: async (path) => children(path),
  };
}

const rulesOf = (file: string, text: string) => parseIgnoreFile(asRepoPath(file), Buffer.from(text));

describe('compileIgnore', () => {
  const test = (text: string, path: string, isDir = false) =>
    compileIgnore([BUILT_IN_RULES, rulesOf('.dvcignore', text)])(asRepoPath(path), isDir);

  const cases: readonly [name: string, text: string, path: string, expected: string | undefined, isDir?: boolean][] = [
    ['the last rule that matches decides', '*.log\n!keep.log\n', 'keep.log', '! .dvcignore:2:!keep.log'],
    ['a rule is named by its file, line and text', '# c\n\n  *.log \n', 'd/a.log', '.dvcignore:3:*.log'],
    ['a path below an ignored folder stays ignored', 'd/\n!d/keep\n', 'd/keep', '.dvcignore:1:d/'],
    ['a folder-only rule leaves a file alone', 'd/\n', 'd', undefined],
    ['a folder-only rule takes the folder', 'd/\n', 'd', '.dvcignore:1:d/', true],
    ['the built-in rules come first', '', '.git', ':.git'],
    ['a file named .dvc is not ignored', '', 'sub/.dvc', undefined],
    ['a folder named .dvc is', '', 'sub/.dvc', ':.dvc/', true],
    ['built-in rules can be negated', '!.git\n', '.git', '! .dvcignore:1:!.git'],
    ['of consecutive rules of a kind the first gives its name', '*.a\nx.*\n', 'x.a', '.dvcignore:1:*.a'],
    ['a negation for folders does not free the file in it', 'foo\n!foo/\n', 'foo/bar', '.dvcignore:1:foo'],
    ['line ends may be CRLF', '*.a\r\n*.b\r\n', 'x.b', '.dvcignore:2:*.b'],
    ['a non-breaking space is stripped', '\u00a0*.a\u0085\n', 'x.a', '.dvcignore:1:*.a'],
    ['the root is never ignored', '*\n', '', undefined, true],
  ];
  for (const [name, text, path, expected, isDir] of cases)
    it(name, () => {
      const match = test(text, path, isDir);
      assert.equal(match && `${match.ignored ? '' : '! '}${match.rule}`, expected);
    });

  it('names the file and line of a pattern it cannot compile', () =>
    assert.throws(
      () => test('ok\nbad\\ \n', 'x'),
      (error) => DvcError.is(error, 'invalid-file') && /\.dvcignore.*line 2/.test(error.message),
    ));

  it('refuses an ignore file that is not UTF-8', () =>
    assert.throws(
      () => parseIgnoreFile(asRepoPath('.dvcignore'), Buffer.from([0x61, 0xff])),
      (error) => DvcError.is(error, 'invalid-file'),
    ));

  it('takes rules that went through a structured clone', () => {
    const rules = structuredClone([BUILT_IN_RULES, rulesOf('.dvcignore', '*.log')]);
    assert.equal(compileIgnore(rules)(asRepoPath('a.log'), false)?.rule, '.dvcignore:1:*.log');
  });

  describe('of a nested file', () => {
    const nested: readonly [text: string, yes: readonly string[], no: readonly string[]][] = [
      ['x', ['sub/x', 'sub/d/x'], ['x', 'other/x']],
      ['/x', ['sub/x'], ['sub/d/x', 'x']],
      ['d/x', ['sub/d/x'], ['sub/e/d/x']],
      ['**/x', ['sub/x', 'sub/d/x'], ['x']],
      ['\\#x', ['sub/#x'], ['sub/x']],
      ['*', ['sub/x'], ['x']],
    ];
    for (const [text, yes, no] of nested)
      it(`${text} applies below its folder only`, () => {
        const match = compileIgnore([BUILT_IN_RULES, rulesOf('sub/.dvcignore', text)]);
        for (const path of yes) assert.equal(match(asRepoPath(path), false)?.rule, `sub/.dvcignore:1:${text}`, path);
        for (const path of no) assert.equal(match(asRepoPath(path), false), undefined, path);
      });
  });
});

describe('IgnoreFiles', () => {
  const ignoredBy = (files: Record<string, string>, path: string, isDir = false) =>
    new IgnoreFiles(memoryFiles(files)).ignoredBy(asRepoPath(path), isDir);

  it('puts nested rules after their parents', async () => {
    const files = { '.dvcignore': '*.log\n', 'd/.dvcignore': '!a.log\n', 'd/a.log': '' };
    assert.equal(await ignoredBy(files, 'd/a.log'), undefined);
    assert.equal(await ignoredBy(files, 'd/b.log'), '.dvcignore:1:*.log');
  });

  it('does not read an ignore file in an ignored folder', async () => {
    const reads: string[] = [];
    const view = memoryFiles({ '.dvcignore': 'd/\n', 'd/e/.dvcignore': '!x\n', 'd/e/x': '' }, reads);
    assert.equal(await new IgnoreFiles(view).ignoredBy(asRepoPath('d/e/x'), false), '.dvcignore:1:d/');
    assert.deepEqual(reads, ['.dvcignore']);
  });

  it('does not read an ignore file that is ignored itself', async () =>
    assert.equal(await ignoredBy({ '.dvcignore': '.dvcignore\n', 'd/.dvcignore': 'x\n' }, 'd/x'), undefined));

  it('ignores a nested repository whole', async () => {
    const files = { 'a/b/.dvc/config': '', 'a/b/x': '' };
    assert.equal(await ignoredBy(files, 'a/b', true), 'in sub_repo:b');
    assert.equal(await ignoredBy(files, 'a/b/x'), 'in sub_repo:b');
    const into = new IgnoreFiles(memoryFiles(files), { nestedRepos: false });
    assert.equal(await into.ignoredBy(asRepoPath('a/b/x'), false), undefined);
  });

  it('reads each file once', async () => {
    const reads: string[] = [];
    const ignore = new IgnoreFiles(memoryFiles({ '.dvcignore': 'x\n', 'd/y': '' }, reads));
    await Promise.all(['d/a', 'd/b', 'd/c'].map((path) => ignore.match(asRepoPath(path), false)));
    assert.deepEqual(reads, ['.dvcignore', 'd/.dvcignore']);
  });
});

describe('refuseIgnoreFile', () => {
  it('names the folder as DVC does', () =>
    assert.throws(
      () => refuseIgnoreFile(['a', '.dvcignore'], '/abs/d'),
      (error) =>
        DvcError.is(error, 'ignore-file-in-output') &&
        error.message === ".dvcignore file should not be in collected dir path: '/abs/d'",
    ));
  it('passes other names', () => refuseIgnoreFile(['a', 'dvcignore'], '/abs/d'));
});
