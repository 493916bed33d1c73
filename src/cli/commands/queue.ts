import type { CommandGroup } from '../spec.ts';

export const command: CommandGroup = {
  name: 'queue',
  help: 'Run and manage the experiments that `exp run --queue` has put into the queue.',
  examples: ['lode queue start -j 2', 'lode queue status', 'lode queue logs calm-otter -f'],
  subcommands: {
    kill: () => import('./queue-kill.ts'),
    logs: () => import('./queue-logs.ts'),
    priority: () => import('./queue-priority.ts'),
    remove: () => import('./queue-remove.ts'),
    start: () => import('./queue-start.ts'),
    status: () => import('./queue-status.ts'),
    stop: () => import('./queue-stop.ts'),
  },
};
