import {
  type ArgumentOptions,
  ArgumentParser,
  type HelpFormatter,
  RawDescriptionHelpFormatter,
  SUPPRESS,
} from 'argparse';
import { type ArgumentSpec, type CommandSpec, destOf, isOption } from './spec.ts';

/** The user asked for help: not an error. `help` is the command's, absent for groups and `lode` itself. */
export class HelpRequest extends Error {
  readonly help: string | undefined;

  constructor(help: string | undefined) {
    super('help requested');
    this.help = help;
  }
}

/** A command line that cannot be understood. `help` is as in {@link HelpRequest}. */
export class UsageError extends Error {
  readonly help: string | undefined;

  constructor(message: string, help?: string) {
    super(message);
    this.help = help;
  }
}

/** Options every command takes, before and after its name. */
export interface GlobalOptions {
  readonly quiet: number;
  readonly verbose: number;
}

/** Options that are given before the verb. */
export interface MainOptions extends GlobalOptions {
  readonly version: boolean;
  readonly waitForLock: boolean;
  readonly cd: string | undefined;
}

export interface Split<T> {
  readonly options: T;
  /** The verb and all behind it; empty when there is none. */
  readonly rest: readonly string[];
}

/** Reads what stands before the verb. */
export function parseMain(argv: readonly string[]): Split<MainOptions> {
  const parser = new LodeParser('lode');
  addGlobals(parser);
  parser.add_argument('-V', '--version', { action: 'store_true' });
  parser.add_argument('--cd', {});
  parser.add_argument('--wait-for-lock', { action: 'store_true', dest: 'wait_for_lock' });
  const { values, rest } = splitAtCommand(parser, argv);
  return {
    options: {
      ...globalsOf(values),
      version: values['version'] === true,
      waitForLock: values['wait_for_lock'] === true,
      cd: typeof values['cd'] === 'string' ? values['cd'] : undefined,
    },
    rest,
  };
}

/** Reads what stands between the name of a group and that of the command below it. */
export function parseGroup(name: string, argv: readonly string[]): Split<GlobalOptions> {
  const parser = new LodeParser(`lode ${name}`);
  addGlobals(parser);
  const { values, rest } = splitAtCommand(parser, argv);
  return { options: globalsOf(values), rest };
}

/** Reads the arguments of a command. `name` is its whole name, such as `remote add`. @throws UsageError, HelpRequest */
export function parseCommand(
  name: string,
  command: CommandSpec,
  argv: readonly string[],
): { options: GlobalOptions; values: Readonly<Record<string, unknown>> } {
  const values: Record<string, unknown> = { ...commandParser(name, command).parse_args([...argv]) };
  return { options: globalsOf(values), values };
}

/** The whole help text of a command: usage, arguments, examples. */
export const commandHelp = (name: string, command: CommandSpec): string => commandParser(name, command).format_help();

function splitAtCommand(
  parser: LodeParser,
  argv: readonly string[],
): { values: Readonly<Record<string, unknown>>; rest: readonly string[] } {
  parser.add_argument('command', { nargs: '...' });
  const values: Record<string, unknown> = { ...parser.parse_args([...argv]) };
  const rest = values['command'];
  return { values, rest: Array.isArray(rest) ? rest.map(String) : [] };
}

function commandParser(name: string, command: CommandSpec): LodeParser {
  const parser = new LodeParser(`lode ${name}`, {
    description: [command.help, ...(command.description === undefined ? [] : [command.description])].join('\n\n'),
    epilog: `examples:\n${command.examples.map((line) => `  ${line}`).join('\n')}`,
  });
  addGlobals(parser);
  const groups = new Map<string, ReturnType<ArgumentParser['add_mutually_exclusive_group']>>();
  for (const argument of command.arguments) {
    if (argument.group === undefined) {
      addArgument(parser, argument);
      continue;
    }
    const group = groups.get(argument.group) ?? parser.add_mutually_exclusive_group();
    groups.set(argument.group, group);
    addArgument(group, argument);
  }
  return parser;
}

type Holder = Pick<ArgumentParser, 'add_argument'>;

/** DVC's debugging switches: accepted, and without effect here. */
const IGNORED_FLAGS = ['--cprofile', '--yappi', '--yappi-separate-threads', '--viztracer', '--viztracer-async'];
const IGNORED_VALUES = ['--cprofile-dump', '--viztracer-depth'];

function addGlobals(parser: LodeParser): void {
  parser.add_argument('-h', '--help', { action: 'help', help: 'Show this help message and exit.' });
  const level = parser.add_mutually_exclusive_group();
  level.add_argument('-q', '--quiet', { action: 'count', default: 0, help: 'Be quiet.' });
  level.add_argument('-v', '--verbose', { action: 'count', default: 0, help: 'Be verbose.' });
  for (const flag of [...IGNORED_FLAGS, '--instrument', '--instrument-open', '--show-stack', '--ss'])
    parser.add_argument(flag, { action: 'store_true', help: SUPPRESS });
  for (const flag of IGNORED_VALUES) parser.add_argument(flag, { help: SUPPRESS });
}

const globalsOf = (values: Readonly<Record<string, unknown>>): GlobalOptions => ({
  quiet: Number(values['quiet'] ?? 0),
  verbose: Number(values['verbose'] ?? 0),
});

const ACTIONS = {
  value: 'store',
  flag: 'store_true',
  count: 'count',
  append: 'append',
  extend: 'extend',
  const: 'store_const',
} as const;

function addArgument(holder: Holder, spec: ArgumentSpec): void {
  const action = spec.action ?? 'value';
  const takesValue = action === 'value' || action === 'append' || action === 'extend';
  const options: ArgumentOptions = {
    help: spec.hidden ? SUPPRESS : spec.help,
    ...(isOption(spec) ? { action: ACTIONS[action], dest: destOf(spec) } : {}),
    ...(spec.constant === undefined ? {} : { const: spec.constant }),
    ...(spec.count === undefined ? {} : { nargs: spec.count }),
    ...(takesValue && spec.type !== undefined && spec.type !== 'text' ? { type: spec.type } : {}),
    ...(spec.choices === undefined ? {} : { choices: [...spec.choices] }),
    ...(isOption(spec) && spec.required ? { required: true } : {}),
  };
  if (spec.metavar !== undefined) options.metavar = spec.metavar;
  else if (takesValue && isOption(spec) && spec.choices === undefined) options.metavar = `<${destOf(spec)}>`;
  const [first = '', second] = spec.flags;
  if (second === undefined) holder.add_argument(first, options);
  else holder.add_argument(first, second, options);
}

/** Throws where argparse would print and end the process. Texts are those of a command; without them there is no help. */
class LodeParser extends ArgumentParser {
  readonly #hasHelp: boolean;

  constructor(prog: string, texts?: { description: string; epilog: string }) {
    // The typings miss that the formatters take options.
    super({ prog, add_help: false, formatter_class: RawDescriptionHelpFormatter as new () => HelpFormatter, ...texts });
    this.#hasHelp = texts !== undefined;
  }

  override print_help(): void {
    throw new HelpRequest(this.#helpText());
  }

  override error(problem: string | Error): never {
    throw new UsageError(typeof problem === 'string' ? problem : problem.message, this.#helpText());
  }

  #helpText(): string | undefined {
    return this.#hasHelp ? this.format_help() : undefined;
  }
}
