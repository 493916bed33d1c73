import { remove } from '../../engine/verbs/remove.ts';
import type { CommandSpec } from '../spec.ts';
import { tellWhatToStage } from './tell-what-to-stage.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'remove',
  aliases: ['rm'],
  help: 'Stop tracking data, or remove stages from dvc.yaml. The data stays unless --outs is given.',
  examples: ['lode remove data.csv.dvc', 'lode remove --outs data.csv.dvc  # the data too'],
  arguments: [
    { flags: ['--outs'], action: 'flag', help: 'Delete the data from the workspace as well.' },
    { flags: ['targets'], count: '+', help: '.dvc files, or stages of dvc.yaml.', complete: 'file' },
  ],
  failureExit: 1,
  async run(args, io) {
    await withRepo(io, async (repo, ctx) => {
      const result = await remove(repo, { targets: args.list('targets'), outs: args.flag('outs') }, ctx);
      tellWhatToStage(io, repo, result, ctx.cwd);
    });
    return 0;
  },
};
