import { DvcError } from '../../engine/core/errors.ts';
import type { PyValue } from '../../engine/core/python.ts';
import { type LsEntry, ls, lsTree } from '../../engine/verbs/ls.ts';
import type { CommandSpec } from '../spec.ts';
import { LISTING_ARGUMENTS, listingOf } from './listing-arguments.ts';
import { lsRow, lsTreeRows, printLsRows } from './ls-rows.ts';
import { JSON_OUTPUT } from './target-arguments.ts';

export const command: CommandSpec = {
  name: 'list',
  aliases: ['ls'],
  help: 'List repository contents: files, and data that is tracked.',
  examples: [
    'lode list .                  # what lies in the root, on disk or not',
    'lode list . --dvc-only -R    # all tracked data',
    'lode list . data --tree --size',
    'lode list ../other --rev v1',
    'lode list https://github.com/example/data --dvc-only -R',
  ],
  arguments: [
    { flags: ['-R', '--recursive'], action: 'flag', help: 'List all files below.' },
    { flags: ['-T', '--tree'], action: 'flag', help: 'Show folders as a tree.' },
    { flags: ['-L', '--level'], type: 'int', metavar: '<depth>', help: 'How deep to look.' },
    { flags: ['--dvc-only'], action: 'flag', help: 'Only tracked data.' },
    JSON_OUTPUT,
    { flags: ['--size'], action: 'flag', help: 'Show sizes.' },
    { flags: ['--show-hash'], action: 'flag', help: 'Show hashes.' },
    ...LISTING_ARGUMENTS,
  ],
  failureExit: 1,
  async run(args, io) {
    const [json, size, hash] = [args.flag('json'), args.flag('size'), args.flag('show_hash')];
    if (args.flag('tree') && json)
      throw new DvcError('usage', 'Cannot use --tree and --json options together.', { exitCode: 255 });
    const level = args.number('level');
    const options = {
      ...listingOf(args),
      dvcOnly: args.flag('dvc_only'),
      sizes: size || json,
      ...(level === undefined ? {} : { level }),
    };
    if (args.flag('tree')) {
      printLsRows(io, lsTreeRows(io, await lsTree(options, io.context())), size, hash);
      return 0;
    }
    const entries = await ls({ ...options, recursive: args.flag('recursive') }, io.context());
    if (json) await io.printJson(entries.map(lsEntryJson));
    else
      printLsRows(
        io,
        entries.map((entry) => lsRow(io, entry)),
        size,
        hash,
      );
    return 0;
  },
};

/** As DVC's `--json` has it. */
export const lsEntryJson = ({ isOut, isDir, isExec, size, oid, path }: LsEntry): PyValue =>
  new Map<string, PyValue>([
    ['isout', isOut],
    ['isdir', isDir],
    ['isexec', isExec],
    ['size', size ?? null],
    ['md5', oid ?? null],
    ['path', path],
  ]);
