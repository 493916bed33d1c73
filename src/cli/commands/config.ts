import * as path from 'node:path';
import { pyStr } from '../../engine/core/python.ts';
import { findRoot } from '../../engine/repo-root.ts';
import {
  type ConfigEntry,
  type ConfigTarget,
  configGet,
  configList,
  configSet,
  configUnset,
  parseOptionName,
} from '../../engine/verbs/config.ts';
import type { ParsedArgs } from '../parsed-args.ts';
import type { CommandSpec } from '../spec.ts';
import { LEVEL_ARGUMENTS, levelOf } from './level-arguments.ts';

export const command: CommandSpec = {
  name: 'config',
  help: 'Get or set config options.',
  description:
    'Options are read from the system, global, project and local files, the last one wins. They are written to the\n' +
    'project file (.dvc/config) unless a level is given. Values of secret options are shown only when asked for by name.',
  examples: [
    'lode config core.autostage true',
    'lode config core.remote                          # print one value',
    'lode config --local remote.store.password secret # for this clone only, not in Git',
    'lode config --unset cache.type',
    'lode config --list --show-origin',
  ],
  arguments: [
    ...LEVEL_ARGUMENTS,
    { flags: ['-u', '--unset'], action: 'flag', help: 'Unset option.' },
    {
      flags: ['name'],
      count: '?',
      help: 'Option name (section.option or remote.name.option).',
      complete: 'config-option',
    },
    { flags: ['value'], count: '?', help: 'Option value.' },
    { flags: ['-l', '--list'], action: 'flag', help: 'List all defined config values.' },
    { flags: ['--show-origin'], action: 'flag', help: 'Show the source file containing each config value.' },
  ],
  failureExit: 255,
  async run(args, io) {
    const problem = misuse(args);
    if (problem !== undefined) {
      io.error(problem.text);
      return problem.exit;
    }
    const ctx = io.context();
    const target: ConfigTarget = { root: findRoot(ctx.cwd) };
    const level = levelOf(args);
    const name = parseOptionName(args.text('name') ?? '');
    const value = args.text('value');
    const origin = args.flag('show_origin');

    if (args.flag('list')) for (const entry of configList(target, level)) show(entry, `${entry.name}=`, origin);
    else if (name === undefined)
      return 1; // `misuse` has told.
    else if (args.flag('unset')) configUnset(target, { name, ...level }, ctx);
    else if (value !== undefined) {
      configSet(target, { name, value, ...level }, ctx);
      if (name.section === 'cache' && name.option === 'type') io.warn(RELINK);
    } else {
      const entry = configGet(target, { name, ...level });
      if (entry) show(entry, '', origin);
    }
    return 0;

    function show(entry: ConfigEntry, prefix: string, withOrigin: boolean): void {
      io.print(`${withOrigin ? `${originOf(entry, target)}\t` : ''}${prefix}${pyStr(entry.value)}`);
    }
  },
};

const RELINK =
  "You have changed the 'cache.type' option. This doesn't update any existing workspace file links, but it can be done with:\n" +
  '             lode checkout --relink';

/** Files of the repository are shown relative to its root, as DVC does when run there. */
const originOf = ({ file, level }: ConfigEntry, { root }: ConfigTarget): string =>
  root !== undefined && (level === 'repo' || level === 'local') ? path.relative(root, file) : file;

function misuse(args: ParsedArgs): { text: string; exit: number } | undefined {
  const [name, value, unset] = [args.text('name'), args.text('value'), args.flag('unset')];
  if (args.flag('show_origin') && (value !== undefined || unset))
    return { text: "--show-origin can't be used together with any of these options: -u/--unset, value", exit: 1 };
  if (args.flag('list'))
    return name !== undefined || unset
      ? { text: "-l/--list can't be used together with any of these options: -u/--unset, name, value", exit: 1 }
      : undefined;
  if (name === undefined) return { text: 'name argument is required', exit: 1 };
  if (parseOptionName(name) === undefined)
    return {
      text: 'argument name: name argument should look like remote.name.option or db.name.option or section.option',
      exit: 254,
    };
  return undefined;
}
