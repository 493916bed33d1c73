import { checkout } from '../../engine/verbs/checkout.ts';
import type { CommandSpec } from '../spec.ts';
import { checkoutFailure, printChanges, summaryOf } from './checkout-report.ts';
import { RECURSIVE, TARGETS, WITH_DEPS } from './target-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'checkout',
  help: 'Bring the workspace to what the .dvc files and dvc.lock say, from the cache.',
  examples: [
    'git checkout v1 && lode checkout',
    'lode checkout data/images.dvc',
    'lode checkout data/images/0001.png  # one file of a tracked folder',
    'lode checkout --relink              # after a change of cache.type',
  ],
  arguments: [
    { flags: ['--summary'], action: 'flag', help: 'Print counts instead of paths.' },
    WITH_DEPS,
    RECURSIVE,
    { flags: ['-f', '--force'], action: 'flag', help: 'Overwrite files whose content is stored nowhere else.' },
    { flags: ['--relink'], action: 'flag', help: 'Make links again, of the type that cache.type asks for.' },
    { flags: ['--allow-missing'], action: 'flag', help: 'Leave out what is not in the cache, without failing.' },
    TARGETS,
  ],
  failureExit: 255,
  async run(args, io) {
    const relink = args.flag('relink');
    const result = await withRepo(io, (repo, ctx) =>
      checkout(
        repo,
        {
          targets: args.list('targets'),
          force: args.flag('force'),
          recursive: args.flag('recursive'),
          withDeps: args.flag('with_deps'),
          allowMissing: args.flag('allow_missing'),
          relink,
        },
        ctx,
      ),
    );
    if (args.flag('summary')) io.print(summaryOf(result.stats) || 'No changes.');
    else printChanges(io, result);
    if (result.failed.length > 0 && !args.flag('allow_missing')) throw checkoutFailure(result.failed);
    if (relink) io.print('Relinked successfully');
    return 0;
  },
};
