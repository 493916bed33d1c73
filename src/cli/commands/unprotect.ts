import { unprotect } from '../../engine/verbs/unprotect.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'unprotect',
  help: 'Replace links to the cache by copies that can be edited.',
  examples: ['lode unprotect data.csv'],
  arguments: [{ flags: ['targets'], count: '+', help: 'Tracked files or folders.', complete: 'file' }],
  failureExit: 1,
  async run(args, io) {
    await withRepo(io, (repo, ctx) => unprotect(repo, { targets: args.list('targets') }, ctx));
    return 0;
  },
};
