import { DvcError } from '../../engine/core/errors.ts';
import { queuePrioritize } from '../../engine/verbs/queue-manage.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'priority',
  help: 'Let a waiting experiment run before or after others.',
  examples: ['lode queue priority calm-otter 10'],
  arguments: [
    { flags: ['task'], help: 'The waiting experiment.' },
    { flags: ['priority'], help: 'Greater ones run first; 0 is usual.' },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo) => {
      const given = args.required('priority');
      if (!/^[+-]?\d{1,9}$/.test(given)) throw new DvcError('usage', `'${given}' is not a whole number`);
      const { name, priority } = queuePrioritize(repo, args.required('task'), Number(given));
      io.print(`'${name}' has priority ${priority}.`);
      return 0;
    }),
};
