import { DvcError } from '../../engine/core/errors.ts';
import { expApply, expApplyPreview, expSnapshots, expUndo } from '../../engine/verbs/exp-apply.ts';
import type { CliIo } from '../io.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'apply',
  help: 'Bring the files and data of an experiment into the workspace.',
  description: 'What was there before is kept: `lode exp apply --undo` brings it back.',
  examples: ['lode exp apply calm-otter', 'lode exp apply calm-otter --dry', 'lode exp apply --undo'],
  arguments: [
    { flags: ['--no-force'], action: 'flag', hidden: true, help: 'Fail instead of overwriting what was changed.' },
    { flags: ['--dry'], action: 'flag', help: 'Show what would change, and change nothing.' },
    {
      flags: ['--undo'],
      action: 'flag',
      help: 'Bring back what was there before the last apply, or a snapshot where its ref is given.',
    },
    { flags: ['--snapshots'], action: 'flag', help: 'List what can be brought back.' },
    { flags: ['experiment'], count: '?', help: 'Experiment to apply.' },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const name = args.text('experiment');
      if (args.flag('snapshots')) {
        for (const { ref, reason, time } of await expSnapshots(repo))
          io.print(`${new Date(time).toLocaleString()}  ${reason}  ${ref}`);
        return 0;
      }
      if (args.flag('undo')) {
        const { changes, snapshot } = await expUndo(repo, name, ctx);
        io.print(`The workspace is as it was before (${changes.length} files of Git changed).`);
        io.print(`What it was meanwhile is kept as ${snapshot.ref}.`);
        return 0;
      }
      if (name === undefined) throw new DvcError('usage', 'the following arguments are required: experiment');
      if (args.flag('dry')) {
        for (const { path, change } of (await expApplyPreview(repo, name)).changes) io.print(`${change}: ${path}`);
        return 0;
      }
      const { data } = await expApply(repo, name, ctx);
      io.print(`Changes for experiment '${name}' have been applied to your current workspace.`);
      return data.failed.length === 0
        ? 0
        : missing(
            io,
            data.failed.map(({ path }) => path),
          );
    }),
};

/** Git's files are applied; data that is not in the cache has to come from somewhere. */
function missing(io: CliIo, paths: readonly string[]): number {
  io.error(
    `Checkout failed for following targets:\n${paths.join('\n')}\nIs your cache up to date?`,
    'Bring the data with `lode exp pull` or `lode pull`; `lode exp apply --undo` takes the experiment back.',
  );
  return 255;
}
