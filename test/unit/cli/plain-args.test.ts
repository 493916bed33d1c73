import * as assert from 'node:assert/strict';
import { HelpRequest, parseCommand, UsageError } from '../../../src/cli/args.ts';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { ParsedArgs } from '../../../src/cli/parsed-args.ts';
import { readPlainArguments } from '../../../src/cli/plain-args.ts';
import { type CommandLoader, type CommandSpec, destOf, isGroup, isOption } from '../../../src/cli/spec.ts';
import { type Random, runSeed, seededRandom } from '../../support/random.ts';

const WORDS = [
  'a',
  'b c',
  '7',
  '0',
  '-1',
  '',
  '--',
  '-',
  'x=1',
  'json',
  'copy',
  '007',
  '1.5',
  '-q',
  '-v',
  '--quiet',
  '-qv',
  '--js',
];

describe('readPlainArguments', () => {
  it('gives what the real parser gives, or nothing, for every command', async function () {
    this.timeout(30_000); // Each line is a parser of its own.
    const random = seededRandom(runSeed());
    let [plain, all] = [0, 0];
    for (const [name, command] of await every(COMMANDS))
      for (let round = 0; round < 6; round++) {
        const argv = randomLine(command, random);
        const values = readPlainArguments(command, argv);
        const told = `${name} ${JSON.stringify(argv)}, seed ${random.seed}`;
        all++;
        if (!values) continue;
        plain++;
        const real = byParser(name, command, argv, told);
        assert.deepEqual(shown(command, values), shown(command, real.values), told);
        for (const level of ['quiet', 'verbose'] as const) assert.equal(values[level] ?? 0, real.options[level], told);
      }
    assert.ok(plain > all / 5, `${plain} of ${all} were plain`);
  });

  it('reads command lines as people type them', async () => {
    const commands = new Map(await every(COMMANDS));
    const read = (line: string): unknown => {
      const [name = '', ...argv] = line.split(' ');
      return readPlainArguments(commands.get(name.replaceAll('_', ' '))!, argv);
    };
    assert.deepEqual(
      Object.entries(read('exp_run -S lr=1 -S b=2 --temp train') as object).filter(([, value]) => value !== false),
      [
        ['tmp_dir', true],
        ['set_param', ['lr=1', 'b=2']],
        ['targets', ['train']],
      ],
    );
    for (const line of [
      'metrics_diff --json HEAD~1',
      'params_diff',
      'plots_diff --json',
      'exp_show --json -A',
      'dag',
      'push -q -j 4',
    ])
      assert.ok(read(line), line);
    for (const line of [
      'dag --nothing',
      'dag --help',
      'exp_run -Slr=1',
      'exp_run --set lr=1',
      'push -j x',
      'add',
      'exp_push',
    ])
      assert.equal(read(line), undefined, line);
  });
});

function byParser(name: string, command: CommandSpec, argv: readonly string[], told: string) {
  try {
    return parseCommand(name, command, argv);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof HelpRequest)) throw error;
    throw new assert.AssertionError({ message: `the parser refuses ${told}: ${error.message}` });
  }
}

/** All that a command can ask of its arguments. */
function shown(command: CommandSpec, values: Readonly<Record<string, unknown>>): unknown {
  const args = new ParsedArgs(command.arguments, values);
  return command.arguments.map((spec) => {
    const dest = destOf(spec);
    return [dest, args.flag(dest), args.count(dest), args.text(dest), args.number(dest), args.list(dest)];
  });
}

function randomLine(command: CommandSpec, random: Random): string[] {
  const options = command.arguments.filter(isOption);
  const argv: string[] = [];
  for (let i = random.int(6); i > 0; i--) {
    if (options.length === 0 || random.int(3) === 0) argv.push(random.pick(WORDS));
    else {
      const spec = random.pick(options);
      argv.push(random.pick(spec.flags));
      const takes = spec.action === undefined || spec.action === 'value' || spec.action === 'append';
      if (takes && random.int(10) > 0) argv.push(random.pick(spec.choices ?? ['7', ...WORDS]));
    }
  }
  return argv;
}

async function every(table: Readonly<Record<string, CommandLoader>>, path = ''): Promise<[string, CommandSpec][]> {
  const found: [string, CommandSpec][] = [];
  for (const [name, load] of Object.entries(table)) {
    const { command } = await load();
    const at = `${path} ${name}`.trim();
    if (isGroup(command)) found.push(...(await every(command.subcommands, at)));
    else found.push([at, command]);
  }
  return found;
}
