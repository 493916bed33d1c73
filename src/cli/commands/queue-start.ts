import { spawn } from 'node:child_process';
import { DvcError } from '../../engine/core/errors.ts';
import { queueStatus } from '../../engine/verbs/queue-manage.ts';
import { queueRun } from '../../engine/verbs/queue-run.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'start',
  help: 'Start workers that run the queue in the background.',
  examples: ['lode queue start', 'lode queue start -j 4'],
  arguments: [
    { flags: ['-j', '--jobs'], type: 'int', metavar: '<number>', help: 'Workers at most; 1 unless told.' },
    { flags: ['--foreground'], action: 'flag', help: 'Be such a worker, until the queue is empty.' },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const jobs = args.number('jobs') ?? 1;
      if (jobs < 1) throw new DvcError('usage', '--jobs takes a number from 1 on');
      if (args.flag('foreground')) {
        await queueRun(repo, { jobs }, ctx);
        return 0;
      }
      const { entries, active, idle } = queueStatus(repo);
      const waiting = entries.filter(({ state }) => state === 'queued').length;
      const wanted = Math.max(0, Math.min(jobs - active - idle, waiting));
      for (let i = 0; i < wanted; i++) {
        const child = spawn(process.execPath, [process.argv[1] ?? '', 'queue', 'start', '--foreground', '-q'], {
          cwd: ctx.cwd,
          detached: true,
          stdio: 'ignore',
          windowsHide: true,
        });
        child.unref();
      }
      io.print(`Started '${wanted}' new experiments task queue worker${wanted === 1 ? '' : 's'}.`);
      return 0;
    }),
};
