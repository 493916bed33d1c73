import type { PyValue } from '../../engine/core/python.ts';
import { type DataDiff, type DiffEntry, diff, type NoText, type RenamedEntry } from '../../engine/verbs/diff.ts';
import type { CliIo } from '../io.ts';
import type { CommandSpec } from '../spec.ts';
import { valueTable } from '../value-table.ts';
import { JSON_OUTPUT } from './target-arguments.ts';
import { withRepo } from './with-repo.ts';

const GROUPS = ['added', 'deleted', 'modified', 'renamed', 'not in cache'] as const;
const SHOWN_ORDER = ['added', 'deleted', 'renamed', 'modified', 'not in cache'] as const;

export const command: CommandSpec = {
  name: 'diff',
  help: 'Show added, changed, moved and deleted data between two revisions, or a revision and the workspace.',
  examples: ['lode diff', 'lode diff v1 v2 --show-hash', 'lode diff HEAD~1 --text --targets data.csv'],
  arguments: [
    { flags: ['--targets'], count: '*', metavar: '<paths>', help: 'Only these tracked paths.', complete: 'file' },
    { flags: ['a_rev'], count: '?', otherwise: 'HEAD', help: 'Old revision.', complete: 'revision' },
    { flags: ['b_rev'], count: '?', help: 'New revision; the workspace otherwise.', complete: 'revision' },
    JSON_OUTPUT,
    { flags: ['--show-hash'], action: 'flag', help: 'Show hashes.' },
    { flags: ['--md'], action: 'flag', help: 'Print a Markdown table.' },
    { flags: ['--hide-missing'], action: 'flag', help: 'Leave out what is missing from the cache.' },
    { flags: ['--text'], action: 'flag', help: 'Show how the lines of text files differ.' },
  ],
  failureExit: 1,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const b = args.text('b_rev');
      const text = args.flag('text');
      const found = await diff(
        repo,
        { a: args.text('a_rev') ?? 'HEAD', targets: args.list('targets'), text, ...(b === undefined ? {} : { b }) },
        ctx,
      );
      const hideMissing = b !== undefined || args.flag('hide_missing');
      const withHash = args.flag('show_hash') || text;
      if (args.flag('json')) await io.printJson(toJson(found, withHash, hideMissing));
      else if (args.flag('md')) printMarkdown(io, found, withHash, hideMissing);
      else if (found) printDiff(io, found, withHash, hideMissing);
      return 0;
    }),
};

type Entry = DiffEntry | RenamedEntry;
const isRename = (entry: Entry): entry is RenamedEntry => typeof entry.path !== 'string';
const pathText = (entry: Entry): string => (isRename(entry) ? `${entry.path.old} -> ${entry.path.new}` : entry.path);
const groupsOf = (hideMissing: boolean, order: readonly (keyof DataDiff)[]) =>
  order.filter((group) => !(hideMissing && group === 'not in cache'));

function toJson(found: DataDiff | undefined, withHash: boolean, hideMissing: boolean): PyValue {
  const json = new Map<string, PyValue>();
  if (!found) return json;
  for (const group of groupsOf(hideMissing, GROUPS))
    json.set(
      group,
      found[group].map((entry: Entry) => {
        const item = new Map<string, PyValue>([['path', isRename(entry) ? pair(entry.path) : entry.path]]);
        if (withHash) item.set('hash', typeof entry.hash === 'object' ? pair(entry.hash) : (entry.hash ?? null));
        if (!isRename(entry) && entry.text !== undefined) item.set('text', entry.text);
        if (!isRename(entry) && entry.noText !== undefined) item.set('no_text', entry.noText);
        return item;
      }),
    );
  return json;
}

const pair = (value: { readonly old: string | undefined; readonly new: string | undefined }): PyValue =>
  new Map<string, PyValue>([
    ['old', value.old ?? null],
    ['new', value.new ?? null],
  ]);

const digestText = (hash: Entry['hash']): string =>
  typeof hash === 'object'
    ? `${hash.old?.slice(0, 8) ?? ''}..${hash.new?.slice(0, 8) ?? ''}`
    : (hash?.slice(0, 8) ?? '');

function printDiff(io: CliIo, found: DataDiff, withHash: boolean, hideMissing: boolean): void {
  const colours = {
    added: io.style.green,
    deleted: io.style.red,
    renamed: io.style.green,
    modified: io.style.yellow,
    'not in cache': io.style.yellow,
  };
  const counts: string[] = [];
  for (const group of groupsOf(hideMissing, SHOWN_ORDER)) {
    const entries: readonly Entry[] = found[group];
    if (entries.length === 0) continue;
    io.print(`${colours[group](`${group.charAt(0).toUpperCase()}${group.slice(1)}`)}:`);
    for (const entry of entries) {
      const digest = withHash ? digestText(entry.hash) : '';
      io.print(`    ${digest}${digest === '' ? '' : '  '}${pathText(entry)}`);
      if (!isRename(entry) && entry.text !== undefined) printPatch(io, entry.text);
      if (!isRename(entry) && entry.noText !== undefined) io.print(io.style.dim(`        (${NO_TEXT[entry.noText]})`));
    }
    io.print('');
    const files = entries.filter((entry) => !pathText(entry).endsWith('/')).length;
    if (files > 0) counts.push(`${files} ${group}`);
  }
  if (counts.length > 0) io.print(`files summary: ${counts.join(', ')}`);
}

const NO_TEXT: Readonly<Record<NoText, string>> = {
  binary: 'not a text',
  'too-big': 'too big to compare',
  'not-in-cache': 'not in cache: `lode fetch` brings it',
  'too-different': 'too different to compare',
};

function printPatch(io: CliIo, patch: string): void {
  for (const line of patch.trimEnd().split('\n'))
    io.print(
      `        ${line.startsWith('+') ? io.style.green(line) : line.startsWith('-') ? io.style.red(line) : line}`,
    );
}

function printMarkdown(io: CliIo, found: DataDiff | undefined, withHash: boolean, hideMissing: boolean): void {
  const header = withHash ? ['Status', 'Hash', 'Path'] : ['Status', 'Path'];
  const rows = found
    ? groupsOf(hideMissing, SHOWN_ORDER).flatMap((group) =>
        found[group].map((entry: Entry) => [group, ...(withHash ? [digestText(entry.hash)] : []), pathText(entry)]),
      )
    : [];
  io.print(valueTable(header, rows, { markdown: true }));
}
