import type { CommandGroup } from '../spec.ts';

export const command: CommandGroup = {
  name: 'metrics',
  help: 'Show and compare metrics.',
  examples: ['lode metrics show', 'lode metrics diff main HEAD --md'],
  subcommands: { diff: () => import('./metrics-diff.ts'), show: () => import('./metrics-show.ts') },
};
