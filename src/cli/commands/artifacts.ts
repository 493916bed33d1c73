import type { CommandGroup } from '../spec.ts';

export const command: CommandGroup = {
  name: 'artifacts',
  help: 'Work with the artifacts of a model registry.',
  examples: ['lode artifacts get https://github.com/example/models text-classification'],
  subcommands: { get: () => import('./artifacts-get.ts') },
};
