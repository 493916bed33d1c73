import { findRoot } from '../../engine/repo-root.ts';
import { cacheDir, setCacheDir } from '../../engine/verbs/cache-dir.ts';
import type { CommandSpec } from '../spec.ts';
import { LEVEL_ARGUMENTS, levelOf } from './level-arguments.ts';

export const command: CommandSpec = {
  name: 'dir',
  help: 'Configure cache directory location.',
  description:
    'A relative path starts at the current folder, and is kept relative to the config file. Nothing is moved:\n' +
    'copy the old cache yourself, or fetch what is missing from a remote.',
  examples: [
    'lode cache dir                     # print it',
    'lode cache dir /mnt/big/cache',
    'lode cache dir --unset',
  ],
  arguments: [
    ...LEVEL_ARGUMENTS,
    { flags: ['-u', '--unset'], action: 'flag', help: 'Unset option.' },
    {
      flags: ['value'],
      count: '?',
      help: 'Path to cache directory. Without it the current one is printed.',
      complete: 'dir',
    },
  ],
  failureExit: 255,
  async run(args, io) {
    const ctx = io.context();
    const target = { root: findRoot(ctx.cwd) };
    const value = args.text('value');
    const unset = args.flag('unset');
    if (unset || value !== undefined) setCacheDir(target, { dir: unset ? undefined : value, ...levelOf(args) }, ctx);
    else io.print(cacheDir(target, levelOf(args)));
    return 0;
  },
};
