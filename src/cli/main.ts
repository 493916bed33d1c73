import { DvcError, fromSystemError } from '../engine/core/errors.ts';
import type { GlobalOptions } from './args.ts';
import { COMMANDS } from './commands/index.ts';
import { type CliIo, createIo, type IoOptions } from './io.ts';
import { ParsedArgs } from './parsed-args.ts';
import { readPlainArguments } from './plain-args.ts';
import { type AnyCommand, type CommandSpec, isGroup } from './spec.ts';
import { VERSION } from './version-string.ts';

interface Chosen {
  readonly command: CommandSpec;
  readonly args: ParsedArgs;
  readonly io: CliIo;
  /** Where to go first: `--cd`. */
  readonly cd: string | undefined;
}

/** Runs one command line and returns its exit status. */
export async function main(argv: readonly string[], options: IoOptions): Promise<number> {
  const plain = createIo(options, { quiet: false, verbose: 0, waitForLock: false });
  let io = plain;
  let failureExit: number = 255;
  try {
    if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
      plain.print(VERSION);
      return 0;
    }
    const chosen = (await choosePlain(argv, options)) ?? (await choose(argv, options, plain));
    if (typeof chosen === 'number') return chosen;
    io = chosen.io;
    failureExit = chosen.command.failureExit;
    if (chosen.cd !== undefined) changeFolder(chosen.cd);
    return await chosen.command.run(chosen.args, io);
  } catch (error) {
    return report(error, io, failureExit);
  } finally {
    await io.flush();
  }
}

/** The usual way to type a command needs no argument parser, which takes longer to load than some verbs take to run. */
async function choosePlain(argv: readonly string[], options: IoOptions): Promise<Chosen | undefined> {
  let table = COMMANDS;
  for (const [i, name] of argv.entries()) {
    const load = Object.hasOwn(table, name) ? table[name] : undefined;
    if (!load) return undefined;
    const { command } = await load();
    if (isGroup(command)) {
      table = command.subcommands;
      continue;
    }
    const values = readPlainArguments(command, argv.slice(i + 1));
    if (!values) return undefined;
    const [quiet, verbose] = [Number(values['quiet'] ?? 0), Number(values['verbose'] ?? 0)];
    const io = createIo(options, { quiet: quiet > 0, verbose, waitForLock: false });
    return { command, args: new ParsedArgs(command.arguments, values), io, cd: undefined };
  }
  return undefined;
}

/** Finds the command and reads its arguments; a number is the exit status where there is nothing to run. */
async function choose(argv: readonly string[], options: IoOptions, io: CliIo): Promise<Chosen | number> {
  const { HelpRequest, parseCommand, parseGroup, parseMain, UsageError } = await import('./args.ts');
  let helpHere = async (): Promise<string> => (await import('./help.ts')).mainHelp();
  try {
    const main = parseMain(argv);
    if (main.options.version) {
      io.print(VERSION);
      return 0;
    }
    const given: GlobalOptions[] = [main.options];
    let rest = main.rest;
    let path = '';
    let table = COMMANDS;
    let command: AnyCommand;
    for (;;) {
      const name = rest[0];
      if (name === undefined) throw new UsageError(path === '' ? '' : 'the following arguments are required: command');
      const load = Object.hasOwn(table, name) ? table[name] : undefined;
      if (!load) throw (await import('./help.ts')).unknownCommand(name, table);
      command = (await load()).command;
      path = `${path} ${name}`.trim();
      rest = rest.slice(1);
      if (!isGroup(command)) break;
      const [group, at] = [command, path];
      helpHere = async () => (await import('./help.ts')).groupHelp(at, group);
      const split = parseGroup(path, rest);
      given.push(split.options);
      rest = split.rest;
      table = group.subcommands;
    }
    const { options: own, values } = parseCommand(path, command, rest);
    given.push(own);
    const settings = {
      quiet: given.some(({ quiet }) => quiet > 0),
      verbose: Math.max(...given.map(({ verbose }) => verbose)),
      waitForLock: main.options.waitForLock,
    };
    return {
      command,
      args: new ParsedArgs(command.arguments, values),
      io: createIo(options, settings),
      cd: main.options.cd,
    };
  } catch (error) {
    if (!(error instanceof HelpRequest || error instanceof UsageError)) throw error;
    const isHelp = error instanceof HelpRequest;
    if (!isHelp && error.message !== '') io.error(error.message);
    io.print((error.help ?? (await helpHere())).trimEnd());
    return isHelp ? 0 : 254;
  }
}

function changeFolder(folder: string): void {
  try {
    process.chdir(folder);
  } catch (error) {
    throw new DvcError('usage', `cannot change to the folder '${folder}'.`, { cause: error });
  }
}

const EXIT_OF_CODE: Readonly<Record<string, number>> = {
  config: 251,
  cancelled: 252,
  'no-repository': 253,
  usage: 254,
};

function report(thrown: unknown, io: CliIo, failureExit: number): number {
  const error = fromSystemError(thrown);
  if (!DvcError.is(error)) {
    io.error(`unexpected error - ${error instanceof Error ? error.message : String(error)}`, BUG_HINT);
    if (io.verbose > 0 && error instanceof Error) io.context().log.debug(error.stack ?? '');
    return 255;
  }
  if (error.code === 'cancelled') io.error('interrupted by the user');
  else io.error(error.message, error.hint);
  if (io.verbose > 0 && error.cause instanceof Error) io.context().log.debug(error.cause.stack ?? error.cause.message);
  return (
    error.exitCode ?? EXIT_OF_CODE[error.code] ?? (isRemoteLookup(error) && failureExit === 255 ? 251 : failureExit)
  );
}

const BUG_HINT = 'this is a bug in Lode; run the command again with -v and report what it prints';
/** DVC counts them among configuration errors, unless the verb catches them. */
const isRemoteLookup = ({ code }: DvcError): boolean => code === 'remote-not-found' || code === 'no-remote';
