import { redactUrl } from '../../engine/core/redact.ts';
import { expPush } from '../../engine/verbs/exp-share.ts';
import type { CommandSpec } from '../spec.ts';
import { SHARE_ARGUMENTS, shareOptions } from './exp-share-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'push',
  help: 'Send experiments to a Git remote, and their data to a remote of data.',
  examples: ['lode exp push origin', 'lode exp push origin calm-otter', 'lode exp push origin -A --no-cache'],
  arguments: SHARE_ARGUMENTS,
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const given = args.required('git_remote');
      const remote = redactUrl(given);
      const { done, upToDate, diverged, objects } = await expPush(repo, given, shareOptions(args), ctx);
      if (diverged.length > 0)
        io.error(
          `Local experiment ${listed(diverged)} has diverged from remote experiment with the same name.`,
          "To override the remote experiment re-run with '--force'.",
        );
      if (upToDate.length > 0)
        io.print(
          `Experiment ${listed(upToDate)} ${upToDate.length > 1 ? 'are' : 'is'} up to date on Git remote '${remote}'.`,
        );
      if (done.length > 0) io.print(`Pushed experiment ${listed(done)} to Git remote '${remote}'.`);
      if (done.length + upToDate.length === 0) io.print('No experiments to push.');
      if (objects > 0) io.print(`${objects} file${objects > 1 ? 's' : ''} uploaded`);
      if (args.flag('no_cache'))
        io.print(
          "To push cached outputs for this experiment to DVC remote storage, re-run this command without '--no-cache'.",
        );
      return 0;
    }),
};

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
