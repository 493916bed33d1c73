import * as path from 'node:path';
import { badGcScope } from '../core/errors.ts';
import { checkAborted, type OpContext, startProgress, warn, withJobs } from '../core/op-context.ts';
import { protectedObjects } from '../experiments/protected-objects.ts';
import type { RevisionScope } from '../git/git.ts';
import { collectMarks, type MarkedGroup, type MarkOptions, type Marks, noMarks } from '../objects/gc-marks.ts';
import { refuseVersioned } from '../objects/versioned-remote.ts';
import { planLocalSweep, planRemoteSweep, type SweepPlan } from '../odb/gc.ts';
import { LocalOdb } from '../odb/local-odb.ts';
import { RemoteOdb } from '../odb/remote-odb.ts';
import type { ContentHash } from '../platform/digest.ts';
import { Repo } from '../repo.ts';
import type { Remote } from '../repo-remotes.ts';

/** What the options call used is kept. The workspace always is. */
export interface GcOptions {
  readonly workspace?: boolean;
  readonly rev?: string;
  /** Commits per branch, or from `rev` on. */
  readonly num?: number;
  readonly allBranches?: boolean;
  readonly allTags?: boolean;
  readonly allCommits?: boolean;
  readonly allExperiments?: boolean;
  /** `YYYY-MM-DD`, local time: commits of that day and later. */
  readonly date?: string;
  /** Keep only what the remote does not have. */
  readonly notInRemote?: boolean;
  /** Delete from the remote as well. */
  readonly cloud?: boolean;
  /** Which remote is meant; the default one otherwise. */
  readonly remote?: string;
  /** Leave out stage files of revisions that cannot be read. */
  readonly skipFailed?: boolean;
  /** Don't ask. */
  readonly force?: boolean;
  readonly jobs?: number;
  /** Folders of other projects that share the cache. */
  readonly projects?: readonly string[];
  /** Only say what would be deleted. */
  readonly dry?: boolean;
}

/** One object database that was swept. */
export interface GcSweep {
  /** The cache's two roots, `legacy` being that of DVC 2, or a remote's. */
  readonly where: 'repo' | 'legacy' | 'remote';
  /** What a dry run would delete: absolute paths or URLs. Empty otherwise. */
  readonly paths: readonly string[];
  /** Objects deleted, or to be deleted in a dry run. */
  readonly removed: number;
  /** Of content. */
  readonly bytes: number;
}

export interface GcResult {
  /** False where the user declined: nothing was done. */
  readonly confirmed: boolean;
  readonly swept: readonly GcSweep[];
}

/**
 * Deletes objects that nothing in the scope uses, from the cache and, with `cloud`, from remotes. The run cache is left alone.
 *
 * Everything is read and planned before the first deletion: a stage file or a directory object that cannot be read means that nothing is
 * deleted. What came while the collection ran is kept. Source: dvc-format 9.12.
 *
 * @throws `gc-scope`, `no-remote`, `remote-not-found`, `object-missing`, and what is wrong with a stage file in the scope
 */
export async function gc(repo: Repo, options: GcOptions, given: OpContext): Promise<GcResult> {
  const ctx = withJobs(given, options.jobs);
  checkScope(options);
  const since = repo.state.clock();
  tellWhatGoes(repo, options, ctx);
  if (!options.force && !options.dry && !(await ctx.confirm('Are you sure you want to proceed?')))
    return { confirmed: false, swept: [] };
  await using _lock = await repo.lock(ctx);
  await using others = await openProjects(repo, options.projects ?? [], ctx);
  const groups: MarkedGroup[] = [];
  for (const project of [...others.projects, repo]) {
    project.invalidate(); // What was read before the lock was taken may be old.
    groups.push(...(await collectMarks(project, markOptions(options), ctx)));
    groups.push({ repo: project, remote: undefined, used: await protectedObjects(project, ctx) });
  }
  const remotes = options.cloud || options.notInRemote ? await byRemote(repo, groups, options, ctx) : [];
  const used = options.notInRemote ? await notIn(remotes, ctx) : union(groups.map((group) => group.used));
  const plans: { where: GcSweep['where']; plan: SweepPlan }[] = [];
  for (const [where, hash] of ROOTS)
    plans.push({ where, plan: await planLocalSweep(repo.cache(hash), used[hash], since, ctx) });
  if (options.cloud)
    for (const { remote, used: there } of remotes)
      for (const [, hash] of ROOTS)
        plans.push({ where: 'remote', plan: await planOnRemote(remote, hash, there, since, ctx) });
  checkAborted(ctx.signal);
  if (!options.dry) {
    await sweepAll(plans, ctx);
    if (options.cloud) for (const { remote } of remotes) await remote.leftovers.sweep(ctx);
  }
  const young = plans.reduce((sum, { plan }) => sum + plan.young, 0);
  if (young > 0) ctx.log.info(`${young} objects are kept: they came while unused ones were looked for.`);
  return {
    confirmed: true,
    swept: plans.map(({ where, plan }) => ({
      where,
      paths: options.dry ? [...plan.paths()] : [],
      removed: plan.count,
      bytes: plan.bytes,
    })),
  };
}

const ROOTS: readonly (readonly ['repo' | 'legacy', ContentHash])[] = [
  ['repo', 'md5'],
  ['legacy', 'md5-dos2unix'],
];

function checkScope(options: GcOptions): void {
  const { workspace, rev, num, allBranches, allTags, allCommits, allExperiments, date } = options;
  if (options.notInRemote && options.cloud) throw badGcScope('`--not-in-remote` and `--cloud` are mutually exclusive');
  if (![workspace, rev, num, allBranches, allTags, allCommits, allExperiments, date].some(Boolean))
    throw badGcScope(
      'Either of `-w|--workspace`, `-a|--all-branches`, `-T|--all-tags` `--all-experiments`, `--all-commits`, `--date` or `--rev` ' +
        'needs to be set.',
    );
  if (num && !rev && !allBranches) throw badGcScope('`--num` can only be used alongside `--rev` or `--all-branches`');
  if (date !== undefined && (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(Date.parse(date))))
    throw badGcScope(`'${date}' is not a date.`, 'Write it as YYYY-MM-DD.');
}

function markOptions(options: GcOptions): MarkOptions {
  const { rev, num, allBranches, allTags, allCommits, allExperiments, date } = options;
  const scope: RevisionScope = {
    ...(rev === undefined ? {} : { revs: [rev] }),
    ...(num ? { num } : {}),
    ...(allBranches ? { allBranches } : {}),
    ...(allTags ? { allTags } : {}),
    ...(allCommits ? { allCommits } : {}),
    ...(allExperiments ? { allExperiments } : {}),
    ...(date === undefined ? {} : { date }),
  };
  return {
    scope,
    ...(options.remote === undefined ? {} : { remote: options.remote }),
    skipFailed: options.skipFailed ?? false,
    force: options.force ?? false,
    dry: options.dry ?? false,
    cloud: options.cloud ?? false,
  };
}

/** DVC's sentence, and a word about projects that share the cache without being named. */
function tellWhatGoes(repo: Repo, options: GcOptions, ctx: OpContext): void {
  const { projects = [] } = options;
  const whose =
    projects.length === 0
      ? ' of the current repo.'
      : ` of the current and the following repos:${projects.map((at) => `\n  - ${path.resolve(ctx.cwd, at)}`).join('')}`;
  const parts = ['the workspace', ...scopeWords(options)].join(' and ');
  const limit = options.notInRemote ? ' that are not present in the DVC remote' : '';
  warn(ctx, `This will remove all cache except items used in ${parts}${limit}${whose}`);
  const { dir } = repo.config.cache;
  if (projects.length === 0 && path.relative(repo.dvcDir, dir).startsWith('..'))
    warn(ctx, `The cache '${dir}' is not this project's own. Name the others that use it with --projects.`);
}

function scopeWords({ allCommits, allBranches, allTags, num, date, rev, allExperiments }: GcOptions): string[] {
  const words: string[] = [];
  if (allCommits) words.push('all git commits');
  else {
    if (allBranches && num) words.push(`last ${num} commits from all git branches`);
    if (allBranches && allTags && !num) words.push('all git branches and tags');
    else {
      if (allBranches && !num) words.push('all git branches');
      if (allTags) words.push('all git tags');
    }
    if (date !== undefined) words.push(`all git commits since ${date}`);
    if (rev !== undefined) words.push(`last ${num ?? 1} commits from ${rev}`);
  }
  if (allExperiments) words.push('all experiments');
  return words;
}

/** Other projects, each locked, so that nothing is added to the shared cache meanwhile. */
async function openProjects(
  repo: Repo,
  folders: readonly string[],
  ctx: OpContext,
): Promise<AsyncDisposable & { readonly projects: readonly Repo[] }> {
  const projects: Repo[] = [];
  const held: AsyncDisposable[] = [];
  const dispose = async (): Promise<void> => {
    for (const one of held.reverse()) await one[Symbol.asyncDispose]();
  };
  try {
    for (const folder of folders) {
      const project = await Repo.open(path.resolve(ctx.cwd, folder), ctx, repo.options);
      held.push(project);
      if ([repo, ...projects].some(({ root }) => root === project.root)) continue;
      projects.push(project);
      held.push(await project.lock(ctx));
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return { projects, [Symbol.asyncDispose]: dispose };
}

interface RemoteMarks {
  readonly remote: Remote;
  readonly used: Marks;
}

/** Groups whose remotes turn out to be one place are one. */
async function byRemote(
  repo: Repo,
  groups: readonly MarkedGroup[],
  options: GcOptions,
  ctx: OpContext,
): Promise<RemoteMarks[]> {
  const found = new Map<string, RemoteMarks>();
  for (const { repo: owner, remote: name, used } of groups) {
    const remote = await (name === undefined
      ? repo.remote(options.remote, 'gc -c', ctx)
      : owner.remote(name, 'gc -c', ctx));
    refuseVersioned(remote, 'gc -c');
    const key = remote.backend.folder ?? remote.config.url;
    const known = found.get(key);
    if (known) addTo(known.used, used);
    else found.set(key, { remote, used: union([used]) });
  }
  return [...found.values()];
}

const addTo = (marks: Marks, more: Marks): void => {
  for (const [, hash] of ROOTS) marks[hash].addAll(more[hash]);
};

function union(all: readonly Marks[]): Marks {
  const marks = noMarks();
  for (const one of all) addTo(marks, one);
  return marks;
}

/** What the remotes lack of what is used. */
async function notIn(remotes: readonly RemoteMarks[], ctx: OpContext): Promise<Marks> {
  const marks = noMarks();
  for (const { remote, used } of remotes)
    for (const [, hash] of ROOTS)
      if (used[hash].size > 0) marks[hash].addAll(await remote.odb(hash).missing(used[hash], ctx));
  return marks;
}

function planOnRemote(
  remote: Remote,
  hash: ContentHash,
  used: Marks,
  since: number,
  ctx: OpContext,
): Promise<SweepPlan> {
  const odb = remote.odb(hash);
  if (odb instanceof LocalOdb) return planLocalSweep(odb, used[hash], since, ctx);
  if (odb instanceof RemoteOdb) return planRemoteSweep(odb, used[hash], since, ctx);
  throw new Error(`no way to collect in ${odb.url}`);
}

async function sweepAll(plans: readonly { readonly plan: SweepPlan }[], ctx: OpContext): Promise<void> {
  const progress = startProgress(
    ctx,
    'gc',
    plans.reduce((sum, { plan }) => sum + plan.count, 0),
  );
  for (const { plan } of plans) await plan.sweep(ctx, (files, bytes) => progress.advance(files, bytes));
  progress.done();
}
