import type { CommandGroup } from '../spec.ts';

export const command: CommandGroup = {
  name: 'data',
  help: 'Look at tracked data.',
  examples: ['lode data status --granular'],
  subcommands: { status: () => import('./data-status.ts') },
};
