import * as assert from 'node:assert/strict';
import { ignoreLine, withIgnored, withoutIgnored } from '../../../src/engine/files/gitignore.ts';

describe('ignoreLine', () => {
  const cases: readonly [name: string, line: string][] = [
    ['data', '/data'],
    ['we ird[1].txt', '/we ird\\[1\\].txt'],
    ['#hash.txt', '/\\#hash.txt'],
    ['!bang', '/\\!bang'],
    ['a*b?', '/a\\*b\\?'],
    ['back\\slash', '/back\\\\slash'],
    ['"quoted"', '/"quoted"'],
    ['tail ', '/tail\\ '],
    ['two  ', '/two \\ '],
  ];
  for (const [name, line] of cases) it(`of ${JSON.stringify(name)}`, () => assert.equal(ignoreLine(name), line));
});

describe('withIgnored', () => {
  const cases: readonly [what: string, text: string, name: string, after: string][] = [
    ['starts an empty file', '', 'z', '/z\n'],
    ['appends, without sorting', '/b\n', 'a', '/b\n/a\n'],
    ['ends an open last line first', '# c', 'z', '# c\n/z\n'],
    ['does nothing when the line is there', '/z\n/y\n', 'z', '/z\n/y\n'],
    ['does nothing when the line is there with a CRLF', '/z\r\n', 'z', '/z\r\n'],
    ['is not fooled by a longer name', '/za\n', 'z', '/za\n/z\n'],
  ];
  for (const [what, text, name, after] of cases) it(what, () => assert.equal(withIgnored(text, name), after));
});

describe('withoutIgnored', () => {
  const cases: readonly [what: string, text: string, name: string, after: string | undefined][] = [
    ['drops the line', '/a\n/z\n/b\n', 'z', '/a\n/b\n'],
    ['drops every such line, with spaces around too', '/z\n/a\n /z \n', 'z', '/a\n'],
    ['leaves nothing of a file of one line', '/z\n', 'z', undefined],
    ['drops the escaped line', '/a\n/x\\[1\\]\n', 'x[1]', '/a\n'],
    ['drops the line without escapes', '/a\n/x[1]\n', 'x[1]', '/a\n'],
    ['keeps other bytes, line ends and an open last line', '# c\r\n\r\n/z\r\n*.x', 'z', '# c\r\n\r\n*.x'],
    ['keeps a longer name', '/za\n', 'z', '/za\n'],
    ['keeps the name without the last space', '/z\n', 'z ', '/z\n'],
    ['keeps what only looks alike', 'z\n', 'z', 'z\n'],
  ];
  for (const [what, text, name, after] of cases) it(what, () => assert.equal(withoutIgnored(text, name), after));
});
