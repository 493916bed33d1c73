import { fetch } from '../../engine/verbs/fetch.ts';
import type { CommandSpec } from '../spec.ts';
import { summaryOf } from './checkout-report.ts';
import {
  GLOB,
  PART_ARGUMENTS,
  partOptions,
  SYNC_ARGUMENTS,
  transferOptions,
  warnWithoutRemote,
} from './sync-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'fetch',
  help: 'Download tracked data from a remote into the cache.',
  examples: [
    'lode fetch',
    'lode fetch -A           # the data of every commit',
    'lode fetch --max-size 1000000',
    'lode fetch --deps-of train',
  ],
  arguments: [...SYNC_ARGUMENTS, GLOB, ...PART_ARGUMENTS],
  failureExit: 1,
  async run(args, io) {
    await withRepo(io, async (repo, ctx) => {
      const result = await fetch(
        repo,
        { ...transferOptions(args), ...partOptions(args), glob: args.flag('glob') },
        ctx,
      );
      warnWithoutRemote(io, args, repo.config.defaultRemote);
      io.print(summaryOf({ fetched: result.fetched }) || 'Everything is up to date.');
    });
    return 0;
  },
};
