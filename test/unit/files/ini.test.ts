import * as assert from 'node:assert/strict';
import { IniError, type IniSection, type IniValue } from '../../../src/engine/files/ini.ts';
import { readIni } from '../../../src/engine/files/ini-interpolation.ts';
import { printIni, UnquotableError } from '../../../src/engine/files/ini-print.ts';
import vectors from '../../fixtures/config-vectors.json';

type Plain = string | readonly string[] | { readonly [key: string]: Plain };

const plain = (value: IniValue): Plain =>
  value instanceof Map ? Object.fromEntries([...value].map(([key, item]) => [key, plain(item)])) : value;

const option = (value: string): IniSection => new Map([['s', new Map([['k', value]])]]);

function lineOfError(text: string): number {
  try {
    readIni(text);
  } catch (error) {
    if (error instanceof IniError) return error.line;
    throw error;
  }
  return -1;
}

describe('readIni', () => {
  it(`reads what configobj reads (${vectors.read.length} recorded texts)`, () => {
    for (const [text, [kind, expected]] of vectors.read as [string, [string, unknown]][])
      if (kind === 'ok') assert.deepEqual(plain(readIni(text)), expected, JSON.stringify(text));
      else assert.equal(lineOfError(text), expected, JSON.stringify(text));
  });

  const values: readonly [name: string, text: string, expected: Plain][] = [
    ['drops a comment behind a value', 'a = x # why', 'x'],
    ['keeps a # in quotes', 'a = "x # why"', 'x # why'],
    ['keeps quotes inside a plain value', `a = it's "so"`, `it's "so"`],
    ['ends a quoted value at the last quote that makes sense', 'a = "x"y"', 'x"y'],
    ['reads an unquoted comma as a list', 'a = reflink, "copy",hardlink', ['reflink', 'copy', 'hardlink']],
    ['reads a trailing comma as a list of one', 'a = copy,', ['copy']],
    ['reads a lone comma as an empty list', 'a = ,', []],
    ['reads triple quotes over lines', `a = '''x\n  y'''`, 'x\n  y'],
    ['reads nothing as empty', 'a =', ''],
    ['puts another option in place of its name', 'b = x\na = %(b)s/y', 'x/y'],
  ];
  for (const [name, text, expected] of values)
    it(name, () => assert.deepEqual(plain(readIni(text).get('a') ?? 'missing'), expected));

  const broken: readonly [name: string, text: string, line: number, message: RegExp][] = [
    ['a line that is nothing', '[core]\nhello\n', 2, /neither section nor keyword/],
    ['an option twice', '[core]\na = 1\na = 2\n', 3, /Duplicate keyword/],
    ['a section twice', '[core]\n[core]\n', 2, /Duplicate section/],
    ['a section too deep', '[[core]]\n', 1, /too nested/],
    ['an open quote', 'a = "x\n', 1, /Parse error in value/],
    ['triple quotes that never end', "a = '''x\ny\n", 1, /multiline/],
    ['options that stand for each other', 'a = %(b)s\nb = %(a)s\n', 0, /loop/],
  ];
  for (const [name, text, line, message] of broken)
    it(`refuses ${name}`, () =>
      assert.throws(
        () => readIni(text),
        (error) => error instanceof IniError && error.line === line && message.test(error.message),
      ));

  it('never repeats a line in a message, as it may hold a password', () =>
    assert.throws(
      () => readIni('[remote]\nhunter2hunter2\n'),
      (error) => error instanceof IniError && !error.message.includes('hunter2'),
    ));

  it('answers in linear time for lines made to make it slow', () => {
    const n = 100_000;
    const nested = Array.from({ length: 30 }, (_, i) => `a${i} = %(a${i + 1})s%(a${i + 1})s`).join('\n');
    const hostile = [
      '['.repeat(n),
      `[a${' ]'.repeat(n)}x`,
      `["${'" '.repeat(n)}`,
      `a = ${'"a",'.repeat(900)}"`,
      `a = ${"'a'".repeat(3000)} x`,
      `${' '.repeat(n)}x`,
      `${nested}\na30 = ""`,
    ];
    const start = performance.now();
    for (const text of hostile) lineOfError(text);
    assert.ok(performance.now() - start < 2000);
  });
});

describe('printIni', () => {
  it(`writes what configobj writes (${vectors.write.length} recorded values)`, () => {
    for (const [value, expected] of vectors.write as [string, string | null][])
      if (expected === null) assert.throws(() => printIni(option(value)), UnquotableError, JSON.stringify(value));
      else if (reads(expected, value)) assert.equal(printIni(option(value)), expected);
      else assert.throws(() => printIni(option(value)), UnquotableError, JSON.stringify(value));
  });

  /** Some texts that configobj writes it cannot read again: those are refused. */
  const reads = (text: string, value: string): boolean => {
    try {
      return (plain(readIni(text)) as { s: { k: string } }).s.k === value;
    } catch {
      return false;
    }
  };

  it('puts options before sections, four spaces per level', () =>
    assert.equal(
      printIni(
        new Map<string, IniValue>([
          [
            'a',
            new Map<string, IniValue>([
              ['b', new Map([['c', '1']])],
              ['d', '2'],
            ]),
          ],
        ]),
      ),
      '[a]\n    d = 2\n    [[b]]\n        c = 1\n',
    ));

  it('writes an empty configuration as one newline', () => assert.equal(printIni(new Map()), '\n'));

  it('refuses a value that would be read as something else', () =>
    assert.throws(() => printIni(option('50%(x)s')), UnquotableError));
});
