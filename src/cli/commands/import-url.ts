import { type ImportUrlOptions, importUrl } from '../../engine/verbs/import-url.ts';
import type { CommandSpec } from '../spec.ts';
import { stageContext } from '../stage-output.ts';
import { DESC, FORCE, FS_CONFIG, given, NO_DOWNLOAD, NO_EXEC, POINTER_FILE, pairsOf } from './source-arguments.ts';
import { JOBS, REMOTE } from './target-arguments.ts';
import { tellWhatToStage } from './tell-what-to-stage.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'import-url',
  help: 'Download data from a URL and track it, with where it came from.',
  description: '`lode update` brings what is newer there; the .dvc file says what the source was.',
  examples: [
    'lode import-url https://example.com/data.csv',
    'lode import-url s3://bucket/raw data/raw',
    'lode import-url remote://archive/2024.csv   # a path on a configured remote',
    'lode import-url --no-download /mnt/big.bin  # only record it; fetch with `lode update`',
    'lode import-url --to-remote /mnt/big.bin    # past this machine, to the remote',
  ],
  arguments: [
    { flags: ['--to-remote'], action: 'flag', help: 'Send the data straight to the remote.' },
    { ...REMOTE, help: 'Remote to send to; goes with --to-remote.' },
    NO_EXEC,
    NO_DOWNLOAD,
    JOBS,
    FORCE,
    {
      flags: ['--version-aware'],
      action: 'flag',
      help: 'Record the version of each object, in stores that keep them.',
    },
    FS_CONFIG,
    POINTER_FILE,
    DESC,
    {
      flags: ['url'],
      help: 'A path, or a URL: s3://, gs://, azure://, ssh://, webdav(s)://, http(s)://, remote://NAME/path.',
      complete: 'file',
    },
    { flags: ['out'], count: '?', help: 'Where to put it; a folder takes the name of the source.', complete: 'file' },
  ],
  failureExit: 1,
  async run(args, io) {
    const options = given<ImportUrlOptions>({
      url: args.required('url'),
      out: args.text('out'),
      force: args.flag('force'),
      file: args.text('file'),
      desc: args.text('desc'),
      noExec: args.flag('no_exec'),
      noDownload: args.flag('no_download'),
      toRemote: args.flag('to_remote'),
      remote: args.text('remote'),
      jobs: args.number('jobs'),
      versionAware: args.flag('version_aware'),
      fsConfig: pairsOf(args, 'fs_config'),
    });
    await withRepo(io, async (repo, ctx) => {
      const result = await importUrl(repo, options, stageContext(io, ctx));
      tellWhatToStage(io, repo, result, ctx.cwd);
    });
    return 0;
  },
};
