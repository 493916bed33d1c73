import type { PyValue } from '../../engine/core/python.ts';
import {
  type CacheProblem,
  type CacheVerifyResult,
  cacheVerify,
  parseSubset,
} from '../../engine/verbs/cache-verify.ts';
import type { CliIo } from '../io.ts';
import type { CommandSpec } from '../spec.ts';
import { JSON_OUTPUT, REMOTE, REVISION_SCOPE, TARGETS } from './target-arguments.ts';
import { withRepo } from './with-repo.ts';

export const command: CommandSpec = {
  name: 'verify',
  aliases: ['fsck'],
  help: 'Hash the objects of the cache, and say which are damaged or missing and what needs them.',
  description:
    'With --repair damaged objects are set aside in .dvc/tmp/lode/quarantine, and brought back from files in the\n' +
    'workspace that still have their content, or from a remote. An interrupted run is taken up by the next one.\n' +
    'The exit status is 1 when something is wrong and stays so.',
  examples: [
    'lode cache verify',
    'lode cache verify --repair -r store',
    'lode cache verify -a -T           # what all branches and tags need must be there too',
    'lode cache verify --subset 1/7    # a seventh a day',
  ],
  arguments: [
    { flags: ['--repair'], action: 'flag', help: 'Set aside what is damaged, and bring it back.' },
    { ...REMOTE, help: 'Repair from this remote; from all in turn otherwise.' },
    ...REVISION_SCOPE,
    { flags: ['--subset'], metavar: '<n/t>', help: 'Look at one of t parts of the objects.' },
    { flags: ['--restart'], action: 'flag', help: 'Begin anew where an earlier run was interrupted.' },
    JSON_OUTPUT,
    { ...TARGETS, help: 'Only what these need; the whole cache otherwise.' },
  ],
  failureExit: 255,
  run: (args, io) =>
    withRepo(io, async (repo, ctx) => {
      const [remote, subset] = [args.text('remote'), args.text('subset')];
      const result = await cacheVerify(
        repo,
        {
          targets: args.list('targets'),
          scope: {
            allBranches: args.flag('all_branches'),
            allTags: args.flag('all_tags'),
            allCommits: args.flag('all_commits'),
          },
          repair: args.flag('repair'),
          restart: args.flag('restart'),
          ...(remote === undefined ? {} : { remote }),
          ...(subset === undefined ? {} : { subset: parseSubset(subset) }),
        },
        ctx,
      );
      if (args.flag('json')) await io.printJson(toJson(result));
      else print(io, result);
      return result.sound ? 0 : 1;
    }),
};

function toJson({ checked, resumed, problems, sound }: CacheVerifyResult): PyValue {
  return new Map<string, PyValue>([
    ['checked', checked],
    ['resumed', resumed],
    ['sound', sound],
    [
      'problems',
      problems.map(
        ({ kind, oid, hash, paths, outcome, from, detail }) =>
          new Map<string, PyValue>([
            ['kind', kind],
            ['oid', oid],
            ['hash', hash],
            [
              'paths',
              paths.map(
                ({ path, rev }) => new Map<string, PyValue>([['path', path], ...(rev ? [['rev', rev] as const] : [])]),
              ),
            ],
            ['outcome', outcome],
            ['from', from ? new Map([[from.kind, from.source]]) : null],
            ['detail', detail ?? null],
          ]),
      ),
    ],
  ]);
}

function print(io: CliIo, { checked, resumed, problems, sound }: CacheVerifyResult): void {
  for (const problem of problems) {
    const { kind, oid, outcome } = problem;
    const colour = outcome === 'healed' || outcome === 'set-aside' ? io.style.yellow : io.style.red;
    io.print(`${colour(kind)}: ${oid}${describeOutcome(problem)}`);
    for (const { path, rev } of problem.paths) io.print(`    ${path}${rev ? ` (${rev.slice(0, 7)})` : ''}`);
  }
  const objects = (count: number): string => `${count} ${count === 1 ? 'object' : 'objects'}`;
  const count = (kind: string): number => problems.filter((problem) => problem.kind === kind).length;
  const wrong = ['corrupt', 'missing', 'unreadable'].flatMap((kind) =>
    count(kind) > 0 ? `${count(kind)} ${kind}` : [],
  );
  if (resumed > 0) io.print(`${objects(resumed)} had been verified by a run that was interrupted.`);
  io.print(`${objects(checked + resumed)} verified: ${wrong.length === 0 ? 'all sound' : wrong.join(', ')}.`);
  const open = problems.filter(({ outcome }) => outcome === 'reported').length;
  if (open > 0) io.print('`lode cache verify --repair` sets damaged objects aside, and brings back what it can.');
  else if (problems.length > 0) io.print(sound ? 'Everything is repaired.' : 'Not everything could be repaired.');
}

function describeOutcome({ outcome, from, detail }: CacheProblem): string {
  switch (outcome) {
    case 'reported':
      return detail === undefined ? '' : ` (${detail})`;
    case 'healed':
      return from?.kind === 'remote' ? `, repaired from remote '${from.source}'` : `, repaired from '${from?.source}'`;
    case 'set-aside':
      return ', set aside; nothing here needs it';
    case 'lost':
      return ', neither the workspace nor a remote has it';
    case 'unreadable':
      return detail === undefined ? ', left as it was' : `, left as it was: ${detail}`;
  }
}
