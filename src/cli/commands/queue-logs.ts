import * as fs from 'node:fs';
import { queueLog, queueStatus } from '../../engine/verbs/queue-manage.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

const LOOK_MS = 200;

export const command: CommandSpec = {
  name: 'logs',
  help: 'Show all that an experiment of the queue has printed.',
  examples: ['lode queue logs calm-otter', 'lode queue logs calm-otter -f'],
  arguments: [
    {
      flags: ['-e', '--encoding'],
      metavar: '<encoding>',
      hidden: true,
      help: 'Encoding of the logs, which are always UTF-8.',
    },
    { flags: ['-f', '--follow'], action: 'flag', help: 'Go on while it runs.' },
    { flags: ['task'], help: 'The experiment.' },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const { entry, file, text } = queueLog(repo, args.required('task'));
      io.printRaw(text);
      if (!args.flag('follow')) return 0;
      let at = Buffer.byteLength(text);
      const isRunning = (): boolean =>
        queueStatus(repo).entries.some(({ id, state }) => id === entry.id && state === 'running');
      for (let goesOn = true; goesOn && !ctx.signal.aborted; ) {
        goesOn = isRunning(); // Looked at first: what it prints last is read once more.
        const bytes = fs.readFileSync(file);
        if (bytes.length > at) io.printRaw(bytes.toString('utf8', at));
        at = bytes.length;
        await io.flush();
        if (goesOn) await new Promise((done) => setTimeout(done, LOOK_MS));
      }
      return 0;
    }),
};
