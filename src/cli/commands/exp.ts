import type { CommandGroup } from '../spec.ts';

export const command: CommandGroup = {
  name: 'experiments',
  aliases: ['exp'],
  help: 'Run, compare, keep and share experiments.',
  examples: ['lode exp run -S lr=0.1', 'lode exp show', 'lode exp apply calm-otter'],
  subcommands: {
    show: () => import('./exp-show.ts'),
    diff: () => import('./exp-diff.ts'),
    run: () => import('./exp-run.ts'),
    list: () => import('./exp-list.ts'),
    ls: () => import('./exp-list.ts'),
  },
};
