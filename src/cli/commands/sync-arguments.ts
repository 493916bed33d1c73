import type { PartOptions, TransferOptions } from '../../engine/verbs/transfer-options.ts';
import type { CliIo } from '../io.ts';
import type { ParsedArgs } from '../parsed-args.ts';
import type { ArgumentSpec } from '../spec.ts';
import { JOBS, RECURSIVE, REMOTE, REVISION_SCOPE, TARGETS, WITH_DEPS } from './target-arguments.ts';

/** What push, fetch and pull have in common. */
export const SYNC_ARGUMENTS: readonly ArgumentSpec[] = [
  JOBS,
  REMOTE,
  ...REVISION_SCOPE,
  WITH_DEPS,
  RECURSIVE,
  { flags: ['--run-cache'], action: 'flag', help: 'The run cache as well.' },
  TARGETS,
];

export const GLOB: ArgumentSpec = { flags: ['--glob'], action: 'flag', help: 'Targets may hold wildcards.' };

/** Which part of the data fetch and pull are about. */
export const PART_ARGUMENTS: readonly ArgumentSpec[] = [
  { flags: ['--max-size'], type: 'int', metavar: '<bytes>', help: 'Leave out outputs of this size and larger.' },
  {
    flags: ['--type'],
    action: 'append',
    dest: 'types',
    choices: ['metrics', 'plots'],
    help: 'Only metrics, or only plots.',
  },
  { flags: ['--deps-of'], metavar: '<stage>', help: 'Only what this stage reads.' },
  { flags: ['--sample'], type: 'int', metavar: '<number>', help: 'Only so many files, chosen at random.' },
  { flags: ['--seed'], type: 'int', metavar: '<number>', help: 'Another number is another choice of --sample.' },
];

export function partOptions(args: ParsedArgs): PartOptions & Pick<TransferOptions, 'maxSize' | 'types'> {
  const [maxSize, sample, seed] = ['max_size', 'sample', 'seed'].map((name) => args.number(name));
  const depsOf = args.text('deps_of');
  const types = args.list('types').map((type) => (type === 'metrics' ? ('metric' as const) : ('plot' as const)));
  return {
    ...(maxSize ? { maxSize } : {}),
    ...(types.length > 0 ? { types } : {}),
    ...(depsOf === undefined ? {} : { depsOf }),
    ...(sample === undefined ? {} : { sample }),
    ...(seed === undefined ? {} : { seed }),
  };
}

export function transferOptions(args: ParsedArgs): TransferOptions {
  const [remote, jobs] = [args.text('remote'), args.number('jobs')];
  return {
    targets: args.list('targets'),
    withDeps: args.flag('with_deps'),
    recursive: args.flag('recursive'),
    runCache: args.flag('run_cache'),
    scope: {
      allBranches: args.flag('all_branches'),
      allTags: args.flag('all_tags'),
      allCommits: args.flag('all_commits'),
    },
    ...(remote === undefined ? {} : { remote }),
    ...(jobs === undefined ? {} : { jobs }),
  };
}

/** DVC succeeds without a remote where nothing had to be moved, but says so. */
export function warnWithoutRemote(io: CliIo, args: ParsedArgs, defaultRemote: string | undefined): void {
  if (args.text('remote') === undefined && defaultRemote === undefined)
    io.warn('No remote provided and no default remote set.');
}
