import * as assert from 'node:assert/strict';
import {
  compareCodePoints,
  fromPlain,
  PyDate,
  PyFloat,
  type PyValue,
  pyEquals,
  pyFloat,
  pyFloatRepr,
  pyGet,
  pyInt,
  pyJson,
  pyMap,
  pyRepr,
  pyStr,
  pyTruthy,
  toPlain,
} from '../../../src/engine/core/python.ts';
import { parsePyJson } from '../../../src/engine/core/python-json.ts';

describe('Python values', () => {
  const reprs: readonly [value: number, expected: string][] = [
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [0.1, '0.1'],
    [-2.5, '-2.5'],
    [123456.789, '123456.789'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [1e15, '1000000000000000.0'],
    [2 ** 53, '9007199254740992.0'],
    [1e16, '1e+16'],
    [1.5e300, '1.5e+300'],
    [5e-324, '5e-324'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [Number.NaN, 'nan'],
  ];
  for (const [value, expected] of reprs)
    it(`prints the float ${expected} as repr does`, () => assert.equal(pyFloatRepr(value), expected));

  const jsons: readonly [name: string, value: PyValue, json: string, repr: string][] = [
    ['an integer', 1, '1', '1'],
    ['an integral float', new PyFloat(1), '1.0', '1.0'],
    ['an integer beyond 2^53', 12345678901234567890n, '12345678901234567890', '12345678901234567890'],
    ['truth and nothing', [true, false, null], '[true, false, null]', '[True, False, None]'],
    ['an escape', 'a"\\\n\u007f', '"a\\"\\\\\\n\\u007f"', `'a"\\\\\\n\\x7f'`],
    ['text outside of ASCII', 'é😀', '"\\u00e9\\ud83d\\ude00"', "'é😀'"],
    ['an apostrophe', "it's", '"it\'s"', '"it\'s"'],
    ['both quotes', `'"`, `"'\\""`, `'\\'"'`],
    ['not numbers', [Number.NaN, Number.NEGATIVE_INFINITY], '[NaN, -Infinity]', '[nan, -inf]'],
    [
      'a dict',
      pyMap([
        ['b', 1],
        ['a', []],
      ]),
      '{"b": 1, "a": []}',
      "{'b': 1, 'a': []}",
    ],
    ['keys that are no text', new Map([[1, 'x']]), '{"1": "x"}', "{1: 'x'}"],
    ['a date', new PyDate('2020-01-02'), '"2020-01-02"', 'datetime.date(2020, 1, 2)'],
    ['a time', new PyDate('2020-01-02T03:04:05'), '"2020-01-02T03:04:05"', 'datetime.datetime(2020, 1, 2, 3, 4, 5)'],
  ];
  for (const [name, value, json, repr] of jsons)
    it(`prints ${name} as json.dumps and repr do`, () => {
      assert.equal(pyJson(value), json);
      assert.equal(pyRepr(value), repr);
    });

  it('sorts keys by code point, not by UTF-16 unit', () => {
    const value = pyMap([
      ['\u{10000}', 1],
      ['\uffff', 2],
      [
        'a',
        pyMap([
          ['z', 1],
          ['b', 2],
        ]),
      ],
    ]);
    assert.equal(pyJson(value, { sortKeys: true }), '{"a": {"b": 2, "z": 1}, "\\uffff": 2, "\\ud800\\udc00": 1}');
    assert.ok(
      compareCodePoints('ab', 'b') < 0 && compareCodePoints('a', 'ab') < 0 && compareCodePoints('a', 'a') === 0,
    );
  });

  const equal: readonly [a: PyValue, b: PyValue, same: boolean][] = [
    [1, new PyFloat(1), true],
    [1, true, true],
    [0, false, true],
    [1, '1', false],
    [null, false, false],
    [2n ** 64n + 1n, new PyFloat(2 ** 64), false],
    [10000000000000000n, new PyFloat(1e16), true],
    [Number.NaN, Number.NaN, false],
    [[1, [2]], [new PyFloat(1), [2]], true],
    [[1], [1, 2], false],
    [
      pyMap([
        ['a', 1],
        ['b', 2],
      ]),
      pyMap([
        ['b', 2],
        ['a', true],
      ]),
      true,
    ],
    [pyMap([['a', null]]), pyMap([['b', null]]), false],
    [new Map([[1, 'x']]), new Map<PyFloat, string>([[new PyFloat(1), 'x']]), true],
    [new PyDate('2020-01-01'), new PyDate('2020-01-01'), true],
    [new PyDate('2020-01-01'), new PyDate('2020-01-01T00:00:00'), false],
    [new PyDate('2020-01-01T02:00:00+02:00'), new PyDate('2020-01-01T00:00:00+00:00'), true],
  ];
  for (const [a, b, same] of equal)
    it(`${pyRepr(a)} ${same ? '==' : '!='} ${pyRepr(b)}`, () => {
      assert.equal(pyEquals(a, b), same);
      assert.equal(pyEquals(b, a), same);
    });

  it('finds a key under Python equality', () => {
    assert.equal(pyGet(new Map<PyFloat, string>([[new PyFloat(1), 'x']]), 1), 'x');
    assert.equal(pyGet(new Map([['1', 'x']]), 1), undefined);
  });

  it('knows what is empty', () => {
    for (const empty of ['', 0, null, false, [], new Map(), new PyFloat(0), undefined])
      assert.equal(pyTruthy(empty), false);
    for (const full of ['0', 1, true, [null], new Map([['a', null]]), Number.NaN, new PyDate('2020-01-01')])
      assert.equal(pyTruthy(full), true);
  });

  it('makes plain data and takes it back', () => {
    const value = pyMap([
      ['a', [new PyFloat(1), 2n ** 60n, null]],
      ['d', new PyDate('2020-01-01')],
    ]);
    assert.deepEqual(toPlain(value), { a: [1, 2 ** 60, null], d: '2020-01-01' });
    assert.deepEqual(fromPlain({ a: [1, 'x'], b: undefined }), pyMap([['a', [1, 'x']]]));
    assert.equal(pyStr(pyMap([['a', true]])), "{'a': True}");
  });

  it('keeps integers and floats of JSON apart', () => {
    const text = '{"a": [1, 1.0, -0.0, 1e3, 12345678901234567890, NaN, "\\u00e9"], "b": {}}';
    assert.equal(
      pyJson(parsePyJson(text)),
      '{"a": [1, 1.0, -0.0, 1000.0, 12345678901234567890, NaN, "\\u00e9"], "b": {}}',
    );
    assert.deepEqual(pyInt(2n ** 53n), 2n ** 53n);
    assert.deepEqual(pyFloat(0.5), 0.5);
  });

  for (const text of ['', '{', '[1,]', '{"a" 1}', '01', '"\n"', '1 2', '{a: 1}', "'a'", '['.repeat(5000)])
    it(`refuses the JSON ${JSON.stringify(text.slice(0, 20))}`, () =>
      assert.throws(() => parsePyJson(text), SyntaxError));
});
