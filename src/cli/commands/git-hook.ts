import { findRoot } from '../../engine/repo-root.ts';
import { dataShouldFollow, mergePointers } from '../../engine/verbs/git-hook.ts';
import type { CliIo } from '../io.ts';
import { ParsedArgs } from '../parsed-args.ts';
import type { ArgumentSpec, CommandGroup, CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

const ARGS: ArgumentSpec = { flags: ['args'], count: '*', help: 'Arguments passed by Git or the pre-commit tool.' };
const version = (name: string, help: string): ArgumentSpec => ({
  flags: [`--${name}`],
  required: true,
  help,
  complete: 'file',
});

/** A hook runs in every commit of every branch, so outside a DVC repository it has nothing to do, and no complaint. */
function hook(
  name: string,
  help: string,
  run: CommandSpec['run'],
  more: readonly ArgumentSpec[] = [ARGS],
): CommandSpec {
  return {
    name,
    help,
    examples: [`lode git-hook ${name}  # as Git calls it`],
    arguments: more,
    failureExit: 255,
    run: async (args, io) => (findRoot(io.context().cwd) === undefined ? 0 : run(args, io)),
  };
}

/** Runs another verb without arguments. */
const runVerb = ({ command }: { readonly command: CommandSpec }, io: CliIo): Promise<number> =>
  command.run(new ParsedArgs(command.arguments), io);

const preCommit = hook('pre-commit', 'Run pre-commit GIT hook.', async (_args, io) =>
  runVerb(await import('./status.ts'), io),
);

const prePush = hook('pre-push', 'Run pre-push GIT hook.', async (_args, io) => {
  const { unpushedData } = await import('../../engine/verbs/push-guard.ts');
  const { guard, missing } = await withRepo(io, (repo, ctx) => unpushedData(repo, ctx));
  if (guard === 'push') return runVerb(await import('./push.ts'), io);
  if (missing.length === 0) return 0;
  io.warn(`${missing.length} paths have data that the remote lacks:\n${missing.map((path) => `  ${path}`).join('\n')}`);
  io.warn('Run `lode push` first, or `git push --no-verify` to push the commits alone.');
  return 1;
});

const postCheckout = hook('post-checkout', 'Run post-checkout GIT hook.', async (args, io) =>
  dataShouldFollow(args.list('args'), io.env, io.context().cwd) ? runVerb(await import('./checkout.ts'), io) : 0,
);

const mergeDriver = hook(
  'merge-driver',
  'Run GIT merge driver.',
  (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const versions = {
        ancestor: args.required('ancestor'),
        our: args.required('our'),
        their: args.required('their'),
      };
      await mergePointers(versions, (hash) => repo.cache(hash), ctx);
      return 0;
    }),
  [
    version('ancestor', "Ancestor's version of the conflicting file."),
    version('our', 'Current version of the conflicting file.'),
    version('their', "Other branch's version of the conflicting file."),
  ],
);

const load = (command: CommandSpec) => async (): Promise<{ readonly command: CommandSpec }> => ({ command });

export const command: CommandGroup = {
  name: 'git-hook',
  help: 'Run GIT hook.',
  description: 'Called by the hooks that `lode install` writes.',
  examples: ['lode git-hook pre-commit'],
  subcommands: {
    'merge-driver': load(mergeDriver),
    'post-checkout': load(postCheckout),
    'pre-commit': load(preCommit),
    'pre-push': load(prePush),
  },
};
