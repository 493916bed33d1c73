import { DvcError } from '../../engine/core/errors.ts';
import { repro } from '../../engine/verbs/repro.ts';
import type { CommandSpec } from '../spec.ts';
import { commandOutput, stageContext } from '../stage-output.ts';
import { REPRO_ARGUMENTS, reproOptions } from './repro-arguments.ts';
import { tellWhatToStage } from './tell-what-to-stage.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'repro',
  help: 'Run the stages of pipelines that are not up to date.',
  description:
    'Every stage is recorded in dvc.lock as soon as it is done: after a failure the same command goes on from there.\n' +
    'With --jobs, a stage can ask in dvc.yaml for what it must not share: `meta: {mutex: name}` for one at a time,\n' +
    '`meta: {resources: {gpu: 1}}` for a part of what --resource says there is.',
  examples: [
    'lode repro',
    'lode repro train            # the stage and what it needs',
    'lode repro -j 4 -P          # everything, up to four stages at a time',
    'lode repro -j 8 --resource gpu=2',
    'lode repro --dry',
    'lode repro --verify --tolerance 1e-6   # which stages are not deterministic',
  ],
  arguments: [
    ...REPRO_ARGUMENTS,
    { flags: ['--glob'], action: 'flag', help: 'Targets may hold wildcards for names of stages.' },
    { flags: ['--no-commit'], action: 'flag', help: "Don't put outputs into the cache." },
    { flags: ['--no-run-cache'], action: 'flag', help: 'Run commands that have run before with the same inputs.' },
    { flags: ['-j', '--jobs'], type: 'int', metavar: '<number>', help: 'Stages at a time; 1 unless told.' },
    {
      flags: ['--resource'],
      action: 'append',
      metavar: '<name>=<amount>',
      help: 'How much there is of something that stages ask for in meta.resources; 1 unless told.',
    },
    {
      flags: ['--verify'],
      action: 'flag',
      help: 'Run again, in a copy, what is up to date, and tell which stages give other outputs. Changes nothing.',
    },
    {
      flags: ['--tolerance'],
      type: 'float',
      metavar: '<number>',
      help: 'How far apart numbers of metrics may lie for --verify; 0 unless told.',
    },
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
      const resources = capacities(args.list('resource'));
      if (args.flag('verify')) {
        const { verifyAll } = await import('./repro-verify.ts');
        return verifyAll(repo, args, { jobs, resources }, io, ctx);
      }
      if (args.number('tolerance') !== undefined) throw new DvcError('usage', '--tolerance goes with --verify only');
      const result = await repro(
        repo,
        {
          ...reproOptions(args),
          glob: args.flag('glob'),
          commit: !args.flag('no_commit'),
          runCache: !args.flag('no_run_cache'),
          jobs,
          resources,
          inherit: commandOutput(),
        },
        stageContext(io, ctx, { parallel: jobs > 1 }),
      );
      if (result.failure) throw result.failure;
      tellWhatToStage(io, repo, result, ctx.cwd);
      const idle = result.stages.every(
        ({ state }) => state === 'unchanged' || state === 'pulled' || state === 'failed',
      );
      io.print(idle ? UP_TO_DATE : 'Use `lode push` to send your updates to remote storage.');
      return 0;
    }),
};

const UP_TO_DATE = 'Data and pipelines are up to date.';

function capacities(given: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    given.map((text) => {
      const [, name, amount] = /^(.+)=(\d+)$/.exec(text) ?? [];
      if (name === undefined || !(Number(amount) > 0))
        throw new DvcError('usage', `--resource takes <name>=<amount>, not '${text}'`);
      return [name, Number(amount)];
    }),
  );
}
