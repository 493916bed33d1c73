import { expBranch } from '../../engine/verbs/exp-manage.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'branch',
  help: 'Make a Git branch of an experiment.',
  examples: ['lode exp branch calm-otter', 'lode exp branch calm-otter better-model'],
  arguments: [
    { flags: ['experiment'], help: 'Experiment to make a branch of.' },
    { flags: ['branch'], count: '?', help: "Name of the branch; '<experiment>-branch' unless told." },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo) => {
      const { branch, experiment } = await expBranch(repo, args.required('experiment'), args.text('branch'));
      io.print(`Git branch '${branch}' has been created from experiment '${experiment}'.`);
      io.print(`To switch to the new branch run:\n\n\tgit checkout ${branch}`);
      return 0;
    }),
};
