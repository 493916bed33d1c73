import { stageList } from '../../engine/verbs/stage-list.ts';
import type { CommandSpec } from '../spec.ts';
import { RECURSIVE } from './target-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'list',
  help: 'List stages with what each reads and makes.',
  examples: ['lode stage list', 'lode stage list --all --name-only'],
  arguments: [
    { flags: ['--all'], action: 'flag', help: 'List every stage of the repository.' },
    { flags: ['--fail'], action: 'flag', help: 'Fail for a stage file that cannot be read.' },
    RECURSIVE,
    { flags: ['--name-only', '--names-only'], action: 'flag', dest: 'name_only', help: 'List names only.' },
    {
      flags: ['targets'],
      count: '*',
      help: "dvc.yaml or .dvc files, stages; './dvc.yaml' where none is given.",
      complete: 'file',
    },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const options = { all: args.flag('all'), fail: args.flag('fail'), recursive: args.flag('recursive') };
      const stages = await stageList(repo, { ...options, targets: args.list('targets') }, ctx);
      const width = Math.max(0, ...stages.map(({ address }) => address.length));
      for (const { address, description } of stages)
        io.print(args.flag('name_only') ? address : `${address.padEnd(width)}  ${description}`);
      return 0;
    }),
};
