import * as assert from 'node:assert/strict';
import { PyDate, PyFloat, type PyValue, pyMap } from '../../../src/engine/core/python.ts';
import { dumpYaml, parseYaml } from '../../../src/engine/files/yaml-doc.ts';

describe('YAML: writing', () => {
  const scalars: readonly [value: PyValue, text: string][] = [
    [true, 'true'],
    [new PyFloat(1), '1.0'],
    [0.00001, '1e-05'],
    [Number.NaN, '.nan'],
    [Number.NEGATIVE_INFINITY, '-.inf'],
    [2n ** 70n, '1180591620717411303424'],
    [new PyDate('2020-01-01'), '2020-01-01'],
    [new PyDate('2020-01-01T02:03:04', true), '2020-01-01 02:03:04'],
    ['yes', 'yes'],
    ['1:30', '1:30'],
    ['1', "'1'"],
    ['017', "'017'"],
    ['1_000', "'1_000'"],
    ['1e5', "'1e5'"],
    ['null', "'null'"],
    ['', "''"],
    ['2020-01-01', "'2020-01-01'"],
    ['=', "'='"],
    ['a: b', "'a: b'"],
    ['a:b', 'a:b'],
    ['a #b', "'a #b'"],
    ['#b', "'#b'"],
    ['- a', "'- a'"],
    ['-a', '-a'],
    ['?', "'?'"],
    ['[a', "'[a'"],
    ['%a', "'%a'"],
    ['--- a', "'--- a'"],
    [' a', "' a'"],
    ["it's", "it's"],
    ["it's: a", '"it\'s: a"'],
    ['a\nb', '"a\\nb"'],
    ['a\tb', '"a\\tb"'],
    ['é 日本 😀', 'é 日本 😀'],
    ['\ufeff', '"\\uFEFF"'],
    ['\u0007', '"\\a"'],
    ['\u00a0x', '\u00a0x'],
    [[], '[]'],
    [new Map(), '{}'],
  ];
  for (const [value, text] of scalars)
    it(`writes ${text}`, () => {
      assert.equal(dumpYaml(pyMap([['k', value]])), `k: ${text}\n`);
      assert.equal(dumpYaml([value]), `- ${text}\n`);
    });

  it('writes nothing for null', () => {
    assert.equal(
      dumpYaml(
        pyMap([
          ['a', null],
          ['b', [null, [null]]],
        ]),
      ),
      'a:\nb:\n- \n- - \n',
    );
  });

  it('puts lists at the column of their key, and what is in a list on its dash', () => {
    const value = pyMap([
      [
        'outs',
        [
          pyMap([
            ['path', 'f'],
            ['files', [pyMap([['relpath', 'x']])]],
          ]),
        ],
      ],
      ['nested', [[1, [2]], pyMap([['a', pyMap([['b', 1]])]])]],
    ]);
    assert.equal(
      dumpYaml(value),
      'outs:\n- path: f\n  files:\n  - relpath: x\nnested:\n- - 1\n  - - 2\n- a:\n    b: 1\n',
    );
  });

  it('folds long plain text at column 80, with a blank left behind where a word did not fit', () => {
    const cmd = 'python train.py --data data/processed/train.csv --epochs 100 --lr 0.001 --out models/model.pkl';
    assert.equal(dumpYaml([cmd]), `- ${cmd.replace(' models', ' \n  models')}\n`);
    assert.equal(
      dumpYaml(pyMap([['stages', pyMap([['a', pyMap([['cmd', cmd]])]])]])),
      `stages:\n  a:\n    cmd: ${cmd.replace(' --out', '\n      --out')}\n`,
    );
    const word = 'a'.repeat(90);
    assert.equal(dumpYaml(pyMap([['cmd', `${word} bb`]])), `cmd: \n  ${word}\n  bb\n`);
  });

  it('folds quoted text, with a backslash where the reader would swallow a blank', () => {
    const cmd = `echo "${'x '.repeat(45)}"`;
    const text = dumpYaml(pyMap([['cmd', `${cmd}: 'y'  \n${'z '.repeat(50)}`]]));
    assert.ok(text.split('\n').every((line) => line.length <= 90));
    assert.deepEqual(parseYaml(text, 'f'), pyMap([['cmd', `${cmd}: 'y'  \n${'z '.repeat(50)}`]]));
  });

  it('writes long and broken keys as complex keys', () => {
    const key = 'k'.repeat(130);
    assert.equal(dumpYaml(pyMap([[key, 1]])), `? ${key}\n: 1\n`);
    assert.equal(dumpYaml(pyMap([['a\nb', [1]]])), '? "a\\nb"\n: - 1\n');
  });

  it('keeps the types of keys', () => {
    const value = new Map<PyValue & (number | string | null), PyValue>([
      [1, 'a'],
      ['1', 'b'],
      [null, 'c'],
    ]);
    assert.equal(dumpYaml(value), "1: a\n'1': b\nnull: c\n");
  });
});
