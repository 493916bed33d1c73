import * as assert from 'node:assert/strict';
import { commandsOf, shellCommand } from '../../../src/engine/pipeline/shell.ts';

describe('shellCommand', () => {
  const cases: readonly [shell: string | undefined, program: string, options: readonly string[]][] = [
    [undefined, '/bin/sh', []],
    ['', '/bin/sh', []],
    ['/bin/bash', '/bin/bash', ['--noprofile', '--norc']],
    ['/usr/bin/zsh', '/usr/bin/zsh', ['--no-rcs']],
    ['/opt/fish', '/opt/fish', ['--no-config']],
    ['/bin/dash', '/bin/dash', []],
  ];
  for (const [shell, program, options] of cases)
    it(`runs with ${shell ?? 'no SHELL'}`, () =>
      assert.deepEqual(shellCommand('echo "a b"', { SHELL: shell }, 'linux'), {
        program,
        args: [...options, '-c', 'echo "a b"'],
      }));
  it('hands a line to cmd.exe as it is', () =>
    assert.deepEqual(shellCommand('echo "a b"', {}, 'win32'), {
      program: 'cmd.exe',
      args: ['/d', '/s', '/c', '"echo "a b""'],
      verbatim: true,
    }));
});

describe('commandsOf', () => {
  const cases: readonly [cmd: string | readonly string[], commands: readonly string[]][] = [
    ['one', ['one']],
    ['one\ntwo\n', ['one', 'two']],
    ['one\r\n\ntwo', ['one', '', 'two']],
    [
      ['a\nb', 'c'],
      ['a\nb', 'c'],
    ],
    ['', []],
  ];
  for (const [cmd, commands] of cases)
    it(`splits ${JSON.stringify(cmd)}`, () => assert.deepEqual(commandsOf(cmd), commands));
});
