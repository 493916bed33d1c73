import { queueKill } from '../../engine/verbs/queue-manage.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'kill',
  help: 'End running experiments of the queue.',
  examples: ['lode queue kill calm-otter'],
  arguments: [
    { flags: ['-f', '--force'], action: 'flag', hidden: true, help: 'Kill at once, as always.' },
    { flags: ['task'], count: '*', help: 'Experiments to end.' },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo) => {
      for (const { name } of queueKill(repo, args.list('task'))) io.print(`${name} has been killed.`);
      return 0;
    }),
};
