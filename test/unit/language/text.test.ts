/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: dvc.yaml has them. */
import * as assert from 'node:assert/strict';
import { parseYaml } from '../../../src/engine/files/yaml-doc.ts';
import { readValue } from '../../../src/engine/files/yaml-value.ts';
import {
  foldsOf,
  LanguageText,
  type OutlineItem,
  outlineOf,
  selectionsAt,
} from '../../../src/engine/language/index.ts';
import { readLenient } from '../../../src/engine/language/lenient-yaml.ts';
import { languageCase, shownRange } from '../../support/language-project.ts';
import { seededRandom } from '../../support/random.ts';

const lenient = (text: string) => {
  const root = readLenient(text);
  return root && readValue(root, (problem) => new Error(problem));
};

describe('reading leniently', () => {
  const complete = [
    'a: 1\nb: text\n',
    'a:\n  b:\n    c: x\n  d: y\ne: z\n',
    'a:\n- x\n- y\nb:\n  - 1\n  - 2\n',
    'a:\n- b: 1\n  c: 2\n- - x\n  - y\n-\n  d: 3\n',
    'a: \'it\'\'s\'\nb: "x\\ny"\nc: "# no comment"\n',
    'a: [x, "y, z", {b: 1}, [c]]\nd: {e: f, "g": [h]}\n',
    'a: [\n    x,\n    y   # c\n  ]\nb: {\n    c: d\n  }\n',
    'a: x # c\n# d\n\nb: y\n',
    'a: |\n  one\n   two\nb: 1\n',
    'a: x\n  y\n  z\nb: 1\n',
    'a: "x\n  y"\nb: 1\n',
    'stages:\n  s:\n    cmd: python x.py ${a.b} > out\n    outs:\n    - "${x}.csv":\n        cache: false\n',
    'a: http://x/y\nb: c:d\n',
  ];
  for (const text of complete)
    it(`gives what DVC reads: ${JSON.stringify(text)}`, () => {
      const folded = (value: unknown): unknown =>
        JSON.parse(
          JSON.stringify(value, (_, item) =>
            item instanceof Map ? [...item] : typeof item === 'string' ? item.trim().replace(/\s+/g, ' ') : item,
          ),
        );
      assert.deepEqual(folded(lenient(text)), folded(parseYaml(text, 'x')));
    });

  const incomplete: [string, unknown][] = [
    ['a:\n  b', new Map([['a', 'b']])],
    [
      'a:\n  b\n  c: 1\n',
      new Map([
        [
          'a',
          new Map<string, unknown>([
            ['b', null],
            ['c', 1],
          ]),
        ],
      ]),
    ],
    [
      'a: [x, y\nb: 1\n',
      new Map<string, unknown>([
        ['a', ['x', 'y']],
        ['b', 1],
      ]),
    ],
    [
      'a: {b: 1, c\nd: 2\n',
      new Map<string, unknown>([
        [
          'a',
          new Map<string, unknown>([
            ['b', 1],
            ['c', null],
          ]),
        ],
        ['d', 2],
      ]),
    ],
    [
      'a: "x\nb: 1\n',
      new Map<string, unknown>([
        ['a', 'x'],
        ['b', 1],
      ]),
    ],
    [
      'a:\n  b: 1\n c: 2\n',
      new Map([
        [
          'a',
          new Map([
            ['b', 1],
            ['c', 2],
          ]),
        ],
      ]),
    ],
    ['a:\n- \n- x\n', new Map([['a', [null, 'x']]])],
  ];
  for (const [text, value] of incomplete)
    it(`makes the best of ${JSON.stringify(text)}`, () => assert.deepEqual(lenient(text), value));

  it('ends, whatever the text', () => {
    const chars = [...'ab:-[]{},"\'#|>&*!%? \n\t$', '\n  ', '- ', ': '];
    const random = seededRandom(12345);
    for (let i = 0; i < 600; i++) {
      const text = Array.from({ length: random.int(60) }, () => random.pick(chars)).join('');
      readLenient(text);
      const file = new LanguageText(text);
      for (const part of file.parts) assert.equal(typeof part.parsed.isValid, 'boolean');
    }
  });
  it('bears deep nesting', () => {
    readLenient(`a: ${'['.repeat(100_000)}`);
    readLenient(Array.from({ length: 5000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'));
    readLenient('- '.repeat(50_000));
  });
});

describe('parts of a file', () => {
  it('are the stages and the other top-level keys', () => {
    const text = new LanguageText(
      "# c\nvars:\n- a: 1\nstages:\n  # c\n  x:\n    cmd: |\n      a:\n\n  'y z':\n    cmd: b\n\nmetrics:\n- m\n",
    );
    assert.deepEqual(
      text.parts.map(({ path }) => path.join('/')),
      ['vars', 'stages', 'stages/x', 'stages/y z', 'metrics'],
    );
    assert.equal(text.part('stages', 'y z')?.end, text.text.indexOf('\n\nmetrics'));
  });
  it('are parsed again only where the text changed', () => {
    const source = (middle: string) =>
      `stages:\n${['a', middle, 'c'].map((name) => `  ${name}:\n    cmd: x\n`).join('')}`;
    const before = new LanguageText(source('b'));
    const after = new LanguageText(source('bbb'), before);
    const same = (name: string) => after.part('stages', name)?.parsed === before.part('stages', name)?.parsed;
    assert.deepEqual(
      [same('a'), same('c'), after.part('stages', 'bbb')?.parsed.source],
      [true, true, 'stages:\n  bbb:\n    cmd: x'],
    );
  });
  it('give the same nodes after any edit as a new reading does', () => {
    const random = seededRandom(99);
    let text =
      'vars:\n- a: 1\nstages:\n  a:\n    cmd: x\n    deps:\n    - y\n  b:\n    cmd: z\n  c:\n    cmd: w\nmetrics: [m]\n';
    let file = new LanguageText(text);
    const pieces = ['', 'x', '\n', '  d:\n    cmd: q\n', '    deps: [a]\n', ' ', ':', 'stages:\n', '"'];
    for (let i = 0; i < 500; i++) {
      const at = random.int(text.length + 1);
      text = text.slice(0, at) + random.pick(pieces) + text.slice(at + random.int(4));
      file = new LanguageText(text, file);
      const fresh = new LanguageText(text);
      const shape = (one: LanguageText) =>
        one.parts.map(({ path, start, end, parsed }) => [path, start, end, parsed.source]);
      assert.deepEqual(shape(file), shape(fresh), JSON.stringify(text));
    }
  });
});

describe('outline', () => {
  const rows = (items: readonly OutlineItem[], depth = 0): string[] =>
    items.flatMap(({ name, kind, detail, children }) => [
      `${'  '.repeat(depth)}${kind} ${name}${detail && ` (${detail})`}`,
      ...rows(children, depth + 1),
    ]);
  it('of a dvc.yaml', async () => {
    const { project, file } = languageCase({
      'dvc.yaml':
        'vars:\n- v.yaml\nstages:\n  a:\n    cmd: python a.py\n    deps: [in]\n    params:\n    - lr\n    - p.json: [x]\n    outs:\n    - out: {cache: false}\n  g:\n    foreach: [1]\n    do:\n      cmd: [first, second]\n      metrics: [m]\nartifacts:\n  model: {path: out}\n',
    });
    assert.deepEqual(rows(await outlineOf(project, file)), [
      'section vars',
      '  param v.yaml',
      'stage a (python a.py)',
      '  dep in',
      '  param lr',
      '  param p.json',
      '    param x',
      '  out out',
      'group g (first)',
      '  metric m',
      'section artifacts',
      '  artifact model',
    ]);
  });
  it('of a lock file and of a pointer file', async () => {
    const { project } = languageCase({
      'dvc.lock': "schema: '2.0'\nstages:\n  a:\n    cmd: x\n    outs:\n    - path: o\n      md5: abc\n",
      'd.dvc': 'outs:\n- md5: abc\n  path: d\n',
    });
    assert.deepEqual(rows(await outlineOf(project, 'dvc.lock' as never)), ['stage a (x)', '  out o']);
    assert.deepEqual(rows(await outlineOf(project, 'd.dvc' as never)), ['section outs', '  out d']);
  });
  it('keeps every selection within its range, and children within their parent', async () => {
    const { project, file } = languageCase({
      'dvc.yaml': 'stages:\n  a:\n    cmd: x\n    outs:\n    - o:\n        cache: false\n    - p\n\n  b:\n    cmd: y\n',
    });
    const order = ({ line, character }: { line: number; character: number }) => line * 1000 + character;
    const check = (item: OutlineItem): void => {
      assert.ok(
        order(item.range.start) <= order(item.selection.start) && order(item.selection.end) <= order(item.range.end),
        item.name,
      );
      for (const child of item.children) {
        assert.ok(
          order(item.range.start) <= order(child.range.start) && order(child.range.end) <= order(item.range.end),
          child.name,
        );
        check(child);
      }
    };
    for (const item of await outlineOf(project, file)) check(item);
  });
});

describe('folding', () => {
  it('folds stages, lists and mappings, lists at the column of their key too', () => {
    const folds = foldsOf(
      new LanguageText(
        'stages:\n  a:\n    cmd: x\n    deps:\n    - b\n    - c\n\n  # about d\n  d:\n    cmd: y\nmetrics: []\n',
      ),
    );
    assert.deepEqual(
      folds.map(({ start, end }) => `${start + 1}-${end + 1}`),
      ['1-10', '2-6', '4-6', '9-10'],
    );
  });
});

describe('selection', () => {
  it('grows from the word to the stage', () => {
    const text = new LanguageText('stages:\n  a:\n    cmd: x\n    deps:\n    - one\n    - two\n');
    const ranges = selectionsAt(text, text.text.indexOf('two') + 1).map(shownRange);
    assert.deepEqual(ranges, ['6:6-6:9', '4:4-6:9', '2:2-6:9']);
  });
});
