import { type ConfigLevel, LEVELS } from '../../engine/verbs/config.ts';
import type { ParsedArgs } from '../parsed-args.ts';
import type { ArgumentSpec } from '../spec.ts';

const level = (flag: string, constant: ConfigLevel, help: string): ArgumentSpec => ({
  flags: [flag],
  action: 'const',
  constant,
  dest: 'level',
  group: 'level',
  help,
});

/** `--global`, `--system`, `--project` and `--local`, which exclude each other. */
export const LEVEL_ARGUMENTS: readonly ArgumentSpec[] = [
  level('--global', 'global', 'Use global config.'),
  level('--system', 'system', 'Use system config.'),
  level('--project', 'repo', 'Use project config (.dvc/config).'),
  level('--local', 'local', 'Use local config (.dvc/config.local).'),
];

/** The level that was asked for, shaped to be spread into a verb's options. */
export function levelOf(args: ParsedArgs): { level?: ConfigLevel } {
  const level = LEVELS.find((known) => known === args.text('level'));
  return level === undefined ? {} : { level };
}
