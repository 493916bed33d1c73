import { createInterface } from 'node:readline';
import { DvcError } from '../../engine/core/errors.ts';
import { checkIgnore } from '../../engine/verbs/check-ignore.ts';
import type { ParsedArgs } from '../parsed-args.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'check-ignore',
  help: 'Check whether files or directories are excluded due to `.dvcignore`.',
  examples: [
    'lode check-ignore data/raw.tmp',
    'lode check-ignore -d data/*        # with the rule that decides',
    'git ls-files | lode check-ignore --stdin',
  ],
  arguments: [
    {
      flags: ['-d', '--details'],
      action: 'flag',
      help: 'Show the exclude patterns along with each target path.',
    },
    { flags: ['-a', '--all'], action: 'flag', hidden: true, help: 'Show every pattern that matches.' },
    {
      flags: ['-n', '--non-matching'],
      action: 'flag',
      help: "Include the target paths which don't match any pattern in the `--details` list.",
    },
    {
      flags: ['--stdin'],
      action: 'flag',
      help: 'Read paths from standard input instead of providing `targets`.',
    },
    { flags: ['targets'], count: '*', help: 'File or directory paths to check.', complete: 'file' },
  ],
  failureExit: 255,
  run(args, io) {
    refuseContradictions(args, io.quiet);
    return withRepo(io, async (repo, ctx) => {
      const [details, showAll] = [args.flag('details'), args.flag('non_matching')];
      let anyMatch = false;
      const check = async (paths: readonly string[]): Promise<void> => {
        for (const { path, match } of await checkIgnore(repo, paths, ctx)) {
          if (details && (match || showAll)) io.print(`${match?.rule ?? '::'}\t${path}`);
          else if (!details && match?.ignored) io.print(path);
          anyMatch ||= details ? match !== undefined : match?.ignored === true;
        }
      };
      if (args.flag('stdin'))
        for await (const line of createInterface({ input: process.stdin })) {
          if (line === '') break; // As in DVC, an empty line ends the questions.
          await check([line]);
        }
      else await check(args.list('targets'));
      return anyMatch ? 0 : 1;
    });
  },
};

function refuseContradictions(args: ParsedArgs, quiet: boolean): void {
  const [stdin, details] = [args.flag('stdin'), args.flag('details')];
  const given = args.list('targets').length > 0;
  const problem =
    !stdin && !given
      ? '`targets` or `--stdin` needed'
      : stdin && given
        ? 'cannot have both `targets` and `--stdin`'
        : args.flag('non_matching') && !details
          ? '`--non-matching` is only valid with `--details`'
          : args.flag('all') && !details
            ? '`--all` is only valid with `--details`'
            : quiet && details
              ? 'cannot use both `--details` and `--quiet`'
              : undefined;
  if (problem !== undefined) throw new DvcError('usage', problem, { exitCode: 255 });
}
