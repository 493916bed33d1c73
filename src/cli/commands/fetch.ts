import { fetch } from '../../engine/verbs/fetch.ts';
import type { CommandSpec } from '../spec.ts';
import { summaryOf } from './checkout-report.ts';
import { SYNC_ARGUMENTS, transferOptions, warnWithoutRemote } from './sync-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'fetch',
  help: 'Download tracked data from a remote into the cache.',
  examples: ['lode fetch', 'lode fetch -A           # the data of every commit', 'lode fetch --max-size 1000000'],
  arguments: [
    ...SYNC_ARGUMENTS,
    { flags: ['--max-size'], type: 'int', metavar: '<bytes>', help: 'Leave out outputs larger than this.' },
    {
      flags: ['--type'],
      action: 'append',
      dest: 'types',
      choices: ['metrics', 'plots'],
      help: 'Only metrics, or only plots.',
    },
  ],
  failureExit: 1,
  async run(args, io) {
    await withRepo(io, async (repo, ctx) => {
      const maxSize = args.number('max_size');
      const types = args.list('types').map((type) => (type === 'metrics' ? 'metric' : 'plot'));
      const result = await fetch(
        repo,
        {
          ...transferOptions(args),
          ...(maxSize === undefined ? {} : { maxSize }),
          ...(types.length > 0 ? { types } : {}),
        },
        ctx,
      );
      warnWithoutRemote(io, args, repo.config.defaultRemote);
      io.print(summaryOf({ fetched: result.fetched }) || 'Everything is up to date.');
    });
    return 0;
  },
};
