import * as assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { isPyList, isPyMap, PyDate, type PyValue, pyRepr } from '../../src/engine/core/python.ts';
import { readParams } from '../../src/engine/files/params-file.ts';
import { type Random, runSeed, seededRandom } from '../support/random.ts';

/** Reads each text with DVC's parser for its suffix; answers Python's repr with tuples and sets as lists, or the error's type. */
const ORACLE = `
import datetime, json, sys, warnings
warnings.simplefilter("ignore")
from dvc.utils.serialize import PARSERS, ParseError

def plain(value):
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, datetime.datetime):
        return "datetime " + value.isoformat()
    if isinstance(value, datetime.date):
        return "date " + value.isoformat()
    return value

def answer(suffix, text):
    try:
        return {"ok": repr(plain(PARSERS[suffix](text, "p" + suffix)))}
    except ParseError as exc:
        return {"refused": str(exc)}
    except Exception as exc:
        return {"crash": type(exc).__name__}

print(json.dumps([answer(*case) for case in json.load(sys.stdin)]))
`;

type Answer = { readonly ok: string } | { readonly refused: string } | { readonly crash: string };

/** Dates as the oracle writes them. */
function plain(value: PyValue): PyValue {
  if (value instanceof PyDate) return `${value.iso.includes('T') ? 'datetime' : 'date'} ${value.iso}`;
  if (isPyList(value)) return value.map(plain);
  return isPyMap(value) ? new Map([...value].map(([key, item]) => [key, plain(item)])) : value;
}

/** Without bytes, complex numbers and `...`, which no YAML, JSON or lock file could hold. */
const PYTHON_ATOMS = [
  '1',
  '-2',
  '+3',
  '1.0',
  '-1e-05',
  '1e16',
  '0x1f',
  '1_000',
  '.5',
  '5.',
  '00',
  'True',
  'None',

  'x',
  '-x',
  '-True',
].concat([
  "'a'",
  '"b\'c"',
  "'\\n\\x41\\q'",
  "r'\\d'",

  "f'{x}'",
  "'a' 'b'",
  '"""m\nn"""',
  "'ü\\u00e9'",
  'f(1)',
  '1 + 2',
  '(1)',
  '()',
]);
const JSON_TEXTS = [
  '{"a": 1.0}',
  '[1, 2',
  '{"a": NaN, "b": -Infinity}',
  '{"a": 1, "a": 2}',
  '0',
  '{"a": "\\ud83d\\ude00"}',
  '{"a": 1e400}',
  '',
];
const TOML_ATOMS = [
  '1',
  '-2',
  '1.0',
  '1e5',
  'inf',
  'true',
  '"x"',
  "'lit'",
  '"""m\nn"""',
  '2024-01-31',
  '2024-01-31T10:20:30',
  '2024-01-31T10:20:30.25',
  '2024-01-31T10:20:30Z',
  '0xff',
  '1_000',
  '[1, [2.0]]',
  '{a = 1}',
  'bad',
  '01',
];

function pythonValue(random: Random, depth: number): string {
  if (depth === 0 || random.int(3) > 0) return random.pick(PYTHON_ATOMS);
  const items = Array.from({ length: random.int(4) }, () => pythonValue(random, depth - 1));
  const tail = items.length > 0 && random.int(3) === 0 ? ',' : '';
  switch (random.int(4)) {
    case 0:
      return `[${items.join(random.pick([', ', ',\n   ', ', # c\n']))}${tail}]`;
    case 1:
      return `(${items.join(', ')}${tail})`;
    case 2:
      return `{${items.map((item, i) => `${random.pick([`'k${i}'`, String(i)])}: ${item}`).join(', ')}${tail}}`;
    default:
      return items.join(', ') || '{}';
  }
}

function pythonFile(random: Random, indent = '', depth = 2): string {
  const lines = Array.from({ length: 1 + random.int(5) }, (_, i) => {
    const value = pythonValue(random, 2);
    switch (random.int(depth > 0 ? 10 : 7)) {
      case 0:
        return `v${i}: int = ${value}`;
      case 1:
        return `self.s${i} = ${value}`;
      case 2:
        return `a = 1; b${i} = ${value}`;
      case 3:
        return random.pick([
          '# note',
          'x += 1',
          'p = q = 1',
          'import os',
          'x, y = 1, 2',
          'o.p = 1',
          '"""doc"""',
          'z: int',
        ]);
      case 7:
        return `class C${i}:\n${pythonFile(random, `${indent}    `, depth - 1)}`;
      case 8:
        return `def ${random.pick(['__init__', 'other'])}(self, k={'a': [1]}) -> None:\n${pythonFile(random, `${indent}    `, depth - 1)}`;
      case 9:
        return `if x:\n${pythonFile(random, `${indent}    `, depth - 1)}`;
      default:
        return `v${i} = ${value}`;
    }
  });
  return lines.map((line) => indent + line).join('\n');
}

const tomlFile = (random: Random): string =>
  Array.from({ length: 1 + random.int(4) }, (_, i) =>
    random.int(4) === 0 ? `[t${i}]\nx = ${random.pick(TOML_ATOMS)}` : `k${i} = ${random.pick(TOML_ATOMS)}`,
  ).join('\n');

describe('params files: against DVC itself', () => {
  it('reads Python, TOML and JSON as DVC does', function () {
    const python = process.env['LODE_DVC_PYTHON'];
    if (python === undefined) {
      console.log('      LODE_DVC_PYTHON does not name an interpreter that has dvc');
      return this.skip();
    }
    this.timeout(120_000);
    const seed = runSeed();
    const random = seededRandom(seed);
    const cases: [suffix: string, text: string][] = [
      ...Array.from({ length: 2_000 }, (): [string, string] => ['.py', pythonFile(random)]),
      ...Array.from({ length: 500 }, (): [string, string] => ['.toml', tomlFile(random)]),
      ...JSON_TEXTS.map((text): [string, string] => ['.json', text]),
    ];
    const run = spawnSync(python, ['-c', ORACLE], {
      input: JSON.stringify(cases),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    assert.equal(run.status, 0, run.stderr);
    const answers = JSON.parse(run.stdout) as Answer[];
    const counts = { same: 0, refused: 0, crash: 0 };
    for (const [i, [suffix, text]] of cases.entries()) {
      const answer = answers[i] as Answer;
      if ('crash' in answer) counts.crash++;
      // A file that Python cannot compile may hold statements that we skip: only what DVC reads is compared.
      else if ('refused' in answer) counts.refused++;
      else {
        const ours = pyRepr(plain(readParams(`p${suffix}`, Buffer.from(text))));
        assert.equal(ours, answer.ok, `seed ${seed}, ${suffix}:\n${text}`);
        counts.same++;
      }
    }
    console.log(`      seed ${seed}: ${JSON.stringify(counts)}`);
    assert.ok(counts.same > cases.length / 2);
  });
});
