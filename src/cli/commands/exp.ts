import type { CommandGroup } from '../spec.ts';

export const command: CommandGroup = {
  name: 'experiments',
  aliases: ['exp'],
  help: 'Run, compare, keep and share experiments.',
  examples: ['lode exp run -S lr=0.1', 'lode exp show', 'lode exp apply calm-otter'],
  subcommands: {
    apply: () => import('./exp-apply.ts'),
    branch: () => import('./exp-branch.ts'),
    clean: () => import('./exp-clean.ts'),
    diff: () => import('./exp-diff.ts'),
    list: () => import('./exp-list.ts'),
    ls: () => import('./exp-list.ts'),
    mark: () => import('./exp-mark.ts'),
    pull: () => import('./exp-pull.ts'),
    push: () => import('./exp-push.ts'),
    remove: () => import('./exp-remove.ts'),
    rm: () => import('./exp-remove.ts'),
    rename: () => import('./exp-rename.ts'),
    run: () => import('./exp-run.ts'),
    save: () => import('./exp-save.ts'),
    show: () => import('./exp-show.ts'),
  },
};
