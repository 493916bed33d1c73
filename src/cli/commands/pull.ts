import { pull } from '../../engine/verbs/pull.ts';
import type { CommandSpec } from '../spec.ts';
import { checkoutFailure, printChanges, summaryOf } from './checkout-report.ts';
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
  name: 'pull',
  help: 'Download tracked data from a remote and bring the workspace up to date.',
  examples: [
    'lode pull',
    'lode pull data/images/0001.png',
    "lode pull --glob 'data/images/*.png'",
    'lode pull --deps-of train                # only what this stage reads',
    'lode pull data/images --sample 100       # some of many, the same ones each time',
  ],
  arguments: [
    ...SYNC_ARGUMENTS,
    { flags: ['-f', '--force'], action: 'flag', help: 'Overwrite files whose content is stored nowhere else.' },
    GLOB,
    ...PART_ARGUMENTS,
    { flags: ['--allow-missing'], action: 'flag', help: 'Leave out what is nowhere, without failing.' },
  ],
  failureExit: 1,
  async run(args, io) {
    await withRepo(io, async (repo, ctx) => {
      const allowMissing = args.flag('allow_missing');
      const result = await pull(
        repo,
        {
          ...transferOptions(args),
          ...partOptions(args),
          glob: args.flag('glob'),
          force: args.flag('force'),
          allowMissing,
        },
        ctx,
      );
      printChanges(io, result);
      warnWithoutRemote(io, args, repo.config.defaultRemote);
      io.print(summaryOf({ fetched: result.fetched, ...result.stats }) || 'Everything is up to date.');
      if (result.failed.length > 0 && !allowMissing) throw checkoutFailure(result.failed);
    });
    return 0;
  },
};
