import { DvcError } from '../../engine/core/errors.ts';
import { expList } from '../../engine/verbs/exp-list.ts';
import type { CommandSpec } from '../spec.ts';
import { EXPERIMENT_SCOPE, experimentScope } from './exp-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'list',
  aliases: ['ls'],
  help: 'List experiments, of this repository or of a Git remote.',
  examples: ['lode exp list', 'lode exp list -A --name-only', 'lode exp list origin'],
  arguments: [
    ...EXPERIMENT_SCOPE,
    {
      flags: ['--name-only', '--names-only'],
      action: 'flag',
      dest: 'name_only',
      group: 'shape',
      help: 'Print names only.',
    },
    {
      flags: ['--sha-only', '--shas-only'],
      action: 'flag',
      dest: 'sha_only',
      group: 'shape',
      help: 'Print commits only.',
    },
    { flags: ['git_remote'], count: '?', help: 'Name or URL of a Git remote; this repository otherwise.' },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo) => {
      const remote = args.text('git_remote');
      if (args.flag('sha_only') && remote !== undefined)
        throw new DvcError('usage', '--sha-only not supported with git_remote.', { exitCode: 255 });
      const options = { ...experimentScope(args), ...(remote === undefined ? {} : { remote }) };
      for (const { baseline, name, experiments } of await expList(repo, options)) {
        const plain = args.flag('name_only') || args.flag('sha_only');
        if (!plain) io.print(`${name ?? baseline.slice(0, 7)}:`);
        for (const one of experiments)
          io.print(
            args.flag('name_only')
              ? one.name
              : args.flag('sha_only')
                ? one.rev
                : remote === undefined
                  ? `\t${one.rev.slice(0, 7)} [${one.name}]`
                  : `\t${one.name}`,
          );
      }
      return 0;
    }),
};
