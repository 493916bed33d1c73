import { push } from '../../engine/verbs/push.ts';
import type { CommandSpec } from '../spec.ts';
import { summaryOf } from './checkout-report.ts';
import { GLOB, SYNC_ARGUMENTS, transferOptions, warnWithoutRemote } from './sync-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'push',
  help: 'Upload tracked data to a remote.',
  examples: ['lode push', 'lode push -r store data/images', 'lode push -a   # the data of all branches'],
  arguments: [
    ...SYNC_ARGUMENTS,
    GLOB,
    { flags: ['--no-index'], action: 'flag', help: 'Ask the remote for each object, whatever it was seen to have.' },
  ],
  failureExit: 1,
  async run(args, io) {
    await withRepo(io, async (repo, ctx) => {
      const result = await push(
        repo,
        { ...transferOptions(args), glob: args.flag('glob'), noIndex: args.flag('no_index') },
        ctx,
      );
      warnWithoutRemote(io, args, repo.config.defaultRemote);
      io.print(summaryOf({ pushed: result.pushed }) || 'Everything is up to date.');
    });
    return 0;
  },
};
