import { expSave } from '../../engine/verbs/exp-save.ts';
import type { CommandSpec } from '../spec.ts';
import { JSON_OUTPUT, RECURSIVE } from './target-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'save',
  help: 'Keep the workspace as it is as an experiment.',
  examples: ['lode exp save', 'lode exp save -n tuned -I notes.md'],
  arguments: [
    { flags: ['targets'], count: '*', help: 'Record only these .dvc files and stages.', complete: 'file' },
    RECURSIVE,
    { flags: ['-f', '--force'], action: 'flag', help: 'Overwrite an experiment of the same name.' },
    JSON_OUTPUT,
    { flags: ['-n', '--name'], metavar: '<name>', help: 'Name of the experiment; made up unless told.' },
    {
      flags: ['-I', '--include-untracked'],
      action: 'append',
      metavar: '<path>',
      help: 'Take along a file that Git does not have.',
      complete: 'file',
    },
    { flags: ['-m', '--message'], metavar: '<text>', help: "Message of the experiment's commit." },
    { flags: ['-M'], dest: 'message', hidden: true, help: 'The same as -m.' },
  ],
  failureExit: 1,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const [name, message] = [args.text('name'), args.text('message')];
      const saved = await expSave(
        repo,
        {
          targets: args.list('targets'),
          recursive: args.flag('recursive'),
          force: args.flag('force'),
          includeUntracked: args.list('include_untracked'),
          ...(name === undefined ? {} : { name }),
          ...(message === undefined ? {} : { message }),
        },
        ctx,
      );
      if (args.flag('json')) await io.printJson(new Map([['ref', saved.rev]]));
      else io.print(`Experiment has been saved as: ${saved.name}`);
      return 0;
    }),
};
