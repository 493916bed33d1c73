import { expClean } from '../../engine/verbs/exp-clean.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'clean',
  help: 'Remove what ended experiments have left behind.',
  examples: ['lode exp clean'],
  arguments: [],
  failureExit: 255,
  run: (_args, io) =>
    withRepo(io, async (repo) => {
      const { logs } = await expClean(repo);
      io.print(
        logs > 0
          ? `Removed ${logs} logs of experiments that are no longer in the queue.`
          : 'There was nothing to clean up.',
      );
      return 0;
    }),
};
