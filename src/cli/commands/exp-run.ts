import { expRun } from '../../engine/verbs/exp-run.ts';
import type { ArgumentSpec, CommandSpec } from '../spec.ts';
import { commandOutput, stageContext } from '../stage-output.ts';
import { REPRO_ARGUMENTS, reproOptions } from './repro-arguments.ts';
import { withRepo } from './with-repo.ts';

const ARGUMENTS: readonly ArgumentSpec[] = [
  { flags: ['-n', '--name'], metavar: '<name>', help: 'Name of the experiment; made up unless told.' },
  {
    flags: ['-S', '--set-param'],
    action: 'append',
    metavar: '[<filename>:]<param_name>=<param_value>',
    help: 'Run with this value of a param: `lr=0.1`, `+new=1` to add one, `~gone` to take one out, `conf.json:key=1` of another file.',
  },
  { flags: ['-m', '--message'], metavar: '<text>', help: "Message of the experiment's commit." },
];

export const command: CommandSpec = {
  name: 'run',
  help: 'Run an experiment: the stages that are not up to date, with other params where told.',
  description: 'The result is a commit that no branch has. Your branch and HEAD stay as they are.',
  examples: ['lode exp run -n first -S lr=0.1'],
  arguments: [
    ...REPRO_ARGUMENTS,
    ...ARGUMENTS,
    {
      flags: ['targets'],
      count: '*',
      help: "Stages, groups, dvc.yaml or .dvc files; './dvc.yaml' where none is given.",
      complete: 'file',
    },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const name = args.text('name') ?? io.env['DVC_EXP_NAME'];
      const message = args.text('message');
      const result = await expRun(
        repo,
        {
          ...reproOptions(args),
          params: args.list('set_param'),
          inherit: commandOutput(),
          ...(name === undefined ? {} : { name }),
          ...(message === undefined ? {} : { message }),
        },
        stageContext(io, ctx),
      );
      if (result.failure) throw result.failure;
      io.print(`\nRan experiment(s): ${result.name}`);
      io.print('Experiment results have been applied to your workspace.');
      return 0;
    }),
};
