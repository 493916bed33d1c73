import { expMark } from '../../engine/verbs/exp-marks.ts';
import type { CommandSpec } from '../spec.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'mark',
  help: 'Star an experiment, give it labels, or write a note about it.',
  description: 'Marks are shared by `exp push` and `exp pull`. DVC does not see them.',
  examples: ['lode exp mark calm-otter --star', 'lode exp mark calm-otter --label paper --note "best so far"'],
  arguments: [
    { flags: ['--star'], action: 'flag', group: 'star', help: 'Star it.' },
    { flags: ['--no-star'], action: 'flag', group: 'star', help: 'Take the star away.' },
    { flags: ['--label'], action: 'append', metavar: '<label>', help: 'Add a label.' },
    { flags: ['--no-label'], action: 'append', metavar: '<label>', help: 'Take a label away.' },
    { flags: ['--note'], metavar: '<text>', help: "Write a note; '' takes it away." },
    { flags: ['experiment'], help: 'The experiment.' },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo) => {
      const note = args.text('note');
      const marks = await expMark(repo, args.required('experiment'), {
        addLabels: args.list('label'),
        removeLabels: args.list('no_label'),
        ...(args.flag('star') ? { starred: true } : args.flag('no_star') ? { starred: false } : {}),
        ...(note === undefined ? {} : { note }),
      });
      io.print(
        `${marks.starred ? '★' : '☆'} ${args.required('experiment')}${marks.labels.map((label) => ` #${label}`).join('')}`,
      );
      if (marks.note !== '') io.print(marks.note);
      return 0;
    }),
};
