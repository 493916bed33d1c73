import { plotsDiffRevisions } from '../../engine/verbs/plots-show.ts';
import type { CommandSpec } from '../spec.ts';
import { OUTPUT, PROPS } from './plots-arguments.ts';
import { showPlots } from './plots-output.ts';

export const command: CommandSpec = {
  name: 'diff',
  help: 'Write a page with the plots of several revisions, one over the other.',
  examples: ['lode plots diff', 'lode plots diff v1 v2 --targets loss.csv', 'lode plots diff main --json'],
  arguments: [
    {
      flags: ['--targets'],
      count: '*',
      metavar: '<paths>',
      help: 'Files or names of plots, each a regular expression that begins one; all plots unless told.',
      complete: 'file',
    },
    {
      flags: ['-e', '--experiment'],
      action: 'flag',
      hidden: true,
      help: 'Compare an experiment with the commit it started from.',
    },
    {
      flags: ['revisions'],
      count: '*',
      help: 'Revisions to compare: with the workspace where there is one only, HEAD with it where there is none.',
      complete: 'revision',
    },
    ...PROPS,
    ...OUTPUT,
  ],
  failureExit: 1,
  run: (args, io) =>
    showPlots(args, io, (repo) =>
      plotsDiffRevisions(repo, args.list('revisions'), { baseline: args.flag('experiment') }),
    ),
};
