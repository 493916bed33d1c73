import { type UpdateOptions, update } from '../../engine/verbs/update.ts';
import type { CommandSpec } from '../spec.ts';
import { stageContext } from '../stage-output.ts';
import { given } from './source-arguments.ts';
import { JOBS, RECURSIVE, REMOTE } from './target-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'update',
  help: 'Bring imported data up to date with where it came from.',
  examples: [
    'lode update data.csv.dvc',
    'lode update model.dvc --rev v2   # another revision of its repository',
    'lode update -R data              # all imports below a folder',
    'lode update --no-download big.dvc',
  ],
  arguments: [
    { flags: ['--rev'], count: '?', metavar: '<commit>', help: 'Git revision of the source repository.' },
    RECURSIVE,
    { flags: ['--no-download'], action: 'flag', help: 'Only record what the source is now.' },
    { flags: ['--to-remote'], action: 'flag', help: 'Send the data straight to the remote.' },
    { ...REMOTE, help: 'Remote to send to; goes with --to-remote.' },
    JOBS,
    { flags: ['targets'], count: '+', help: 'Imports: .dvc files, or what they track.', complete: 'file' },
  ],
  failureExit: 1,
  async run(args, io) {
    const options = given<UpdateOptions>({
      targets: args.list('targets'),
      recursive: args.flag('recursive'),
      rev: args.text('rev'),
      noDownload: args.flag('no_download'),
      toRemote: args.flag('to_remote'),
      remote: args.text('remote'),
      jobs: args.number('jobs'),
    });
    await withRepo(io, async (repo, ctx) => void (await update(repo, options, stageContext(io, ctx))));
    return 0;
  },
};
