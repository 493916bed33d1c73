import { queueStop } from '../../engine/verbs/queue-manage.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'stop',
  help: 'Let workers end after what they run.',
  examples: ['lode queue stop', 'lode queue stop --kill'],
  arguments: [{ flags: ['--kill'], action: 'flag', help: 'End what they run, too.' }],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo) => {
      queueStop(repo, { kill: args.flag('kill') });
      io.print(
        args.flag('kill')
          ? 'All running tasks in the queue have been killed. Queue workers are stopping.'
          : 'Queue workers will stop after running tasks finish.',
      );
      return 0;
    }),
};
