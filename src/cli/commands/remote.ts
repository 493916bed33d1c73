import type { PyValue } from '../../engine/core/python.ts';
import { findRoot } from '../../engine/repo-root.ts';
import { remoteAdd } from '../../engine/verbs/remote-add.ts';
import { remoteDefault, setRemoteDefault } from '../../engine/verbs/remote-default.ts';
import { remoteList } from '../../engine/verbs/remote-list.ts';
import { remoteModify } from '../../engine/verbs/remote-modify.ts';
import { remoteRemove } from '../../engine/verbs/remote-remove.ts';
import { remoteRename } from '../../engine/verbs/remote-rename.ts';
import type { RemoteTest, RemoteTestStep } from '../../engine/verbs/remote-test.ts';
import type { CliIo } from '../io.ts';
import type { ArgumentSpec, CommandGroup, CommandSpec } from '../spec.ts';
import { LEVEL_ARGUMENTS, levelOf } from './level-arguments.ts';
import { JSON_OUTPUT } from './target-arguments.ts';
import { withRepo } from './with-repo.ts';

const NAME: ArgumentSpec = { flags: ['name'], help: 'Name of the remote.', complete: 'remote' };
const UNSET: ArgumentSpec = { flags: ['-u', '--unset'], action: 'flag', help: 'Unset option.' };

const target = (io: CliIo) => ({ root: findRoot(io.context().cwd) });

const add: CommandSpec = {
  name: 'add',
  help: 'Add a new data remote.',
  examples: [
    'lode remote add -d store /mnt/share/store   # a folder, and the default from now on',
    'lode remote add backup ../backup            # relative to the current folder',
    'lode remote add --global mine s3://bucket/path',
  ],
  arguments: [
    ...LEVEL_ARGUMENTS,
    { ...NAME, complete: 'none' },
    { flags: ['url'], help: 'Remote location: a path or a URL.', complete: 'dir' },
    { flags: ['-d', '--default'], action: 'flag', help: 'Set as default remote.' },
    { flags: ['-f', '--force'], action: 'flag', help: 'Force overwriting existing configs.' },
  ],
  failureExit: 255,
  async run(args, io) {
    const name = args.required('name');
    const asDefault = args.flag('default');
    if (asDefault) io.print(`Setting '${name.toLowerCase()}' as a default remote.`);
    const options = { name, url: args.required('url'), asDefault, force: args.flag('force'), ...levelOf(args) };
    remoteAdd(target(io), options, io.context());
    return 0;
  },
};

const defaultRemote: CommandSpec = {
  name: 'default',
  help: 'Set/unset the default data remote.',
  examples: ['lode remote default        # print it', 'lode remote default store', 'lode remote default --unset'],
  arguments: [...LEVEL_ARGUMENTS, { ...NAME, count: '?' }, { ...UNSET, help: 'Unset default remote.' }],
  failureExit: 255,
  async run(args, io) {
    const name = args.text('name');
    const unset = args.flag('unset');
    if (name !== undefined || unset) {
      setRemoteDefault(target(io), { name: unset ? undefined : name, ...levelOf(args) }, io.context());
      return 0;
    }
    const current = remoteDefault(target(io), levelOf(args));
    io.print(current ?? 'No default remote set');
    return current === undefined ? 1 : 0;
  },
};

const modify: CommandSpec = {
  name: 'modify',
  help: 'Modify the configuration of a data remote.',
  examples: [
    'lode remote modify store url /mnt/other/store',
    'lode remote modify --local cloud secret_access_key <key>   # stays out of Git',
    'lode remote modify --unset cloud endpointurl',
  ],
  arguments: [
    ...LEVEL_ARGUMENTS,
    NAME,
    { flags: ['option'], help: 'Name of the option to modify.' },
    { flags: ['value'], count: '?', help: '(optional) Value of the option.' },
    UNSET,
  ],
  failureExit: 255,
  async run(args, io) {
    const [name, option, value] = [args.required('name'), args.required('option'), args.text('value')];
    const unset = args.flag('unset');
    if (!unset && value === undefined) {
      io.error(`a value for '${option}' is required`, 'use --unset to remove the option');
      return 251;
    }
    const change = { name, option, value: unset ? undefined : value, ...levelOf(args) };
    remoteModify(target(io), change, io.context());
    return 0;
  },
};

const list: CommandSpec = {
  name: 'list',
  help: 'List all available data remotes.',
  examples: ['lode remote list', 'lode remote list --project'],
  arguments: [...LEVEL_ARGUMENTS],
  failureExit: 255,
  async run(args, io) {
    for (const { name, url, isDefault } of remoteList(target(io), levelOf(args))) {
      const line = expandTabs(`${name}\t${url ?? '(no url)'}${isDefault ? '\t(default)' : ''}`);
      io.print(isDefault ? io.style.green(line) : line);
    }
    return 0;
  },
};

const TAB = 8;
const expandTabs = (line: string): string =>
  line.split('\t').reduce((before, part) => `${before.padEnd((Math.floor(before.length / TAB) + 1) * TAB)}${part}`);

const remove: CommandSpec = {
  name: 'remove',
  help: 'Remove a data remote.',
  description: 'The data in it stays. Options that other config files hold for the remote go with it.',
  examples: ['lode remote remove store'],
  arguments: [...LEVEL_ARGUMENTS, NAME],
  failureExit: 255,
  async run(args, io) {
    remoteRemove(target(io), { name: args.required('name'), ...levelOf(args) }, io.context());
    return 0;
  },
};

const rename: CommandSpec = {
  name: 'rename',
  help: 'Rename a data remote.',
  examples: ['lode remote rename store archive'],
  arguments: [...LEVEL_ARGUMENTS, NAME, { flags: ['new'], help: 'New name of the remote.', complete: 'none' }],
  failureExit: 255,
  async run(args, io) {
    const options = { name: args.required('name'), newName: args.required('new'), ...levelOf(args) };
    remoteRename(target(io), options, io.context());
    return 0;
  },
};

const test: CommandSpec = {
  name: 'test',
  help: 'Try the way to a remote step by step, and say which step fails and what to do.',
  description: 'The last step writes a small object of its own and removes it again.',
  examples: ['lode remote test', 'lode remote test store --read-only', 'lode remote test store --json'],
  arguments: [{ ...NAME, count: '?' }, { flags: ['--read-only'], action: 'flag', help: 'Write nothing.' }, JSON_OUTPUT],
  failureExit: 1,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const { remoteTest } = await import('../../engine/verbs/remote-test.ts');
      const asJson = args.flag('json');
      const result = await remoteTest(
        repo,
        {
          name: args.text('name'),
          readOnly: args.flag('read_only'),
          onStep: (step) => {
            if (!asJson) printStep(io, step);
          },
        },
        ctx,
      );
      const { failure } = result;
      if (asJson) await io.printJson(testJson(result));
      else if (failure) io.error(failure.message, failure.hint);
      else io.print(`The remote '${result.remote}' (${result.url}) works.`);
      return failure ? 1 : 0;
    }),
};

function printStep(io: CliIo, { step, outcome, evidence = '' }: RemoteTestStep): void {
  const [mark, colour] = {
    passed: ['ok', io.style.green],
    failed: ['FAILED', io.style.red],
    skipped: ['-', io.style.dim],
  }[outcome] as [string, (text: string) => string];
  io.print(`${STEPS[step].padEnd(12)}${colour(mark)}${' '.repeat(8 - mark.length)}${evidence}`.trimEnd());
}

const STEPS: Readonly<Record<RemoteTestStep['step'], string>> = {
  name: 'name',
  connect: 'connection',
  tls: 'encryption',
  identity: 'identity',
  bucket: 'bucket',
  list: 'list',
  read: 'read',
  write: 'write',
};

const testJson = ({ remote, url, steps, failedStep, failure }: RemoteTest): PyValue =>
  new Map<string, PyValue>([
    ['remote', remote],
    ['url', url],
    ['works', failure === undefined],
    [
      'steps',
      steps.map(
        ({ step, outcome, evidence }) =>
          new Map<string, PyValue>([
            ['step', step],
            ['outcome', outcome],
            ['evidence', evidence ?? null],
          ]),
      ),
    ],
    ['failed_step', failedStep ?? null],
    [
      'failure',
      failure
        ? new Map<string, PyValue>([
            ['code', failure.code],
            ['message', failure.message],
            ['hint', failure.hint ?? null],
          ])
        : null,
    ],
  ]);

const row = (command: CommandSpec) => async () => ({ command });

export const command: CommandGroup = {
  name: 'remote',
  help: 'Set up and manage data remotes.',
  examples: ['lode remote add -d store /mnt/share/store', 'lode remote list', 'lode remote modify store jobs 8'],
  subcommands: {
    add: row(add),
    default: row(defaultRemote),
    list: row(list),
    modify: row(modify),
    remove: row(remove),
    rename: row(rename),
    test: row(test),
  },
};
