import { fromCwd } from '../../engine/core/paths.ts';
import { type PyValue, pyStr } from '../../engine/core/python.ts';
import { paramsDiff } from '../../engine/verbs/params-diff.ts';
import type { CommandSpec } from '../spec.ts';
import { valueTable } from '../value-table.ts';
import { JSON_OUTPUT } from './target-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'diff',
  help: 'Show changes in parameters between two commits, or a commit and the workspace.',
  examples: ['lode params diff', 'lode params diff v1 v2 --all', 'lode params diff --targets conf.json'],
  arguments: [
    {
      flags: ['--targets'],
      count: '*',
      metavar: '<paths>',
      help: 'Params files to compare, known to a stage or not.',
      complete: 'file',
    },
    { flags: ['--all'], action: 'flag', help: 'Show what is unchanged too.' },
    { flags: ['--deps'], action: 'flag', help: 'Show only what stages depend on.' },
    JSON_OUTPUT,
    { flags: ['--md'], action: 'flag', dest: 'markdown', help: 'Show a table in Markdown.' },
    { flags: ['--no-path'], action: 'flag', help: 'Leave out the column of paths.' },
    { flags: ['a_rev'], count: '?', help: 'Commit to start from; HEAD unless told.', complete: 'revision' },
    { flags: ['b_rev'], count: '?', help: 'Commit to compare with; the workspace unless told.', complete: 'revision' },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const [oldRev, newRev] = [args.text('a_rev') ?? 'HEAD', args.text('b_rev') ?? 'workspace'];
      const options = {
        oldRev,
        newRev,
        all: args.flag('all'),
        depsOnly: args.flag('deps'),
        targets: args.list('targets'),
      };
      const { files, failed } = await paramsDiff(repo, options, ctx);
      if (failed.length > 0) io.warn(`some params could not be read in: ${failed.join(', ')}`);
      const shown = [...files].map(([path, changes]) => [fromCwd(ctx.cwd, `${repo.root}/${path}`), changes] as const);
      if (args.flag('json')) {
        const json = shown.map(([path, changes]) => {
          const keys = [...changes].map(([key, change]) => [key, new Map(Object.entries(change))] as const);
          return [path, new Map<string, PyValue>(keys)] as const;
        });
        await io.printJson(new Map<string, PyValue>(json));
        return 0;
      }
      const cell = (value: PyValue): string => (value === null ? '-' : pyStr(value));
      const withPath = !args.flag('no_path');
      const rows = shown.flatMap(([path, changes]) =>
        [...changes].map(([key, change]) => [...(withPath ? [path] : []), key, cell(change.old), cell(change.new)]),
      );
      const table = valueTable([...(withPath ? ['Path'] : []), 'Param', oldRev, newRev], rows, {
        markdown: args.flag('markdown'),
      });
      if (table !== '') io.print(table);
      return 0;
    }),
};
