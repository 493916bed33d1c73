import type { CommandGroup } from '../spec.ts';

export const command: CommandGroup = {
  name: 'stage',
  help: 'Create and list stages of pipelines.',
  examples: ['lode stage add -n prepare -d raw.csv -o clean.csv python prepare.py', 'lode stage list'],
  subcommands: {
    add: () => import('./stage-add.ts'),
    list: () => import('./stage-list.ts'),
  },
};
