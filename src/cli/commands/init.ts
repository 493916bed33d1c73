import * as path from 'node:path';
import { init } from '../../engine/verbs/init.ts';
import type { CommandSpec } from '../spec.ts';

export const command: CommandSpec = {
  name: 'init',
  help: 'Make a repository in the current folder.',
  examples: ['lode init', 'lode init --subdir    # in a folder of a larger Git repository', 'lode init --no-scm'],
  arguments: [
    { flags: ['directory'], count: '?', otherwise: '.', help: 'Folder to make it in.', complete: 'dir' },
    { flags: ['--no-scm'], action: 'flag', help: 'Without Git.' },
    { flags: ['-f', '--force'], action: 'flag', help: "Replace an existing '.dvc', and the cache inside it." },
    { flags: ['--subdir'], action: 'flag', help: 'In a folder below the root of the Git repository.' },
  ],
  failureExit: 1,
  async run(args, io) {
    const ctx = io.context();
    const root = path.resolve(ctx.cwd, args.text('directory') ?? '.');
    const options = { noScm: args.flag('no_scm'), force: args.flag('force'), subdir: args.flag('subdir') };
    await init(root, options, ctx);
    io.print('Initialized DVC repository.');
    if (!options.noScm) io.print('\nYou can now commit the changes to git.');
    io.print(
      "\nWhat's next?\n  lode add <data>                 track data\n  lode remote add -d <name> <url>  share it\n  lode help                       everything else",
    );
    return 0;
  },
};
