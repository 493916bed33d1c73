import * as assert from 'node:assert/strict';
import { BadPattern, compilePattern } from '../../../src/engine/files/ignore-pattern.ts';

const matches = (pattern: string, path: string): boolean => compilePattern(pattern)?.matches(path) ?? false;

describe('compilePattern', () => {
  const cases: readonly [pattern: string, yes: readonly string[], no: readonly string[]][] = [
    ['foo', ['foo', 'a/foo', 'foo/x', 'a/foo/x'], ['foox', 'xfoo', 'a/xfoo']],
    ['/foo', ['foo', 'foo/x'], ['a/foo']],
    ['a/b', ['a/b', 'a/b/c'], ['x/a/b', 'a/bc']],
    ['*.log', ['a.log', 'd/a.log', '.log', 'a.log/x'], ['a.log2', 'log']],
    ['pre*', ['pre', 'prefix', 'd/prefix'], ['xpre']],
    ['a*b*c', ['abc', 'aXbYc', 'd/abc'], ['ab/c']],
    ['d/*', ['d/x', 'd/x/y'], ['d', 'd/']],
    ['d/*.csv', ['d/a.csv'], ['d/e/a.csv', 'x/d/a.csv']],
    ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['ab', 'a/xb']],
    ['**/b', ['b', 'a/b', 'a/x/b'], ['ab']],
    ['a/**', ['a/x', 'a/x/y', 'a/'], ['a']],
    ['foo/', ['foo/', 'foo/x', 'a/foo/'], ['foo']],
    ['*', ['a', 'a/b'], []],
    ['**', ['a', 'a/b'], []],
    ['*/', [], ['a', 'a/', 'a/b']],
    ['a?c', ['abc', 'a😀c'], ['ac', 'a/c']],
    ['[ab]x', ['ax', 'bx', 'd/ax'], ['cx']],
    ['[!ab]x', ['cx'], ['ax']],
    ['[^a-c]x', ['dx'], ['bx']],
    ['a[!b]c', ['axc', 'a/c'], ['abc']],
    ['[]]x', [']x'], ['x']],
    ['[a-]x', ['ax', '-x'], ['bx']],
    ['[[:alpha:]]x', ['a]x', ':]x'], ['bx', 'ax']],
    ['\\#x', ['#x'], ['\\#x']],
    ['\\!x', ['!x'], ['x']],
    ['a\\*b', ['a*b'], ['aXb']],
    ['we ird', ['we ird'], ['weird']],
    ['ü*', ['über'], ['uber']],
    ['a.b', ['a.b'], ['aXb']],
    ['x', ['x', 'x\n'], ['x\n\n', 'a\nb/xy']],
    ['**/x', ['a/x'], ['a\n/x']],
  ];
  for (const [pattern, yes, no] of cases)
    it(`${JSON.stringify(pattern)} matches what pathspec says`, () => {
      for (const path of yes) assert.ok(matches(pattern, path), `should match ${JSON.stringify(path)}`);
      for (const path of no) assert.ok(!matches(pattern, path), `should not match ${JSON.stringify(path)}`);
    });

  for (const line of ['', '# c', '/', '[ab', 'a/[b', '   '])
    it(`${JSON.stringify(line)} is no rule`, () => assert.equal(compilePattern(line), undefined));

  for (const line of ['a\\', 'x/y\\/z\\', '[z-a]', '!', '!\\'])
    it(`${JSON.stringify(line)} is refused`, () => assert.throws(() => compilePattern(line), BadPattern));

  it('never backtracks: 15 stars over 200 letters are decided at once', () => {
    // Where stars were tried one inside the other, a single one of these would outlast any time limit.
    for (const pattern of [
      `${'*a'.repeat(15)}b`,
      `${'**/a*/'.repeat(7)}b`,
      `${'[a]*'.repeat(15)}b`,
      `${'a*/'.repeat(15)}b`,
    ]) {
      const compiled = compilePattern(pattern);
      for (let i = 0; i < 20; i++) assert.notEqual(compiled?.matches(`${'a/'.repeat(i)}${'a'.repeat(200)}`), true);
    }
  });
});
