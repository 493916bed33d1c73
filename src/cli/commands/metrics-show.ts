import { compareCodePoints, fromCwd } from '../../engine/core/paths.ts';
import { type PyValue, pyMap } from '../../engine/core/python.ts';
import {
  type FileError,
  failedRevisions,
  flattenValues,
  metricsShow,
  type RevisionResult,
} from '../../engine/verbs/metrics-show.ts';
import type { CommandSpec } from '../spec.ts';
import { valueTable } from '../value-table.ts';
import { DEFAULT_PRECISION, valueText } from '../value-text.ts';
import { FOLDERS_TOO, PRECISION } from './metrics-arguments.ts';
import { JSON_OUTPUT } from './target-arguments.ts';
import { ANYWHERE, withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'show',
  help: 'Show the values of metrics.',
  examples: ['lode metrics show', 'lode metrics show eval.json --json', 'lode metrics show --all-tags --md'],
  arguments: [
    { flags: ['targets'], count: '*', help: 'Files or folders of metrics, known to a stage or not.', complete: 'file' },
    { flags: ['-a', '--all-branches'], action: 'flag', help: 'Show metrics of all branches.' },
    { flags: ['-T', '--all-tags'], action: 'flag', help: 'Show metrics of all tags.' },
    { flags: ['-A', '--all-commits'], action: 'flag', help: 'Show metrics of all commits.' },
    JSON_OUTPUT,
    { flags: ['--md'], action: 'flag', dest: 'markdown', help: 'Show a table in Markdown.' },
    FOLDERS_TOO,
    PRECISION,
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(
      io,
      async (repo, ctx) => {
        const options = {
          targets: args.list('targets'),
          allBranches: args.flag('all_branches'),
          allTags: args.flag('all_tags'),
          allCommits: args.flag('all_commits'),
        };
        const results = await metricsShow(repo, options, ctx);
        const failed = failedRevisions(results).map((rev) => (rev === '' ? 'workspace' : rev));
        if (failed.length > 0) io.warn(`some metrics could not be read in: ${failed.join(', ')}`);
        const shown = (path: string): string => fromCwd(ctx.cwd, `${repo.root}/${path}`);
        if (args.flag('json')) {
          await io.printJson(toJson(results, shown));
          return 0;
        }
        const withRevs = options.allBranches || options.allTags || options.allCommits;
        const look = {
          withRevs,
          markdown: args.flag('markdown'),
          precision: args.number('precision') || DEFAULT_PRECISION, // DVC takes 0 for nothing as well.
        };
        const table = toTable(results, shown, look);
        if (table !== '') io.print(table);
        return 0;
      },
      ANYWHERE,
    ),
};

type Results = ReadonlyMap<string, RevisionResult>;

function toJson(results: Results, shown: (path: string) => string): PyValue {
  return pyMap(
    [...results].map(([rev, result]) => {
      if ('error' in result) return [rev, new Map([['error', errorJson(result.error)]])];
      const files = [...result.files].map(
        ([path, file]) =>
          [
            shown(path),
            new Map<string, PyValue>('data' in file ? [['data', file.data]] : [['error', errorJson(file.error)]]),
          ] as const,
      );
      return [rev, new Map([['data', new Map(files)]])];
    }),
  );
}

const errorJson = ({ type, message }: FileError): PyValue =>
  new Map([
    ['type', type],
    ['msg', message],
  ]);

function toTable(
  results: Results,
  shown: (path: string) => string,
  { withRevs, markdown, precision }: { withRevs: boolean; markdown: boolean; precision: number },
): string {
  const rows = [...results].flatMap(([rev, result]) =>
    'error' in result
      ? []
      : [...result.files].map(([path, file]) => {
          const values = flattenValues('data' in file ? file.data : new Map());
          return { rev, path: shown(path), values };
        }),
  );
  const keys = [...new Set(rows.flatMap(({ values }) => [...values.keys()]))].sort(compareCodePoints);
  return valueTable(
    [...(withRevs ? ['Revision'] : []), 'Path', ...keys],
    rows.map(({ rev, path, values }) => [
      ...(withRevs ? [rev] : []),
      path,
      ...keys.map((key) => valueText(values.get(key) ?? null, precision)),
    ]),
    { markdown },
  );
}
