import { paramsDiff } from '../../engine/verbs/params-diff.ts';
import type { CommandSpec } from '../spec.ts';
import { diffRevisions, printValueDiff, VALUE_DIFF_ARGUMENTS } from './value-diff.ts';
import { ANYWHERE, withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'diff',
  help: 'Show changes in parameters between two commits, or a commit and the workspace.',
  examples: ['lode params diff', 'lode params diff v1 v2 --all', 'lode params diff --targets conf.json'],
  arguments: [
    {
      flags: ['--targets'],
      count: '*',
      metavar: '<paths>',
      help: 'Params files to compare, known to a stage or not.',
      complete: 'file',
    },
    { flags: ['--deps'], action: 'flag', help: 'Show only what stages depend on.' },
    ...VALUE_DIFF_ARGUMENTS,
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(
      io,
      async (repo, ctx) => {
        const options = {
          ...diffRevisions(args),
          all: args.flag('all'),
          depsOnly: args.flag('deps'),
          targets: args.list('targets'),
        };
        const found = await paramsDiff(repo, options, ctx);
        if (found.failed.length > 0) io.warn(`some params could not be read in: ${found.failed.join(', ')}`);
        await printValueDiff(found, repo.root, ctx.cwd, args, { title: 'Param', changes: false }, io);
        return 0;
      },
      ANYWHERE,
    ),
};
