import type { CommandGroup } from '../spec.ts';

export const command: CommandGroup = {
  name: 'lock',
  help: 'Look after dvc.lock.',
  examples: ['lode lock check', 'lode lock merge'],
  subcommands: { check: () => import('./lock-check.ts'), merge: () => import('./lock-merge.ts') },
};
