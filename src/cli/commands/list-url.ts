import { DvcError } from '../../engine/core/errors.ts';
import { type ListUrlOptions, listUrl, listUrlTree } from '../../engine/verbs/list-url.ts';
import type { CommandSpec } from '../spec.ts';
import { lsEntryJson } from './ls.ts';
import { lsRow, lsTreeRows, printLsRows } from './ls-rows.ts';
import { FS_CONFIG, given, pairsOf } from './source-arguments.ts';
import { JSON_OUTPUT } from './target-arguments.ts';

export const command: CommandSpec = {
  name: 'list-url',
  aliases: ['ls-url'],
  help: 'List what lies at a URL.',
  examples: [
    'lode list-url s3://bucket/raw',
    'lode list-url remote://archive -R --size',
    'lode list-url ssh://host/data --tree -L 2',
  ],
  arguments: [
    { flags: ['-R', '--recursive'], action: 'flag', help: 'List all files below.' },
    { flags: ['-T', '--tree'], action: 'flag', help: 'Show folders as a tree.' },
    { flags: ['-L', '--level'], type: 'int', metavar: '<depth>', help: 'How deep to look.' },
    { flags: ['--size'], action: 'flag', help: 'Show sizes.' },
    JSON_OUTPUT,
    FS_CONFIG,
    { flags: ['url'], help: 'A path or a URL; see `lode import-url --help`.', complete: 'file' },
  ],
  failureExit: 255,
  async run(args, io) {
    const [json, size, tree] = [args.flag('json'), args.flag('size'), args.flag('tree')];
    if (tree && json) throw new DvcError('usage', 'Cannot use --tree and --json options together.', { exitCode: 255 });
    const options = given<ListUrlOptions>({
      url: args.required('url'),
      level: args.number('level'),
      fsConfig: pairsOf(args, 'fs_config'),
      recursive: undefined,
    });
    if (tree) {
      printLsRows(io, lsTreeRows(io, await listUrlTree(options, io.context())), size, false);
      return 0;
    }
    const entries = await listUrl({ ...options, recursive: args.flag('recursive') }, io.context());
    if (json) await io.printJson(entries.map(lsEntryJson));
    else
      printLsRows(
        io,
        entries.map((entry) => lsRow(io, entry)),
        size,
        false,
      );
    return 0;
  },
};
