import type { ExpShareOptions } from '../../engine/verbs/exp-share.ts';
import type { ParsedArgs } from '../parsed-args.ts';
import type { ArgumentSpec } from '../spec.ts';
import { EXPERIMENT_SCOPE, experimentScope } from './exp-arguments.ts';
import { JOBS } from './target-arguments.ts';

/** What `exp push` and `exp pull` have in common. */
export const SHARE_ARGUMENTS: readonly ArgumentSpec[] = [
  ...EXPERIMENT_SCOPE,
  { flags: ['-f', '--force'], action: 'flag', help: 'Overwrite experiments of the same name that are others.' },
  { flags: ['--no-cache'], action: 'flag', help: 'Commits only, no data.' },
  {
    flags: ['-r', '--remote'],
    dest: 'dvc_remote',
    metavar: '<name>',
    help: 'The remote of data; the default one unless told.',
    complete: 'remote',
  },
  JOBS,
  { flags: ['--run-cache'], action: 'flag', help: 'The run cache as well.' },
  { flags: ['--no-run-cache'], action: 'flag', hidden: true, help: 'Leave the run cache out.' },
  { flags: ['git_remote'], help: 'Name of a Git remote, or its URL.' },
  { flags: ['experiment'], count: '*', help: 'Experiments; those that started from HEAD where none is given.' },
];

export function shareOptions(args: ParsedArgs): ExpShareOptions {
  const [dataRemote, jobs] = [args.text('dvc_remote'), args.number('jobs')];
  return {
    ...experimentScope(args),
    names: args.list('experiment'),
    force: args.flag('force'),
    cache: !args.flag('no_cache'),
    runCache: args.flag('run_cache'),
    ...(dataRemote === undefined ? {} : { dataRemote }),
    ...(jobs === undefined ? {} : { jobs }),
  };
}
