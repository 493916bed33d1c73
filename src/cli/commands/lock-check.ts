import { lockCheck } from '../../engine/verbs/lock-check.ts';
import type { CommandSpec } from '../spec.ts';
import { JSON_OUTPUT } from './target-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'check',
  help: 'Check that dvc.lock is what dvc.yaml, params and files say.',
  description: 'Runs nothing and needs no data: for CI. Exits with 1 and a list where the two disagree.',
  examples: ['lode lock check', 'lode lock check train --json'],
  arguments: [
    JSON_OUTPUT,
    {
      flags: ['targets'],
      count: '*',
      help: 'Stages or dvc.yaml files; everything where none is given.',
      complete: 'file',
    },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const found = await lockCheck(repo, { targets: args.list('targets') }, ctx);
      if (args.flag('json')) await io.printJson(new Map(found.map(({ stage, problems }) => [stage, problems])));
      else if (found.length === 0) io.print('dvc.lock is up to date.');
      else
        for (const { stage, problems } of found) {
          io.print(`${io.style.bold(stage)}:`);
          for (const problem of problems) io.print(`\t${problem}`);
        }
      return found.length > 0 ? 1 : 0;
    }),
};
