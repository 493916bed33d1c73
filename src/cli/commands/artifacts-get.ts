import { fromCwd } from '../../engine/core/paths.ts';
import { type ArtifactOptions, artifactStoreUrl, artifactsGet } from '../../engine/verbs/artifacts-get.ts';
import type { CommandSpec } from '../spec.ts';
import { FORCE, given, OUT, pairsOf, SOURCE_CONFIG, SOURCE_URL } from './source-arguments.ts';
import { JOBS } from './target-arguments.ts';

export const command: CommandSpec = {
  name: 'get',
  help: 'Download an artifact of a model registry.',
  examples: [
    'lode artifacts get https://github.com/example/models text-classification',
    'lode artifacts get ../models text-classification --rev v1.2.0',
    'lode artifacts get ../models nlp:text-classification --stage prod -o model.pkl',
  ],
  arguments: [
    { flags: ['--rev'], count: '?', metavar: '<version>', help: 'A registered version; the newest otherwise.' },
    { flags: ['--stage'], count: '?', metavar: '<stage>', help: 'The version that was assigned to this stage.' },
    OUT,
    { flags: ['--show-url'], action: 'flag', help: 'Print where it would be downloaded from, and download nothing.' },
    JOBS,
    FORCE,
    ...SOURCE_CONFIG,
    SOURCE_URL,
    { flags: ['name'], help: 'The artifact: `name`, or `folder:name`.', complete: 'none' },
  ],
  failureExit: 1,
  async run(args, io) {
    const options = given<ArtifactOptions>({
      url: args.required('url'),
      name: args.required('name'),
      version: args.text('rev'),
      stage: args.text('stage'),
      out: args.text('out'),
      force: args.flag('force'),
      jobs: args.number('jobs'),
      config: args.text('config'),
      remote: args.text('remote'),
      remoteConfig: pairsOf(args, 'remote_config'),
    });
    const ctx = io.context();
    if (args.flag('show_url')) io.print(await artifactStoreUrl(options, ctx));
    else {
      const { output, files } = await artifactsGet(options, ctx);
      io.print(`Downloaded ${files} file(s) to '${fromCwd(ctx.cwd, output)}'`);
    }
    return 0;
  },
};
