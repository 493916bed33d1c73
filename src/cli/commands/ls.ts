import { DvcError } from '../../engine/core/errors.ts';
import type { PyValue } from '../../engine/core/python.ts';
import { type LsEntry, type LsTree, ls, lsTree } from '../../engine/verbs/ls.ts';
import { columns, shortSize } from '../columns.ts';
import type { CliIo } from '../io.ts';
import type { CommandSpec } from '../spec.ts';
import { LISTING_ARGUMENTS, listingOf } from './listing-arguments.ts';
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
      const rows: Row[] = [];
      treeRows(io, await lsTree(options, io.context()), { first: '', below: '' }, rows);
      printRows(io, rows, size, hash);
      return 0;
    }
    const entries = await ls({ ...options, recursive: args.flag('recursive') }, io.context());
    if (json) await io.printJson(entries.map(toJson));
    else
      printRows(
        io,
        entries.map((entry) => ({ entry, text: coloured(io, entry) })),
        size,
        hash,
      );
    return 0;
  },
};

interface Row {
  readonly entry: LsEntry;
  readonly text: string;
}

function printRows(io: CliIo, rows: readonly Row[], size: boolean, hash: boolean): void {
  if (rows.length === 0) return;
  if (!size && !hash) {
    io.print(rows.map(({ text }) => text).join('\n'));
    return;
  }
  const cells = rows.map(({ entry, text }) => [
    ...(size ? [sizeText(entry)] : []),
    ...(hash ? [entry.oid ?? '-'] : []),
    text,
  ]);
  io.print(columns(cells, { rightFirst: size }));
}

const sizeText = ({ size, isDir }: LsEntry): string =>
  size === undefined || (isDir && size === 0) ? '' : shortSize(size);

const coloured = (io: CliIo, { path, isDir, isOut }: LsEntry): string =>
  isOut ? io.style.cyan(path) : isDir ? io.style.bold(path) : path;

function treeRows(
  io: CliIo,
  tree: LsTree,
  prefix: { readonly first: string; readonly below: string },
  rows: Row[],
): void {
  rows.push({ entry: tree, text: prefix.first + coloured(io, tree) });
  const last = (tree.contents?.length ?? 0) - 1;
  for (const [at, entry] of (tree.contents ?? []).entries())
    treeRows(
      io,
      entry,
      {
        first: prefix.below + (at === last ? '└── ' : '├── '),
        below: prefix.below + (at === last ? '    ' : '│   '),
      },
      rows,
    );
}

const toJson = ({ isOut, isDir, isExec, size, oid, path }: LsEntry): PyValue =>
  new Map<string, PyValue>([
    ['isout', isOut],
    ['isdir', isDir],
    ['isexec', isExec],
    ['size', size ?? null],
    ['md5', oid ?? null],
    ['path', path],
  ]);
