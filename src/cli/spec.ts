import type { CliIo } from './io.ts';
import type { ParsedArgs } from './parsed-args.ts';

/** What the shell completes for an argument, where its choices do not say it. */
export type Completion = 'file' | 'dir' | 'remote' | 'config-option' | 'revision' | 'none';

/** One argument of a verb, in the terms of Python's `argparse`, whose grammar is DVC's. */
export interface ArgumentSpec {
  /** `['-u', '--unset']` for an option, one bare name for a positional. The last one names the value, dashes as `_`. */
  readonly flags: readonly string[];
  readonly help: string;
  /** `value` unless told. `flag` is boolean, `count` counts repetitions, `append` collects, `extend` collects what each takes, `const` stores `constant`. */
  readonly action?: 'value' | 'flag' | 'count' | 'append' | 'extend' | 'const';
  readonly constant?: string;
  /** How many words: `?` at most one, `*` any, `+` at least one, `...` all that is left, options too. One unless told. */
  readonly count?: '?' | '*' | '+' | '...';
  readonly type?: 'text' | 'int' | 'float';
  readonly choices?: readonly string[];
  /** Used when the argument is absent. */
  readonly otherwise?: string | number;
  /** The name the value is read by, where it is not the last flag's. */
  readonly dest?: string;
  /** Stands for the value in help. */
  readonly metavar?: string;
  readonly required?: boolean;
  /** Arguments of one group exclude each other. */
  readonly group?: string;
  /** Accepted, but not shown. */
  readonly hidden?: boolean;
  readonly complete?: Completion;
}

/** One verb of the command line: how it is written, and the function that runs it. */
export interface CommandSpec {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One sentence, for lists. */
  readonly help: string;
  /** Follows `help` in the verb's own help. */
  readonly description?: string;
  /** Command lines, each with a `#` comment where it is not plain. */
  readonly examples: readonly string[];
  readonly arguments: readonly ArgumentSpec[];
  /** Exit status when the verb fails: 1 for verbs that report their own failures in DVC, 255 for the rest. */
  readonly failureExit: 1 | 255;
  /** Returns the exit status. Throws `DvcError` for what a user can meet. */
  run(args: ParsedArgs, io: CliIo): Promise<number>;
}

/** A verb with verbs below it, such as `remote`. */
export interface CommandGroup {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly help: string;
  readonly description?: string;
  readonly examples: readonly string[];
  readonly subcommands: Readonly<Record<string, CommandLoader>>;
}

export type AnyCommand = CommandSpec | CommandGroup;
export type CommandLoader = () => Promise<{ readonly command: AnyCommand }>;

export const isGroup = (command: AnyCommand): command is CommandGroup => 'subcommands' in command;
export const isOption = (argument: ArgumentSpec): boolean => argument.flags[0]?.startsWith('-') === true;

/** The name a value is read by: `--with-deps` is `with_deps`. */
export const destOf = ({ dest, flags }: ArgumentSpec): string =>
  dest ?? (flags.find((flag) => flag.startsWith('--')) ?? flags[0] ?? '').replace(/^-+/, '').replaceAll('-', '_');
