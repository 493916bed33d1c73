import { commit } from '../../engine/verbs/commit.ts';
import type { CommandSpec } from '../spec.ts';
import { RECURSIVE, TARGETS, WITH_DEPS } from './target-arguments.ts';
import { tellWhatToStage } from './tell-what-to-stage.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'commit',
  help: 'Record changed data: into the cache, and its new hashes into .dvc files and dvc.lock.',
  examples: ['lode commit                   # asks before it records changes', 'lode commit -f data.csv.dvc'],
  arguments: [
    { flags: ['-f', '--force'], action: 'flag', help: 'Record changes without asking.' },
    WITH_DEPS,
    RECURSIVE,
    { flags: ['--no-relink'], action: 'flag', help: "Don't replace the workspace's files by links to the cache." },
    TARGETS,
  ],
  failureExit: 1,
  async run(args, io) {
    await withRepo(io, async (repo, ctx) => {
      const result = await commit(
        repo,
        {
          targets: args.list('targets'),
          force: args.flag('force'),
          withDeps: args.flag('with_deps'),
          recursive: args.flag('recursive'),
          relink: !args.flag('no_relink'),
        },
        ctx,
      );
      tellWhatToStage(io, repo, result, ctx.cwd);
    });
    return 0;
  },
};
