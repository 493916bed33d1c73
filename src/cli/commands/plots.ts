import type { CommandGroup } from '../spec.ts';

export const command: CommandGroup = {
  name: 'plots',
  help: 'Show and compare plots.',
  examples: ['lode plots show', 'lode plots diff main HEAD --targets loss.csv', 'lode plots templates'],
  subcommands: {
    diff: () => import('./plots-diff.ts'),
    modify: () => import('./plots-modify.ts'),
    show: () => import('./plots-show.ts'),
    templates: () => import('./plots-templates.ts'),
  },
};
