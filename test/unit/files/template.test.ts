/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: the expressions are what is tested. */
import * as assert from 'node:assert/strict';
import { PyDate, PyFloat, type PyMap, type PyValue, pyFloat } from '../../../src/engine/core/python.ts';
import { EMPTY_CONTEXT, LITERAL, mergeVars, toDict } from '../../../src/engine/files/context.ts';
import { DEFAULT_STYLE, interpolate, mapStrings, type OptionStyle } from '../../../src/engine/files/template.ts';
import { TemplateError } from '../../../src/engine/files/template-error.ts';
import { parseExpression } from '../../../src/engine/files/template-expression.ts';

const POSIX: OptionStyle = { ...DEFAULT_STYLE, quotes: 'posix' };
const map = (object: Record<string, PyValue>): PyMap => new Map(Object.entries(object));

const context = mergeVars(
  EMPTY_CONTEXT,
  toDict(
    map({
      lr: 0.001,
      tiny: 1e-5,
      two: new PyFloat(2),
      n: 3,
      yes: true,
      no: false,
      nil: null,
      text: 'a b',
      day: new PyDate('2024-01-31'),
      list: ['x', 'y z', map({ deep: 1 })],
      data: map({ dir: 'raw', 'odd key': 1 }),
      esc: '\\${lr}',
      train: map({
        epochs: 3,
        opt: map({ name: 'ad am', wd: 0.001 }),
        aug: ['flip', 'ro t'],
        on: true,
        off: false,
        nil: null,
        empty: map({}),
        none: [],
      }),
      nested: map({ a: [[1]] }),
    }),
    LITERAL,
  ),
);

const cmd = (text: string, style = POSIX): PyValue => interpolate(text, context, { field: 'cmd', style }).value;

const fails = (message: string | RegExp, failure?: string) => (error: unknown) => {
  assert.ok(error instanceof TemplateError);
  if (typeof message === 'string') assert.equal(error.message, message);
  else assert.match(error.message, message);
  if (failure !== undefined) assert.equal(error.failure, failure);
  return true;
};

describe('interpolate', () => {
  const cases: readonly [name: string, text: string, expected: PyValue][] = [
    ['leaves text without expressions alone', 'cat x', 'cat x'],
    ['replaces a nested key', 'cat ${data.dir}/x', 'cat raw/x'],
    ['takes an index in brackets or behind a dot', '${list[0]} ${list.0} ${list[-2]} ${list[2].deep}', 'x x y z 1'],
    ['trims blanks around words', '${ data . dir } ${list[ 0 ]}', 'raw x'],
    ['takes keys with blanks inside', 'k=${data.odd key}', 'k=1'],
    ['prints booleans in lower case and null as Python', '${yes} ${no} ${nil}', 'true false None'],
    ['prints numbers as Python', '${lr} ${tiny} ${two} ${n}', '0.001 1e-05 2.0 3'],
    ['does not quote text', 'echo ${text}', 'echo a b'],
    ['prints a date', 'on ${day}', 'on 2024-01-31'],
    ['gives a lone expression its own type', '${yes}', true],
    ['keeps a float a float', '${two}', new PyFloat(2)],
    ['gives a lone null', '${nil}', null],
    ['leaves an escaped marker, without its backslash', 'a \\${lr} ${n}', 'a ${lr} 3'],
    ['unescapes where there is nothing to replace', '\\${lr}', '${lr}'],
    ['unescapes what a value brought in', 'x${esc}', 'x${lr}'],
    ['leaves an unclosed marker', '${lr', '${lr'],
    ['does not look for the end on another line', '${lr\n}', '${lr\n}'],
    ['ends a marker at the first brace', '${n}}', '3}'],
    ['sees a marker behind a dollar', '$${n}', '$3'],
    [
      'makes options of a dict',
      'python t.py ${train}',
      "python t.py --epochs 3 --opt.name 'ad am' --opt.wd 0.001 --aug flip 'ro t' --on --nil None",
    ],
  ];
  for (const [name, text, expected] of cases) it(name, () => assert.deepEqual(cmd(text), expected));

  it('follows parsing.bool and parsing.list', () =>
    assert.equal(
      cmd('python t.py ${train}', { bool: 'boolean_optional', list: 'append', quotes: 'posix' }),
      "python t.py --epochs 3 --opt.name 'ad am' --opt.wd 0.001 --aug flip --aug 'ro t' --on --no-off --nil None",
    ));

  const quoted: readonly [text: string, posix: string, windows: string][] = [
    ['plain', 'plain', 'plain'],
    ['', "''", '""'],
    ["it's", `'it'"'"'s'`, "it's"],
    ['a b', "'a b'", '"a b"'],
    ['say "hi"', `'say "hi"'`, '"say \\"hi\\""'],
    ['end\\ ', "'end\\ '", '"end\\ "'],
    ['a b\\', "'a b\\'", '"a b\\\\"'],
    ['$(rm)', "'$(rm)'", '$(rm)'],
    ['ü', "'ü'", 'ü'],
  ];
  for (const [text, posix, windows] of quoted) {
    it(`quotes ${JSON.stringify(text)} for both kinds of shell`, () => {
      const one = mergeVars(EMPTY_CONTEXT, toDict(map({ o: map({ k: text }) }), LITERAL));
      const as = (quotes: OptionStyle['quotes']): PyValue =>
        interpolate('x ${o}', one, { field: 'cmd', style: { ...POSIX, quotes } }).value;
      assert.deepEqual([as('posix'), as('windows')], [`x --k ${posix}`, `x --k ${windows}`]);
    });
  }

  it('takes a dict only in cmd, and a list nowhere in a stage', () => {
    assert.throws(() => cmd('${list}'), fails("Cannot interpolate data of type 'list'", 'syntax'));
    assert.throws(
      () => interpolate('${data}', context, { field: 'deps' }),
      fails("Cannot interpolate data of type 'dict'"),
    );
    assert.throws(() => cmd('x ${nested}'), fails("Cannot interpolate nested iterable in 'a'"));
  });

  it('takes anything outside stages', () => {
    assert.deepEqual(interpolate('${list}', context).value, ['x', 'y z', map({ deep: 1 })]);
    assert.equal(interpolate('a${list}', context).value, "a['x', 'y z', {'deep': 1}]");
  });

  for (const [text, key] of [
    ['${nope}', 'nope'],
    ['${n.x}', 'n.x'],
    ['${list[9]}', 'list.9'],
    ['${list.x}', 'list.x'],
    ['${ data . no }', ' data . no '],
  ] as const) {
    it(`names the key that ${text} misses`, () =>
      assert.throws(() => cmd(text), fails(`Could not find '${key}'`, 'missing-key')));
  }

  it('suggests a key like the missing one', () =>
    assert.throws(
      () => cmd('${data.dri}'),
      (error: TemplateError) => error.hint === "Did you mean 'dir'?",
    ));

  it('says what each expression stood for, and where that came from', () => {
    const { uses } = interpolate('${n}-${data.dir}', context);
    assert.deepEqual(
      uses.map(({ expression, value, origin }) => [expression, value, origin.path]),
      [
        ['n', 3, ['n']],
        ['data.dir', 'raw', ['data', 'dir']],
      ],
    );
  });

  it('does not resolve what a value contains', () => {
    const one = mergeVars(EMPTY_CONTEXT, toDict(map({ a: '${b}', b: 'x' }), LITERAL));
    assert.equal(interpolate('<${a}>', one).value, '<${b}>');
  });
});

describe('parseExpression', () => {
  const good: readonly [text: string, key: string][] = [
    ['a', 'a'],
    ['a[0].b', 'a.0.b'],
    [' a . b ', ' a . b '],
    ['a[0][1]', 'a.0.1'],
    ['a[0] .b', 'a.0.b'],
    ['a[0] ', 'a.0'],
    ['a [0]', 'a .0'],
  ];
  for (const [text, key] of good) it(`reads '${text}'`, () => assert.equal(parseExpression(text), key));

  // Shown text, offset of the caret, and what DVC's parser says there.
  const bad: readonly [text: string, caret: number, says: string][] = [
    ['', 2, "Expected !W:(.[]), found '}'"],
    ['.a', 2, "Expected !W:(.[]), found '.'"],
    ['[0]', 2, "Expected !W:(.[]), found '['"],
    ['a.', 3, "Expected end of text, found '.'"],
    ['a..b', 3, "Expected end of text, found '.'"],
    ['a[', 3, "Expected end of text, found '['"],
    ['a[]', 3, "Expected end of text, found '['"],
    ['a[0', 3, "Expected end of text, found '['"],
    ['a[b.c]', 3, "Expected end of text, found '['"],
    ['a[0]bcd', 6, "Expected end of text, found 'bcd'"],
    ['a[0]  x', 8, "Expected end of text, found 'x'"],
    ['a[0] ]', 7, "Expected end of text, found ']'"],
    ['😀.', 3, "Expected end of text, found '.'"],
  ];
  for (const [text, caret, says] of bad) {
    it(`points at the mistake in '${text}'`, () => {
      const expected = `\${${text}}\n${' '.repeat(caret)}^\nParseException: ${says}  (at char ${caret}), (line:1, col:${caret + 1})`;
      assert.throws(() => parseExpression(text), fails(expected, 'syntax'));
    });
  }
});

describe('mapStrings', () => {
  it('replaces texts at every depth, keys too, and says where they stand', () => {
    const seen: string[] = [];
    const copy = mapStrings(map({ a: ['x', map({ b: 'y' })], c: 1.5, d: pyFloat(1) }), (text, at) => {
      seen.push(at.join('/'));
      return text.toUpperCase();
    });
    assert.deepEqual(
      copy,
      new Map<string, PyValue>([
        ['A', ['X', map({ B: 'Y' })]],
        ['C', 1.5],
        ['D', new PyFloat(1)],
      ]),
    );
    assert.deepEqual(seen, ['a', 'a/0', 'a/1/b', 'a/1/b', 'c', 'd']);
  });
});
