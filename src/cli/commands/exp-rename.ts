import { expRename } from '../../engine/verbs/exp-manage.ts';
import { joinNames } from '../join-names.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'rename',
  help: 'Give an experiment another name.',
  examples: ['lode exp rename calm-otter baseline-wide', 'lode exp rename -g origin old new'],
  arguments: [
    { flags: ['-g', '--git-remote'], metavar: '<git_remote>', help: 'Rename on this Git remote, by name or URL.' },
    { flags: ['-f', '--force'], action: 'flag', help: 'Overwrite an experiment that has the new name.' },
    { flags: ['experiment'], help: 'Experiment to rename.' },
    { flags: ['name'], help: 'Its new name.' },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo) => {
      const [from, remote] = [args.required('experiment'), args.text('git_remote')];
      const options = { force: args.flag('force'), ...(remote === undefined ? {} : { remote }) };
      const renamed = await expRename(repo, from, args.required('name'), options);
      io.print(renamed ? `Renamed experiments: ${joinNames([from])}` : 'No experiments to rename.');
      return 0;
    }),
};
