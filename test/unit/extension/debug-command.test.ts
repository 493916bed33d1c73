import * as assert from 'node:assert/strict';
import * as path from 'node:path';
import { debuggeeOf } from '../../../src/extension/pipelines/debug-command.ts';
import { launchConfiguration } from '../../../src/extension/pipelines/debug-configuration.ts';
import { NeedsShell, shellWords, simpleCommands } from '../../../src/extension/pipelines/shell-words.ts';

const ENV = { HOME: '/home/u', LR: '0.1', EMPTY: '', TWO: 'a b' };

describe('the words of a command', () => {
  const cases: readonly [line: string, words: readonly string[]][] = [
    ['node a.js', ['node', 'a.js']],
    ['  node\ta.js  ', ['node', 'a.js']],
    [`node 'a b.js' "c d" e\\ f`, ['node', 'a b.js', 'c d', 'e f']],
    [`a'b'"c"d`, ['abcd']],
    [`x '' ""`, ['x', '', '']],
    [`x --lr=$LR \${LR}`, ['x', '--lr=0.1', '0.1']],
    [`x '$LR' "$LR"`, ['x', '$LR', '0.1']],
    ['x $EMPTY y$EMPTY $MISSING', ['x', 'y']],
    ['~/bin/x a~b ~user', ['/home/u/bin/x', 'a~b', '~user']],
    ['x # the rest', ['x']],
    ['x a#b', ['x', 'a#b']],
    ['x "a\\"b\\n"', ['x', 'a"b\\n']],
    ['x a\\\nb', ['x', 'ab']],
    ['x 5$', ['x', '5$']],
    ['', []],
  ];
  for (const [line, words] of cases)
    it(`of ${JSON.stringify(line)}`, () => assert.deepEqual(shellWords(line, ENV), words));

  const shells: readonly [line: string, part: string][] = [
    ['a | b', '|'],
    ['a > b', '>'],
    ['a && b', '&&'],
    ['cat *.csv', '*'],
    ['a $(b)', '$('],
    ['a "$(b)"', '$('],
    ['a `b`', '`'],
    ['a $TWO', '$TWO'],
    ["a 'b", "'"],
    ['a {1,2}', '{'],
    ['a $1', '$1'],
  ];
  for (const [line, part] of shells)
    it(`need a shell for ${part} in ${line}`, () =>
      assert.throws(
        () => shellWords(line, ENV),
        (error) => error instanceof NeedsShell && error.part === part,
      ));

  it('are those of each of several commands', () =>
    assert.deepEqual(simpleCommands(`mkdir -p 'a;b' && node a.js "x && y"; echo done`), [
      "mkdir -p 'a;b'",
      'node a.js "x && y"',
      'echo done',
    ]));
});

describe('what a debugger starts', () => {
  const node = {
    language: 'node',
    program: undefined,
    runtimeExecutable: undefined,
    runtimeArgs: [],
    args: [],
    env: {},
  };
  const python = { language: 'python', interpreter: undefined, interpreterArgs: [], args: [], env: {} };
  const cases: readonly [command: string, found: object][] = [
    ['node src/train.js --lr 0.1', { ...node, program: 'src/train.js', args: ['--lr', '0.1'] }],
    [
      'node --max-old-space-size=4096 -r ./hook.js a.mjs -x',
      { ...node, program: 'a.mjs', runtimeArgs: ['--max-old-space-size=4096', '-r', './hook.js'], args: ['-x'] },
    ],
    ['node --inspect-brk=9 a.js', { ...node, program: 'a.js' }],
    ['/opt/node/bin/node a.js', { ...node, program: 'a.js', runtimeExecutable: '/opt/node/bin/node' }],
    [`node -e 'run()'`, { ...node, runtimeArgs: ['-e', 'run()'] }],
    ['DEBUG=1 LEVEL="a b" node a.js', { ...node, program: 'a.js', env: { DEBUG: '1', LEVEL: 'a b' } }],
    ['npx tsx a.ts 1', { ...node, runtimeExecutable: 'npx', runtimeArgs: ['tsx', 'a.ts', '1'] }],
    [
      'npm run train -- --lr 1',
      { ...node, runtimeExecutable: 'npm', runtimeArgs: ['run', 'train', '--', '--lr', '1'] },
    ],
    ['./a.mjs 1', { ...node, program: './a.mjs', args: ['1'] }],
    ['python a.py --x', { ...python, interpreter: 'python', start: { program: 'a.py' }, args: ['--x'] }],
    [
      'python3.11 -u a.py',
      { ...python, interpreter: 'python3.11', interpreterArgs: ['-u'], start: { program: 'a.py' } },
    ],
    [
      'python -W ignore a.py',
      { ...python, interpreter: 'python', interpreterArgs: ['-W', 'ignore'], start: { program: 'a.py' } },
    ],
    [
      'python -m pkg.train -m x',
      { ...python, interpreter: 'python', start: { module: 'pkg.train' }, args: ['-m', 'x'] },
    ],
    ['python -um pkg', { ...python, interpreter: 'python', interpreterArgs: ['-u'], start: { module: 'pkg' } }],
    ['.venv/bin/python a.py', { ...python, interpreter: '.venv/bin/python', start: { program: 'a.py' } }],
    ['uv run --frozen python a.py 1', { ...python, start: { program: 'a.py' }, args: ['1'] }],
    ['poetry run pytest -q', { ...python, start: { module: 'pytest' }, args: ['-q'] }],
    ['./prepare.py', { ...python, start: { program: './prepare.py' } }],
    [
      'torchrun --nproc 2 a.py',
      { ...python, start: { module: 'torch.distributed.run' }, args: ['--nproc', '2', 'a.py'] },
    ],
  ];
  for (const [command, found] of cases) it(`for ${command}`, () => assert.deepEqual(debuggeeOf(command, ENV), found));

  const refused: readonly [command: string, why: object][] = [
    ['cat a > b', { reason: 'shell', part: '>' }],
    ['./train.sh', { reason: 'program', program: 'train.sh' }],
    ['Rscript a.R', { reason: 'program', program: 'Rscript' }],
    ['uv run ruff check', { reason: 'program', program: 'uv run ruff' }],
    ['python', { reason: 'no-script', program: 'python' }],
    [`python -c 'x = 1'`, { reason: 'no-script', program: 'python' }],
    ['node -', { reason: 'no-script', program: 'node' }],
    ['A=1', { reason: 'program', program: '(none)' }],
  ];
  for (const [command, why] of refused)
    it(`is nothing for ${command}`, () => assert.deepEqual(debuggeeOf(command, ENV), why));
});

describe('a launch configuration', () => {
  const cwd = path.resolve('/project/sub');
  const find = (program: string): string | undefined => (program === 'python' ? '/usr/bin/python' : undefined);
  const of = (command: string, type: string): Record<string, unknown> => {
    const debuggee = debuggeeOf(command, ENV);
    assert.ok('language' in debuggee, command);
    return { ...launchConfiguration(debuggee, { name: 'Stage x', type, cwd, env: { DVC_STAGE: 'x' }, find }) };
  };

  it('starts a Node script in the working directory of its stage, with its environment', () => {
    const { program, args, env, cwd: at, runtimeArgs } = of('A=1 node --trace-warnings ../a.js 2', 'node');
    assert.deepEqual([program, args, at], [path.resolve('/project/a.js'), ['2'], cwd]);
    assert.deepEqual([env, runtimeArgs], [{ DVC_STAGE: 'x', A: '1' }, ['--trace-warnings']]);
  });

  it('starts Python with the interpreter that a shell would find, else with the one of the editor', () => {
    assert.equal(of('python a.py', 'debugpy')['python'], '/usr/bin/python');
    assert.equal(of('.venv/bin/python a.py', 'debugpy')['python'], path.resolve(cwd, '.venv/bin/python'));
    assert.ok(!('python' in of('python3.99 a.py', 'debugpy')));
    assert.ok(!('python' in of('uv run python a.py', 'debugpy')));
    const { module, pythonArgs } = of('python -X dev -m pkg', 'debugpy');
    assert.deepEqual([module, pythonArgs], ['pkg', ['-X', 'dev']]);
  });
});
