import type { CommandGroup } from '../spec.ts';

export const command: CommandGroup = {
  name: 'cache',
  help: 'Manage the cache and its settings.',
  examples: ['lode cache dir', 'lode cache dir /mnt/big/cache', 'lode cache verify --repair'],
  subcommands: {
    dir: () => import('./cache-dir.ts'),
    migrate: () => import('./cache-migrate.ts'),
    verify: () => import('./cache-verify.ts'),
    fsck: () => import('./cache-verify.ts'),
  },
};
