import { install } from '../../engine/verbs/install.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'install',
  help: 'Install Git hooks into the repository.',
  description:
    'After `git checkout` the data follows, `git commit` shows the status of the data, `git push` pushes it first. Add `*.dvc merge=dvc` to .gitattributes to let Git merge directories two branches have changed.',
  examples: ['lode install', 'lode install --use-pre-commit-tool'],
  arguments: [
    {
      flags: ['--use-pre-commit-tool'],
      action: 'flag',
      help: 'Install the hooks for the pre-commit tool (https://pre-commit.com) instead.',
    },
  ],
  failureExit: 1,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      await install(repo, { usePreCommitTool: args.flag('use_pre_commit_tool') }, ctx);
      return 0;
    }),
};
