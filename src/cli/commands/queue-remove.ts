import { DvcError } from '../../engine/core/errors.ts';
import { queueRemove } from '../../engine/verbs/queue-manage.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'remove',
  help: 'Take experiments out of the queue. What has become an experiment stays one.',
  examples: ['lode queue remove calm-otter', 'lode queue remove --failed'],
  arguments: [
    { flags: ['--all'], action: 'flag', help: 'All but running ones.' },
    { flags: ['--queued'], action: 'flag', help: 'All that wait.' },
    { flags: ['--success'], action: 'flag', help: 'All that have succeeded.' },
    { flags: ['--failed'], action: 'flag', help: 'All that have failed.' },
    { flags: ['task'], count: '*', help: 'Experiments to take out.' },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo) => {
      const [names, all] = [args.list('task'), args.flag('all')];
      const chosen = {
        queued: all || args.flag('queued'),
        success: all || args.flag('success'),
        failed: all || args.flag('failed'),
      };
      if (Object.values(chosen).some(Boolean) === names.length > 0)
        throw new DvcError(
          'usage',
          'Either provide an `tasks` argument, or use the `--all`, `--queued`, `--failed`, `--success` flag.',
          { exitCode: 255 },
        );
      const removed = await queueRemove(repo, { names, ...chosen });
      io.print(
        removed.length > 0
          ? `Removed tasks in queue: ${removed.map(({ name }) => name).join(', ')}`
          : 'There was nothing to remove.',
      );
      return 0;
    }),
};
