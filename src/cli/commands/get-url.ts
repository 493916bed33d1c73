import { type GetUrlOptions, getUrl } from '../../engine/verbs/get-url.ts';
import type { CommandSpec } from '../spec.ts';
import { FORCE, FS_CONFIG, given, pairsOf } from './source-arguments.ts';
import { JOBS } from './target-arguments.ts';

export const command: CommandSpec = {
  name: 'get-url',
  help: 'Download or copy data from a URL, and track nothing.',
  examples: [
    'lode get-url https://example.com/data.csv',
    'lode get-url s3://bucket/raw data',
    'lode get-url remote://archive/2024.csv -f',
  ],
  arguments: [
    JOBS,
    FORCE,
    FS_CONFIG,
    { flags: ['url'], help: 'A path or a URL; see `lode import-url --help`.', complete: 'file' },
    { flags: ['out'], count: '?', help: 'Where to put it; a folder takes the name of the source.', complete: 'file' },
  ],
  failureExit: 1,
  async run(args, io) {
    const options = given<GetUrlOptions>({
      url: args.required('url'),
      out: args.text('out'),
      force: args.flag('force'),
      jobs: args.number('jobs'),
      fsConfig: pairsOf(args, 'fs_config'),
    });
    await getUrl(options, io.context());
    return 0;
  },
};
