import { type NewOutput, stageAdd } from '../../engine/verbs/stage-add.ts';
import type { CliIo } from '../io.ts';
import type { ParsedArgs } from '../parsed-args.ts';
import type { ArgumentSpec, CommandSpec } from '../spec.ts';
import { commandOutput, stageContext } from '../stage-output.ts';
import { tellWhatToStage } from './tell-what-to-stage.ts';
import { withRepo } from './with-repo.ts';

const append = (flags: readonly string[], metavar: string, help: string): ArgumentSpec => ({
  flags,
  action: 'append',
  metavar,
  help,
  complete: 'file',
});

/** Which argument makes which outputs, in the order in which DVC takes them. */
const OUTPUTS: readonly (readonly [dest: string, kind: NewOutput['kind'], cache: boolean, persist: boolean])[] = [
  ['outs_persist', 'out', true, true],
  ['outs_persist_no_cache', 'out', false, true],
  ['metrics', 'metric', true, false],
  ['metrics_no_cache', 'metric', false, false],
  ['plots', 'plot', true, false],
  ['plots_no_cache', 'plot', false, false],
  ['outs_no_cache', 'out', false, false],
  ['outs', 'out', true, false],
];

/** What `stage add` and `run` describe a stage with, but for the name. */
export const STAGE_ARGUMENTS: readonly ArgumentSpec[] = [
  { flags: ['-f', '--force'], action: 'flag', help: 'Overwrite a stage of the name.' },
  append(['-d', '--deps'], '<path>', 'What the command reads.'),
  append(['-p', '--params'], '[<filename>:]<params_list>', 'Parameters it depends on, of params.yaml unless told.'),
  append(['-o', '--outs'], '<filename>', 'What it makes.'),
  append(['-O', '--outs-no-cache'], '<filename>', 'What it makes, kept in Git rather than in the cache.'),
  append(['--outs-persist'], '<filename>', 'What it makes and goes on with: not removed before a run.'),
  append(['--outs-persist-no-cache'], '<filename>', 'The same, kept out of the cache.'),
  append(['-m', '--metrics'], '<path>', 'A metrics file it makes.'),
  append(['-M', '--metrics-no-cache'], '<path>', 'A metrics file, kept in Git.'),
  append(['--plots'], '<path>', 'A plots file it makes.'),
  append(['--plots-no-cache'], '<path>', 'A plots file, kept in Git.'),
  {
    flags: ['-w', '--wdir'],
    metavar: '<path>',
    help: 'Folder the command runs in; paths start there.',
    complete: 'dir',
  },
  { flags: ['--always-changed'], action: 'flag', help: 'Run it every time.' },
  { flags: ['--desc'], metavar: '<text>', help: 'Description, kept in dvc.yaml.' },
];

export const COMMAND_WORDS: ArgumentSpec = {
  flags: ['command'],
  count: '...',
  help: 'The command line, quoted as one word or as it is.',
  complete: 'file',
};

export const command: CommandSpec = {
  name: 'add',
  help: 'Add a stage to the dvc.yaml of this folder.',
  examples: [
    'lode stage add -n prepare -d raw.csv -o clean.csv python prepare.py',
    "lode stage add -n train -d clean.csv -p lr,epochs -o model.pt -M metrics.json 'python train.py'",
  ],
  arguments: [
    { flags: ['-n', '--name'], metavar: '<name>', required: true, help: 'Name of the stage.' },
    ...STAGE_ARGUMENTS,
    { flags: ['--run'], action: 'flag', help: 'Run it too.' },
    COMMAND_WORDS,
  ],
  failureExit: 255,
  run: (args, io) => addFrom(args, io, args.flag('run')),
};

/** Adds the stage that the arguments describe. */
export const addFrom = (args: ParsedArgs, io: CliIo, run: boolean): Promise<number> =>
  withRepo(io, async (repo, ctx) => {
    const [wdir, desc] = [args.text('wdir'), args.text('desc')];
    const result = await stageAdd(
      repo,
      {
        name: args.required('name'),
        cmd: commandLine(args.list('command')),
        deps: args.list('deps'),
        params: paramsOf(args.list('params')),
        outs: OUTPUTS.flatMap(([dest, kind, cache, persist]) =>
          args.list(dest).map((path) => ({ path, kind, cache, persist })),
        ),
        alwaysChanged: args.flag('always_changed'),
        force: args.flag('force'),
        run,
        inherit: commandOutput(),
        onAdded: (shown, file) => io.print(`Added stage '${shown}' in '${file}'`),
        ...(wdir === undefined ? {} : { wdir }),
        ...(desc === undefined ? {} : { desc }),
      },
      stageContext(io, ctx),
    );
    tellWhatToStage(io, repo, result, ctx.cwd);
    return 0;
  });

/** One word is the command line itself. Of several, those with blanks get quotes, as in DVC; quotes within are the user's affair. */
function commandLine(words: readonly string[]): string {
  if (words.length < 2) return words.join(' ');
  return words
    .map((word) => (word === '' ? '""' : word.includes(' ') && !word.includes('"') ? `"${word}"` : word))
    .join(' ');
}

/** `lr,epochs`, `file:lr,epochs`, and `file:` for the whole file. */
function paramsOf(given: readonly string[]): { path: string; keys: readonly string[] | 'all' }[] {
  const files = new Map<string, string[]>();
  for (const text of given) {
    const colon = text.lastIndexOf(':');
    const file = colon > 0 ? text.slice(0, colon) : 'params.yaml';
    const keys = text
      .slice(colon + 1)
      .split(',')
      .filter((key) => key !== '');
    files.set(file, [...(files.get(file) ?? []), ...keys]);
  }
  return [...files].map(([path, keys]) => ({ path, keys: keys.length > 0 ? keys : 'all' }));
}
