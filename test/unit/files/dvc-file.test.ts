import * as assert from 'node:assert/strict';
import { DvcError, type ErrorCode } from '../../../src/engine/core/errors.ts';
import { pyMap } from '../../../src/engine/core/python.ts';
import {
  type DvcFile,
  dumpDvcFile,
  newDvcFile,
  newOut,
  parseDvcFile,
  stageChecksum,
} from '../../../src/engine/files/dvc-file.ts';

const isError =
  (code: ErrorCode, text: RegExp, hint?: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(DvcError.is(error, code), String(error));
    assert.match(error.message, text);
    if (hint) assert.match(error.hint ?? '', hint);
    return true;
  };

const MD5 = '8fa14cdd754f91cc6554c9e71929cce7';
const POINTER = `outs:\n- md5: ${MD5}\n  size: 1\n  hash: md5\n  path: file.csv\n`;
const IMPORT = `md5: 8a43e8dd5aff19287f26d2df84281b37
frozen: true
deps:
- path: f.txt
  repo:
    url: ../src1
    rev: v1
    rev_lock: 228cdf1b0dc999475954e690b3974d2f4abea020
outs:
- md5: 9dd4e461268c8034f5c8564e155c67a6
  size: 1
  hash: md5
  path: out.txt
`;

describe('.dvc files: reading', () => {
  it('reads what dvc add writes', () => {
    const { outs, deps, wdir, frozen } = parseDvcFile(POINTER, 'file.csv.dvc');
    assert.deepEqual([deps, wdir, frozen], [[], undefined, false]);
    assert.equal(outs.length, 1);
    assert.deepEqual(outs[0], { ...newOut('file.csv'), hash: { name: 'md5', value: MD5 }, meta: { size: 1 } });
  });

  it('reads an import', () => {
    const file = parseDvcFile(IMPORT, 'out.txt.dvc');
    assert.equal(file.frozen, true);
    assert.deepEqual(file.deps[0]?.repo, {
      url: '../src1',
      rev: 'v1',
      revLock: '228cdf1b0dc999475954e690b3974d2f4abea020',
    });
    assert.equal(file.deps[0]?.hash, undefined);
  });

  it('knows a record of DVC 2.x by the hash key it lacks', () => {
    const [out] = parseDvcFile(`outs:\n- md5: ${MD5}\n  path: f\n`, 'f.dvc').outs;
    assert.deepEqual([out?.legacy, out?.hash], [true, { name: 'md5-dos2unix', value: MD5 }]);
  });

  it('reads every key of an output', () => {
    const text = `wdir: ..
outs:
- md5: ${MD5}.dir
  size: 5
  nfiles: 2
  isexec: true
  hash: md5
  path: ../x/./d
  desc: d
  type: model
  labels: [a, b]
  meta: {k: 1}
  cache: false
  persist: true
  remote: r
  push: false
  cloud:
    r:
      etag: ETG
      version_id: v
`;
    const file = parseDvcFile(text, 'd.dvc');
    const [out] = file.outs;
    assert.equal(file.wdir, '..');
    assert.equal(out?.path, '../x/./d', 'verbatim');
    assert.deepEqual(out.meta, { size: 5, nfiles: 2, isexec: true, cloud: { r: { etag: 'ETG', versionId: 'v' } } });
    assert.deepEqual([out.desc, out.type, out.labels, out.remote], ['d', 'model', ['a', 'b'], 'r']);
    assert.deepEqual([out.cache, out.persist, out.push], [false, true, false]);
    assert.deepEqual(out.annotation, pyMap([['k', 1]]));
  });

  it('reads tags of clouds, and files with versions', () => {
    const text = `deps:
- etag: AbC
  size: 2
  version_id: e3f7
  hash: md5
  path: remote://vin/v.txt
  fs_config:
    version_aware: true
outs:
- hash: md5
  path: d
  files:
  - relpath: a
    md5: ${MD5}
    size: 1
    etag: QQQ
`;
    const { deps, outs } = parseDvcFile(text, 'v.dvc');
    assert.deepEqual(deps[0]?.hash, { name: 'etag', value: 'AbC' });
    assert.deepEqual(deps[0]?.meta, { size: 2, versionId: 'e3f7', etag: 'AbC' });
    assert.deepEqual(deps[0]?.fsConfig, pyMap([['version_aware', true]]));
    assert.deepEqual(outs[0]?.files, [
      { relpath: 'a', hash: { name: 'md5', value: MD5 }, meta: { size: 1, etag: 'QQQ' } },
    ]);
    assert.equal(outs[0]?.hash, undefined);
  });

  it('lowers the case of digests, as DVC does', () => {
    assert.equal(parseDvcFile(POINTER.replace(MD5, MD5.toUpperCase()), 'f.dvc').outs[0]?.hash?.value, MD5);
  });

  it('takes an empty digest for none', () => {
    assert.equal(parseDvcFile("outs:\n- md5: ''\n  hash: md5\n  path: f\n", 'f.dvc').outs[0]?.hash, undefined);
  });
});

describe('.dvc files: damage', () => {
  const torn: readonly [name: string, text: string][] = [
    ['no bytes', ''],
    ['blanks', ' \n\n'],
    ['a comment', '# nothing\n'],
    ['NUL bytes', '\0'.repeat(80)],
    ['null', 'null\n'],
    ['a list', '- md5: x\n'],
    ['a word cut from its key', 'out'],
    ['a key without value', 'outs:\n'],
    ['an empty list', 'outs: []\n'],
    ['a mapping without outputs', 'desc: x\n'],
  ];
  for (const [name, text] of torn)
    it(`never takes ${name} for "nothing tracked"`, () =>
      assert.throws(() => parseDvcFile(text, 'f.dvc'), isError('torn-file', /^'f.dvc' is damaged: /, /git checkout/)));

  it('notices every cut of a pointer that loses its hash or its path', () => {
    const known = POINTER.indexOf('file.csv');
    for (let end = 0; end <= known; end++)
      assert.throws(
        () => parseDvcFile(POINTER.slice(0, end), 'f.dvc'),
        (error) => DvcError.is(error),
        POINTER.slice(0, end),
      );
  });

  for (const digest of [
    'abc',
    `${MD5}x`,
    MD5.slice(1),
    `${MD5}.DIRX`,
    `../${MD5}`,
    '../../etc/passwd',
    `${MD5.slice(1)}g`,
  ])
    it(`refuses the digest ${digest}`, () =>
      assert.throws(
        () => parseDvcFile(POINTER.replace(MD5, `'${digest}'`), 'f.dvc'),
        isError('invalid-file', /line 2, column 8\): '.*' is not an md5/),
      ));

  it('refuses a digest in a list of files, and an unknown hash', () => {
    const files = 'outs:\n- hash: md5\n  path: d\n  files:\n  - relpath: a\n    md5: abc\n';
    assert.throws(() => parseDvcFile(files, 'f.dvc'), isError('invalid-file', /line 6, column 10/));
    assert.throws(
      () => parseDvcFile(POINTER.replace('hash: md5', 'hash: md'), 'f.dvc'),
      isError('invalid-file', /'md' is not a known hash/),
    );
  });
});

describe('.dvc files: schema', () => {
  const cases: readonly [name: string, text: string, message: RegExp, hint?: RegExp][] = [
    [
      'an unknown key of an output',
      POINTER.replace('size', 'sise'),
      /extra keys not allowed, in outs -> 0 -> sise, line 3, column 3/,
      /'size'/,
    ],
    [
      'an unknown key at the top',
      `${POINTER}frozn: true\n`,
      /extra keys not allowed, in frozn, line 6, column 1/,
      /'frozen'/,
    ],
    ['a stage of DVC 1.x', `cmd: x\n${POINTER}`, /extra keys not allowed, in cmd, line 1, column 1/],
    [
      'a size that is text',
      POINTER.replace('size: 1', 'size: one'),
      /expected int, in outs -> 0 -> size, line 3, column 3/,
    ],
    ['a size that is a float', POINTER.replace('size: 1', 'size: 1.0'), /expected int/],
    ['a path that is a number', POINTER.replace('file.csv', '3'), /expected str, in outs -> 0 -> path/],
    ['a missing path', POINTER.replace('path', 'desc'), /required key not provided, in outs -> 0 -> path/],
    ['a digest too short', POINTER.replace(MD5, 'ab'), /not a valid value, in outs -> 0 -> md5/],
    ['outputs that are no list', 'outs: {}\n', /expected a list, in outs/],
    ['an output that is text', 'outs:\n- x\n', /expected a dictionary, in outs -> 0/],
    [
      'a repository without url',
      IMPORT.replace('url', 'rev2'),
      /required key not provided, in deps -> 0 -> repo -> url/,
    ],
    ['two clouds', `${POINTER}  cloud: {a: {}, b: {}}\n`, /length of value must be at most 1, in outs -> 0 -> cloud/],
    [
      'several things',
      'foo: 1\nbar: 2\n',
      /^'.\/f.dvc' validation failed: 2 errors\.\n\nextra keys not allowed, in foo/,
    ],
  ];
  for (const [name, text, message, hint] of cases)
    it(`refuses ${name}`, () =>
      assert.throws(() => parseDvcFile(text, 'f.dvc'), isError('invalid-schema', message, hint)));
});

describe('.dvc files: writing', () => {
  const texts: readonly [name: string, text: string][] = [
    ['a file', POINTER],
    ['a directory', `outs:\n- md5: ${MD5}.dir\n  size: 28\n  nfiles: 10\n  hash: md5\n  path: data\n`],
    [
      'an executable with an odd name',
      `outs:\n- md5: ${MD5}\n  size: 10\n  isexec: true\n  hash: md5\n  path: '#hash.txt'\n`,
    ],
    ['a digest of digits', "outs:\n- md5: '12345678901234567890123456789012'\n  hash: md5\n  path: f\n"],
    ['a record of DVC 2.x', `outs:\n- md5: ${MD5}\n  size: 1\n  path: f\n`],
    ['an output without a hash', 'outs:\n- hash: md5\n  path: f\n'],
    ['an import', IMPORT],
    [
      'an import of a versioned object',
      `md5: 3386b432b21eb7dd3daa596e14782e39
frozen: true
deps:
- etag: 6654c734ccab8f440ff0825eb443dc7f
  size: 2
  version_id: e3f7ef47
  hash: md5
  path: remote://vin/v.txt
  fs_config:
    version_aware: true
outs:
- md5: ${MD5}
  size: 2
  hash: md5
  path: v.txt
  push: false
`,
    ],
    [
      'annotations and flags',
      `desc: top
wdir: ../x
outs:
- md5: ${MD5}
  size: 2
  hash: md5
  path: f
  desc: 'my: file'
  type: model
  labels:
  - a
  meta:
    k: 1
  cache: false
  persist: true
  remote: r
  push: false
meta: hello
`,
    ],
    [
      'a directory with versions',
      `outs:
- hash: md5
  path: d
  files:
  - relpath: a
    md5: ${MD5}
    size: 1
    cloud:
      r:
        etag: qqq
        version_id: v
`,
    ],
  ];
  for (const [name, text] of texts)
    it(`gives back ${name} byte for byte`, () => {
      const file = parseDvcFile(text, 'f.dvc');
      assert.equal(dumpDvcFile(file), text);
      assert.equal(dumpDvcFile(file, text), text);
    });

  it('writes the keys of a new pointer in DVC\u2019s order', () => {
    const out = { ...newOut('file.csv'), hash: { name: 'md5', value: MD5 }, meta: { size: 1 } };
    assert.equal(dumpDvcFile(newDvcFile([out])), POINTER);
    assert.equal(dumpDvcFile({ ...newDvcFile([newOut('f')]), wdir: '.' }), 'outs:\n- hash: md5\n  path: f\n');
  });

  it('keeps comments, order and style of a file edited by hand', () => {
    const old = `# head
outs:
  - path: f     # the path
    md5: ${MD5}
    hash: md5
    size: 1
    cache: true
    desc: 'my: file'
    labels: [a, b]
    meta: {k: 1}
    push: false
meta: hello
desc: top
`;
    const file = parseDvcFile(old, 'f.dvc');
    const [out] = file.outs;
    assert.ok(out);
    const changed: DvcFile = {
      ...file,
      outs: [{ ...out, hash: { name: 'md5', value: '2fb1c5cf58867b5bbc9a1b145a86f3a0' }, meta: { size: 2 } }],
    };
    assert.equal(
      dumpDvcFile(changed, old),
      `# head
outs:
- path: f       # the path
  md5: 2fb1c5cf58867b5bbc9a1b145a86f3a0
  hash: md5
  size: 2
  desc: 'my: file'
  labels: [a, b]
  meta: {k: 1}
  push: false
meta: hello
desc: top
`,
    );
  });

  it('computes the checksum of an import, which sizes and notes do not change', () => {
    const file = parseDvcFile(IMPORT, 'out.txt.dvc');
    assert.equal(stageChecksum(file), '8a43e8dd5aff19287f26d2df84281b37');
    assert.equal(stageChecksum({ ...file, desc: 'x', frozen: false, meta: 1, wdir: '.' }), file.md5);
    assert.notEqual(stageChecksum({ ...file, outs: [newOut('out.txt')] }), file.md5);
  });
});
