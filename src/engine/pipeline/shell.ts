import * as path from 'node:path';

/** A program with its arguments, ready to be started without another shell in between. */
export interface ShellCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Windows: the arguments are handed over as they are, `cmd.exe` having rules of its own. */
  readonly verbatim?: boolean;
}

/** Options that keep a shell from reading files that could change environment or command. */
const WITHOUT_CONFIG: Readonly<Record<string, readonly string[]>> = {
  zsh: ['--no-rcs'],
  bash: ['--noprofile', '--norc'],
  fish: ['--no-config'], // Since fish 3.3 of 2021.
};

/**
 * How a stage's command line is run: by the user's own shell, as DVC does (dvc-format 6.6).
 *
 * @param env Where `SHELL` is looked up, on Windows `ComSpec`.
 */
export function shellCommand(
  line: string,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): ShellCommand {
  if (platform === 'win32')
    return { program: env['ComSpec'] || 'cmd.exe', args: ['/d', '/s', '/c', `"${line}"`], verbatim: true };
  const program = env['SHELL'] || '/bin/sh';
  return { program, args: [...(WITHOUT_CONFIG[path.posix.basename(program).toLowerCase()] ?? []), '-c', line] };
}

/** What ends a line for Python's `str.splitlines`. */
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** The commands of a stage, one after another: items of a list as they are, the lines of a text each by itself. */
export function commandsOf(cmd: string | readonly string[]): readonly string[] {
  if (typeof cmd !== 'string') return cmd;
  const lines = cmd.split(LINE_END);
  if (lines[lines.length - 1] === '') lines.pop();
  return lines;
}
