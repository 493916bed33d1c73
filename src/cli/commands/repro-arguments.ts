import type { ReproOptions } from '../../engine/verbs/repro.ts';
import type { ParsedArgs } from '../parsed-args.ts';
import type { ArgumentSpec } from '../spec.ts';

/** What `repro` shares with `exp run`: which stages, and how. */
export const REPRO_ARGUMENTS: readonly ArgumentSpec[] = [
  { flags: ['-f', '--force'], action: 'flag', help: 'Run stages that are up to date too, and restore no run.' },
  { flags: ['-i', '--interactive'], action: 'flag', help: 'Ask before each stage.' },
  { flags: ['-s', '--single-item'], action: 'flag', help: 'The given stages only, not what they need.' },
  { flags: ['-p', '--pipeline'], action: 'flag', help: 'The whole pipelines that the targets belong to.' },
  { flags: ['-P', '--all-pipelines'], action: 'flag', help: 'Every stage of the repository.' },
  { flags: ['-R', '--recursive'], action: 'flag', help: 'Targets are folders: all stages below them.' },
  { flags: ['--downstream'], action: 'flag', help: 'Start at the targets and go to what depends on them.' },
  { flags: ['--force-downstream'], action: 'flag', help: 'Run what depends on a stage that ran, changed or not.' },
  { flags: ['--pull'], action: 'flag', help: 'Get missing data and remembered runs from the remote.' },
  {
    flags: ['--allow-missing'],
    action: 'flag',
    help: 'Pass over stages whose data is missing but otherwise unchanged.',
  },
  { flags: ['--dry'], action: 'flag', help: 'Print the commands, run nothing.' },
  {
    flags: ['-k', '--keep-going'],
    action: 'const',
    constant: 'keep-going',
    dest: 'on_error',
    help: 'After a failure go on with the stages that do not need the failed one.',
  },
  {
    flags: ['--ignore-errors'],
    action: 'const',
    constant: 'ignore',
    dest: 'on_error',
    help: 'After a failure go on with everything.',
  },
];

/** The options of {@link REPRO_ARGUMENTS}, for the verb. */
export function reproOptions(args: ParsedArgs): ReproOptions {
  const onError = args.text('on_error');
  return {
    targets: args.list('targets'),
    force: args.flag('force'),
    interactive: args.flag('interactive'),
    singleItem: args.flag('single_item'),
    pipeline: args.flag('pipeline'),
    allPipelines: args.flag('all_pipelines'),
    recursive: args.flag('recursive'),
    downstream: args.flag('downstream'),
    forceDownstream: args.flag('force_downstream'),
    pull: args.flag('pull'),
    allowMissing: args.flag('allow_missing'),
    dry: args.flag('dry'),
    ...(onError === 'keep-going' || onError === 'ignore' ? { onError } : {}),
  };
}
