import { queueStatus } from '../../engine/verbs/queue-manage.ts';
import { timeText } from '../experiment-columns.ts';
import type { CommandSpec } from '../spec.ts';
import { valueTable } from '../value-table.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'status',
  help: 'Show what is in the queue, and how many workers there are.',
  examples: ['lode queue status'],
  arguments: [],
  failureExit: 255,
  run: (_args, io) =>
    withRepo(io, async (repo) => {
      const { entries, active, idle } = queueStatus(repo);
      const look = { iso: false, fill: '-', now: new Date() };
      const rows = entries.map(({ id, name, queuedAt, state, reason }) => [
        id.slice(0, 7),
        name,
        timeText(Math.floor(queuedAt / 1000), look),
        state.charAt(0).toUpperCase() + state.slice(1),
        reason ?? '',
      ]);
      const withReason = rows.some((row) => row[4] !== '');
      const headers = ['Task', 'Name', 'Created', 'Status', ...(withReason ? ['Reason'] : [])];
      io.print(rows.length === 0 ? 'No experiment tasks in the queue.' : valueTable(headers, rows));
      io.print('');
      io.print(`Worker status: ${active} active, ${idle} idle`);
      return 0;
    }),
};
