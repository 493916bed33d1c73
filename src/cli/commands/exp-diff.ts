import { asFloat, type PyValue, pyStr } from '../../engine/core/python.ts';
import { type ExpDiff, expDiff } from '../../engine/verbs/exp-diff.ts';
import type { CommandSpec } from '../spec.ts';
import { valueTable } from '../value-table.ts';
import { DEFAULT_PRECISION, generalFormat } from '../value-text.ts';
import { PRECISION } from './metrics-arguments.ts';
import { JSON_OUTPUT } from './target-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'diff',
  help: 'Show changes in metrics and params between two experiments.',
  examples: ['lode exp diff calm-otter', 'lode exp diff calm-otter bold-fern --all --md'],
  arguments: [
    { flags: ['a_rev'], count: '?', help: 'Experiment to start from; HEAD unless told.', complete: 'revision' },
    {
      flags: ['b_rev'],
      count: '?',
      help: 'Experiment to compare with; the workspace unless told.',
      complete: 'revision',
    },
    { flags: ['--all'], action: 'flag', help: 'Show what is unchanged too.' },
    { flags: ['--param-deps'], action: 'flag', help: 'Only params that stages depend on.' },
    JSON_OUTPUT,
    { flags: ['--md'], action: 'flag', dest: 'markdown', help: 'Print tables in Markdown.' },
    { flags: ['--no-path'], action: 'flag', help: 'Leave out the column of paths.' },
    PRECISION,
  ],
  failureExit: 1,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const [oldRev, newRev] = [args.text('a_rev'), args.text('b_rev')];
      const found = await expDiff(
        repo,
        {
          all: args.flag('all'),
          paramDeps: args.flag('param_deps'),
          ...(oldRev === undefined ? {} : { oldRev }),
          ...(newRev === undefined ? {} : { newRev }),
        },
        ctx,
      );
      if (args.flag('json')) {
        await io.printJson(toJson(found));
        return 0;
      }
      const withPath = !args.flag('no_path');
      const titles = [withPath ? ['Path'] : [], [oldRev ?? 'HEAD', newRev ?? 'workspace', 'Change']] as const;
      const precision = args.number('precision') || DEFAULT_PRECISION; // DVC takes 0 for nothing as well.
      const table = (kind: keyof ExpDiff, title: string, digits?: number): string => {
        const rows = [...found[kind]].flatMap(([path, changes]) =>
          [...changes].map(([key, change]) => [
            ...(withPath ? [path] : []),
            key,
            cell(change.old, digits),
            cell(change.new, digits),
            change.diff === undefined ? 'diff not supported' : cell(change.diff, digits),
          ]),
        );
        return valueTable([...titles[0], title, ...titles[1]], rows, { markdown: args.flag('markdown') });
      };
      const [metrics, params] = [table('metrics', 'Metric', precision), table('params', 'Param')];
      if (metrics !== '') io.print(metrics);
      if (repo.git.head() !== undefined) io.print('');
      if (params !== '') io.print(params);
      return 0;
    }),
};

function cell(value: PyValue, digits: number | undefined): string {
  if (value === null) return '-';
  const float = digits === undefined ? undefined : asFloat(value);
  return float === undefined || digits === undefined ? pyStr(value) : generalFormat(float, digits);
}

const toJson = (found: ExpDiff): PyValue =>
  new Map<string, PyValue>(
    (['metrics', 'params'] as const).map((kind) => [
      kind,
      new Map<string, PyValue>(
        [...found[kind]].map(([path, changes]) => [
          path,
          new Map<string, PyValue>([...changes].map(([key, change]) => [key, new Map(Object.entries(change))])),
        ]),
      ),
    ]),
  );
