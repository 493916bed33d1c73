import * as assert from 'node:assert/strict';
import { DvcError } from '../../../src/engine/core/errors.ts';
import { PyDate, PyFloat, type PyMap, type PyValue, toPlain } from '../../../src/engine/core/python.ts';
import { lookupParam, readParams } from '../../../src/engine/files/params-file.ts';

const read = (file: string, text: string): PyValue => readParams(file, Buffer.from(text));
const map = (object: Record<string, PyValue>): PyMap => new Map(Object.entries(object));

describe('readParams', () => {
  const formats: readonly [file: string, text: string, expected: PyMap][] = [
    ['p.yaml', 'a: {b: [1, 2.0]}\n', map({ a: map({ b: [1, new PyFloat(2)] }) })],
    ['p.other', 'a: 1e3\n', map({ a: new PyFloat(1000) })],
    [
      'p.json',
      '{"a": {"b": [1, 2.0, 1e3, null]}}',
      map({ a: map({ b: [1, new PyFloat(2), new PyFloat(1000), null] }) }),
    ],
    ['P.JSON', '{"a": 1}', map({ a: 1 })],
    [
      'p.toml',
      'a = 1\nb = 2.0\n[t]\nc = [1, "x", true]\nbig = 9007199254740993\n',
      map({ a: 1, b: new PyFloat(2), t: map({ c: [1, 'x', true], big: 9007199254740993n }) }),
    ],
    ['p.py', 'A = 1\nB = 2.0\n', map({ A: 1, B: new PyFloat(2) })],
    ['d.yaml', 'day: 2024-01-31\n', map({ day: new PyDate('2024-01-31') })],
    [
      'd.toml',
      'd = 2024-01-31\nt = 2024-01-31T10:00:00Z\nl = 2024-01-31 10:00:00.5\nh = 10:00:00\n',
      map({
        d: new PyDate('2024-01-31'),
        t: new PyDate('2024-01-31T10:00:00+00:00'),
        l: new PyDate('2024-01-31T10:00:00.500000'),
        h: '10:00:00',
      }),
    ],
  ];
  for (const [file, text, expected] of formats) it(`reads ${file}`, () => assert.deepEqual(read(file, text), expected));

  for (const [file, text] of [
    ['p.yaml', ''],
    ['p.yaml', '# nothing\n'],
    ['p.json', '[]'],
    ['p.toml', ''],
    ['p.py', ''],
  ] as const) {
    it(`takes ${JSON.stringify(text)} as ${file} for an empty dict`, () =>
      assert.deepEqual(read(file, text), new Map()));
  }

  const broken: readonly [file: string, text: string, line: number][] = [
    ['p.yaml', 'a: 1\nb: [\n', 3],
    ['p.json', '{\n"a": 1,\n}', 3],
    ['p.json', '', 1],
    ['p.toml', 'a = 1\nb = \n', 2],
    ['p.py', 'A = 1\nB = (1,\n', 2],
    ['p.py', 'A = "x\n', 1],
    ['p.py', "\n\nA = '''x\n", 3],
    ['p.py', 'A = 1)\n', 1],
  ];
  for (const [file, text, line] of broken) {
    it(`names ${file} and line ${line} for ${JSON.stringify(text)}`, () =>
      assert.throws(
        () => read(file, text),
        (error) => {
          assert.ok(DvcError.is(error, 'invalid-file'), String(error));
          assert.deepEqual([error.data['path'], error.data['line']], [file, line]);
          return true;
        },
      ));
  }

  it('refuses bytes that are no text', () =>
    assert.throws(
      () => readParams('p.yaml', Buffer.from([0x61, 0xff])),
      (error) => DvcError.is(error, 'invalid-file'),
    ));

  it('does not let a table name reach an object', () => {
    const value = read('p.toml', '[__proto__]\npolluted = 1\n[constructor]\nx = 1\n');
    assert.deepEqual(value, map({ ['__proto__']: map({ polluted: 1 }), constructor: map({ x: 1 }) }));
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
});

describe('parameters of a Python file', () => {
  const cases: readonly [name: string, source: string, expected: Record<string, unknown>][] = [
    [
      'numbers',
      'A = 1\nB = -2.5\nC = +1e-3\nD = 0x1F\nE = 1_000\nF = .5\nG = 5.\nH = 0b11\nI = 0o17',
      { A: 1, B: -2.5, C: 0.001, D: 31, E: 1000, F: 0.5, G: 5, H: 3, I: 15 },
    ],
    ['constants', 'A = True\nB = False\nC = None', { A: true, B: false, C: null }],
    [
      'strings of every kind',
      `A = 'x'\nB = "y'z"\nC = '''m\nn'''\nD = r'\\d'\nE = u"\\u00e9\\n\\x41\\101\\q"\nF = 'a' "b"`,
      { A: 'x', B: "y'z", C: 'm\nn', D: '\\d', E: 'é\nAA\\q', F: 'ab' },
    ],
    [
      'collections',
      "A = {'a': 1, 2: [3, (4, 5)]}\nB = 1, 2\nC = (1,)\nD = (1)\nE = []\nF = ()\nG = {1}\nH = {}\nI = set()",
      { A: { a: 1, '2': [3, [4, 5]] }, B: [1, 2], C: [1], D: 1, E: [], F: [], G: [1], H: {}, I: [] },
    ],
    [
      'lines joined by brackets and backslashes',
      "A = [\n  1,  # one\n  2,\n]\nB = \\\n  3\nC = {'a':\n1}",
      { A: [1, 2], B: 3, C: { a: 1 } },
    ],
    ['annotated names', 'A: int = 5\nB: dict[str, int] = {"x": 1}\nC: int', { A: 5, B: { x: 1 } }],
    ['statements on one line', 'A = 1; B = 2;', { A: 1, B: 2 }],
    [
      'classes',
      'class K(Base):\n    "doc"\n    Q = 1\n    r: float = 0.5\n    class In:\n        z = [1]\n\n    def f(self):\n        self.no = 1\n    def __init__(self, a=1):\n        local = 2\n        self.d = 4\n        self.e: int = 5\n        if a:\n            self.no = 1\nA = 2',
      { K: { Q: 1, r: 0.5, In: { z: [1] }, d: 4, e: 5 }, A: 2 },
    ],
    ['classes on one line', 'class A: x = 1; y = 2\nclass B: pass', { A: { x: 1, y: 2 }, B: {} }],
    ['the last of several', 'A = 1\nB = 2\nA = 3', { A: 3, B: 2 }],
    [
      'nothing that would have to run',
      'import os\nA = os.environ\nB = 1 + 2\nC = f"x{A}"\nD = b"x"\nE = [x for x in y]\nF = G = 1\nH += 1\nI = not True\nJ = 3j\nx, y = 1, 2\nK = -True\nz[0] = 1\na.b = 1\nL = print(1)\nM = lambda: 1\nN = --1',
      {},
    ],
    [
      'nothing inside other statements',
      'if True:\n    A = 1\nelse: B = 2\nfor i in x: C = 3\ntry:\n  D = 1\nexcept: E = 1\ndef f():\n    F = 1\n    return 3',
      {},
    ],
    ['self at top level, as DVC does', 'self.a = 1', { a: 1 }],
    ['names beyond ASCII', 'größe = 1', { größe: 1 }],
    ['files of Windows', 'A = 1\r\nB = [\r\n2]\r\n', { A: 1, B: [2] }],
    ['tabs as indentation', 'class A:\n\tx = 1\n\tdef __init__(self):\n\t\tself.y = 2\n', { A: { x: 1, y: 2 } }],
  ];
  for (const [name, source, expected] of cases) {
    it(`reads ${name}`, () => assert.deepEqual(toPlain(read('p.py', source)), expected));
  }

  it('keeps a float a float', () => assert.deepEqual(read('p.py', 'A = -1.0'), map({ A: new PyFloat(-1) })));

  it('survives nesting without end', () => {
    assert.deepEqual(read('p.py', `A = ${'['.repeat(50_000)}${']'.repeat(50_000)}\nB = 1`), map({ B: 1 }));
  });
});

describe('lookupParam', () => {
  const params = read('p.yaml', 'lr: 0.1\nn: {b: [1, {c: null}, 2], 3: three, true: yes}\n"a.b": x\n');
  const found: readonly [key: string, value: PyValue][] = [
    ['lr', 0.1],
    ['n.b.0', 1],
    ['n.b.-1', 2],
    ['n.b.1.c', null],
    ['n.3', 'three'],
    ['n.True', 'yes'],
    ['.lr', 0.1],
  ];
  for (const [key, value] of found) it(`finds ${key}`, () => assert.deepEqual(lookupParam(params, key), value));
  for (const key of ['nope', 'lr.x', 'n.b.9', 'n.b.x', 'n.b.-4', 'a.b', 'n.b.0.0', '', 'n.']) {
    it(`finds nothing at '${key}'`, () => assert.equal(lookupParam(params, key), undefined));
  }
});
