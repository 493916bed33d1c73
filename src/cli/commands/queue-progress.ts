import { DvcError } from '../../engine/core/errors.ts';
import { ruleMetText } from '../../engine/core/events.ts';
import type { OpContext } from '../../engine/core/op-context.ts';
import type { Repo } from '../../engine/repo.ts';
import { queueStatus } from '../../engine/verbs/queue-manage.ts';
import { queueRun } from '../../engine/verbs/queue-run.ts';
import type { CliIo } from '../io.ts';

/** Runs the queue in this process, telling of each experiment as it ends. @throws `experiment-failed` where one has failed */
export async function runAll(repo: Repo, jobs: number, io: CliIo, ctx: OpContext): Promise<number> {
  if (!queueStatus(repo).entries.some(({ state }) => state === 'queued')) {
    io.print('No experiments in the queue.');
    return 0;
  }
  const ended = await queueRun(
    repo,
    {
      jobs,
      onRule(event) {
        io.print(ruleMetText(event));
        void io.flush();
      },
      onEnd(entry) {
        io.print(
          entry.state === 'success'
            ? `Ran experiment '${entry.name}'`
            : `Experiment '${entry.name}' failed: ${entry.reason}`,
        );
        void io.flush();
      },
    },
    ctx,
  );
  if (ctx.signal.aborted) throw new DvcError('cancelled', 'What has not ended is in the queue again.');
  const failed = ended.filter(({ state }) => state === 'failed').map(({ name }) => name);
  const done = ended.filter(({ state }) => state === 'success').map(({ name }) => name);
  if (done.length > 0) {
    io.print(`\nRan experiment(s): ${done.join(', ')}`);
    io.print('To apply the results of an experiment to your workspace run:\n\n\tlode exp apply <exp>');
  }
  if (failed.length > 0)
    io.error(
      `Failed to reproduce experiment(s) '${failed.join(', ')}'`,
      'See what they printed with `lode queue logs NAME`.',
    );
  return 0;
}
