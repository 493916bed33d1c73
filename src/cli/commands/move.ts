import { move } from '../../engine/verbs/move.ts';
import type { CommandSpec } from '../spec.ts';
import { tellWhatToStage } from './tell-what-to-stage.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'move',
  aliases: ['mv'],
  help: 'Rename or move tracked data together with its .dvc file.',
  examples: ['lode move data.csv raw.csv', 'lode move data.csv archive/'],
  arguments: [
    { flags: ['src'], help: 'Tracked file or folder.', complete: 'file' },
    { flags: ['dst'], help: 'New path, or a folder to move it into.', complete: 'file' },
  ],
  failureExit: 1,
  async run(args, io) {
    await withRepo(io, async (repo, ctx) => {
      const result = await move(repo, { from: args.required('src'), to: args.required('dst') }, ctx);
      tellWhatToStage(io, repo, result, ctx.cwd);
    });
    return 0;
  },
};
