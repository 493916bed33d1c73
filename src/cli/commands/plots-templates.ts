import { builtInTemplate, templateNames } from '../../engine/verbs/plots-templates.ts';
import type { CommandSpec } from '../spec.ts';

export const command: CommandSpec = {
  name: 'templates',
  help: 'List the built-in templates, or print one.',
  examples: ['lode plots templates', 'lode plots templates linear > .dvc/plots/mine.json'],
  arguments: [{ flags: ['template'], count: '?', help: 'Name of the template to print.' }],
  failureExit: 1,
  async run(args, io) {
    const name = args.text('template');
    if (name === undefined) for (const one of templateNames()) io.print(one);
    else await io.printJson(builtInTemplate(name));
    return 0;
  },
};
