import * as assert from 'node:assert/strict';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { isPyMap, type PyMap, type PyValue, pyMap } from '../../../src/engine/core/python.ts';
import { changeYaml, editYaml, parseYaml } from '../../../src/engine/files/yaml-doc.ts';

const valueOfText = (text: string): PyMap => {
  const value = parseYaml(text, 'f');
  assert.ok(isPyMap(value));
  return value;
};
const withKey = (map: PyMap, key: string, value: PyValue): PyMap => new Map(map).set(key, value);
const rewritten = (text: string): string => editYaml(text, valueOfText(text));

describe('YAML: editing', () => {
  // What DVC's library makes of each text when nothing changes; test/live compares with the library itself.
  const unchanged: readonly [name: string, before: string, after?: string][] = [
    [
      'comments at all places',
      '# head\n\nouts: # eol\n# above\n- path: f   # the path\n  # below\n  md5: x\n\n# tail\n',
    ],
    ['flow collections', 'a: [x, b: 1]\nc: {d: [], e: 1}\n'],
    ['block scalars', 'a: |\n  x\n   y\nb: >-\n  one\n  two\n\n  three\nc: |+ # note\n  x\n\nd: 1\n'],
    ['spellings of numbers', 'a: 0x1F\nb: 1_000\nc: 007\nd: 1e3\ne: .5\nf: 1E-05\ng: 0o17\n'],
    ['anchors, aliases and merge keys', 'a: &x\n  b: 1\nc:\n  <<: *x\n  d: *x\ne: &s text\nf: *s\n'],
    ['dates', 'a: 2020-01-01\nb: 2020-01-01T02:03:04Z\nc: 2020-01-01 02:03:04\n'],
    ['indentation, to be normal', 'a:\n    - b\n    - c:   1\n      d: 2\n', 'a:\n- b\n- c: 1\n  d: 2\n'],
    ['needless quotes', `a: 'sq'\nb: "1"\nc: "it's"\n`, `a: sq\nb: '1'\nc: it's\n`],
    ['null and truth', 'a: ~\nb: null\nc: True\n', 'a:\nb:\nc: true\n'],
    ['blanks in flow collections', 'a: {b: 1,   c: [1,2]}\n', 'a: {b: 1, c: [1, 2]}\n'],
    [
      'long lines, folded',
      `cmd: ${'word '.repeat(20)}end\n`,
      `cmd: ${'word '.repeat(15)}\n  word word word word word end\n`,
    ],
    ['Windows line ends', 'a: 1 # c\r\nb: 2\r\n', 'a: 1 # c\nb: 2\n'],
  ];
  for (const [name, before, after] of unchanged)
    it(`keeps ${name}`, () => {
      assert.equal(rewritten(before), after ?? before);
      assert.equal(rewritten(rewritten(before)), after ?? before);
    });

  const appended: readonly [name: string, before: string, after: string][] = [
    [
      'a list, its comments kept',
      '# head\na:\n- x # one\n# two is\n- y # two\n',
      '# head\na:\n- x # one\n# two is\n- y # two\n- z\n',
    ],
    ['a list with a heading below', 'a:\n- x # one\n\n# next\nb: 1\n', 'a:\n- x # one\n- z\n\n# next\nb: 1\n'],
    ['a list with a blank line below', 'a:\n- x\n\nb: 1\n', 'a:\n- x\n- z\n\nb: 1\n'],
    ['a list with a comment right below', 'a:\n- x\n# next\nb: 1\n', 'a:\n- x\n- z\n# next\nb: 1\n'],
    ['a list of mappings', 'a:\n- x:\n    k: 1 # one\n\nb: 1\n', 'a:\n- x:\n    k: 1 # one\n- z\n\nb: 1\n'],
    ['a list in brackets', 'a: [x] # one\n\nb: 1\n', 'a: [x, z] # one\n\nb: 1\n'],
    ['a list that ends in brackets', 'a:\n- [x] # one\n# next\nb: 1\n', 'a:\n- [x] # one\n- z\n# next\nb: 1\n'],
    ['nothing', 'a:\nb: 1\n', 'a:\n- z\nb: 1\n'],
    ['a key that is not there', 'b: 1\n', 'b: 1\na:\n- z\n'],
  ];
  for (const [name, before, after] of appended)
    it(`appends to ${name}`, () => assert.equal(changeYaml(before, [{ at: ['a'], append: 'z' }]), after));

  it('replaces a value in place and keeps what stands behind it', () => {
    const text = 'outs:\n- path: f     # the path\n  md5: old # digest\nmeta: hello\n';
    const outs = [
      pyMap([
        ['path', 'f'],
        ['md5', 'new'],
      ]),
    ];
    assert.equal(
      editYaml(
        text,
        pyMap([
          ['outs', outs],
          ['meta', 'hello'],
        ]),
      ),
      'outs:\n- path: f     # the path\n  md5: new # digest\nmeta: hello\n',
    );
  });

  it('moves a comment to one blank behind a value that grew', () => {
    assert.equal(
      editYaml(
        'a: 1 # c\nb: 2\n',
        pyMap([
          ['a', 'a longer value'],
          ['b', 2],
        ]),
      ),
      'a: a longer value # c\nb: 2\n',
    );
  });

  it('appends new keys behind the comments of the last one, and removes keys with theirs', () => {
    const text = 'a:\n  x: 1\n\n  # before b\nb: 2 # gone\n';
    assert.equal(
      editYaml(
        text,
        pyMap([
          [
            'a',
            pyMap([
              ['x', 1],
              ['frozen', true],
            ]),
          ],
        ]),
      ),
      'a:\n  x: 1\n\n  # before b\n  frozen: true\n',
    );
  });

  it('changes lists of equal length item by item, and others as a whole', () => {
    const text = 'a:\n- 1 # one\n- 2 # two\n';
    assert.equal(editYaml(text, pyMap([['a', [1, 3]]])), 'a:\n- 1 # one\n- 3 # two\n');
    assert.equal(editYaml(text, pyMap([['a', [1]]])), 'a:\n- 1\n');
  });

  it('keeps the spelling of what is equal for Python', () => {
    assert.equal(
      editYaml(
        'a: 1.0\nb: 0x10\n',
        pyMap([
          ['a', 1],
          ['b', 16],
        ]),
      ),
      'a: 1.0\nb: 0x10\n',
    );
  });

  it('keeps block style for a text that takes the place of a block scalar', () => {
    assert.equal(
      editYaml(
        'cmd: | # why\n  a\nb: 1\n',
        pyMap([
          ['cmd', 'x\ny\n'],
          ['b', 1],
        ]),
      ),
      'cmd: | # why\n  x\n  y\nb: 1\n',
    );
  });

  it('writes anew what had no content', () => {
    for (const text of ['', '# only a comment\n', '{}\n']) assert.equal(editYaml(text, pyMap([['a', 1]])), 'a: 1\n');
  });

  it('sets, applies and removes at a path', () => {
    const text = 'stages:\n  a: # first\n    cmd: x # c\n    deps: [p]\n  b:\n    cmd: y\n';
    const stages = valueOfText(text).get('stages');
    assert.ok(isPyMap(stages));
    const a = stages.get('a');
    assert.ok(isPyMap(a));
    assert.equal(
      changeYaml(text, [{ at: ['stages', 'a'], apply: withKey(a, 'frozen', true) }]),
      'stages:\n  a: # first\n    cmd: x # c\n    deps: [p]\n    frozen: true\n  b:\n    cmd: y\n',
    );
    assert.equal(
      changeYaml(text, [{ at: ['stages', 'a'], set: a }]),
      'stages:\n  a: # first\n    cmd: x\n    deps:\n    - p\n  b:\n    cmd: y\n',
    );
    assert.equal(changeYaml(text, [{ at: ['stages', 'a'], remove: true }]), 'stages:\n  b:\n    cmd: y\n');
    assert.equal(changeYaml('x: 1\n', [{ at: ['p', 'q'], set: 2 }]), 'x: 1\np:\n  q: 2\n');
  });

  it('refuses to edit what it cannot read', () => {
    assert.throws(
      () => editYaml('a: [', pyMap([['a', 1]]), 'dvc.yaml'),
      (error) => DvcError.is(error, 'invalid-file'),
    );
    assert.throws(() => editYaml('a: 1\na: 2\n', pyMap([['a', 1]])), /duplicate key/);
  });
});
