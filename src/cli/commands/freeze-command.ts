import { freeze } from '../../engine/verbs/freeze.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

/** `freeze` and `unfreeze`, which differ in one bit. */
export const freezeCommand = (frozen: boolean): CommandSpec => {
  const name = frozen ? 'freeze' : 'unfreeze';
  return {
    name,
    help: frozen
      ? 'Freeze stages or .dvc files: repro does not run them, nor what only they need.'
      : 'Unfreeze stages or .dvc files.',
    examples: [`lode ${name} prepare`, `lode ${name} raw.csv.dvc`],
    arguments: [{ flags: ['targets'], count: '+', help: 'Stages or .dvc files.', complete: 'file' }],
    failureExit: 1,
    run: (args, io) =>
      withRepo(io, async (repo, ctx) => {
        const { changed, failures } = await freeze(repo, { targets: args.list('targets'), frozen }, ctx);
        for (const { stage, file } of changed)
          if (!file.endsWith('.dvc')) io.print(`Modifying stage '${stage}' in '${file}'`);
        for (const { message, hint } of failures) io.error(message, hint);
        return failures.length > 0 ? 1 : 0;
      }),
  };
};
