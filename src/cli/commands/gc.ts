import { gc } from '../../engine/verbs/gc.ts';
import type { CommandSpec } from '../spec.ts';
import { JOBS, REMOTE } from './target-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'gc',
  help: 'Delete objects that nothing in the given scope uses, from the cache or also from a remote.',
  examples: ['lode gc -w --dry', 'lode gc -a -T         # keep what any branch or tag uses', 'lode gc -A -c -r store'],
  arguments: [
    { flags: ['-w', '--workspace'], action: 'flag', help: 'Keep what the workspace uses.' },
    { flags: ['--rev'], metavar: '<commit>', help: 'Keep what the last commits from here use; see --num.' },
    { flags: ['-n', '--num'], type: 'int', metavar: '<num>', help: 'How many commits, with --rev or --all-branches.' },
    { flags: ['-a', '--all-branches'], action: 'flag', help: 'Keep what the tips of all branches use.' },
    { flags: ['-T', '--all-tags'], action: 'flag', help: 'Keep what all tags use.' },
    { flags: ['-A', '--all-commits'], action: 'flag', help: 'Keep what any commit uses.' },
    { flags: ['--date'], metavar: '<YYYY-MM-DD>', help: 'Keep what commits of this day and later use.' },
    { flags: ['--all-experiments'], action: 'flag', help: 'Keep what all experiments use.' },
    { flags: ['--not-in-remote'], action: 'flag', help: 'Keep only what the remote does not have.' },
    { flags: ['-c', '--cloud'], action: 'flag', help: 'Delete from the remote as well.' },
    REMOTE,
    { flags: ['--skip-failed'], action: 'flag', help: 'Go on when a revision cannot be read.' },
    { flags: ['-f', '--force'], action: 'flag', help: "Don't ask." },
    JOBS,
    { flags: ['-p', '--projects'], count: '*', metavar: '<paths>', help: 'Other projects that share the cache.' },
    { flags: ['--dry'], action: 'flag', help: 'Only show what would be deleted.' },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const [rev, num, date, remote, jobs] = [
        args.text('rev'),
        args.number('num'),
        args.text('date'),
        args.text('remote'),
        args.number('jobs'),
      ];
      const dry = args.flag('dry');
      const result = await gc(
        repo,
        {
          workspace: args.flag('workspace'),
          allBranches: args.flag('all_branches'),
          allTags: args.flag('all_tags'),
          allCommits: args.flag('all_commits'),
          allExperiments: args.flag('all_experiments'),
          notInRemote: args.flag('not_in_remote'),
          cloud: args.flag('cloud'),
          skipFailed: args.flag('skip_failed'),
          force: args.flag('force'),
          projects: args.list('projects'),
          dry,
          ...(rev === undefined ? {} : { rev }),
          ...(num === undefined ? {} : { num }),
          ...(date === undefined ? {} : { date }),
          ...(remote === undefined ? {} : { remote }),
          ...(jobs === undefined ? {} : { jobs }),
        },
        ctx,
      );
      if (!result.confirmed) return 1;
      for (const { where, paths, removed } of result.swept) {
        if (dry) for (const path of paths) io.print(`Removing ${path}`);
        if (where === 'remote')
          io.print(removed > 0 ? `Removed ${removed} objects from remote.` : 'No unused cache to remove from remote.');
        else
          io.print(
            removed > 0 ? `Removed ${removed} objects from ${where} cache.` : `No unused '${where}' cache to remove.`,
          );
      }
      return 0;
    }),
};
