import type { PyValue } from '../../engine/core/python.ts';
import { type Changes, type DataStatus, dataStatus } from '../../engine/verbs/data-status.ts';
import type { CliIo } from '../io.ts';
import type { CommandSpec } from '../spec.ts';
import { JSON_OUTPUT, REMOTE, TARGETS } from './target-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'status',
  help: 'Show changes of data between the last Git commit, the .dvc files and the workspace.',
  examples: ['lode data status', 'lode data status --granular --json', 'lode data status --not-in-remote -r store'],
  arguments: [
    JSON_OUTPUT,
    { flags: ['--granular'], action: 'flag', help: 'Show the files in tracked folders.' },
    { flags: ['--unchanged'], action: 'flag', help: 'Show what has not changed as well.' },
    {
      flags: ['--untracked-files'],
      count: '?',
      action: 'value',
      constant: 'all',
      otherwise: 'no',
      choices: ['no', 'all'],
      help: 'Show files that neither Git nor DVC tracks.',
    },
    { ...REMOTE, help: 'Remote to look at; goes with --not-in-remote.' },
    { flags: ['--not-in-remote'], action: 'flag', help: 'Show files that the remote lacks.' },
    { flags: ['--no-remote-refresh'], action: 'flag', help: 'Use what is remembered of the remote.' },
    TARGETS,
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const remote = args.text('remote');
      const untracked = args.text('untracked_files') === 'all';
      const found = await dataStatus(
        repo,
        {
          targets: args.list('targets'),
          granular: args.flag('granular'),
          unchanged: args.flag('unchanged'),
          untracked,
          gitState: !args.flag('json'),
          notInRemote: args.flag('not_in_remote'),
          remoteRefresh: !args.flag('no_remote_refresh'),
          ...(remote === undefined ? {} : { remote }),
        },
        ctx,
      );
      if (args.flag('json')) await io.printJson(toJson(found));
      else printDataStatus(io, found);
      return 0;
    }),
};

function toJson(found: DataStatus): PyValue {
  const json = new Map<string, PyValue>();
  const put = (key: string, list: readonly string[]): void => {
    if (list.length > 0) json.set(key, [...list]);
  };
  put('not_in_cache', found.notInCache);
  put('not_in_remote', found.notInRemote);
  for (const side of ['committed', 'uncommitted'] as const) {
    const changes = changesJson(found[side]);
    if (changes.size > 0) json.set(side, changes);
  }
  put('untracked', found.untracked);
  put('unchanged', found.unchanged);
  return json;
}

function changesJson({ modified, added, deleted, renamed, unknown }: Changes): Map<string, PyValue> {
  const json = new Map<string, PyValue>();
  if (modified.length > 0) json.set('modified', [...modified]);
  if (added.length > 0) json.set('added', [...added]);
  if (deleted.length > 0) json.set('deleted', [...deleted]);
  if (renamed.length > 0)
    json.set(
      'renamed',
      renamed.map(
        (one) =>
          new Map([
            ['old', one.old],
            ['new', one.new],
          ]),
      ),
    );
  if (unknown.length > 0) json.set('unknown', [...unknown]);
  return json;
}

const HINTS: Readonly<Record<string, readonly string[]>> = {
  'Not in cache': ['use "dvc fetch <file>..." to download files'],
  'Not in remote': ['use "dvc push <file>..." to upload files'],
  'DVC committed changes': ['git commit the corresponding dvc files to update the repo'],
  'DVC uncommitted changes': [
    'use "dvc commit <file>..." to track changes',
    'use "dvc checkout <file>..." to discard changes',
  ],
  'Untracked files': ['use "git add <file> ..." or "dvc add <file>..." to commit to git or to dvc'],
};

function printDataStatus(io: CliIo, found: DataStatus): void {
  const sections: [title: string, items: string[], colour: (text: string) => string][] = [
    ['Not in cache', [...found.notInCache], io.style.red],
    ['Not in remote', [...found.notInRemote], io.style.red],
    ['DVC committed changes', changeLines(found.committed), io.style.green],
    ['DVC uncommitted changes', changeLines(found.uncommitted), io.style.yellow],
    ['Untracked files', [...found.untracked], io.style.cyan],
    ['DVC unchanged files', [...found.unchanged], io.style.dim],
  ];
  const shown = sections.filter(([, items]) => items.length > 0);
  if (shown.length === 0) io.print(found.git?.empty ? 'No changes in an empty git repo.' : 'No changes.');
  for (const [at, [title, items, colour]] of shown.entries()) {
    if (at > 0) io.print('');
    io.print(`${title}:`);
    for (const hint of HINTS[title] ?? []) io.print(`  (${hint})`);
    for (const item of items) io.print(`        ${colour(item)}`);
  }
  if (found.git?.dirty)
    io.print(`(there are ${shown.length > 0 ? 'other ' : ''}changes not tracked by dvc, use "git status" to see)`);
}

const changeLines = ({ modified, added, deleted, renamed, unknown }: Changes): string[] => [
  ...modified.map((path) => `modified: ${path}`),
  ...added.map((path) => `added: ${path}`),
  ...deleted.map((path) => `deleted: ${path}`),
  ...renamed.map((one) => `renamed: ${one.old} -> ${one.new}`),
  ...unknown.map((path) => `unknown: ${path}`),
];
