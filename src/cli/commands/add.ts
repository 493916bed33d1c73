import { DvcError } from '../../engine/core/errors.ts';
import { add } from '../../engine/verbs/add.ts';
import type { ParsedArgs } from '../parsed-args.ts';
import type { CommandSpec } from '../spec.ts';
import { REMOTE } from './target-arguments.ts';
import { tellWhatToStage } from './tell-what-to-stage.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'add',
  help: 'Track data files or directories.',
  description: 'The bytes go into the cache, a small .dvc file beside the data goes into Git.',
  examples: [
    'lode add data/images',
    "lode add --glob 'data/*.csv'",
    'lode add data/images/new.png       # one file of a tracked folder',
    'lode add /mnt/raw.csv -o data.csv  # copy from elsewhere and track',
    'lode add --to-remote /mnt/raw.bin  # to the remote, not into the workspace',
  ],
  arguments: [
    { flags: ['--no-commit'], action: 'flag', help: "Don't put the data into the cache yet." },
    { flags: ['--glob'], action: 'flag', help: 'Targets may hold wildcards: *, ?, [a-z], **.' },
    { flags: ['-o', '--out'], metavar: '<path>', help: 'Copy the target there and track the copy.', complete: 'file' },
    { flags: ['--file'], metavar: '<filename>', help: 'Name of the .dvc file to write.', complete: 'file' },
    { flags: ['--desc'], metavar: '<text>', help: 'Description of the data, kept in the .dvc file.' },
    { flags: ['--to-remote'], action: 'flag', help: 'Send the data straight to the remote.' },
    { ...REMOTE, help: 'Remote to send to; goes with --to-remote.' },
    { flags: ['--remote-jobs'], type: 'int', metavar: '<number>', help: 'Transfers at once; goes with --to-remote.' },
    {
      flags: ['-f', '--force'],
      action: 'flag',
      help: 'Overwrite a local file or folder of the name given with --out.',
    },
    { flags: ['--no-relink'], action: 'flag', help: "Don't replace the workspace's files by links to the cache." },
    { flags: ['targets'], count: '+', help: 'Files or folders to track.', complete: 'file' },
  ],
  failureExit: 1,
  async run(args, io) {
    refuseMisuse(args);
    await withRepo(io, async (repo, ctx) => {
      const [out, file, desc, remote, jobs] = [
        args.text('out'),
        args.text('file'),
        args.text('desc'),
        args.text('remote'),
        args.number('remote_jobs'),
      ];
      const result = await add(
        repo,
        {
          targets: args.list('targets'),
          noCommit: args.flag('no_commit'),
          glob: args.flag('glob'),
          toRemote: args.flag('to_remote'),
          force: args.flag('force'),
          relink: !args.flag('no_relink'),
          ...(out === undefined ? {} : { out }),
          ...(file === undefined ? {} : { file }),
          ...(desc === undefined ? {} : { desc }),
          ...(remote === undefined ? {} : { remote }),
          ...(jobs === undefined ? {} : { jobs }),
        },
        ctx,
      );
      tellWhatToStage(io, repo, result, ctx.cwd);
    });
    return 0;
  },
};

function refuseMisuse(args: ParsedArgs): void {
  const [toRemote, out] = [args.flag('to_remote'), args.text('out')];
  let option: string | undefined;
  if (toRemote || out !== undefined) {
    if (args.list('targets').length !== 1) option = 'multiple targets';
    else if (args.flag('glob')) option = '--glob option';
    else if (args.flag('no_commit')) option = '--no-commit option';
  } else if (args.text('remote') !== undefined) option = '--remote';
  else if (args.number('remote_jobs') !== undefined) option = '--remote-jobs';
  if (option === undefined && args.text('file') !== undefined && args.list('targets').length !== 1) {
    throw new DvcError('usage', "--file can't be used with multiple targets", { exitCode: 1 });
  }
  if (option === undefined) return;
  const how =
    toRemote || out !== undefined ? `used with ${toRemote ? '--to-remote' : '--out'}` : 'used without --to-remote';
  throw new DvcError('usage', `${option} can't be ${how}`, { exitCode: 1 });
}
