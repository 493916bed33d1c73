import { expShow, shownJson } from '../../engine/verbs/exp-show.ts';
import { csvText } from '../csv.ts';
import { chooseColumns, columnRows, experimentColumns } from '../experiment-columns.ts';
import type { CommandSpec } from '../spec.ts';
import { valueTable } from '../value-table.ts';
import { DEFAULT_PRECISION } from '../value-text.ts';
import { EXPERIMENT_SCOPE, experimentScope } from './exp-arguments.ts';
import { JSON_OUTPUT } from './target-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'show',
  help: 'Show experiments with their params, metrics and dependencies.',
  examples: [
    'lode exp show',
    'lode exp show --only-changed --sort-by acc --sort-order desc',
    'lode exp show --csv -A > runs.csv',
  ],
  arguments: [
    ...EXPERIMENT_SCOPE,
    { flags: ['-a', '--all-branches'], action: 'flag', help: 'Experiments that started from the tip of any branch.' },
    { flags: ['-T', '--all-tags'], action: 'flag', help: 'Experiments that started from any tag.' },
    { flags: ['--no-pager'], action: 'flag', hidden: true, help: 'Print without a pager, as always.' },
    { flags: ['--only-changed'], action: 'flag', help: 'Only columns whose values are not all the same.' },
    { flags: ['--drop'], action: 'append', metavar: '<regex_pattern>', help: 'Leave out columns that match.' },
    {
      flags: ['--keep'],
      action: 'append',
      metavar: '<regex_pattern>',
      help: 'Keep columns that match, whatever leaves them out.',
    },
    { flags: ['--param-deps'], action: 'flag', help: 'Only params that stages depend on.' },
    { flags: ['--sort-by'], metavar: '<metric/param>', help: 'Order the experiments of a commit by this column.' },
    { flags: ['--sort-order'], choices: ['asc', 'desc'], otherwise: 'asc', help: 'The way of --sort-by.' },
    { flags: ['--sha'], action: 'flag', help: 'Show ids of commits rather than names of branches and tags.' },
    { flags: ['--hide-failed'], action: 'flag', help: 'Leave out failed experiments.' },
    { flags: ['--hide-queued'], action: 'flag', help: 'Leave out experiments that wait in the queue.' },
    { flags: ['--hide-workspace'], action: 'flag', help: 'Leave out the workspace.' },
    JSON_OUTPUT,
    { flags: ['--csv'], action: 'flag', help: 'Print CSV.' },
    { flags: ['--md'], action: 'flag', dest: 'markdown', help: 'Print a table in Markdown.' },
    {
      flags: ['--html'],
      metavar: '<file>',
      help: 'Write a page with parallel coordinates of the table, which needs nothing else.',
    },
    {
      flags: ['--precision'],
      type: 'int',
      metavar: '<n>',
      help: 'Significant digits of numbers in CSV; all of them unless told.',
    },
    { flags: ['--no-fetch'], action: 'flag', hidden: true, help: 'Fetch nothing, as always.' },
    { flags: ['-f', '--force'], action: 'flag', help: 'Read everything again, whatever is remembered.' },
  ],
  failureExit: 1,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const commits = await expShow(
        repo,
        {
          ...experimentScope(args),
          allBranches: args.flag('all_branches'),
          allTags: args.flag('all_tags'),
          paramDeps: args.flag('param_deps'),
          hideWorkspace: args.flag('hide_workspace'),
          hideQueued: args.flag('hide_queued'),
          hideFailed: args.flag('hide_failed'),
          shaOnly: args.flag('sha'),
          force: args.flag('force'),
        },
        ctx,
      );
      if (args.flag('json')) {
        io.printRaw(`${shownJson(commits)}\n`);
        return 0;
      }
      const csv = args.flag('csv');
      const fill = csv ? '' : '-';
      const columns = experimentColumns(commits, {
        fill,
        precision: csv ? args.number('precision') || undefined : DEFAULT_PRECISION,
        iso: csv,
        sortBy: args.text('sort_by'),
        descending: args.text('sort_order') === 'desc',
        now: new Date(),
      });
      const html = args.text('html');
      if (html !== undefined) {
        const { writeExperimentsPage } = await import('../experiments-page.ts');
        io.print(await writeExperimentsPage(html, columns, ctx.cwd));
        return 0;
      }
      const shown = chooseColumns(columns, {
        fill,
        drop: args.list('drop'),
        keep: args.list('keep'),
        onlyChanged: args.flag('only_changed'),
        tree: !csv,
      });
      if (csv) io.printRaw(csvText([shown.names, ...columnRows(shown)]));
      else {
        const table = valueTable(shown.names, columnRows(shown), { markdown: args.flag('markdown') });
        if (table !== '') io.print(table); // Nothing is known before the first commit.
      }
      return 0;
    }),
};
