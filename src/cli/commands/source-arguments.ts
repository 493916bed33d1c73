import { DvcError } from '../../engine/core/errors.ts';
import type { ParsedArgs } from '../parsed-args.ts';
import type { ArgumentSpec } from '../spec.ts';

export const NO_EXEC: ArgumentSpec = {
  flags: ['--no-exec'],
  action: 'flag',
  group: 'how',
  help: 'Only write the .dvc file; look at nothing.',
};

export const NO_DOWNLOAD: ArgumentSpec = {
  flags: ['--no-download'],
  action: 'flag',
  group: 'how',
  help: 'Record what the source is now, and download nothing.',
};

export const FORCE: ArgumentSpec = {
  flags: ['-f', '--force'],
  action: 'flag',
  help: 'Overwrite a file or folder that is there.',
};

export const FS_CONFIG: ArgumentSpec = {
  flags: ['--fs-config'],
  action: 'extend',
  count: '*',
  metavar: '<name>=<value>',
  help: "Options of the URL's store, as `lode remote modify` has them.",
};

export const POINTER_FILE: ArgumentSpec = {
  flags: ['--file'],
  metavar: '<filename>',
  help: 'Name of the .dvc file to write.',
  complete: 'file',
};

export const DESC: ArgumentSpec = {
  flags: ['--desc'],
  metavar: '<text>',
  help: 'Description of the data, kept in the .dvc file.',
};

export const OUT: ArgumentSpec = {
  flags: ['-o', '--out'],
  count: '?',
  metavar: '<path>',
  help: 'Where to put it; a folder takes the name of the source.',
  complete: 'file',
};

export const REV: ArgumentSpec = {
  flags: ['--rev'],
  count: '?',
  metavar: '<commit>',
  help: 'Git revision of the other repository: a branch, a tag or a commit.',
};

/** What goes before the other repository's own configuration. */
export const SOURCE_CONFIG: readonly ArgumentSpec[] = [
  {
    flags: ['--config'],
    metavar: '<path>',
    help: "A configuration file that goes before the other repository's own.",
    complete: 'file',
  },
  { flags: ['--remote'], metavar: '<name>', help: 'Remote of the other repository to get data from.' },
  {
    flags: ['--remote-config'],
    action: 'extend',
    count: '*',
    metavar: '<name>=<value>',
    help: 'Options of that remote.',
  },
];

export const SOURCE_URL: ArgumentSpec = {
  flags: ['url'],
  help: 'The repository: a folder, or an address that Git takes.',
  complete: 'dir',
};

export const SOURCE_PATH: ArgumentSpec = { flags: ['path'], help: 'Path in that repository.', complete: 'none' };

/** `name=value` words as a dictionary. @throws `usage` */
export function pairsOf(args: ParsedArgs, name: string): Readonly<Record<string, string>> | undefined {
  const words = args.list(name);
  if (words.length === 0) return undefined;
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      if (at <= 0 || at === word.length - 1)
        throw new DvcError('usage', `Could not parse argument "${word}" as k1=v1 k2=v2 ... format`, {
          hint: 'Write the name of an option, `=` and its value.',
        });
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

/** Members whose values are there. */
export const given = <T extends object>(members: { [K in keyof T]: T[K] | undefined }): T =>
  // What is left has every member of T that is defined.
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
