import type { TransferOptions } from '../../engine/verbs/transfer-options.ts';
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
