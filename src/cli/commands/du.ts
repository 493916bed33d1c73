import { du } from '../../engine/verbs/du.ts';
import { columns, shortSize } from '../columns.ts';
import type { CommandSpec } from '../spec.ts';
import { LISTING_ARGUMENTS, listingOf } from './listing-arguments.ts';

export const command: CommandSpec = {
  name: 'du',
  help: 'Show how much space data and files take.',
  examples: ['lode du .', 'lode du . data', 'lode du . -s        # only the total'],
  arguments: [{ flags: ['-s', '--summarize'], action: 'flag', help: 'Show only the total.' }, ...LISTING_ARGUMENTS],
  failureExit: 255,
  async run(args, io) {
    const entries = await du({ ...listingOf(args), summarize: args.flag('summarize') }, io.context());
    io.print(columns(entries.map(({ path, size }) => [shortSize(size), path])));
    return 0;
  },
};
