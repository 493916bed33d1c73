import type { ExperimentScope } from '../../engine/verbs/exp-list.ts';
import type { ParsedArgs } from '../parsed-args.ts';
import type { ArgumentSpec } from '../spec.ts';

/** `-A`, `--rev` and `-n`: experiments by the commits they started from. */
export const EXPERIMENT_SCOPE: readonly ArgumentSpec[] = [
  {
    flags: ['-A', '--all-commits'],
    action: 'flag',
    help: 'Experiments of the whole repository, whatever --rev and --num say.',
  },
  {
    flags: ['--rev'],
    action: 'append',
    metavar: '<commit>',
    help: 'Experiments that started from this commit; HEAD unless told.',
    complete: 'revision',
  },
  {
    flags: ['-n', '--num'],
    type: 'int',
    metavar: '<num>',
    help: 'Also of the last <num> commits before it, first parents only; all with a negative number.',
  },
];

export function experimentScope(args: ParsedArgs): ExperimentScope {
  const num = args.number('num');
  return {
    allCommits: args.flag('all_commits'),
    revs: args.list('rev'),
    ...(num === undefined ? {} : { num }),
  };
}
