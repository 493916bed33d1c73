import type { CommandSpec } from '../spec.ts';
import { addFrom, COMMAND_WORDS, STAGE_ARGUMENTS } from './stage-add.ts';

export const command: CommandSpec = {
  name: 'run',
  help: 'Add a stage to dvc.yaml and run it: the old spelling of `stage add --run`.',
  examples: ['lode run -n prepare -d raw.csv -o clean.csv python prepare.py'],
  arguments: [
    { flags: ['-n', '--name'], metavar: '<name>', required: true, help: 'Name of the stage.' },
    ...STAGE_ARGUMENTS,
    { flags: ['--no-exec'], action: 'flag', help: 'Add the stage only.' },
    COMMAND_WORDS,
  ],
  failureExit: 255,
  run: (args, io) => addFrom(args, io, !args.flag('no_exec')),
};
