import * as assert from 'node:assert/strict';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { isPyList, isPyMap, PyDate, PyFloat, type PyValue, pyJson, pyMap } from '../../../src/engine/core/python.ts';
import { parseYaml, parseYamlDoc } from '../../../src/engine/files/yaml-doc.ts';

const isError =
  (text: RegExp, line?: number, column?: number) =>
  (error: unknown): boolean => {
    assert.ok(DvcError.is(error, 'invalid-file'), String(error));
    assert.match(error.message, text);
    if (line !== undefined) assert.deepEqual([error.data['line'], error.data['column']], [line, column]);
    return true;
  };

describe('YAML: values', () => {
  const scalars: readonly [text: string, value: PyValue][] = [
    ['1', 1],
    ['+1', 1],
    ['-0', 0],
    ['1.0', new PyFloat(1)],
    ['017', 17],
    ['0o17', 15],
    ['0x1F', 31],
    ['0b11', 3],
    ['1_000', 1000],
    ['12345678901234567890', 12345678901234567890n],
    ['1e3', new PyFloat(1000)],
    ['1e-05', 0.00001],
    ['.5', 0.5],
    ['5.', new PyFloat(5)],
    ['-.inf', Number.NEGATIVE_INFINITY],
    ['1:30', '1:30'],
    ['yes', 'yes'],
    ['on', 'on'],
    ['True', true],
    ['FALSE', false],
    ['~', null],
    ['', null],
    ['Null', null],
    ['"1"', '1'],
    ["'it''s'", "it's"],
    ['"a\\tb\\u00e9\\x41"', 'a\tbéA'],
    ['a #b', 'a'],
    ['a#b', 'a#b'],
    ['2020-01-01', new PyDate('2020-01-01')],
    ['2020-1-1', '2020-1-1'],
    ['2020-1-2 3:04:05.5', new PyDate('2020-01-02T03:04:05.500000')],
    ['2020-01-02T03:04:05Z', new PyDate('2020-01-02T03:04:05+00:00', true, 'Z')],
    ['2020-01-02 03:04:05 +2', new PyDate('2020-01-02T03:04:05+02:00', false, '+2')],
    ['!!str 1', '1'],
    ['!!int "3"', 3],
    ['[a, {b: 1}]', ['a', pyMap([['b', 1]])]],
  ];
  for (const [text, value] of scalars)
    it(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(parseYaml(`k: ${text}\n`, 'f'), pyMap([['k', value]])));

  it('reads nothing as null', () => {
    for (const text of ['', '# only\n', '---\n', 'null\n']) assert.equal(parseYaml(text, 'f'), null);
  });

  it('keeps the order and the types of keys', () => {
    const value = parseYaml('2: a\n1: b\n"3": c\nfalse: d\n', 'f');
    assert.ok(isPyMap(value));
    assert.deepEqual([...value.keys()], [2, 1, '3', false]);
  });

  it('reads block scalars', () => {
    const text = 'a: |\n  x\n   y\n\nb: >\n  x\n  y\n\n  z\nc: |+\n  x\n\nd: >-\n  x\n  y\ne: |\n  cut';
    assert.equal(
      pyJson(parseYaml(text, 'f')),
      '{"a": "x\\n y\\n", "b": "x y\\nz\\n", "c": "x\\n\\n", "d": "x y", "e": "cut"}',
    );
  });

  it('applies merge keys: own keys win, and of a list the first mapping', () => {
    const text = 'b: &x {a: 1, c: 2}\ny: &y {a: 9, z: 3}\nm: {<<: *x, c: 3}\nl: {<<: [*x, *y], q: 1}\n';
    const value = parseYaml(text, 'f');
    assert.ok(isPyMap(value));
    assert.equal(pyJson(value.get('m') ?? null), '{"a": 1, "c": 3}');
    assert.equal(pyJson(value.get('l') ?? null, { sortKeys: true }), '{"a": 1, "c": 2, "q": 1, "z": 3}');
  });

  it('reads Windows line ends and a byte order mark', () => {
    assert.deepEqual(
      parseYaml('\ufeffa: 1\r\nb: |\r\n  x\r\n', 'f'),
      pyMap([
        ['a', 1],
        ['b', 'x\n'],
      ]),
    );
  });
});

describe('YAML: errors', () => {
  const cases: readonly [name: string, text: string, message: RegExp, line: number, column: number][] = [
    ['a duplicate key', 'a: 1\nb: 2\na: 3\n', /found duplicate key "a" with value "3" \(original value: "1"\)/, 3, 1],
    ['keys equal for Python', '1: a\n1.0: b\n', /found duplicate key/, 2, 1],
    ['an unknown alias', 'a: *x\n', /found undefined alias 'x'/, 1, 4],
    ['an alias inside of itself', 'a: &x [*x]\n', /found alias 'x' inside of what it stands for/, 1, 8],
    ['an unknown tag', 'a: !foo 1\n', /could not determine a constructor for the tag '!foo'/, 1, 9],
    ['a mapping on one line', 'a: b: c\n', /mapping values are not allowed here/, 1, 4],
    ['an unclosed list', 'a: [1, 2\nb: 3\n', /Flow sequence|must be/, 2, 1],
    ['an unclosed quote', 'a: "x\n', /Missing closing "quote/, 2, 1],
    ['a tab for indentation', 'a:\n\tb: 1\n', /'\\t'|Tabs/, 2, 1],
    [
      'a control character',
      'a: "x\u0007"\n',
      /unacceptable character #x0007: special characters are not allowed/,
      1,
      6,
    ],
    [
      'a second document',
      'a: 1\n---\nb: 1\n',
      /expected a single document in the stream, but found another document/,
      2,
      1,
    ],
    ['a date that is none', 'a: 2020-13-01\n', /is not a date/, 1, 4],
    ['a merge of something else', '<<: 1\n', /expected a mapping or list of mappings for merging/, 1, 5],
    ['a mapping as a key', '? {a: 1}\n: b\n', /found unhashable key/, 1, 3],
  ];
  for (const [name, text, message, line, column] of cases)
    it(`names line and column of ${name}`, () =>
      assert.throws(() => parseYaml(text, 'params.yaml'), isError(message, line, column)));

  it('says what merge conflict markers are, where they begin, and the way out', () => {
    const text = 'a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> topic\n';
    assert.throws(
      () => parseYaml(text, 'params.yaml'),
      (error) => {
        assert.ok(isError(/possible merge conflicts/, 2, 1)(error) && DvcError.is(error));
        return /Choose a side in 'params.yaml'/.test(error.hint ?? '');
      },
    );
  });
});

describe('YAML: budget', () => {
  const laughs = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++)
    laughs.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  const hostile: readonly [name: string, text: string, message: RegExp][] = [
    ['aliases of aliases', laughs.join('\n'), /more than 1,000,000 nodes/],
    ['many aliases', `a: &a 1\nb: [${Array(1001).fill('*a').join(', ')}]\n`, /more than 1,000 aliases/],
    ['deep lists', `a: ${'['.repeat(100_000)}`, /nested more than 100 levels deep/],
    ['deep blocks', '- '.repeat(100_000), /nested more than 100 levels deep/],
    ['deep keys', '? '.repeat(100_000), /nested more than 100 levels deep/],
    ['deep braces', '{a: '.repeat(100_000), /nested more than 100 levels deep/],
  ];
  for (const [name, text, message] of hostile)
    it(`refuses ${name} fast`, () => {
      const start = performance.now();
      assert.throws(() => parseYaml(text, 'f'), isError(message));
      assert.ok(performance.now() - start < 5_000); // A second, on a machine that does nothing else.
    });

  it('allows what people write: 90 levels, 900 aliases', () => {
    let value = parseYaml(`${'['.repeat(90)}1${']'.repeat(90)}`, 'f');
    for (let i = 0; i < 90; i++) value = isPyList(value) ? (value[0] ?? null) : null;
    assert.equal(value, 1);
    assert.ok(parseYaml(`a: &a 1\nb: [${Array(900).fill('*a').join(', ')}]\n`, 'f'));
  });
});

describe('YAML: places', () => {
  const text = 'stages:\n  prep:\n    cmd: x y\n    deps:\n    - a\n    - {p: é, q: 1}\n';
  const doc = parseYamlDoc(text, 'f');
  const cases: readonly [at: (string | number)[], key: [number, number, number, number], value: [number, number]][] = [
    [
      ['stages', 'prep', 'cmd'],
      [3, 5, 3, 8],
      [3, 10],
    ],
    [
      ['stages', 'prep', 'deps'],
      [4, 5, 4, 9],
      [5, 5],
    ],
    [
      ['stages', 'prep', 'deps', 0],
      [5, 7, 5, 8],
      [5, 7],
    ],
    [
      ['stages', 'prep', 'deps', 1, 'q'],
      [6, 14, 6, 15],
      [6, 17],
    ],
  ];
  for (const [at, key, value] of cases)
    it(`locates ${at.join('.')}`, () => {
      const found = doc.locate(at);
      assert.ok(found?.exact);
      const { line, column, endLine, endColumn } = found.key;
      assert.deepEqual([line, column, endLine, endColumn], key);
      assert.deepEqual([found.value.line, found.value.column], value);
    });

  it('gives the nearest part above what is missing', () => {
    const found = doc.locate(['stages', 'prep', 'outs', 0]);
    assert.deepEqual([found?.exact, found?.key.line, found?.key.column], [false, 2, 3]);
  });
});
