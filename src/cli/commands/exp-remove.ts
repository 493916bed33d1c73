import { DvcError } from '../../engine/core/errors.ts';
import { expRemove } from '../../engine/verbs/exp-manage.ts';
import { joinNames } from '../join-names.ts';
import type { CommandSpec } from '../spec.ts';
import { EXPERIMENT_SCOPE, experimentScope } from './exp-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'remove',
  aliases: ['rm'],
  help: 'Remove experiments.',
  examples: ['lode exp remove calm-otter', 'lode exp remove --rev HEAD~1', 'lode exp remove --keep best'],
  arguments: [
    ...EXPERIMENT_SCOPE,
    { flags: ['--keep'], action: 'flag', help: 'Remove all but the chosen ones.' },
    { flags: ['--queue'], action: 'flag', group: 'where', help: 'Remove all that wait in the queue.' },
    {
      flags: ['-g', '--git-remote'],
      metavar: '<git_remote>',
      group: 'where',
      help: 'Remove from this Git remote, by name or URL.',
    },
    { flags: ['experiment'], count: '*', help: 'Experiments to remove.' },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo) => {
      const names = args.list('experiment');
      const scope = experimentScope(args);
      const byScope = scope.allCommits || (scope.revs ?? []).length > 0 || args.flag('queue');
      if (byScope === names.length > 0)
        throw new DvcError(
          'usage',
          'Either provide an `experiment` argument, or use the `--rev` or `--all-commits` or `--queue` flag.',
          { exitCode: 255 },
        );
      const remote = args.text('git_remote');
      const removed = await expRemove(repo, {
        ...scope,
        names,
        queue: args.flag('queue'),
        keep: args.flag('keep'),
        ...(remote === undefined ? {} : { remote }),
      });
      io.print(removed.length > 0 ? `Removed experiments: ${joinNames(removed)}` : 'No experiments to remove.');
      return 0;
    }),
};
