import { destroy } from '../../engine/verbs/destroy.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'destroy',
  help: 'Take DVC out of this project: .dvc files, pipelines, settings and the cache. The data stays.',
  examples: ['lode destroy', 'lode destroy -f'],
  arguments: [{ flags: ['-f', '--force'], action: 'flag', help: "Don't ask." }],
  failureExit: 1,
  async run(args, io) {
    await withRepo(io, (repo, ctx) => destroy(repo, { force: args.flag('force') }, ctx));
    return 0;
  },
};
