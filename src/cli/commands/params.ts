import type { CommandGroup } from '../spec.ts';

export const command: CommandGroup = {
  name: 'params',
  help: 'Compare parameters.',
  examples: ['lode params diff', 'lode params diff main HEAD --md'],
  subcommands: { diff: () => import('./params-diff.ts') },
};
