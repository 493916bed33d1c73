import { lockMerge } from '../../engine/verbs/lock-merge.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'merge',
  help: 'Resolve the merge conflicts of dvc.lock, stage by stage.',
  description:
    'Keeps the runs of both sides. A stage that both sides ran is a real conflict, and nothing is written, unless a side is chosen.',
  examples: ['lode lock merge', 'lode lock merge --theirs', 'lode lock merge sub/dvc.lock && git add sub/dvc.lock'],
  arguments: [
    {
      flags: ['--ours'],
      action: 'const',
      constant: 'ours',
      dest: 'prefer',
      group: 'side',
      help: 'Of stages that both sides ran, keep the run of this branch.',
    },
    {
      flags: ['--theirs'],
      action: 'const',
      constant: 'theirs',
      dest: 'prefer',
      group: 'side',
      help: 'Of stages that both sides ran, keep the run of the branch that is merged.',
    },
    {
      flags: ['targets'],
      count: '*',
      help: 'dvc.lock files; all with merge conflicts where none is given.',
      complete: 'file',
    },
  ],
  failureExit: 1,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const chosen = args.text('prefer');
      const prefer = chosen === 'ours' || chosen === 'theirs' ? ({ prefer: chosen } as const) : {};
      const { merged } = await lockMerge(repo, { targets: args.list('targets'), ...prefer }, ctx);
      if (merged.length === 0) io.print('No dvc.lock has merge conflicts.');
      for (const { file, taken } of merged)
        io.print(`Merged '${file}'${taken.length > 0 ? `, with theirs of: ${taken.join(', ')}` : ''}.`);
      if (merged.length > 0)
        io.print(`\nTo tell Git that they are resolved, run:\n\n\tgit add ${merged.map(({ file }) => file).join(' ')}`);
      return 0;
    }),
};
