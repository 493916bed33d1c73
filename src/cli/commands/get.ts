import { type GetOptions, get, getStoreUrl } from '../../engine/verbs/get.ts';
import type { CommandSpec } from '../spec.ts';
import { FORCE, given, OUT, pairsOf, REV, SOURCE_CONFIG, SOURCE_PATH, SOURCE_URL } from './source-arguments.ts';
import { JOBS } from './target-arguments.ts';

export const command: CommandSpec = {
  name: 'get',
  help: 'Download a file or folder of another repository, and track nothing.',
  examples: [
    'lode get https://github.com/example/data images',
    'lode get ../other model.pkl --rev v2 -o old.pkl',
    'lode get ../other data --show-url   # where its content is stored',
  ],
  arguments: [
    OUT,
    REV,
    {
      flags: ['--show-url'],
      action: 'flag',
      help: 'Print where the data would be downloaded from, and download nothing.',
    },
    JOBS,
    FORCE,
    ...SOURCE_CONFIG,
    SOURCE_URL,
    SOURCE_PATH,
  ],
  failureExit: 1,
  async run(args, io) {
    const options = given<GetOptions>({
      url: args.required('url'),
      path: args.required('path'),
      out: args.text('out'),
      force: args.flag('force'),
      rev: args.text('rev'),
      jobs: args.number('jobs'),
      config: args.text('config'),
      remote: args.text('remote'),
      remoteConfig: pairsOf(args, 'remote_config'),
    });
    if (args.flag('show_url')) io.print(await getStoreUrl(options, io.context()));
    else await get(options, io.context());
    return 0;
  },
};
