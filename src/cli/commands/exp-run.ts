import { DvcError } from '../../engine/core/errors.ts';
import type { OpContext } from '../../engine/core/op-context.ts';
import type { Repo } from '../../engine/repo.ts';
import { expRun } from '../../engine/verbs/exp-run.ts';
import { expRunTemp } from '../../engine/verbs/exp-run-temp.ts';
import type { CliIo } from '../io.ts';
import type { ParsedArgs } from '../parsed-args.ts';
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
  {
    flags: ['--queue'],
    action: 'flag',
    help: 'Do not run it: put it into the queue. Sweeps such as `lr=0.1,0.2` make one for each value.',
  },
  { flags: ['--run-all'], action: 'flag', help: 'Run what is in the queue.' },
  {
    flags: ['-j', '--jobs'],
    type: 'int',
    metavar: '<number>',
    help: 'Experiments of the queue at a time; 1 unless told.',
  },
  {
    flags: ['--temp'],
    action: 'flag',
    dest: 'tmp_dir',
    help: 'Run in a work tree of its own; the workspace is left as it is.',
  },
  {
    flags: ['-C', '--copy-paths'],
    action: 'append',
    metavar: '<path>',
    help: 'With --temp and --queue: take along a file or folder that Git does not have.',
    complete: 'file',
  },
  { flags: ['-m', '--message'], metavar: '<text>', help: "Message of the experiment's commit." },
  { flags: ['-M'], dest: 'message', hidden: true, help: 'The same as -m.' },
  {
    flags: ['--priority'],
    type: 'int',
    metavar: '<number>',
    help: 'With --queue: greater ones run first; 0 unless told.',
  },
  {
    flags: ['--stop-when'],
    action: 'append',
    metavar: '<rule>',
    help: 'End it when a metric says so, as it is written: `loss is broken`, `val.loss > 2 for 3`, `acc stalls max for 5`. An addition of Lode.',
  },
  {
    flags: ['--notify-when'],
    action: 'append',
    metavar: '<rule>',
    help: 'As --stop-when, but say so and let it run on.',
  },
  { flags: ['--no-hydra'], action: 'flag', help: 'Do not compose params.yaml from a Hydra configuration.' },
];

export const command: CommandSpec = {
  name: 'run',
  help: 'Run an experiment: the stages that are not up to date, with other params where told.',
  description:
    'The result is a commit that no branch has; your branch and HEAD stay as they are.\n' +
    'Before anything is changed the workspace is kept as a snapshot: `lode exp apply --undo` brings it back.',
  examples: [
    'lode exp run -S lr=0.1',
    'lode exp run -n wide -S net.width=64 --temp   # beside the workspace',
    'lode exp run --queue -S lr=0.1,0.01,0.001     # three experiments',
    'lode exp run --run-all -j 2',
    "lode exp run --stop-when 'loss is broken' --stop-when 'val.loss stalls min for 10'",
  ],
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
      const jobs = args.number('jobs') ?? 1;
      if (jobs < 1) throw new DvcError('usage', '--jobs takes a number from 1 on');
      if (args.flag('run_all')) {
        const { runAll } = await import('./queue-progress.ts');
        return runAll(repo, jobs, io, ctx);
      }
      if (args.flag('queue')) return enqueue(repo, args, io, ctx);
      const temp = args.flag('tmp_dir') || args.flag('dry');
      const options = { ...optionsOf(args), inherit: commandOutput() };
      const own = stageContext(io, ctx);
      const result = await (temp ? expRunTemp(repo, options, own) : expRun(repo, options, own));
      if (result.failure) throw result.failure;
      if (args.flag('dry')) return 0;
      io.print(`\nRan experiment(s): ${result.name}`);
      io.print(
        temp
          ? 'To apply the results of an experiment to your workspace run:\n\n\tlode exp apply <exp>'
          : 'Experiment results have been applied to your workspace.',
      );
      return 0;
    }),
};

function optionsOf(args: ParsedArgs) {
  const name = args.text('name');
  const [message, priority] = [args.text('message'), args.number('priority')];
  return {
    ...reproOptions(args),
    params: args.list('set_param'),
    copyPaths: args.list('copy_paths'),
    hydra: !args.flag('no_hydra'),
    stopWhen: [...args.list('stop_when'), ...args.list('notify_when').map((rule) => `notify when ${rule}`)],
    ...(name === undefined ? {} : { name }),
    ...(message === undefined ? {} : { message }),
    ...(priority === undefined ? {} : { priority }),
  };
}

async function enqueue(repo: Repo, args: ParsedArgs, io: CliIo, ctx: OpContext): Promise<number> {
  const { queueAdd, shownOverrides } = await import('../../engine/verbs/queue-add.ts');
  for (const { entry, overrides } of await queueAdd(repo, optionsOf(args), ctx)) {
    if (overrides.size > 0) io.print(`Queueing with overrides '${shownOverrides(overrides)}'.`);
    io.print(`Queued experiment '${entry.name}' for future execution.`);
  }
  return 0;
}
