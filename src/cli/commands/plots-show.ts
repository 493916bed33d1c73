import type { CommandSpec } from '../spec.ts';
import { OUTPUT, PROPS } from './plots-arguments.ts';
import { showPlots } from './plots-output.ts';

export const command: CommandSpec = {
  name: 'show',
  help: 'Write a page with the plots of files, or of `plots` in dvc.yaml.',
  examples: ['lode plots show', 'lode plots show loss.csv -x step -y loss', 'lode plots show --json'],
  arguments: [
    {
      flags: ['targets'],
      count: '*',
      help: 'Files or names of plots, each a regular expression that begins one; all plots unless told.',
      complete: 'file',
    },
    ...PROPS,
    ...OUTPUT,
  ],
  failureExit: 1,
  run: (args, io) => showPlots(args, io, async () => ['workspace']),
};
