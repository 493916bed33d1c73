import type { ArgumentSpec } from '../spec.ts';

export const WITH_DEPS: ArgumentSpec = {
  flags: ['-d', '--with-deps'],
  action: 'flag',
  help: 'Include everything the targets depend on.',
};

export const RECURSIVE: ArgumentSpec = {
  flags: ['-R', '--recursive'],
  action: 'flag',
  help: 'Take all stage files below the given folders.',
};

export const JSON_OUTPUT: ArgumentSpec = { flags: ['--json'], action: 'flag', help: 'Print JSON.' };

export const JOBS: ArgumentSpec = {
  flags: ['-j', '--jobs'],
  type: 'int',
  metavar: '<number>',
  help: 'Number of transfers at once.',
};

export const REMOTE: ArgumentSpec = {
  flags: ['-r', '--remote'],
  metavar: '<name>',
  help: 'Name of the remote; the default remote otherwise.',
  complete: 'remote',
};

/** `-a`, `-T`, `-A`: the revisions whose data counts besides the workspace's. */
export const REVISION_SCOPE: readonly ArgumentSpec[] = [
  { flags: ['-a', '--all-branches'], action: 'flag', help: 'Take the data of all Git branches.' },
  { flags: ['-T', '--all-tags'], action: 'flag', help: 'Take the data of all Git tags.' },
  { flags: ['-A', '--all-commits'], action: 'flag', help: 'Take the data of all Git commits.' },
];

export const TARGETS: ArgumentSpec = {
  flags: ['targets'],
  count: '*',
  help: 'Tracked files or folders, paths inside them, .dvc files or stages. Everything, where none is given.',
  complete: 'file',
};
