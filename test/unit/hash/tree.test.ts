import assert from 'node:assert/strict';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { refusedRelpath } from '../../../src/engine/hash/relpath.ts';
import { diffTrees, Tree } from '../../../src/engine/hash/tree.ts';
import { decodeTree, TREE_LIMITS } from '../../../src/engine/hash/tree-decode.ts';
import { encodeTree, treeOid } from '../../../src/engine/hash/tree-encode.ts';
import { md5 } from '../../../src/engine/platform/digest.ts';
import { runSeed, seededRandom } from '../../support/random.ts';

const entry = (relpath: string, content = relpath) => ({ relpath, md5: md5(Buffer.from(content)) });
const M = 'b1946ac92492d2347c6235b4d2611184';
const json = (...relpaths: string[]): Buffer =>
  Buffer.from(`[${relpaths.map((relpath) => `{"md5": "${M}", "relpath": ${JSON.stringify(relpath)}}`).join(', ')}]`);

/** DVC 3.67.1's own object for these files: 698 bytes with this name. */
const REAL = [
  ['a b.txt', 'sp'],
  ['a.txt', 'hello\n'],
  ['link', 'hello\n'],
  ['q"uote', 'q'],
  ['run.sh', 'exec'],
  ['sub/.hidden', 'x'],
  ['sub/b.txt', 'b\r\n'],
  ['ünï.txt', 'u'],
  ['日本.txt', '日'],
  ['😀.txt', 'e'],
] as const;

describe('encodeTree', () => {
  it('prints what DVC prints', () => {
    const bytes = encodeTree(Tree.from(REAL.map(([path, content]) => entry(path, content))));
    assert.equal(bytes.length, 698);
    assert.equal(treeOid(bytes), '60bc6f53f2beb29f223484da9017e52d.dir');
  });

  it('prints an empty directory', () => {
    assert.equal(encodeTree(Tree.EMPTY).toString(), '[]');
    assert.equal(treeOid(encodeTree(Tree.EMPTY)), 'd751713988987e9331980363e24189ce.dir');
  });

  it('escapes as Python does, DEL too', () =>
    assert.equal(
      encodeTree(Tree.from([{ relpath: '\b\t\n\u000b\f\r\u001f"\\/\u007fé', md5: M }])).toString(),
      `[{"md5": "${M}", "relpath": "\\b\\t\\n\\u000b\\f\\r\\u001f\\"\\\\/\\u007f\\u00e9"}]`,
    ));
});

describe('decodeTree', () => {
  it('reads what was printed, whatever the names', () => {
    const random = seededRandom(runSeed());
    for (let round = 0; round < 100; round++) {
      const names = Array.from({ length: random.int(30) }, () =>
        Array.from({ length: 1 + random.int(4) }, () =>
          random.pick(['a', 'é', '😀', '"', '\\', '\n', '~', ':', ' ', '\u007f', '.x']),
        ).join(''),
      );
      const tree = Tree.from(names.map((name, i) => entry(`${i % 3}/${name}`)));
      assert.ok(decodeTree(encodeTree(tree), 'x').equals(tree), `seed ${random.seed}`);
    }
  });

  const readable: readonly [string, string][] = [
    ['any white space', `\n[ {\t"md5":"${M}" ,"relpath" : "a" } ]\r\n`],
    ['keys in any order', `[{"relpath": "a", "md5": "${M}"}]`],
    [
      'keys it does not know',
      `[{"size": -1.5e3, "x": {"y": [null, true, "z\\""]}, "relpath": "a", "md5": "${M}", "e": []}]`,
    ],
    ['escaped text', `[{"md5": "${M}", "relpath": "\\u0061"}]`],
  ];
  for (const [name, text] of readable)
    it(`takes ${name}`, () =>
      assert.deepEqual([...decodeTree(Buffer.from(text), 'x').entries()], [{ relpath: 'a', md5: M }]));

  it('sorts what is not in order', () =>
    assert.deepEqual(
      [...decodeTree(json('😀', 'b', '\uffee', 'a/x', 'a.t'), 'x').paths],
      ['a.t', 'a/x', 'b', '\uffee', '😀'],
    ));

  it('takes files whose names begin alike', () =>
    assert.equal(decodeTree(json('a', 'a!', 'a!/x'.replace('!', '-'), 'ab', 'ab.c/d'), 'x').length, 5));

  const refused: readonly [string, Buffer | string, RegExp][] = [
    ['a parent component', json('x/../y'), /"x\/\.\.\/y" has a component '\.\.'/],
    ['an absolute path', json('/etc/passwd'), /"\/etc\/passwd" is absolute/],
    ['an empty path', json(''), /is empty/],
    ['an empty component', json('a//b'), /empty component/],
    ['a trailing slash', json('a/'), /empty component/],
    ['a dot', json('./a'), /component '\.'/],
    ['a NUL', json('a\0b'), /NUL/],
    ['a lone surrogate', `[{"md5": "${M}", "relpath": "\\ud800"}]`, /Unicode/],
    ["Git's folder", json('x/.git/hooks/y'), /\.git/],
    ["DVC's folder in capitals", json('.DVC/config'), /\.DVC/],
    ["the editor's folder", json('.vscode/tasks.json'), /\.vscode/],
    ['a reserved name with a trailing dot', json('.git./x'), /\.git\./],
    ['a reserved name with a stream', json('.git::$INDEX_ALLOCATION/x'), /belongs/],
    ['a reserved short name', json('GIT~1/x'), /belongs/],
    ['a reserved name with an invisible character', json('.g\u200cit/x'), /belongs/],
    ['a path twice', json('a', 'b', 'a'), /"a" occurs twice/],
    ['a file that is a folder', json('a', 'a-', 'a/b'), /"a" is a file and also the folder of "a\/b"/],
    ['a file that is a folder further up', json('a', 'a/b/c/d'), /"a" is a file/],
    ['capitals in a hash', `[{"md5": "${M.toUpperCase()}", "relpath": "a"}]`, /entry 0: "md5"/],
    ['a directory as an entry', `[{"md5": "${M}.dir", "relpath": "a"}]`, /entry 0: "md5"/],
    ['an entry without a hash', '[{"relpath": "a"}]', /entry 0 has no "md5"/],
    ['an entry without a path', `[{"md5": "${M}"}]`, /entry 0 has no "relpath"/],
    ['a key twice', `[{"md5": "${M}", "md5": "${M}", "relpath": "a"}]`, /twice/],
    ['a path that is no text', `[{"md5": "${M}", "relpath": 1}]`, /string was expected/],
    ['no list', '{}', /'\[' was expected/],
    ['nothing', '', /'\[' was expected, and it ends/],
    ['half an object', json('a', 'b').subarray(0, 70), /ends|no end/],
    ['text behind', '[] []', /after its end/],
    ['deep nesting', `[{"x": ${'['.repeat(1000)}`, /nested more than/],
    ['bytes that are not UTF-8', Buffer.from([0x5b, 0xff, 0x5d]), /UTF-8/],
  ];
  for (const [name, text, message] of refused)
    it(`refuses ${name}, saying which entry`, () =>
      assert.throws(
        () => decodeTree(Buffer.from(text), 'the-oid.dir'),
        (error) =>
          DvcError.is(error, 'invalid-tree') && message.test(error.message) && error.message.includes('the-oid'),
      ));

  it('refuses more bytes than it would hold', () => {
    const big = Object.defineProperty(Buffer.from('[]'), 'length', { value: TREE_LIMITS.bytes + 1 });
    assert.throws(() => decodeTree(big, 'x'), /at most/);
  });

  it('never lets a fuzzed path out of the directory', () => {
    const random = seededRandom(runSeed());
    for (let round = 0; round < 10_000; round++) {
      const parts = Array.from({ length: 1 + random.int(4) }, () =>
        random.pick(['..', '.', '', '/', 'a', '.git', '\\..', '..\\', '.. ', '%2e%2e', '\u2024\u2024', 'C:', '~']),
      );
      const path = parts.join(random.pick(['/', '//', '']));
      try {
        for (const relpath of decodeTree(json(path), 'x').paths)
          assert.ok(!relpath.split('/').some((part) => part === '..' || part === '' || part === '.git'), path);
      } catch (error) {
        assert.ok(DvcError.is(error, 'invalid-tree'), `seed ${random.seed}: ${path}`);
      }
    }
  });
});

describe('refusedRelpath', () => {
  const windows: readonly [string, boolean][] = [
    ['a\\b', true],
    ['C:x', true],
    ['aux.txt', true],
    ['x/NUL', true],
    ['trailing.', true],
    ['trailing ', true],
    ['what?', true],
    ['com10', false],
    ['plain/file.txt', false],
  ];
  for (const [path, isRefused] of windows)
    it(`${isRefused ? 'refuses' : 'takes'} ${JSON.stringify(path)} on Windows`, () =>
      assert.equal(refusedRelpath(path, true) !== undefined, isRefused));

  it('takes names that only look reserved', () => {
    for (const path of ['.gitignore', '.gitkeep', '.dvcx', 'x.git', 'git', 'a~1', '.vscodeignore', '...'])
      assert.equal(refusedRelpath(path, false), undefined, path);
  });

  it('refuses what no file system takes', () => {
    assert.match(refusedRelpath('n'.repeat(256), false) ?? '', /255/);
    assert.match(refusedRelpath(`${'n/'.repeat(2100)}n`, false) ?? '', /4096/);
  });
});

describe('Tree', () => {
  const tree = Tree.from(['a', 'b/c', 'b/d', 'b.x', 'bc'].map((path) => entry(path)));

  it('finds files and the range of a folder', () => {
    assert.equal(tree.get('b/d'), md5(Buffer.from('b/d')));
    assert.equal(tree.get('b'), undefined);
    const names = (path: string) => {
      const { from, to } = tree.within(path);
      return [...tree.paths].slice(from, to);
    };
    assert.deepEqual(names('b'), ['b/c', 'b/d']);
    assert.deepEqual(names('a'), ['a']);
    assert.deepEqual(names('x'), []);
    assert.equal(names('').length, 5);
  });

  it('is changed by copies only', () => {
    const changed = tree.with(
      new Map([
        ['a', undefined],
        ['b/c', M],
        ['new', M],
      ]),
    );
    assert.deepEqual(diffTrees(tree, changed), { added: ['new'], deleted: ['a'], modified: ['b/c'] });
    assert.equal(tree.length, 5);
    assert.deepEqual([...tree.filter((path) => path.startsWith('b/')).paths], ['b/c', 'b/d']);
  });

  it('has each object once', () => assert.equal(Tree.from([entry('a', 'x'), entry('b', 'x')]).oids().size, 1));
});
