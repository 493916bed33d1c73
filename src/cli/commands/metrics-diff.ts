import { metricsDiff } from '../../engine/verbs/metrics-diff.ts';
import type { CommandSpec } from '../spec.ts';
import { DEFAULT_PRECISION } from '../value-text.ts';
import { FOLDERS_TOO, PRECISION } from './metrics-arguments.ts';
import { diffRevisions, printValueDiff, VALUE_DIFF_ARGUMENTS } from './value-diff.ts';
import { ANYWHERE, withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'diff',
  help: 'Show changes in metrics between two commits, or a commit and the workspace.',
  examples: ['lode metrics diff', 'lode metrics diff v1 v2 --all', 'lode metrics diff --targets eval.json --md'],
  arguments: [
    {
      flags: ['--targets'],
      count: '*',
      metavar: '<paths>',
      help: 'Files or folders of metrics to compare, known to a stage or not.',
      complete: 'file',
    },
    FOLDERS_TOO,
    PRECISION,
    ...VALUE_DIFF_ARGUMENTS,
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(
      io,
      async (repo, ctx) => {
        const options = { ...diffRevisions(args), all: args.flag('all'), targets: args.list('targets') };
        const found = await metricsDiff(repo, options, ctx);
        if (found.failed.length > 0) io.warn(`some metrics could not be read in: ${found.failed.join(', ')}`);
        const precision = args.number('precision') || DEFAULT_PRECISION; // DVC takes 0 for nothing as well.
        await printValueDiff(found, repo.root, ctx.cwd, args, { title: 'Metric', changes: true, precision }, io);
        return 0;
      },
      ANYWHERE,
    ),
};
