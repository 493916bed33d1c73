import { pyRepr } from '../../engine/core/python.ts';
import { redactUrl } from '../../engine/core/redact.ts';
import { expPull } from '../../engine/verbs/exp-share.ts';
import type { CommandSpec } from '../spec.ts';
import { SHARE_ARGUMENTS, shareOptions } from './exp-share-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'pull',
  help: 'Bring experiments from a Git remote, and their data from a remote of data.',
  examples: ['lode exp pull origin', 'lode exp pull origin calm-otter', 'lode exp pull origin -A --no-cache'],
  arguments: SHARE_ARGUMENTS,
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const given = args.required('git_remote');
      const { done, diverged } = await expPull(repo, given, shareOptions(args), ctx);
      if (diverged.length > 0)
        io.warn(
          `Local experiment '${pyRepr(diverged)}' has diverged from remote experiment with the same name. To override the local experiment re-run with '--force'.`,
        );
      io.print(
        done.length > 0
          ? `Pulled experiment '${pyRepr(done)}' from Git remote '${redactUrl(given)}'.`
          : 'No experiments to pull.',
      );
      if (args.flag('no_cache'))
        io.print(
          "To pull cached outputs for this experiment from DVC remote storage, re-run this command without '--no-cache'.",
        );
      return 0;
    }),
};
