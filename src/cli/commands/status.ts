import type { PyValue } from '../../engine/core/python.ts';
import { type StageStatus, status, statusJson } from '../../engine/verbs/status.ts';
import type { CliIo } from '../io.ts';
import type { CommandSpec } from '../spec.ts';
import { JOBS, JSON_OUTPUT, RECURSIVE, REMOTE, REVISION_SCOPE, TARGETS, WITH_DEPS } from './target-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'status',
  help: 'Show what has changed: data, pipelines, or with --cloud the cache against a remote.',
  examples: [
    'lode status',
    'lode status --why        # which files and values are behind it',
    'lode status -c -r store',
  ],
  arguments: [
    JSON_OUTPUT,
    { flags: ['--why'], action: 'flag', help: 'Show the hashes, files and values behind each change.' },
    { flags: ['-c', '--cloud'], action: 'flag', help: 'Compare the cache with the remote.' },
    REMOTE,
    ...REVISION_SCOPE,
    WITH_DEPS,
    RECURSIVE,
    JOBS,
    { flags: ['--no-updates'], action: 'flag', help: "Don't ask the sources of imports for updates." },
    TARGETS,
  ],
  failureExit: 1,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const [targets, withDeps, recursive] = [args.list('targets'), args.flag('with_deps'), args.flag('recursive')];
      const [remote, jobs] = [args.text('remote'), args.number('jobs')];
      const scope = {
        allBranches: args.flag('all_branches'),
        allTags: args.flag('all_tags'),
        allCommits: args.flag('all_commits'),
      };
      if (args.flag('cloud') || remote !== undefined) {
        const { cloudStatus } = await import('../../engine/verbs/cloud-status.ts');
        const found = await cloudStatus(
          repo,
          {
            targets,
            withDeps,
            recursive,
            scope,
            ...(remote === undefined ? {} : { remote }),
            ...(jobs === undefined ? {} : { jobs }),
          },
          ctx,
        );
        if (args.flag('json')) await io.printJson(new Map(found));
        else if (io.quiet) return found.size > 0 ? 1 : 0;
        else if (found.size > 0) for (const [name, word] of found) io.print(`\t${word}:`.padEnd(21) + name);
        else if ((await repo.index()).stages.length === 0) io.print(EMPTY_PROJECT);
        else io.print(`Cache and remote '${remote ?? repo.config.defaultRemote}' are in sync.`);
        return 0;
      }
      const meaningless = [
        ['--all-branches', scope.allBranches],
        ['--all-tags', scope.allTags],
        ['--all-commits', scope.allCommits],
        ['--jobs', jobs !== undefined],
      ].flatMap(([flag, given]) => (given ? [flag] : []));
      if (meaningless.length > 0) {
        io.error(`The following options are meaningless for local status: ${meaningless.join(', ')}`);
        return 1;
      }
      const stages = await status(repo, { targets, withDeps, recursive, checkUpdates: !args.flag('no_updates') }, ctx);
      const json = statusJson(stages);
      if (args.flag('json')) await io.printJson(json);
      else if (io.quiet) return json.size > 0 ? 1 : 0;
      else if (json.size === 0) io.print((await repo.index()).stages.length === 0 ? EMPTY_PROJECT : UP_TO_DATE);
      else if (args.flag('why')) printReasons(io, stages);
      else printStatus(io, json, 0);
      return 0;
    }),
};

const UP_TO_DATE = 'Data and pipelines are up to date.';
const EMPTY_PROJECT =
  'There are no data or pipelines tracked in this project yet.\nRun `lode add <data>` to get started!';

function printStatus(io: CliIo, value: PyValue, depth: number): void {
  const indent = '\t'.repeat(depth);
  if (typeof value === 'string') io.print(indent + value);
  else if (Array.isArray(value)) for (const item of value) printStatus(io, item, depth);
  else if (value instanceof Map)
    for (const [key, item] of value) {
      if (typeof item === 'string') io.print(`${indent}${`${item}:`.padEnd(20)}${key}`);
      else {
        io.print(`${indent}${key}:`);
        printStatus(io, item, depth + 1);
      }
    }
}

function printReasons(io: CliIo, stages: readonly StageStatus[]): void {
  for (const { address, reasons } of stages) {
    if (reasons.length === 0) continue;
    io.print(`${io.style.bold(address)}:`);
    for (const { text, details } of reasons) {
      io.print(`\t${text}`);
      for (const detail of details) io.print(`\t\t${detail}`);
    }
  }
}
